"""Rule 9: series, by worked examples and against every choice of starts."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.domain import naive_series
from tests.domain.planning_documents import ZONES, documents
from townhall.domain import answer, document
from townhall.domain.series import planning, telling
from townhall.domain.series.request import remaining
from townhall.errors import InputError

CASES = json.loads((Path(__file__).parents[1] / "cases" / "fairness.json").read_text())["cases"]
CASE = next(case for case in CASES if case["id"] == "series-of-four")


def minute(moment):
    return f"{moment:%Y-%m-%dT%H:%M}Z"


@st.composite
def series(draw):
    """Draw documents of two to four occurrences of a few starts."""
    written = draw(documents())
    written["minutes"] = draw(st.sampled_from([15, 30, 60]))
    first = datetime.fromisoformat(written.pop("from"))
    written.pop("until")
    written.pop("top")
    count = draw(st.integers(2, 4))
    most = {2: 10, 3: 6, 4: 4}[count]
    # Weeks that are alike, and windows that meet or are the same.
    step = draw(st.sampled_from([timedelta(weeks=1), timedelta(days=1), timedelta(minutes=45)]))
    step = draw(st.sampled_from([step, timedelta(0)]))
    shape = [timedelta(minutes=15 * draw(st.integers(1, most))) for _ in range(count)]
    if draw(st.booleans()):
        shape = shape[:1] * count
    written["occurrences"] = [
        {"from": minute(first + step * n), "until": minute(first + step * n + length)}
        for n, length in enumerate(shape)
    ]
    optional = {
        "distinct_times": st.sampled_from([None, 1, 2, 3]),
        "apart_days": st.sampled_from([0, 1, 7]),
        "clock": st.sampled_from(ZONES),
        "weekdays": st.lists(st.sampled_from(naive_series.WEEKDAYS), min_size=4, max_size=7),
    }
    return written | draw(st.fixed_dictionaries({}, optional=optional))


def plan(written, **how):
    return planning.plan(document.series(written), **how)


def shown(found):
    """Return a plan as the slow reading tells it."""
    if found.best is None:
        return None
    grids = found.series.grids
    starts = [grid.start(n) for grid, n in zip(grids, found.best.numbers, strict=True)]
    return list(found.best.worst_first), found.best.people, starts


@settings(deadline=None, max_examples=200)
@given(series())
def test_the_best_of_all_series_is_found(written):
    found = plan(written)
    expected = naive_series.best(written)
    required = any(seat.get("required", True) for seat in written["seats"])

    assert shown(found) == expected
    assert (found.stuck is None) == (expected is not None)
    if expected is not None:
        assert found.optimal
        assert not required or found.bound == expected[0][0]


def offices(*zones, **fields):
    """Return seats, one in each zone."""
    return [{"name": zone.rpartition("/")[2], "zone": zone, **fields} for zone in zones]


FOUR = offices("America/New_York", "Africa/Kinshasa", "Asia/Kolkata", "Pacific/Fiji")


def weekly(count=12, seats=FOUR, first=datetime(2026, 12, 9, tzinfo=UTC), days=1, **fields):
    """Return a document of sittings of an hour, a week apart, each on one of some days."""
    occurrences = [
        {
            "from": minute(first + timedelta(weeks=n)),
            "until": minute(first + timedelta(weeks=n, days=days)),
        }
        for n in range(count)
    ]
    return {"minutes": 60, "occurrences": occurrences, "seats": seats, **fields}


@settings(deadline=None, max_examples=50)
@given(series(), st.randoms())
def test_the_order_of_seats_does_not_matter(written, chance):
    mixed = {**written, "seats": chance.sample(written["seats"], len(written["seats"]))}

    assert shown(plan(mixed)) == shown(plan(written))


@settings(deadline=None, max_examples=50)
@given(series())
def test_one_more_required_seat_never_lowers_the_worst(written):
    assume(len(written["seats"]) > 1)
    before, after = plan({**written, "seats": written["seats"][:-1]}), plan(written)

    if after.best is not None:
        assert before.best is not None
        assert before.best.worst_first[:1] <= after.best.worst_first[:1]


def test_worked_example_has_its_right_answer():
    found = answer.plan(document.read(CASE["request"]))["series"]

    assert {key: found[key] for key in CASE["expected"]["series"]} == CASE["expected"]["series"]
    assert found["bound"] == found["worst_first"][0]
    assert sorted(found["ledgers"].values(), reverse=True) == found["worst_first"]


@pytest.mark.parametrize("times, worst", [(1, 384), (2, 256), (3, 234), (None, 230)])
def test_more_times_of_day_share_the_burden_better(times, worst):
    found = plan(weekly(distinct_times=times))

    assert (found.best.worst_first[0], found.bound, found.optimal) == (worst, worst, True)


def test_four_times_of_day_lie_between_three_and_any_number():
    found = plan(weekly(distinct_times=4, time_limit_s=2))

    assert len(set(found.best.numbers)) <= 4
    assert 230 <= found.bound <= found.best.worst_first[0] <= 234


def test_three_are_taken_unless_said():
    assert plan(weekly()).best.rank == plan(weekly(distinct_times=3)).best.rank


def test_the_clock_decides_what_one_time_of_day_is():
    seats = offices("America/New_York")
    # New York's clocks go forward between these two.
    first = datetime(2026, 3, 4, tzinfo=UTC)
    fields = {"distinct_times": 1, "seats": seats, "first": first, "count": 2}
    there = plan(weekly(**fields, clock="America/New_York"))
    here = plan(weekly(**fields))

    assert shown(there)[2] == [
        datetime(2026, 3, 4, 14, tzinfo=UTC),
        datetime(2026, 3, 11, 13, tzinfo=UTC),
    ]
    assert shown(here)[2] == [
        datetime(2026, 3, 4, 14, tzinfo=UTC),
        datetime(2026, 3, 11, 14, tzinfo=UTC),
    ]


def test_weekdays_are_those_of_the_clock():
    found = plan(weekly(1, offices("UTC"), days=7, clock="Pacific/Auckland", weekdays=["mon"]))

    # Monday in Auckland begins on Sunday at 11:00 UTC; Sunday is a rest day in UTC.
    assert shown(found)[2] == [datetime(2026, 12, 14, 9, tzinfo=UTC)]


def test_what_is_left_is_planned_anew_with_what_was_held():
    whole = document.series(weekly(4, distinct_times=2))
    first = planning.plan(whole)
    start = whole.grids[0].start(first.best.numbers[0])
    paid = [cost.burden for cost in next(iter(telling.options(first))).costs]

    left = remaining(whole, [start], [paid])
    second = planning.plan(left)

    assert [seat.ledger for seat in left.seats] == paid
    assert left.held == (start,)
    assert second.best.worst_first == first.best.worst_first
    assert second.best.numbers == first.best.numbers[1:]


def test_sittings_already_held_count_for_times_and_room():
    seats = offices("Asia/Kolkata")
    whole = document.series(weekly(2, seats, distinct_times=1, apart_days=8, days=2))
    held = datetime(2026, 12, 9, 20, tzinfo=UTC)

    left = remaining(whole, [held], [[64]])

    # Eight days after the first, and at its hour, however dear.
    assert shown(planning.plan(left))[2] == [datetime(2026, 12, 17, 20, tzinfo=UTC)]


def test_a_held_sitting_takes_its_room():
    seats = offices("Africa/Kinshasa")
    whole = document.series(weekly(2, seats))
    # The second window again, so that the best hour is taken.
    again = replace(whole, grids=(whole.grids[0], whole.grids[0]))
    best = planning.plan(again).best.numbers[0]

    left = remaining(again, [again.grids[0].start(best)], [[0]])

    assert abs(planning.plan(left).best.numbers[0] - best) >= 4


def test_nothing_left_to_plan_is_an_error():
    whole = document.series(weekly(1))

    with pytest.raises(InputError, match="1 to 520 occurrences, not 0"):
        remaining(whole, [whole.grids[0].first], [[0, 0, 0, 0]])


def test_no_start_in_one_window_names_the_occurrence():
    written = weekly(3)
    until = written["occurrences"][1]["until"]
    busy = [[written["occurrences"][1]["from"], until]]
    written["seats"] = [FOUR[0], {**FOUR[1], "busy": busy}]

    assert answer.plan(document.read(written))["nothing_fits"] == {
        "occurrence": 1,
        "ruled_out": {"New_York": 0, "Kinshasa": 96},
        "starts_without": {"New_York": 0, "Kinshasa": 96},
        "relax": [["Kinshasa"]],
    }


def test_weekdays_that_a_window_has_not_name_the_occurrence():
    found = answer.plan(document.read(weekly(2, weekdays=["fri"])))

    assert found["series"] is None
    assert found["options"] == []
    assert found["nothing_fits"]["occurrence"] == 0
    assert found["nothing_fits"]["relax"] == []


def test_occurrences_that_cannot_be_placed_together_name_the_first():
    written = weekly(4, apart_days=8)
    for window, day in zip(written["occurrences"], (9, 18, 26, 30), strict=True):
        window |= {"from": f"2026-12-{day:02}T00:00Z", "until": f"2026-12-{day:02}T02:00Z"}

    found = plan(written)

    assert found.stuck[0] == 3
    assert found.stuck[1].relax == ()


def test_one_hour_of_the_day_that_two_windows_do_not_share_fits_nothing():
    written = weekly(2, distinct_times=1)
    written["occurrences"][0]["until"] = "2026-12-09T12:00Z"
    written["occurrences"][1]["from"] = "2026-12-16T12:00Z"

    assert plan(written).stuck[0] == 1


def test_a_search_that_is_stopped_keeps_the_best_so_far():
    told = []

    def stop(progress):
        told.append(progress)
        return progress.worst is None

    found = plan(weekly(distinct_times=None), progress=stop)

    assert not found.optimal
    assert found.bound <= 230 <= found.best.worst_first[0]
    assert told[-1].worst is not None
    assert 0 <= told[-1].share <= 1


def test_time_that_runs_out_ends_the_search():
    ticks = iter(range(10_000))

    found = plan(weekly(distinct_times=None, time_limit_s=5), stopwatch=lambda: float(next(ticks)))

    assert not found.optimal
    assert found.seconds > 5


def test_no_time_to_find_any_series_is_an_error():
    # Windows that are the same, so that sittings stand in each other's way.
    written = weekly(3, time_limit_s=1)
    written["occurrences"] = written["occurrences"][:1] * 3
    ticks = iter(range(0, 10_000, 7))

    with pytest.raises(InputError, match="In 1 seconds no series was found"):
        plan(written, stopwatch=lambda: float(next(ticks)))


def test_seats_that_are_all_optional_are_served_by_their_people():
    seats = offices("America/New_York", "Asia/Kolkata", required=False)
    seats[0]["people"] = 5

    found = plan(weekly(2, seats))

    assert (found.best.worst_first, found.bound, found.optimal) == ((), 0, True)
    assert answer.plan(document.read(weekly(2, seats)))["series"]["ledgers"] == {}


def test_points_beyond_exact_sums_are_refused():
    dear = [["00:00", "24:00", 100]]
    seats = offices("UTC", required=False, people=1_000_000_000, weight=100, bands=dear)
    written = weekly(520, seats, days=1) | {"minutes": 720}
    for window in written["occurrences"]:
        window["until"] = minute(datetime.fromisoformat(window["from"]) + timedelta(hours=1))

    with pytest.raises(InputError, match="too large to compare"):
        plan(written)


def test_people_beyond_64_bits_stay_exact():
    dear = [["00:00", "24:00", 100]]
    many = {"people": 1_000_000_000, "weight": 100, "bands": dear}
    seats = [{"name": f"seat {n}", "zone": "UTC", **many} for n in range(10_000)]
    written = weekly(2, seats) | {"minutes": 720}
    for window in written["occurrences"]:
        window["until"] = minute(datetime.fromisoformat(window["from"]) + timedelta(hours=1))

    assert plan(written).best.people == 2 * 10_000 * 1_000_000_000 * 100 * 100 * 48


def test_options_carry_the_ledgers_and_warn_of_clocks():
    seats = offices("America/New_York", "Africa/Kinshasa", "Asia/Kolkata")
    written = weekly(2, seats, datetime(2026, 3, 4, tzinfo=UTC))

    first, second = answer.plan(document.read(written))["options"]

    after = {seat["name"]: seat["after"] for seat in first["seats"]}
    assert {seat["name"]: seat["ledger"] for seat in second["seats"]} == after
    assert any("at the last sitting" in warning for warning in second["warnings"])


def test_sittings_in_one_window_keep_out_of_each_other_way():
    written = weekly(3, distinct_times=None)
    window = {"from": "2026-12-09T08:00Z", "until": "2026-12-09T13:00Z"}
    written["occurrences"] = [window] * 3

    assert shown(plan(written)) == naive_series.best(written)


def test_five_windows_that_share_no_hour_need_five_times_of_day():
    written = weekly(5, distinct_times=4)
    for place, window in enumerate(written["occurrences"]):
        day = window["from"][:10]
        window |= {"from": f"{day}T{3 * place:02}:00Z", "until": f"{day}T{3 * place + 3:02}:00Z"}

    assert plan(written).stuck[0] == 4
    assert plan({**written, "distinct_times": 5, "time_limit_s": 1}).best is not None


def test_hours_off_the_coarse_grid_are_found():
    odd = [["00:00", "10:15", 100], ["10:15", "10:30", 0], ["10:30", "00:00", 100]]
    written = weekly(3, offices("UTC", bands=odd), distinct_times=4) | {"minutes": 15}

    assert plan(written).best.worst_first == (0,)


def test_clock_changes_that_part_the_weeks_are_planned_to_the_end():
    west = "America/Los_Angeles America/New_York America/Sao_Paulo Europe/London Africa/Cairo"
    east = "Asia/Karachi Asia/Kolkata Asia/Tokyo Pacific/Auckland"
    seats = offices(*west.split(), *east.split())

    found = plan(weekly(6, seats, datetime(2027, 3, 3, tzinfo=UTC), distinct_times=2))

    assert found.optimal
    assert found.bound == found.best.worst_first[0]
