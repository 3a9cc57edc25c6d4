"""Which sittings stand in a feed, when it last changed, and its secret address."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from townhall.domain import feeds
from townhall.domain.feeds import CANCELLED_FOR, Entry, Owner

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

moments = st.integers(0, 83 * 86_400).map(lambda seconds: NOW - timedelta(seconds=seconds))
entries = st.builds(Entry, moments, st.booleans())


def test_what_takes_place_stands_for_good():
    assert Entry(NOW - 400 * DAY).stands(NOW)


def test_what_was_called_off_stands_for_thirty_days():
    entry = Entry(NOW - CANCELLED_FOR, is_called_off=True)
    assert entry.stands(NOW - SECOND)
    assert not entry.stands(NOW)


def test_what_left_stands_no_more():
    assert not Entry(NOW - DAY, left_at=NOW).stands(NOW)


def test_a_feed_changed_when_an_entry_came_changed_left_or_was_forgotten():
    def changed(*of, now=NOW):
        return feeds.changed_at(of, NOW - 90 * DAY, now)

    assert changed() == NOW - 90 * DAY
    assert changed(Entry(NOW - 9 * DAY), Entry(NOW - 3 * DAY)) == NOW - 3 * DAY
    assert changed(Entry(NOW - 9 * DAY, left_at=NOW - DAY)) == NOW - DAY
    off = Entry(NOW - 31 * DAY, is_called_off=True)
    assert changed(off) == NOW - DAY
    assert changed(off, now=NOW - 2 * DAY) == NOW - 31 * DAY


@given(st.lists(entries), moments, moments)
def test_what_a_feed_says_changes_only_when_it_says_so(some, one, other):
    earlier, later = sorted((one, other))
    known = [entry for entry in some if entry.revised_at <= earlier]
    if feeds.changed_at(known, NOW - 90 * DAY, later) <= earlier:
        assert [e.stands(earlier) for e in known] == [e.stands(later) for e in known]
    assert feeds.changed_at(known, NOW - 90 * DAY, later) <= later


def test_a_secret_opens_one_feed_until_it_is_renewed():
    key = "a key that signs"
    secret = feeds.proof(key, Owner.OFFICE, 7, 0)
    assert len(secret) == 32
    assert feeds.is_proof(key, secret, Owner.OFFICE, 7, 0)
    assert not feeds.is_proof(key, secret, Owner.OFFICE, 7, 1)
    assert not feeds.is_proof(key, secret, Owner.OFFICE, 70, 0)
    assert not feeds.is_proof(key, secret, Owner.PERSON, 7, 0)
    assert not feeds.is_proof("another key", secret, Owner.OFFICE, 7, 0)
