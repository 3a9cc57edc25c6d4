"""Rule 13, and the estimated holidays of rule 3."""

from datetime import UTC, date, datetime, timedelta

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.planning_documents import ZONES
from townhall.domain.burden import Grid
from townhall.domain.calendar import Calendar
from townhall.domain.cautions import Caution, Kind
from townhall.domain.options import cost_of, options
from townhall.domain.slots import Request, Seat, rank

NEW_YORK = Seat("New York", "America/New_York")
KINSHASA = Seat("Kinshasa", "Africa/Kinshasa", Calendar("CD"))
LUBUMBASHI = Seat("Lubumbashi", "Africa/Lubumbashi", Calendar("CD"))
CAIRO = Seat("Cairo", "Africa/Cairo", Calendar("EG"))
CHANGES = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 4, 14, 30, tzinfo=UTC),
    datetime(2026, 9, 26, 14, tzinfo=UTC),
    datetime(2026, 12, 9, 12, tzinfo=UTC),
]
"""When the clocks change in New York, then on Lord Howe and Chatham; and a dull hour."""


def cautions(*seats, at, previous=None, minutes=60):
    return cost_of(seats, at, minutes, previous=previous).cautions


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    "at, expected",
    [
        (utc(2026, 3, 3, 15), ()),
        (utc(2026, 3, 10, 15), (Caution(Kind.WEEK, ("New York",), (-300, -240)),)),
        (utc(2026, 3, 15, 6), (Caution(Kind.WEEK, ("New York",), (-300, -240)),)),
        (utc(2026, 3, 15, 7), ()),
        (utc(2026, 11, 7, 15), (Caution(Kind.WEEK, ("New York",), (-240, -300)),)),
        (utc(2026, 11, 8, 15), ()),
    ],
)
def test_offset_that_differs_from_a_week_before_is_told(at, expected):
    assert cautions(NEW_YORK, at=at) == expected


def test_change_of_the_clocks_during_the_sitting_is_told():
    at = utc(2026, 3, 8, 6, 30)
    assert cautions(NEW_YORK, at=at) == (Caution(Kind.WEEK, ("New York",), (-300, -240)),)
    assert cautions(NEW_YORK, at=at, minutes=30) == ()


def test_offset_that_differs_from_the_previous_sitting_is_told():
    at = utc(2026, 12, 9, 15)
    assert cautions(NEW_YORK, at=at, previous=utc(2026, 7, 15, 15)) == (
        Caution(Kind.PREVIOUS, ("New York",), (-240, -300)),
    )
    assert cautions(NEW_YORK, at=at, previous=utc(2026, 11, 15, 15)) == ()


@pytest.mark.parametrize("hour, minute", [(5, 0), (5, 45), (6, 0), (6, 45)])
def test_local_start_in_a_repeated_hour_is_told(hour, minute):
    found = cautions(NEW_YORK, at=utc(2026, 11, 1, hour, minute), minutes=15)
    now = -240 if hour == 5 else -300
    assert Caution(Kind.REPEATED, ("New York",), (now,)) in found


@pytest.mark.parametrize("hour, minute", [(4, 45), (7, 0)])
def test_local_start_beside_a_repeated_hour_is_not_told(hour, minute):
    found = cautions(NEW_YORK, at=utc(2026, 11, 1, hour, minute), minutes=15)
    assert Kind.REPEATED not in [caution.kind for caution in found]


def test_seats_of_one_country_with_different_clocks_are_told():
    assert cautions(KINSHASA, NEW_YORK, LUBUMBASHI, at=utc(2026, 12, 9, 12)) == (
        Caution(Kind.COUNTRY, ("Kinshasa", "Lubumbashi"), (60, 120)),
    )
    goma = Seat("Goma", "Africa/Lubumbashi", Calendar("CD"))
    assert cautions(LUBUMBASHI, goma, at=utc(2026, 12, 9, 12)) == ()


def test_clocks_of_one_country_that_differ_only_in_summer_are_told_then():
    phoenix = Seat("Phoenix", "America/Phoenix", Calendar("US"))
    denver = Seat("Denver", "America/Denver", Calendar("US"))
    assert cautions(phoenix, denver, at=utc(2026, 12, 9, 18)) == ()
    summer = (Caution(Kind.COUNTRY, ("Phoenix", "Denver"), (-420, -360)),)
    assert cautions(phoenix, denver, at=utc(2026, 7, 15, 18)) == summer
    grid = Grid(utc(2026, 3, 1), utc(2026, 3, 31), 60)
    ranking = rank(Request(grid, (phoenix, denver)))
    first, last = options(ranking, [0, grid.count - 1])
    assert (first.cautions, last.cautions) == ((), summer)


