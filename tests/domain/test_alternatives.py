"""Hours to move to: fair, to come, and not the same hour again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from townhall.domain import slots
from townhall.domain.alternatives import alternatives
from townhall.domain.burden import Grid
from townhall.domain.slots import Request, Seat

FIRST = datetime(2026, 12, 9, tzinfo=UTC)
GRID = Grid(FIRST, FIRST + timedelta(days=1), 60)
RANKING = slots.rank(Request(GRID, (Seat("Karachi", "Asia/Karachi"), Seat("Geneva", "UTC"))))


def starts(**options):
    options = {"avoid": [], "now": FIRST - timedelta(days=1)} | options
    return [GRID.start(number) for number in alternatives(RANKING, **options)]


def test_the_fairest_hours_come_first_and_share_no_minute():
    best, *others = starts()
    assert best == GRID.start(RANKING.order[0])
    assert len(others) == 2
    assert best not in starts(avoid=[best])
    assert starts(most=1) == [best]


def test_there_may_be_fewer_or_none():
    assert starts(now=FIRST + timedelta(days=2)) == []
    late = starts(now=FIRST + timedelta(hours=22, minutes=30), most=9)
    assert [abs(one - two) >= timedelta(hours=1) for one in late for two in late if one != two]
    assert len(late) == 2


@given(st.lists(st.integers(0, 95), max_size=4), st.integers(0, 95), st.integers(1, 5))
def test_no_alternative_touches_what_is_avoided_another_one_or_the_past(avoid, past, most):
    avoided, now = [GRID.start(number) for number in avoid], GRID.start(past)
    found = starts(avoid=avoided, now=now, most=most)
    assert len(found) <= most
    assert all(start > now for start in found)
    every = [*found, *avoided]
    assert all(
        abs(one - two) >= timedelta(hours=1)
        for place, one in enumerate(found)
        for two in every[place + 1 :]
    )
