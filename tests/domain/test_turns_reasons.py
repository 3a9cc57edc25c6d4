"""Reasons that a host can read aloud."""

from dataclasses import replace

import pytest

from townhall.domain.states import Mode
from townhall.domain.turns.reasons import Reason, say
from townhall.i18n import ENGLISH

FIRST = Reason(
    site="Kinshasa", people=21, sites=("Kinshasa", "public"), heard=6, before=0, mode=Mode.FAIR
)


HEARD = "Kinshasa was last heard 6 questions ago."
BACKED = "21 people from Kinshasa and the public back this."
SOONEST = "No other question could be paid for sooner by those who back it."


@pytest.mark.parametrize(
    "changes, heard, backed, place",
    [
        ({}, HEARD, BACKED, SOONEST),
        (
            {"heard": 1, "before": 1},
            "The last question to be heard was from Kinshasa.",
            BACKED,
            "1 question goes before it.",
        ),
        (
            {"heard": None, "people": 1, "sites": ("Goma",), "before": 2},
            "Nobody from Kinshasa has been heard yet.",
            "1 person from Goma backs this.",
            "2 questions go before it.",
        ),
        (
            {"site": "public", "people": 1234, "sites": tuple("abcd"), "mode": Mode.OLDEST},
            "The public was last heard 6 questions ago.",
            "1,234 people from 4 sites back this.",
            "No other question has waited longer.",
        ),
        (
            {"site": "public", "heard": None, "people": 0, "sites": (), "can_be_paid": False},
            "Nobody from the public has been heard yet.",
            "Nobody who can vote backs this yet.",
            "Its supporters carry no weight, so it comes last.",
        ),
        (
            {"mode": Mode.MOST_SUPPORTED, "can_be_paid": False},
            HEARD,
            BACKED,
            "No other question is backed by more people.",
        ),
        (
            {"mode": Mode.ROUND_ROBIN},
            HEARD,
            BACKED,
            "No other site with a question has waited longer.",
        ),
    ],
)
def test_reason_is_said_in_sentences(changes, heard, backed, place):
    assert say(replace(FIRST, **changes), ENGLISH) == f"{heard} {backed} {place}"


def test_offices_are_called_by_the_name_that_is_given():
    named = say(replace(FIRST, site=7, sites=(7, "public"), heard=None), ENGLISH, {7: "Goma"}.get)
    assert named.startswith("Nobody from Goma has been heard yet. 21 people from Goma and the")