@pytest.mark.parametrize(
    "day, on",
    [
        (7, None),
        (8, date(2027, 3, 9)),
        (9, date(2027, 3, 9)),
        (10, date(2027, 3, 10)),
        (11, date(2027, 3, 10)),
        (12, None),
    ],
)
def test_estimated_holiday_is_told_from_the_day_before_to_the_day_after(day, on):
    # The calendar estimates Eid al-Fitr in Egypt on 9 and 10 March 2027.
    found = cautions(CAIRO, at=utc(2027, 3, day, 12))
    expected = (
        (Caution(Kind.ESTIMATED, ("Cairo",), (), on, "Eid al-Fitr (estimated)"),) if on else ()
    )
    assert found == expected


def test_only_the_estimated_one_of_two_holidays_is_told():
    found = cautions(CAIRO, at=utc(2028, 5, 4, 12))
    assert [(each.on, each.holiday) for each in found if each.kind is Kind.ESTIMATED] == [
        (date(2028, 5, 4), "Day of Arafah (estimated)"),
        (date(2028, 5, 5), "Eid al-Adha (estimated)"),
    ]


def test_estimated_holiday_warns_at_no_cost():
    option = cost_of([CAIRO], utc(2027, 3, 8, 12), 60)
    assert (option.costs[0].burden, len(option.cautions)) == (0, 1)


def test_seats_of_one_finding_share_a_caution():
    boston = Seat("Boston", "America/New_York")
    found = cautions(NEW_YORK, KINSHASA, boston, at=utc(2026, 3, 10, 15))
    assert found == (Caution(Kind.WEEK, ("New York", "Boston"), (-300, -240)),)


def test_cautions_of_one_start_do_not_depend_on_the_window_around_it():
    at = utc(2026, 3, 10, 15)
    seats = (NEW_YORK, KINSHASA, LUBUMBASHI, CAIRO)
    grid = Grid(at - timedelta(days=20), at + timedelta(days=20), 60)
    ranking = rank(Request(grid, seats, previous=utc(2026, 1, 1)))
    number = (at - grid.first) // timedelta(minutes=15)
    alone = cost_of(seats, at, 60, previous=utc(2026, 1, 1))
    assert options(ranking, [number])[0].cautions == alone.cautions


def minutes_east(zone, at):
    return at.astimezone(pytz.timezone(zone)).utcoffset() // timedelta(minutes=1)


def told_of_clocks(zone, at, end, previous):
    """Return what rule 13, read aloud, tells of one zone."""
    now, before = minutes_east(zone, at), at - timedelta(days=7)
    if previous and minutes_east(zone, previous) != now:
        yield Kind.PREVIOUS, (minutes_east(zone, previous), now)
    last = end - timedelta(minutes=1)
    weeks = [(before, at), (last - timedelta(days=7), last)]
    changed = [(minutes_east(zone, a), minutes_east(zone, b)) for a, b in weeks]
    yield from [(Kind.WEEK, pair) for pair in changed if len(set(pair)) > 1][:1]
    wall = at.astimezone(pytz.timezone(zone)).replace(tzinfo=None)
    try:
        pytz.timezone(zone).localize(wall, is_dst=None)
    except pytz.AmbiguousTimeError:
        yield Kind.REPEATED, (now,)


@given(
    st.lists(
        st.tuples(st.sampled_from(ZONES), st.sampled_from([None, "US", "CD"])),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(CHANGES),
    st.integers(-40, 40),
    st.sampled_from([15, 60, 720]),
    st.none() | st.integers(0, 400),
)
def test_cautions_are_those_of_the_rule_read_aloud(places, change, quarters, minutes, days):
    at = change + timedelta(minutes=15 * quarters)
    end = at + timedelta(minutes=minutes)
    previous = None if days is None else at - timedelta(days=days)
    seats = [
        Seat(f"seat {number}", zone, Calendar(country, holidays=frozenset()))
        for number, (zone, country) in enumerate(places)
    ]
    expected = {
        (kind, name, offsets)
        for name, zone in ((seat.name, seat.zone) for seat in seats)
        for kind, offsets in told_of_clocks(zone, at, end, previous)
    }
    for country in {country for _, country in places if country}:
        together = [seat for seat in seats if seat.calendar.country == country]
        clocks = [minutes_east(seat.zone, at) for seat in together]
        if len(set(clocks)) > 1:
            expected |= {
                (Kind.COUNTRY, seat.name, (clock,))
                for seat, clock in zip(together, clocks, strict=True)
            }

    found = cautions(*seats, at=at, previous=previous, minutes=minutes)

    assert expected == {
        (each.kind, name, (each.offsets[place],) if each.kind is Kind.COUNTRY else each.offsets)
        for each in found
        for place, name in enumerate(each.seats)
    }
