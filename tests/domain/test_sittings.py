"""Rule 10: several sittings, by worked examples and against every set there is."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.domain import naive_sittings
from tests.domain.planning_documents import documents, required, shuffled, with_more_paid
from townhall.domain import answer, document, relaxing, sittings
from townhall.domain.series.patience import Patience
from townhall.domain.sitting_search import Search
from townhall.domain.sitting_sets import Board
from townhall.domain.slots import rank
from townhall.errors import InputError

CASES = json.loads((Path(__file__).parents[1] / "cases" / "fairness.json").read_text())["cases"]
CASE = next(case for case in CASES if case["id"] == "two-sittings")


@st.composite
def gatherings(draw):
    """Draw documents of few starts that ask for two or three sittings, an hour or more apart."""
    written = draw(documents())
    written["minutes"] = draw(st.sampled_from([15, 30, 60]))
    written["sittings"] = draw(st.integers(2, 3))
    first = datetime.fromisoformat(written["from"])
    for seat in written["seats"]:
        seat["everywhere"] = draw(st.sampled_from([False, False, True]))
        if seat["everywhere"]:
            # Eight hours apart, so a longer window.
            until = first + timedelta(minutes=15 * draw(st.integers(34, 44)))
            written["until"] = f"{until:%Y-%m-%dT%H:%M}Z"
            written["sittings"] = 2
    return written


def choice(written, **limits):
    return sittings.choose(rank(document.parse(written)), **limits)


def shown(found):
    """Return a choice as the slow reading tells it."""
    if found is None:
        return None
    starts = [found.ranking.request.grid.start(number) for number in found.numbers]
    return list(found.worst_first), found.people_points, starts


def test_worked_example_has_its_right_answer():
    found = answer.plan(document.parse(CASE["request"]))

    expected = CASE["expected"]["sittings"]
    own = {"New York": 1, "Kinshasa": [0, 1], "New Delhi": 0, "Suva": 0}
    assert found["sittings"] == {**expected, "own": own, "status": "optimal", "bound": 8}
    assert [option["start"] for option in found["options"]] == expected["starts"]
    assert found["options"][-1]["worst_first"] == expected["worst_first"]
    assert sum(option["people_points"] for option in found["options"]) == expected["people_points"]


@settings(deadline=None, max_examples=150)
@given(gatherings())
def test_the_best_of_all_sets_is_found(written):
    assert shown(choice(written)) == naive_sittings.best(written)


@settings(deadline=None, max_examples=50)
@given(gatherings(), st.randoms())
def test_the_order_in_which_things_are_said_does_not_matter(written, chance):
    assert shown(choice(shuffled(written, chance))) == shown(choice(written))


def paid(found, place):
    """Return what one required seat pays for the sittings that it attends."""
    burdens = found.ranking.burdens[place, list(found.numbers)].tolist()
    if found.ranking.request.seats[place].everywhere:
        return sum(burdens)
    absent = found.ranking.hard[place, list(found.numbers)].tolist()
    return min(points for points, no in zip(burdens, absent, strict=True) if not no)


@settings(deadline=None, max_examples=50)
@given(gatherings(), st.data(), st.integers(1, 200))
def test_who_has_paid_more_never_pays_more(written, data, points):
    assume(required(written))
    place = data.draw(st.sampled_from(required(written)))
    before, after = choice(written), choice(with_more_paid(written, place, points))
    assume(before)

    assert paid(after, place) <= paid(before, place)


@settings(deadline=None, max_examples=50)
@given(gatherings())
def test_one_more_required_seat_never_lowers_the_worst(written):
    fewer = {**written, "seats": written["seats"][:-1]}
    assume(fewer["seats"])
    # Without the last seat who attends all the sittings may move together.
    assume(naive_sittings.apart(fewer) == naive_sittings.apart(written))
    before, after = choice(fewer), choice(written)

    assert after is None or (before is not None and before.worst_first <= after.worst_first)


@settings(deadline=None, max_examples=100)
@given(gatherings())
def test_points_of_the_sittings_add_up_to_those_of_the_set(written):
    found = answer.plan(document.parse(written))
    assume(found["sittings"])

    points = sum(option["people_points"] for option in found["options"])
    assert points == found["sittings"]["people_points"]
    assert found["options"][-1]["worst_first"] == found["sittings"]["worst_first"]


def never(name, *hours, **fields):
    return {"name": name, "zone": "UTC", "never": [list(pair) for pair in hours], **fields}


def day(*seats, **fields):
    """Return a document of two sittings of one hour on a Wednesday."""
    dull = {"minutes": 60, "from": "2026-12-09T00:00Z", "until": "2026-12-10T00:00Z"}
    return {**dull, "sittings": 2, "seats": list(seats), **fields}


@settings(deadline=None, max_examples=100)
@given(gatherings(), st.lists(st.integers(0, 3), min_size=1, max_size=3))
def test_what_to_relax_is_what_leaves_a_set(written, blocked):
    for place in blocked:
        if place < len(written["seats"]):
            written["seats"][place]["never"] = [["00:00", "00:00"]]
    ranking = rank(document.parse(written))
    assume(sittings.choose(ranking) is None)

    found = relaxing.nothing_fits(ranking)

    assert sorted(found.relax) == sorted(naive_sittings.smallest_to_relax(written))


def test_nothing_fits_tells_who_is_in_the_way():
    written = day(
        never("closed", ["00:00", "00:00"]),
        never("morning", ["12:00", "00:00"], everywhere=True),
        never("any"),
    )

    found = answer.plan(document.parse(written))

    assert found == {
        "tz_release": "2026f",
        "starts": 96,
        "feasible": 45,
        "sittings": None,
        "options": [],
        "nothing_fits": {
            "ruled_out": {"closed": 96, "morning": 51, "any": 0},
            "starts_without": {"closed": 45, "morning": 0, "any": 0},
            "relax": [["closed"]],
            "complete": True,
        },
    }


def test_a_window_too_short_for_the_sittings_cannot_be_helped():
    written = day(never("any"), until="2026-12-09T00:15Z")

    found = relaxing.nothing_fits(rank(document.parse(written)))

    assert (found.starts_without, found.relax) == ({"any": 0}, ())


def test_an_office_open_by_day_and_one_by_night_each_get_a_sitting():
    written = day(never("day", ["20:00", "08:00"]), never("night", ["08:00", "20:00"]))

    assert choice(written).own == ((1,), (0,))


def test_a_seat_that_attends_another_sitting_is_told_so():
    written = day(
        {"name": "New York", "zone": "America/New_York"},
        {"name": "Kinshasa", "zone": "Africa/Kinshasa", "everywhere": True},
        {"name": "Suva", "zone": "Pacific/Fiji"},
    )

    first, second = answer.plan(document.parse(written))["options"]

    assert first["seats"][0]["why"] == (
        "Wed 9 Dec 2026, 01:00–02:00 (UTC-05:00), night: 64 points, which it does not pay; "
        "it attends the sitting of Wed 9 Dec 2026, 15:00 UTC."
    )
    assert first["seats"][0]["after"] == 0
    assert second["seats"][1]["ledger"] == first["seats"][1]["after"]


@pytest.mark.parametrize("needed", [True, False])
def test_a_seat_that_can_only_attend_another_sitting_is_told_so_and_is_not_absent(needed):
    written = day(
        {"name": "New York", "zone": "America/New_York"},
        {"name": "Tokyo", "zone": "Asia/Tokyo"},
        never("London", ["00:00", "10:00"], required=needed),
    )

    first, second = answer.plan(document.parse(written))["options"]

    assert first["seats"][2]["why"] == (
        "Wed 9 Dec 2026, 00:00–01:00 (UTC+00:00), night: it cannot take part; "
        "it attends the sitting of Wed 9 Dec 2026, 14:00 UTC."
    )
    assert [option["seats"][2]["absent"] for option in (first, second)] == [False, False]


@settings(deadline=None, max_examples=50)
@given(gatherings())
def test_absent_are_those_who_attend_none_and_those_of_all_sittings_who_miss_one(written):
    found = answer.plan(document.parse(written))
    assume(found["sittings"])

    everywhere = {seat["name"] for seat in written["seats"] if seat["everywhere"]}
    for nth, option in enumerate(found["options"]):
        for seat in option["seats"]:
            own = found["sittings"]["own"][seat["name"]]
            missed = nth not in own if seat["name"] in everywhere else own is None
            assert seat["absent"] is missed


def test_a_search_that_is_too_long_gives_the_best_known_unproven():
    written = day(never("a"), never("b", ["08:00", "20:00"]), sittings=3)

    hasty, patient = choice(written, limit_s=1e-3), choice(written)

    assert not hasty.proven
    assert hasty.bound <= patient.bound == patient.worst_first[0]
    assert patient.proven


WORLD = [
    ("New York", "America/New_York", "US"),
    ("Geneva", "Europe/Zurich", "CH"),
    ("Kinshasa", "Africa/Kinshasa", "CD"),
    ("Delhi", "Asia/Kolkata", "IN"),
    ("Suva", "Pacific/Fiji", "FJ"),
    ("Tokyo", "Asia/Tokyo", "JP"),
    ("Sao Paulo", "America/Sao_Paulo", "BR"),
    ("Lagos", "Africa/Lagos", "NG"),
]


VARIED = [
    ("13:00", "05:00", "04:00", (5, 3, 5, 0)),
    ("10:00", "19:00", "10:00", (5, 3, 3, 2)),
    ("02:00", "16:00", "10:00", (3, 0, 2, 5)),
    ("15:00", "10:00", "10:00", (3, 5, 1, 1)),
    ("08:00", "17:00", "08:00", (4, 1, 5, 2)),
    ("17:00", "13:00", "10:00", (1, 3, 1, 3)),
    ("18:00", "08:00", "07:00", (0, 0, 1, 3)),
    ("06:00", "08:00", "09:00", (5, 0, 2, 5)),
    ("04:00", "22:00", "11:00", (2, 2, 2, 0)),
]
"""Of nine seats: when they never meet, an hour at which what they pay changes, and their points."""


def world(days, count, offices=1):
    """Return a document of offices in eight countries and somebody who attends every sitting."""
    seats = [
        {"name": f"{name} {n}", "zone": zone, "country": country, "people": 10 + n}
        for n in range(offices)
        for name, zone, country in WORLD
    ]
    host = {"name": "Lubumbashi", "zone": "Africa/Lubumbashi", "everywhere": True}
    until = datetime.fromisoformat("2026-12-07T00:00Z") + timedelta(days=days)
    return {
        "minutes": 60,
        "from": "2026-12-07T00:00Z",
        "until": f"{until:%Y-%m-%dT%H:%M}Z",
        "sittings": count,
        "seats": [*seats, host],
    }


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_wider_window_is_never_worse(count):
    found = [choice(world(days, count)) for days in (3, 5, 12, 19, 28)]

    assert all(one.proven and one.bound == one.worst_first[0] for one in found)
    worth = [(one.worst_first, one.people_points, one.numbers) for one in found]
    assert worth == sorted(worth, reverse=True)


@pytest.mark.parametrize("count, most", [(2, 300e6), (3, 60e6), (4, 900e6)])
def test_many_offices_and_weeks_are_proven_with_little_work(count, most):
    patience = Patience(sittings.LIMIT_S)
    search = Search(Board(rank(document.parse(world(28, count, offices=12)))), patience)

    assert search.run()
    assert patience.cells < most


def unlike(days):
    """Return a document of two sittings in which no two of 96 offices pay alike."""
    written = world(days, 2, offices=12)
    seats = written["seats"][:-1]
    for number, seat in enumerate(seats):
        hour, quarter = divmod(14 * 4 + number // len(WORLD), 4)
        edge, late = f"{hour}:{15 * quarter:02}", 3 + number % 5
        seat["bands"] = [["09:00", edge, 0], [edge, "23:00", late], ["23:00", "09:00", 16]]
    return {**written, "seats": seats}


def test_offices_that_all_pay_unlike_are_proven_with_little_work():
    patience = Patience(sittings.LIMIT_S)
    search = Search(Board(rank(document.parse(unlike(28)))), patience)

    assert search.run()
    assert patience.cells < 100e6


def test_two_sittings_get_no_worse_the_longer_they_are_looked_for():
    ranking = rank(document.parse(unlike(3)))
    best = sittings.choose(ranking)
    assert best.proven
    found = [best]
    for limit_s in np.geomspace(0.03, 3e-4, 60):
        try:
            found.append(sittings.choose(ranking, limit_s=limit_s))
        except InputError:
            break
    else:
        pytest.fail("the shortest search is too long to find nothing")
    worth = [(one.worst_first, one.people_points, one.numbers) for one in found]
    assert worth == sorted(worth)
    assert not found[-1].proven
    assert all(one.bound <= one.worst_first[0] for one in found)


@pytest.mark.parametrize("count", [6, 12])
def test_what_cannot_be_proven_in_time_ends_in_time_with_a_good_set(count):
    found = choice(world(28, count, offices=12), limit_s=1)

    assert (found.proven, found.bound, found.worst_first[0]) == (False, 6, 6)


def test_a_stopwatch_ends_a_search():
    ticks = iter(range(1000))

    assert not choice(world(28, 4), stopwatch=lambda: float(next(ticks))).proven


@pytest.mark.parametrize("limit_s", [1e-9, 3e-4])
def test_a_search_that_finds_no_set_in_time_is_an_error(limit_s):
    with pytest.raises(InputError, match="No set of 2 sittings was found"):
        choice(day(never("any")), limit_s=limit_s)


def test_sittings_that_only_just_fit_are_found_though_the_cheapest_start_is_in_their_way():
    window = {"from": "2026-12-09T08:30Z", "until": "2026-12-09T10:45Z"}

    assert choice(day(never("any"), sittings=3, **window)).numbers == (0, 4, 8)


def test_a_set_with_the_best_worst_ledger_gives_way_to_one_that_is_better_for_the_next():
    seats = [
        never(
            f"{n}",
            [since, until],
            bands=[
                [since, until, points]
                for since, until, points in zip(
                    ["00:00", change, "12:00", "18:00"],
                    [change, "12:00", "18:00", "24:00"],
                    paid,
                    strict=True,
                )
            ],
        )
        for n, (since, until, change, paid) in enumerate(VARIED)
    ]

    found = choice(day(*seats, sittings=3))

    # As trying all 117,480 sets without an overlap tells.
    assert found.worst_first == (16, 12, 8, 8, 8, 4, 4, 2, 0)
    assert (found.people_points, found.numbers) == (62, (46, 64, 88))


def test_the_start_that_suits_most_is_given_up_where_without_it_all_can_come():
    free = ["08", "08", "08", "08", "10", "12", "14"], ["10", "10", "12", "12", "10", "12", "14"]
    seats = [
        never(
            f"{n}",
            *(
                [f"{hour:02}:00", f"{hour + 1:02}:00"]
                for hour in range(23)
                if f"{hour:02}" not in hours
            ),
            ["23:00", "00:00"],
        )
        for n, hours in enumerate(zip(*free, strict=True))
    ]

    assert choice(day(*seats, sittings=3)).numbers == (40, 48, 56)


def test_a_search_for_what_to_relax_ends_in_time():
    written = day(never("closed", ["00:00", "00:00"]))

    found = relaxing.nothing_fits(rank(document.parse(written)), limit_s=1e-9)

    assert (found.relax, found.complete) == ((), False)


WEEK = 7 * 96
"""Quarter hours."""


def free_at(place, quarter):
    """Return a seat that has one free hour in a week, from some quarter hour on."""
    begin = datetime(2026, 12, 9, tzinfo=UTC)
    ends = [0, quarter, quarter + 4, WEEK + 4]
    at = [f"{begin + timedelta(minutes=15 * end):%Y-%m-%dT%H:%MZ}" for end in ends]
    busy = [[from_, until] for from_, until in (at[:2], at[2:]) if from_ < until]
    return {"name": f"{place}", "zone": "UTC", "busy": busy}


@pytest.mark.parametrize("count", [2, 4, 8, 12])
@pytest.mark.parametrize("everywhere", [0, 30])
def test_what_to_relax_of_very_many_is_told_within_its_time(count, everywhere):
    chance = Random(count)
    seats = [
        {**free_at(place, chance.randrange(WEEK)), "everywhere": place < everywhere}
        for place in range(300)
    ]
    written = day(*seats, sittings=count, until="2026-12-16T00:00Z")
    ranking = rank(document.parse(written))
    steps = []

    def stopwatch():
        steps.append(None)
        return len(steps) / 1000

    found = relaxing.nothing_fits(ranking, stopwatch=stopwatch)

    # It looks at the time often, and stops when it is over.
    assert len(steps) / 1000 < relaxing.LIMIT_S + 0.01
    assert not found.complete or found.relax


def test_however_early_the_time_is_over_what_is_named_helps():
    written = day(
        never("early", ["12:00", "00:00"], everywhere=True),
        never("late", ["00:00", "12:00"], everywhere=True),
        never("closed", ["00:00", "00:00"]),
        sittings=2,
    )
    ranking = rank(document.parse(written))
    ways = {("early", "closed"), ("late", "closed")}

    for patience in range(1, 100):
        looks = iter(range(10_000))
        found = relaxing.nothing_fits(
            ranking, stopwatch=lambda looks=looks, end=patience: float(next(looks) > end)
        )
        assert set(found.relax) <= ways
        assert set(found.relax) == ways or not found.complete
    assert found.complete


def test_seats_that_rule_out_the_same_are_relaxed_together():
    closed = [never(f"closed {n}", ["00:00", "00:00"]) for n in range(40)]
    early = [never(f"{n}", ["12:00", "00:00"], everywhere=True) for n in range(20)]
    late = [never(f"late {n}", ["00:00", "12:00"], everywhere=True) for n in range(19)]

    found = relaxing.nothing_fits(rank(document.parse(day(*closed, *early, *late))))

    assert found.complete
    assert found.relax == (tuple(seat["name"] for seat in (*closed, *late)),)


def test_points_of_very_many_people_stay_exact():
    billion = 1_000_000_000
    seats = [
        never(
            f"seat {n}",
            everywhere=True,
            people=billion,
            weight=100,
            bands=[["00:00", "24:00", 100]],
        )
        for n in range(3000)
    ]

    found = choice(day(*seats, minutes=720, until="2026-12-10T12:00Z"))

    assert found.people_points == 3000 * 2 * billion * 100 * 100 * 48


def test_three_sittings_that_leave_someone_out_tell_whom_to_relax():
    hours = [["00:00", "06:00"], ["06:00", "12:00"], ["12:00", "18:00"], ["18:00", "00:00"]]
    # Each is free in one quarter of the day only, and there are three sittings.
    seats = [
        never(f"{n}", *(pair for pair in hours if pair != free)) for n, free in enumerate(hours)
    ]

    found = relaxing.nothing_fits(rank(document.parse(day(*seats, sittings=3))))

    assert found.relax == (("0",), ("1",), ("2",), ("3",))
