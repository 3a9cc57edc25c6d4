"""Rule 12: the sentences, in English."""

from datetime import UTC, date, datetime

import pytest

from townhall.domain.bands import Hours
from townhall.domain.calendar import Calendar
from townhall.domain.options import cost_of
from townhall.domain.reasons import Reasons
from townhall.domain.slots import Answer, Seat
from townhall.i18n import ENGLISH, speech

KINSHASA = Seat("Kinshasa", "Africa/Kinshasa")
NOON = datetime(2026, 12, 9, 12, tzinfo=UTC)


def option(*seats, at=NOON, minutes=60, previous=None):
    return cost_of(seats, at, minutes, previous=previous)


def why(at=NOON, minutes=60, **fields):
    seat = Seat("Kinshasa", fields.pop("zone", "Africa/Kinshasa"), **fields)
    return Reasons(ENGLISH).why(option(seat, at=at, minutes=minutes).costs[0])


@pytest.mark.parametrize(
    "fields, sentence",
    [
        (
            {"ledger": 1200},
            (
                "Wed 9 Dec 2026, 13:00–14:00 (UTC+01:00), working hours: 0 points; "
                "the ledger goes from 1,200 to 1,200."
            ),
        ),
        (
            {"at": NOON.replace(hour=7, minute=45)},
            (
                "Wed 9 Dec 2026, 08:45–09:45 (UTC+01:00), edge of the day: 1 point; "
                "the ledger goes from 0 to 1."
            ),
        ),
        (
            {"at": datetime(2026, 12, 11, 22, 30, tzinfo=UTC)},
            (
                "Fri 11 Dec 2026, 23:30 to Sat 12 Dec 2026, 00:30 (UTC+01:00), night, Saturday: "
                "76 points; the ledger goes from 0 to 76."
            ),
        ),
        (
            {"zone": "America/New_York", "at": datetime(2026, 11, 1, 5, 30, tzinfo=UTC)},
            (
                "Sun 1 Nov 2026, 01:30 (UTC-04:00) to Sun 1 Nov 2026, 01:30 (UTC-05:00), night, "
                "Sunday: 88 points; the ledger goes from 0 to 88."
            ),
        ),
        (
            {"calendar": Calendar("US"), "at": datetime(2026, 12, 25, 12, tzinfo=UTC)},
            (
                "Fri 25 Dec 2026, 13:00–14:00 (UTC+01:00), working hours, Christmas Day: "
                "32 points; the ledger goes from 0 to 32."
            ),
        ),
        (
            {"calendar": Calendar(extra=frozenset({date(2026, 12, 9)}))},
            (
                "Wed 9 Dec 2026, 13:00–14:00 (UTC+01:00), working hours, public holiday: "
                "32 points; the ledger goes from 0 to 32."
            ),
        ),
        (
            {"answers": ((NOON, Answer.IF_NEED_BE),)},
            (
                "Wed 9 Dec 2026, 13:00–14:00 (UTC+01:00), working hours, only “if need be”: "
                "8 points; the ledger goes from 0 to 8."
            ),
        ),
        (
            {"required": False, "ledger": 3},
            (
                "Wed 9 Dec 2026, 13:00–14:00 (UTC+01:00), working hours: 0 points; "
                "the ledger of an optional seat stays at 3."
            ),
        ),
        (
            {"required": False, "never": (Hours(0, 0),)},
            (
                "Wed 9 Dec 2026, 13:00–14:00 (UTC+01:00), working hours: absent, where it would "
                "pay 0 points; the ledger of an optional seat stays at 0."
            ),
        ),
        (
            {"never": (Hours(0, 0),)},
            (
                "Wed 9 Dec 2026, 13:00–14:00 (UTC+01:00), working hours: it cannot take part; "
                "it would pay 0 points."
            ),
        ),
    ],
)
def test_reason_says_hours_days_off_points_and_ledger(fields, sentence):
    assert why(**fields) == sentence


def test_rest_names_each_day_off_once():
    monday = datetime(2026, 12, 12, 22, 30, tzinfo=UTC)
    cost = option(KINSHASA, at=monday).costs[0]
    assert Reasons(ENGLISH).rest(cost) == "Saturday and Sunday"
    own = Seat(
        "own",
        "Africa/Kinshasa",
        Calendar(holidays=frozenset({date(2026, 12, 12), date(2026, 12, 13)})),
    )
    assert Reasons(ENGLISH).rest(option(own, at=monday).costs[0]) == "public holiday"
    assert Reasons(ENGLISH).rest(option(KINSHASA).costs[0]) is None


