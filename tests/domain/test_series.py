"""Rule 9: series, by worked examples and against every choice of starts."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.domain import naive_series
from tests.domain.planning_documents import (
    ZONES,
    documents,
    required,
    shuffled,
    with_more_paid,
)
from townhall.domain import answer, document
from townhall.domain.series import planning, telling
from townhall.domain.series.request import Fixed, remaining, together
from townhall.domain.slots import rank
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

    assert shown(found) == expected
    assert (found.stuck is None) == (expected is not None)
    if expected is not None:
        assert found.optimal
        assert not required(written) or found.bound == expected[0][0]
    else:
        # Those before it can be placed together, with it they cannot.
        windows = written["occurrences"][: found.stuck[0] + 1]
        assert naive_series.best({**written, "occurrences": windows}) is None
        assert naive_series.best({**written, "occurrences": windows[:-1]}) is not None


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
def test_the_order_in_which_things_are_said_does_not_matter(written, chance):
    assert shown(plan(shuffled(written, chance))) == shown(plan(written))


@settings(deadline=None, max_examples=50)
@given(series())
def test_one_more_required_seat_never_lowers_the_worst(written):
    assume(len(written["seats"]) > 1)
    before, after = plan({**written, "seats": written["seats"][:-1]}), plan(written)

    if after.best is not None:
        assert before.best is not None
        assert before.best.worst_first[:1] <= after.best.worst_first[:1]


def paid(found, place):
    """Return what one seat pays over all occurrences of a plan."""
    requests = map(found.series.request, range(len(found.series.grids)))
    return sum(
        int(rank(request).burdens[place, number])
        for request, number in zip(requests, found.best.numbers, strict=True)
    )


@settings(deadline=None, max_examples=50)
@given(series(), st.data(), st.integers(1, 200))
def test_who_has_paid_more_never_pays_more(written, data, points):
    assume(required(written))
    place = data.draw(st.sampled_from(required(written)))
    before, after = plan(written), plan(with_more_paid(written, place, points))
    assume(before.best)

    assert paid(after, place) <= paid(before, place)


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
    paid = [cost.burden for cost in telling.options(first)[0].costs]

    left = remaining(whole, {0: start}, {0: paid})
    second = planning.plan(left)

    assert [seat.ledger for seat in left.seats] == paid
    assert left.held == (start,)
    assert left.fixed == (Fixed(start, 60, 0),)
    assert second.best.worst_first == first.best.worst_first
    assert second.best.numbers == first.best.numbers[1:]


def test_ledgers_run_by_the_starts_whatever_the_order_of_the_occurrences():
    written = weekly(3, offices("Africa/Kinshasa"))
    windows = ((9, 14, 16), (2, 4, 6), (7, 18, 20))
    for window, (day, first, last) in zip(written["occurrences"], windows, strict=True):
        window["from"] = f"2026-12-{day:02}T{first:02}:00Z"
        window["until"] = f"2026-12-{day:02}T{last:02}:00Z"
    found = plan(written)
    options = telling.options(found)

    assert [option.start.day for option in options] == [9, 2, 7]
    last, first, second = [option.costs[0] for option in options]
    assert first.ledger == 0
    assert 0 < first.burden == first.after == second.ledger < second.after == last.ledger
    assert telling.ledgers(found, options) == {"Kinshasa": last.after}
    assert sum(option.costs[0].burden for option in options) == last.after


def test_sittings_already_held_count_for_times_and_room():
    seats = offices("Asia/Kolkata")
    whole = document.series(weekly(2, seats, distinct_times=1, apart_days=8, days=2))
    held = datetime(2026, 12, 9, 20, tzinfo=UTC)

    left = remaining(whole, {0: held}, {0: [64]})

    # Eight days after the first, and at its hour, however dear.
    assert shown(planning.plan(left))[2] == [datetime(2026, 12, 17, 20, tzinfo=UTC)]


def test_a_held_sitting_takes_its_room():
    seats = offices("Africa/Kinshasa")
    whole = document.series(weekly(2, seats))
    # The second window again, so that the best hour is taken.
    again = replace(whole, grids=(whole.grids[0], whole.grids[0]))
    best = planning.plan(again).best.numbers[0]

    left = remaining(again, {0: again.grids[0].start(best)}, {0: [0]})

    assert abs(planning.plan(left).best.numbers[0] - best) >= 4


@settings(deadline=None, max_examples=150)
@given(series(), st.data())
def test_the_best_of_what_is_left_is_found_whatever_is_fixed(written, data):
    possible = [
        c for c in product(*naive_series.windows(written)) if naive_series.allowed(written, c)
    ]
    assume(possible)
    chosen = data.draw(st.sampled_from(possible))
    count = len(chosen)
    numbers = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=count - 1))
    narrow = [
        {
            "from": minute(chosen[n]["start"]),
            "until": minute(chosen[n]["start"] + timedelta(minutes=15)),
        }
        if n in numbers
        else window
        for n, window in enumerate(written["occurrences"])
    ]
    worst_first, _people, starts = naive_series.best({**written, "occurrences": narrow})

    fixed = {number: chosen[number]["start"] for number in numbers}
    paid = {number: chosen[number]["burdens"] for number in numbers}
    found = shown(planning.plan(remaining(document.series(written), fixed, paid)))

    assert found[0] == worst_first
    assert found[2] == [starts[n] for n in range(count) if n not in numbers]


@st.composite
def casts(draw):
    """Draw a series whose occurrences have different seats: some missing, some optional."""
    written = draw(series())
    people = []
    for _window in written["occurrences"]:
        here = draw(st.sets(st.integers(0, len(written["seats"]) - 1), min_size=1))
        people.append(
            {
                str(n): {**written["seats"][n], "required": draw(st.booleans()), "ledger": 0}
                for n in here
            }
        )
    return {**written, "seats": list(people[0].values())}, people


@settings(deadline=None, max_examples=100)
@given(casts(), st.data())
def test_seats_may_differ_from_one_occurrence_to_the_next(drawn, data):
    written, people = drawn
    names = list(dict.fromkeys(name for cast in people for name in cast))
    ledgers = {name: data.draw(st.integers(0, 40)) for name in names}
    assume(any(seat["required"] for cast in people for seat in cast.values()))
    asked = [
        {**written, "occurrences": [window], "seats": list(cast.values())}
        for window, cast in zip(written["occurrences"], people, strict=True)
    ]
    required = {name for cast in people for name, seat in cast.items() if seat["required"]}

    def worth(chosen):
        owed = {name: ledgers[name] for name in required}
        for start, cast in zip(chosen, people, strict=True):
            for (name, seat), burden in zip(cast.items(), start["burdens"], strict=True):
                owed[name] = owed.get(name, 0) + (burden if seat["required"] else 0)
        return (
            sorted((owed[name] for name in required), reverse=True),
            sum(start["people_points"] for start in chosen),
            [start["start"] for start in chosen],
        )

    ways = product(*(naive_series.windows(one)[0] for one in asked))
    expected = min((worth(c) for c in ways if naive_series.allowed(written, c)), default=None)

    whole = document.series(written)
    seats, parts = together(
        [
            dict(zip(cast, document.series(one).seats, strict=True))
            for one, cast in zip(asked, people, strict=True)
        ],
        ledgers,
    )
    found = planning.plan(replace(whole, seats=seats, casts=parts))

    assert shown(found) == expected
    if expected is not None:
        told = telling.told(found, telling.options(found))
        assert sorted(told["ledgers"].values(), reverse=True) == expected[0]


def test_a_longer_sitting_that_is_fixed_takes_more_room():
    whole = document.series(weekly(1, offices("Africa/Kinshasa")))
    grid = whole.grids[0]
    free = planning.plan(whole).best.numbers[0]
    before = Fixed(grid.start(free) - timedelta(hours=2), 180)

    found = planning.plan(replace(whole, fixed=(before,)))

    assert found.best.numbers == (free + 4,)


def test_nothing_left_to_plan_is_an_error():
    whole = document.series(weekly(1))

    with pytest.raises(InputError, match="1 to 520 occurrences, not 0"):
        remaining(whole, {0: whole.grids[0].first}, {0: [0, 0, 0, 0]})


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
        "fields": [["seats"]],
        "complete": True,
        "why": "There would be a plan without this: the hours that places rule out (seats).",
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
    # Three hours for three sittings: whoever begins with the best start is stuck.
    best = [["00:00", "14:30", 5], ["14:30", "15:30", 0], ["15:30", "00:00", 5]]
    written = weekly(3, offices("UTC", bands=best), distinct_times=None)
    window = {"from": "2026-12-09T14:00Z", "until": "2026-12-09T16:15Z"}
    written["occurrences"] = [window] * 3
    ticks = iter(range(0, 10_000, 7))

    assert sorted(plan(written).best.numbers) == [0, 4, 8]

    with pytest.raises(InputError, match="In 1 seconds no series was found"):
        plan(written | {"time_limit_s": 1}, stopwatch=lambda: float(next(ticks)))


@pytest.mark.parametrize("times", [1, None])
def test_four_sittings_a_week_apart_in_four_weeks_take_hardly_any_time(times):
    written = weekly(4, distinct_times=times, time_limit_s=1) | {"apart_days": 7}
    window = {"from": "2026-11-30T00:00Z", "until": "2026-12-28T00:00Z"}
    written["occurrences"] = [window] * 4
    ticks = iter(range(10_000))

    found = plan(written, stopwatch=lambda: float(next(ticks)))

    assert all(after - before >= 7 * 96 for before, after in pairwise(found.best.numbers))


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


@pytest.mark.parametrize("times, limit_s", [(4, 0.6), (None, 0.2)])
def test_sittings_in_two_days_keep_apart_however_many_hours_they_may_use(times, limit_s):
    written = weekly(6, distinct_times=times, time_limit_s=limit_s)
    window = {"from": "2026-12-09T00:00Z", "until": "2026-12-11T00:00Z"}
    written["occurrences"] = [window] * 6

    found = plan(written)

    minutes = sorted(15 * number for number in found.best.numbers)
    assert all(after - before >= 60 for before, after in pairwise(minutes))
    assert times is None or len({minute % (24 * 60) for minute in minutes}) <= times
    assert 124 <= found.bound <= found.best.worst_first[0] <= 160
    assert not found.optimal


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
