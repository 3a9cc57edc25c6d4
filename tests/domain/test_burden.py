from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain import burden, zones
from townhall.domain.bands import STANDARD, Hours
from townhall.domain.burden import Closed, Grid, Profile
from townhall.domain.calendar import Calendar
from townhall.errors import InputError

FIRST = datetime(2026, 12, 9, tzinfo=UTC)
NAMES = ["America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Monrovia", "UTC"]


def grid(first=FIRST, starts=4, minutes=60):
    return Grid(first, first + timedelta(minutes=15 * starts), minutes)


def test_grid_counts_starts_quanta_and_reach():
    found = grid(starts=4, minutes=60)
    assert (found.count, found.quanta, found.reach) == (4, 4, 7)
    assert found.start(3) == datetime(2026, 12, 9, 0, 45, tzinfo=UTC)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(-15, 1000))
def test_grid_takes_quarter_hours_alone(begin, length, minutes):
    first = FIRST + timedelta(minutes=begin)
    until = first + timedelta(minutes=length)
    fits = (
        not begin % 15
        and not length % 15
        and not minutes % 15
        and 15 <= minutes <= 720
        and 0 < length <= 15 * burden.MOST_STARTS
    )
    if not fits:
        with pytest.raises(InputError) as caught:
            Grid(first, until, minutes)
        assert caught.value.field in {"from", "until", "minutes"}
        return
    found = Grid(first, until, minutes)
    assert (found.count, found.start(found.count)) == (length // 15, until)


def test_grid_dates_hold_every_local_date_of_the_world():
    assert grid().dates == (date(2026, 12, 8), date(2026, 12, 10))


def test_points_have_a_row_for_each_profile_and_a_column_for_each_start():
    profiles = [Profile(name, STANDARD, Calendar()) for name in ("UTC", "Africa/Kinshasa")]
    found = burden.points(grid(datetime(2026, 12, 9, 7, tzinfo=UTC)), profiles)
    assert found.tolist()[1] == [4, 3, 2, 1]
    assert found.tolist()[0] == [8, 7, 6, 5]


@given(
    st.sampled_from(NAMES),
    st.integers(0, 70 * 366 * 96),
    st.integers(1, 200),
    st.sampled_from([15, 45, 720]),
)
def test_points_are_the_sum_of_each_quantum_on_the_local_clock(zone, quarter, starts, minutes):
    # From 1965 on: Monrovia's offset was no multiple of 15 minutes until 1972.
    first = datetime(1965, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter)
    found = burden.points(grid(first, starts, minutes), [Profile(zone, STANDARD, Calendar())])
    for number in {0, starts // 2, starts - 1}:
        moments = [
            zones.local(first + timedelta(minutes=15 * (number + k)), zone)
            for k in range(minutes // 15)
        ]
        assert found[0, number] == sum(
            STANDARD.minutes[at.hour * 60 + at.minute] + (6 if at.weekday() >= 5 else 0)
            for at in moments
        )


@given(st.sampled_from(NAMES), st.integers(0, 70 * 366 * 96), st.integers(1, 60))
def test_closed_starts_are_those_of_which_a_minute_is_closed(zone, quarter, starts):
    first = datetime(1965, 1, 1, tzinfo=UTC) + timedelta(minutes=15 * quarter)
    found = burden.closed(grid(first, starts, 30), [Closed(zone, (Hours(22 * 60 + 7, 61),))])
    for number in {0, starts - 1}:
        shown = [zones.local(first + timedelta(minutes=15 * number + k), zone) for k in range(30)]
        inside = [at.hour * 60 + at.minute for at in shown]
        assert found[0, number] == any(m >= 22 * 60 + 7 or m < 61 for m in inside)


@given(st.integers(-300, 300), st.integers(1, 300), st.integers(1, 48))
def test_busy_starts_are_those_whose_sitting_overlaps(begin, length, quanta):
    found = grid(starts=16, minutes=15 * quanta)
    interval = FIRST + timedelta(minutes=begin), FIRST + timedelta(minutes=begin + length)
    expected = [
        number
        for number in range(16)
        if found.start(number) < interval[1]
        and found.start(number) + timedelta(minutes=found.minutes) > interval[0]
    ]
    assert list(range(16))[burden.busy_starts(found, *interval)] == expected


def test_local_quanta_follow_a_change_of_the_clocks():
    begin = (datetime(2026, 11, 1, 5, 30, tzinfo=UTC) - zones.EPOCH) // zones.MINUTE
    shown = burden.local_quanta(begin, 60, "America/New_York")
    assert [divmod(minute % 1440, 60) for minute in shown] == [(1, 30), (1, 45), (1, 0), (1, 15)]


@pytest.mark.parametrize("offset", [0, 5, -11])
def test_instant_is_written_in_utc(offset):
    moment = FIRST.astimezone(zones.local(FIRST, "Asia/Kolkata").tzinfo)
    assert burden.utc(moment + timedelta(hours=offset)).endswith("Z")
    assert burden.utc(moment) == "2026-12-09T00:00Z"
