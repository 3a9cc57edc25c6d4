"""Rule 10: several sittings, by worked examples and against every set there is."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.domain import naive_sittings
from tests.domain.planning_documents import documents
from townhall.domain import answer, document, relaxing, sittings
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
    assert found["sittings"] == {**expected, "own": own, "status": "optimal"}
    assert [option["start"] for option in found["options"]] == expected["starts"]
    assert found["options"][-1]["worst_first"] == expected["worst_first"]
    assert sum(option["people_points"] for option in found["options"]) == expected["people_points"]


@settings(deadline=None, max_examples=150)
@given(gatherings())
def test_the_best_of_all_sets_is_found(written):
    assert shown(choice(written)) == naive_sittings.best(written)


@settings(deadline=None, max_examples=50)
@given(gatherings(), st.randoms())
def test_the_order_of_seats_does_not_matter(written, chance):
    mixed = {**written, "seats": chance.sample(written["seats"], len(written["seats"]))}

    assert shown(choice(mixed)) == shown(choice(written))


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


def test_a_search_that_is_too_long_gives_the_best_known_unproven():
    written = day(never("a"), never("b", ["08:00", "20:00"]), sittings=3)

    hasty = choice(written, most_steps=4)

    assert not hasty.proven
    assert choice(written).proven


def test_a_search_that_finds_no_set_in_time_is_an_error():
    with pytest.raises(InputError, match="No set of 2 sittings was found"):
        choice(day(never("any")), most_steps=0)


def test_a_search_for_what_to_relax_ends_in_time():
    written = day(never("closed", ["00:00", "00:00"]))

    found = relaxing.nothing_fits(rank(document.parse(written)), most_steps=1)

    assert found.relax == ()


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