def test_two_holidays_on_one_date_are_both_named():
    cairo = Seat("Cairo", "Africa/Cairo", Calendar("EG"))
    found = option(cairo, at=datetime(2022, 4, 25, 9, tzinfo=UTC))
    assert Reasons(ENGLISH).rest(found.costs[0]) == "Sinai Liberation Day and Spring Festival"
    arabic = Reasons(speech("ar")).rest(found.costs[0])
    assert arabic == "Sinai Liberation Day وSpring Festival"


def test_next_option_is_praised_for_what_it_does_better():
    seats = [Seat(name, "Africa/Kinshasa", weight=n) for n, name in enumerate("ABCDE", 1)]
    early, later = (option(*seats, at=NOON.replace(hour=hour)) for hour in (6, 8))
    reasons = Reasons(ENGLISH)
    assert reasons.next_better(early, later) == (
        "The next option, Wed 9 Dec 2026, 08:00 UTC, is better for E (0 instead of 40), "
        "D (0 instead of 32), and C (0 instead of 24) and for 2 more seats."
    )
    assert reasons.next_better(later, early) == (
        "The next option, Wed 9 Dec 2026, 06:00 UTC, is better for nobody."
    )
    assert reasons.next_better(early, None) is None


def test_next_option_at_which_an_absent_seat_is_there_is_better_for_it():
    guest = Seat("Guest", "UTC", required=False, answers=((NOON, Answer.NO),))
    here, there = option(guest), option(guest, at=NOON.replace(hour=13))
    assert Reasons(ENGLISH).next_better(here, there) == (
        "The next option, Wed 9 Dec 2026, 13:00 UTC, is better for Guest "
        "(present instead of absent)."
    )
    assert Reasons(ENGLISH).next_better(there, here).endswith("is better for nobody.")


@pytest.mark.parametrize(
    "seats, fields, sentence",
    [
        (
            [Seat("New York", "America/New_York")],
            {"at": datetime(2026, 3, 10, 15, tzinfo=UTC)},
            "New York: the clocks are at UTC-04:00 that day, a week before at UTC-05:00.",
        ),
        (
            [Seat("New York", "America/New_York")],
            {"previous": datetime(2026, 7, 1, tzinfo=UTC)},
            "New York: the clocks are at UTC-05:00, at the last sitting at UTC-04:00.",
        ),
        (
            [
                Seat("Kinshasa", "Africa/Kinshasa", Calendar("CD")),
                Seat("Goma", "Africa/Lubumbashi", Calendar("CD")),
                Seat("Bukavu", "Africa/Lubumbashi", Calendar("CD")),
            ],
            {},
            (
                "One country has clocks that differ: Kinshasa at UTC+01:00 and Goma and Bukavu at "
                "UTC+02:00."
            ),
        ),
        (
            [Seat("Cairo", "Africa/Cairo", Calendar("EG"))],
            {"at": datetime(2027, 3, 8, 12, tzinfo=UTC)},
            "Cairo: Eid al-Fitr (estimated) on Tue 9 Mar 2027 may come a day earlier or later.",
        ),
    ],
)
def test_caution_is_one_sentence(seats, fields, sentence):
    reasons = Reasons(ENGLISH)
    found = option(*seats, **fields)
    assert [reasons.caution(caution) for caution in found.cautions] == [sentence]
    assert reasons.caution(found.cautions[0]) == sentence


def test_repeated_hour_is_told_with_its_offset():
    found = option(
        Seat("New York", "America/New_York"), at=datetime(2026, 11, 1, 5, tzinfo=UTC), minutes=15
    )
    assert [Reasons(ENGLISH).caution(caution) for caution in found.cautions] == [
        "New York: the clocks show this hour twice; it is the one at UTC-04:00."
    ]


def test_reasons_are_said_in_the_readers_language():
    cost = option(KINSHASA).costs[0]
    assert Reasons(speech("ar")).weekday(cost.clock) != Reasons(ENGLISH).weekday(cost.clock)


def test_it_is_said_for_whom_another_option_is_better():
    seats = [Seat(name, "Africa/Kinshasa", weight=n) for n, name in enumerate("ABCD", 1)]
    early, later = (option(*seats, at=NOON.replace(hour=hour)) for hour in (6, 8))
    reasons = Reasons(ENGLISH)
    assert reasons.better(early, later) == (
        "D (0 instead of 32), C (0 instead of 24), and B (0 instead of 16) and 1 more seat"
    )
    assert reasons.better(later, early) is None
    alone = [option(KINSHASA, at=NOON.replace(hour=hour)) for hour in (6, 8)]
    assert reasons.better(*alone) == "Kinshasa (0 instead of 8)"
