"""Which answers by mail count, which wait, and which come too late."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_incoming import SAID
from tests.fixtures.make import NOW
from townhall.domain.incoming import Asked, Doubt, Fate, doubt, fate, placed
from townhall.domain.replies import Standing
from townhall.domain.states import PartStat

ASKED = Asked(
    standing=Standing.OPEN,
    sequence=2,
    asked_sequence=1,
    revised_at=NOW,
    starts_at=SAID.starts_at,
    latest=None,
)
HOUR = timedelta(hours=1)
LATER = NOW + HOUR


@pytest.mark.parametrize(
    "said, asked, what",
    [
        ({"sequence": 2}, {}, Fate.COUNTED),
        ({"sequence": 1}, {}, Fate.COUNTED),
        ({"sequence": 0}, {}, Fate.BEFORE_MOVE),
        ({"sequence": 99}, {}, Fate.COUNTED),
        ({"sequence": 2, "partstat": PartStat.NEEDS_ACTION, "counters": True}, {}, Fate.NOTED),
        ({"sequence": 2}, {"standing": Standing.CANCELLED}, Fate.CLOSED),
        ({"sequence": 0}, {"standing": Standing.OVER}, Fate.CLOSED),
        ({"sequence": 2, "stamped_at": NOW}, {"latest": (2, NOW)}, Fate.OLDER),
        ({"sequence": 1, "stamped_at": LATER}, {"latest": (2, NOW)}, Fate.OLDER),
        ({"sequence": 2, "stamped_at": LATER}, {"latest": (2, NOW)}, Fate.COUNTED),
        ({"sequence": 2, "stamped_at": NOW}, {"latest": (1, LATER)}, Fate.COUNTED),
        ({"sequence": None}, {}, Fate.COUNTED),
        ({"sequence": None, "starts_at": NOW}, {}, Fate.BEFORE_MOVE),
        ({"sequence": None, "starts_at": None, "stamped_at": LATER}, {}, Fate.COUNTED),
        ({"sequence": None, "starts_at": None, "stamped_at": NOW - HOUR}, {}, Fate.BEFORE_MOVE),
        ({"sequence": None, "starts_at": None, "stamped_at": None}, {}, Fate.COUNTED),
        (
            {"sequence": None, "starts_at": NOW, "counters": True, "stamped_at": LATER},
            {},
            Fate.COUNTED,
        ),
        ({"sequence": None, "starts_at": NOW}, {"asked_sequence": 0}, Fate.COUNTED),
    ],
)
def test_what_becomes_of_an_answer(said, asked, what):
    assert fate(replace(SAID, **said), replace(ASKED, **asked), LATER) is what


def test_a_clock_that_runs_ahead_keeps_no_later_answer_out():
    ahead = replace(SAID, sequence=10**6, stamped_at=NOW + timedelta(days=9_999))
    latest = placed(ahead, ASKED, NOW)
    assert latest == (2, NOW)
    after = replace(SAID, sequence=2, stamped_at=LATER)
    assert fate(after, replace(ASKED, latest=latest), LATER) is Fate.COUNTED


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from(PartStat)),
        min_size=1,
        max_size=4,
        unique_by=lambda each: each[:2],
    )
)
def test_the_newest_answer_counts_in_whatever_order_they_come_and_however_often(given_answers):
    saids = [
        replace(SAID, sequence=sequence, stamped_at=NOW + HOUR * hours, partstat=partstat)
        for sequence, hours, partstat in given_answers
        if partstat is not PartStat.NEEDS_ACTION
    ]
    ends = set()
    for order in permutations(saids):
        asked, kept = replace(ASKED, sequence=3), PartStat.NEEDS_ACTION
        for said in (*order, *order):
            if fate(said, asked, NOW + HOUR * 9) is Fate.COUNTED:
                kept = said.partstat
                asked = replace(asked, latest=placed(said, asked, NOW + HOUR * 9))
        ends.add((kept, asked.latest))
    assert len(ends) == 1
    newest = max(
        (s for s in saids if s.sequence >= 1),
        key=lambda s: (s.sequence, s.stamped_at),
        default=None,
    )
    assert ends == {
        (newest.partstat, (newest.sequence, newest.stamped_at))
        if newest
        else (PartStat.NEEDS_ACTION, None)
    }


@pytest.mark.parametrize(
    "invited, sender, tagged, why",
    [
        (None, "sana@example.org", {"c"}, Doubt.ATTENDEE),
        ("c", "sana@example.org", set(), None),
        ("c", "", {"c"}, None),
        ("c", "mallory@example.org", set(), Doubt.SENDER),
        ("c", "mallory@example.org", {"another"}, Doubt.SENDER),
        ("c", "", set(), Doubt.SENDER),
    ],
)
def test_an_answer_is_the_persons_by_its_tag_or_its_sender(invited, sender, tagged, why):
    assert doubt(invited, {"sana@example.org"}, sender, tagged) is why
