"""One start in full, the hour of 2012 among them."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from townhall.domain.bands import Hours
from townhall.domain.burden import Grid
from townhall.domain.calendar import Calendar
from townhall.domain.options import DayOff, cost_of, options
from townhall.domain.slots import Answer, Request, Seat, rank
from townhall.errors import InputError

HANGOUT = json.loads((Path(__file__).parents[1] / "cases" / "hangout-2012.json").read_text())
WEDNESDAY_NOON = datetime(2026, 12, 9, 12, tzinfo=UTC)


def seat(name="Kinshasa", zone="Africa/Kinshasa", **fields):
    return Seat(name, zone, **fields)


def cost(given, start=WEDNESDAY_NOON, minutes=60):
    return cost_of([given], start, minutes).costs[0]


def test_hour_of_2012_costs_what_the_rules_say():
    seats = [
        Seat(s["name"], s["zone"], Calendar(s["country"]), weight=s.get("weight", 1))
        for s in HANGOUT["seats"]
    ]
    held = cost_of(seats, datetime.fromisoformat(HANGOUT["held_at"]), HANGOUT["minutes"])
    assert {part.seat.name: part.cost.burden for part in held.parts} == HANGOUT[
        "burden_by_the_rules"
    ]
    assert held.worst_first == (64, 64, 32, 32, 16)
    assert sorted(cost.clock.start.isoformat("T", "minutes") for cost in held.costs) == sorted(
        [*HANGOUT["held_local"].values(), "2012-02-20T20:00+01:00"]
    )
    assert held.costs[0].days_off == (DayOff(date(2012, 2, 20), "Washington's Birthday"),)


def test_option_of_a_required_seat_raises_its_ledger():
    found = cost(seat(ledger=5, weight=2), datetime(2026, 12, 9, 7, 45, tzinfo=UTC))
    assert (found.burden, found.ledger, found.after, found.band) == (2, 5, 7, 1)
    assert (found.hard_no, found.absent, found.days_off, found.if_need_be) == (
        False,
        False,
        (),
        0,
    )


def test_ledger_of_an_optional_seat_stays():
    found = cost(seat(required=False, ledger=5), datetime(2026, 12, 9, 7, tzinfo=UTC))
    assert (found.burden, found.after) == (4, 5)


def test_absent_seat_still_shows_what_it_would_have_paid():
    never = (Hours(0, 0),)
    found = cost(seat(required=False, never=never), datetime(2026, 12, 9, 7, tzinfo=UTC))
    assert (found.burden, found.absent, found.hard_no) == (4, True, True)


def test_required_seat_with_a_hard_no_is_not_absent():
    given = seat(busy=((WEDNESDAY_NOON, datetime(2026, 12, 10, tzinfo=UTC)),))
    found = cost_of([given], WEDNESDAY_NOON, 60)
    assert (found.costs[0].absent, found.costs[0].hard_no) == (False, True)
    assert found.people_points == 0


def test_price_of_if_need_be_is_told_apart():
    answers = ((WEDNESDAY_NOON, Answer.IF_NEED_BE),)
    found = cost(seat(weight=3, answers=answers))
    assert (found.burden, found.if_need_be) == (24, 24)


def test_dearest_band_is_the_one_that_the_sitting_only_touches():
    # 23:00 in Kinshasa is 22:00 UTC: one of four quarter hours lies in the night.
    found = cost(seat(), datetime(2026, 12, 9, 21, 15, tzinfo=UTC))
    assert (found.band, found.burden) == (16, 3 * 8 + 16)


def test_days_off_are_those_of_the_local_dates_it_touches():
    saturday_night = datetime(2026, 12, 11, 22, 30, tzinfo=UTC)
    given = seat(calendar=Calendar(extra=frozenset({date(2026, 12, 12)})))
    assert cost(given, saturday_night).days_off == (DayOff(date(2026, 12, 12), ""),)
    assert cost(seat(), saturday_night).days_off == (DayOff(date(2026, 12, 12), None),)


def test_end_of_the_sitting_is_on_the_clock_of_its_end():
    found = cost(
        seat(zone="America/New_York"), datetime(2026, 11, 1, 5, 30, tzinfo=UTC), minutes=60
    )
    assert found.clock.start.isoformat() == "2026-11-01T01:30:00-04:00"
    assert found.clock.end.isoformat() == "2026-11-01T01:30:00-05:00"


def test_seats_for_which_all_is_the_same_share_a_cost():
    seats = (seat(), seat("Lagos", "Africa/Lagos"), seat("Cairo", "Africa/Cairo"))
    costs = cost_of(seats, WEDNESDAY_NOON, 60).costs
    assert costs[0] is costs[1]
    assert costs[0] is not costs[2]


def test_parts_are_put_together_once():
    option = cost_of([seat()], WEDNESDAY_NOON, 60)
    assert option.parts is option.parts


def test_dearest_are_those_who_pay_the_most_in_the_order_given():
    zones = ["Asia/Tokyo", "Europe/London", "America/New_York", "Asia/Seoul", "Asia/Kolkata"]
    option = cost_of([seat(zone, zone) for zone in zones], WEDNESDAY_NOON, 60)
    assert {part.seat.name: part.cost.burden for part in option.parts} == {
        "Asia/Tokyo": 16,
        "Europe/London": 0,
        "America/New_York": 8,
        "Asia/Seoul": 16,
        "Asia/Kolkata": 6,
    }
    assert [part.seat.name for part in option.dearest(3)] == [
        "Asia/Tokyo",
        "Asia/Seoul",
        "America/New_York",
    ]
    assert len(option.dearest(9)) == 4


def test_options_are_those_of_the_starts_asked_for():
    grid = Grid(WEDNESDAY_NOON, datetime(2026, 12, 9, 13, tzinfo=UTC), 30)
    found = options(rank(Request(grid, (seat(),))), [3, 0])
    assert [option.start.minute for option in found] == [45, 0]
    assert [option.end.minute for option in found] == [15, 30]


@pytest.mark.parametrize(
    "start",
    [datetime(2026, 12, 9, 12, 5, tzinfo=UTC), datetime(2026, 12, 9, 12)],  # noqa: DTZ001
)
def test_cost_of_a_start_off_the_quarter_hour_or_without_offset_is_refused(start):
    with pytest.raises(InputError):
        cost_of([seat()], start, 60)
