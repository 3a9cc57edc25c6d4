"""Rules 1 to 8 and 11, by worked examples and against a slow reading of the rules."""

import json
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.domain import naive_planner
from tests.domain.planning_documents import documents, required, shuffled, with_more_paid
from townhall.domain import answer, document
from townhall.domain.slots import nothing_fits, rank, starting_ledger

CASES = json.loads((Path(__file__).parents[1] / "cases" / "fairness.json").read_text())["cases"]
SINGLE = [case for case in CASES if "starts" in case["expected"]]


def shown(option):
    """Return what the worked examples say of an option."""
    return {
        "start": option["start"],
        "worst_first": option["worst_first"],
        "people_points": option["people_points"],
        "burdens": [seat["burden"] for seat in option["seats"]],
        "absent": [seat["absent"] for seat in option["seats"]],
    }


def seat(name="Kinshasa", zone="Africa/Kinshasa", **fields):
    return {"name": name, "zone": zone, **fields}


def plan(*seats, **fields):
    """Return the answer to a document that compares the hours of one dull Wednesday."""
    dull = {"minutes": 60, "from": "2026-12-09T00:00Z", "until": "2026-12-10T00:00Z", "top": 1000}
    return answer.plan(document.parse({**dull, "seats": list(seats), **fields}))


def burden_at(start, *seats, **fields):
    """Return what each seat pays at one start."""
    found = plan(*seats, **fields)
    return next(shown(o)["burdens"] for o in found["options"] if o["start"] == start)


@pytest.mark.parametrize("case", SINGLE, ids=[case["id"] for case in SINGLE])
def test_worked_example_has_its_right_answer(case):
    expected = case["expected"]
    found = answer.plan(document.parse(case["request"]))

    assert found["tz_release"] == "2026f"
    assert {
        "starts": found["starts"],
        "feasible": found["feasible"],
        "options": [shown(option) for option in found["options"]][: len(expected["options"])],
        "nothing_fits": found["nothing_fits"],
    } == {"nothing_fits": None, **expected}


@settings(deadline=None, max_examples=150)
@given(documents())
def test_ranking_is_that_of_the_rules_read_aloud(written):
    expected = naive_planner.plan(written)
    ranking = rank(document.parse(written))
    found = [
        {
            "start": ranking.request.grid.start(number),
            "worst_first": list(ranking.worst_first(number)),
            "people_points": int(ranking.people[number]),
            "burdens": ranking.burdens[:, number].tolist(),
            "absent": [
                bool(no) and not seat.required
                for seat, no in zip(ranking.request.seats, ranking.hard[:, number], strict=True)
            ],
            "against": [],
        }
        for number in ranking.order
    ]
    assert ranking.request.grid.count == expected["starts"]
    assert found == expected["options"]
    reason = nothing_fits(ranking)
    assert (reason is None) == (expected["nothing_fits"] is None)
    if reason is not None:
        assert {
            "ruled_out": reason.ruled_out,
            "starts_without": reason.starts_without,
            "relax": set(reason.relax),
        } == expected["nothing_fits"]


@settings(deadline=None, max_examples=40)
@given(documents())
def test_relaxing_a_smallest_set_leaves_a_start_and_no_smaller_set_does(written):
    reason = nothing_fits(rank(document.parse(written)))
    if reason is None:
        return

    def fits_without(names):
        relaxed = [{**s, "required": False} if s["name"] in names else s for s in written["seats"]]
        return bool(rank(document.parse({**written, "seats": relaxed})).order)

    required = [s["name"] for s in written["seats"] if s.get("required", True)]
    size = len(reason.relax[0])
    assert set(reason.relax) == {
        names for names in combinations(required, size) if fits_without(names)
    }
    assert not any(fits_without(names) for names in combinations(required, size - 1))


@settings(deadline=None, max_examples=40)
@given(documents(), st.randoms(use_true_random=False))
def test_ranking_does_not_depend_on_the_order_in_which_things_are_said(written, random):
    first = rank(document.parse(written))
    second = rank(document.parse(shuffled(written, random)))
    assert first.order == second.order


@settings(deadline=None, max_examples=60)
@given(documents())
def test_one_more_required_seat_never_lowers_the_worst(written):
    assume(len(written["seats"]) > 1)
    written["seats"][-1]["required"] = True
    before = rank(document.parse({**written, "seats": written["seats"][:-1]}))
    after = rank(document.parse(written))

    assert len(after.order) <= len(before.order)
    if after.order:
        best = [ranking.worst_first(ranking.order[0]) for ranking in (before, after)]
        assert best[0] <= best[1]


@settings(deadline=None, max_examples=60)
@given(documents(), st.data(), st.integers(1, 200))
def test_who_has_paid_more_never_pays_more(written, data, points):
    assume(required(written))
    place = data.draw(st.sampled_from(required(written)))
    before = rank(document.parse(written))
    after = rank(document.parse(with_more_paid(written, place, points)))
    assume(before.order)

    paid = [ranking.burdens[place, ranking.order[0]] for ranking in (before, after)]
    assert paid[1] <= paid[0]


@pytest.mark.parametrize(
    "start, points",
    [
        ("2026-12-09T08:00Z", 0),
        ("2026-12-09T07:45Z", 1),
        ("2026-12-09T07:00Z", 4),
        ("2026-12-09T06:00Z", 8),
        ("2026-12-09T05:00Z", 16),
        ("2026-12-09T04:00Z", 32),
        ("2026-12-09T22:00Z", 64),
        ("2026-12-09T16:00Z", 4),
        ("2026-12-09T15:30Z", 2),
    ],
)
def test_quanta_cost_by_the_local_clock_at_their_start(start, points):
    assert burden_at(start, seat()) == [points]


def test_bands_of_a_seat_beat_those_of_the_document():
    whole_day = [["00:00", "24:00", 1]]
    own = [["08:00", "08:00", 2]]
    burdens = burden_at("2026-12-09T08:00Z", seat(), seat("own", bands=own), bands=whole_day)
    assert burdens == [4, 8]


@pytest.mark.parametrize(
    "fields, points",
    [
        ({}, 0),
        ({"rest_days": ["wed"]}, 24),
        ({"holidays": ["2026-12-09"]}, 32),
        ({"rest_days": ["wed"], "extra_holidays": ["2026-12-09"]}, 32),
        ({"holidays": ["2026-12-09"], "struck_holidays": ["2026-12-09"]}, 0),
        ({"rest_days": ["thu"], "holidays": ["2026-12-10"]}, 0),
    ],
)
def test_rest_day_costs_six_and_holiday_eight_a_quantum(fields, points):
    assert burden_at("2026-12-09T08:00Z", seat(**fields)) == [points]


def test_days_off_count_by_the_local_date_of_each_quantum():
    # Midnight in Kathmandu is 18:15 UTC; three quanta lie on the holiday, one before it.
    kathmandu = seat(zone="Asia/Kathmandu", holidays=["2026-12-10"], rest_days=[])
    assert burden_at("2026-12-09T18:00Z", kathmandu) == [4 * 16 + 3 * 8]


def test_weight_multiplies_points_and_the_price_of_if_need_be():
    answers = {"2026-12-09T08:45+01:00": "if-need-be"}
    assert burden_at("2026-12-09T07:45Z", seat(weight=3, answers=answers)) == [3 * (1 + 8)]


@settings(deadline=None, max_examples=40)
@given(documents(), st.integers(0, 1_000_000_000))
def test_headcount_never_counts_before_the_worst_off(written, people):
    crowded = [{**written["seats"][0], "people": people}, *written["seats"][1:]]
    before = rank(document.parse(written))
    after = rank(document.parse({**written, "seats": crowded}))
    assert [before.worst_first(n) for n in before.order] == [
        after.worst_first(n) for n in after.order
    ]


def test_ties_go_to_the_earlier_start():
    starts = [option["start"] for option in plan(seat())["options"]]
    assert starts[:3] == ["2026-12-09T08:00Z", "2026-12-09T08:15Z", "2026-12-09T08:30Z"]


@pytest.mark.parametrize(
    "never, out",
    [
        ([["18:00", "21:00"]], 15),
        ([["22:00", "02:00"]], 19),
        ([["07:00", "07:00"]], 96),
        ([["00:00", "24:00"]], 96),
        ([["12:14", "12:15"]], 4),
        ([["12:15", "12:16"]], 4),
    ],
)
def test_never_hours_rule_out_every_start_that_meets_a_minute_of_them(never, out):
    assert plan(seat(never=never))["feasible"] == 96 - out


@pytest.mark.parametrize(
    "busy, out",
    [
        (["2026-12-09T12:00Z", "2026-12-09T13:00Z"], 7),
        (["2026-12-09T12:01Z", "2026-12-09T12:02Z"], 4),
        (["2026-12-09T12:00Z", "2026-12-09T12:00:30Z"], 4),
        (["2026-12-09T13:00+01:00", "2026-12-09T13:15+01:00"], 4),
        (["2026-12-08T00:00Z", "2026-12-09T00:00Z"], 0),
        (["2026-12-10T00:45Z", "2026-12-11T00:00Z"], 0),
        (["2026-12-10T00:30Z", "2026-12-11T00:00Z"], 1),
        (["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00"], 96),
    ],
)
def test_busy_time_rules_out_every_start_that_meets_it(busy, out):
    assert plan(seat(busy=[busy]))["feasible"] == 96 - out


def test_answers_match_by_instant_and_others_are_ignored():
    answers = {
        "2026-12-09T17:30+05:30": "no",
        "2026-12-09T12:05Z": "no",
        "2026-12-20T12:00Z": "no",
        "2026-12-09T13:00Z": "yes",
    }
    found = plan(seat(answers=answers))
    assert found["feasible"] == 95
    assert "2026-12-09T12:00Z" not in [option["start"] for option in found["options"]]


@pytest.mark.parametrize(
    "fields, points",
    [
        ({}, 3 * 24 * 4),
        ({"weight": 2}, 3 * 2 * 24 * 4),
        ({"bands": [["00:00", "24:00", 17]]}, 3 * 25 * 4),
        ({"bands": [["00:00", "24:00", 16]]}, 3 * 24 * 4),
        ({"bands": [["00:00", "24:00", 1]]}, 3 * 24 * 4),
        ({"people": 0}, 0),
    ],
)
def test_absence_of_an_optional_seat_is_never_the_cheap_way(fields, points):
    absent = {"people": 3, "required": False, "never": [["00:00", "24:00"]], **fields}
    found = plan(seat(**absent))
    assert {option["people_points"] for option in found["options"]} == {points}
    assert found["options"][0]["seats"][0]["absent"]


def test_ledger_counts_before_the_burden_and_only_for_required_seats():
    found = plan(seat(ledger=100), seat("guest", ledger=900, required=False))
    assert found["options"][0]["worst_first"] == [100]


def test_plan_without_required_seats_is_ranked_by_people():
    found = plan(seat(required=False))
    assert found["options"][0]["worst_first"] == []
    assert found["options"][0]["people_points"] == 0


@pytest.mark.parametrize("ledger", [0, 32_700, 40_000, 2_147_483_600, 10**15 - 1])
def test_ledgers_of_any_size_are_exact(ledger):
    found = plan(seat(ledger=ledger), seat("other", ledger=ledger + 1))
    assert found["options"][0]["worst_first"] == [ledger + 1, ledger]
    assert found["options"][-1]["worst_first"] == [ledger + 65, ledger + 64]


@pytest.mark.parametrize(
    "ledgers, start", [([], 0), ([5], 5), ([9, 1], 1), ([3, 1, 2], 2), ([4, 1, 3, 2], 2)]
)
def test_seat_that_joins_later_starts_at_the_lower_median(ledgers, start):
    assert starting_ledger(ledgers) == start


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=9), st.randoms())
def test_who_joins_later_has_half_of_the_others_on_either_side(ledgers, chance):
    start = starting_ledger(ledgers)

    assert start in ledgers
    assert sum(ledger < start for ledger in ledgers) < len(ledgers) / 2
    assert sum(ledger <= start for ledger in ledgers) >= len(ledgers) / 2
    assert starting_ledger(chance.sample(ledgers, len(ledgers))) == start


def test_start_in_the_repeated_hour_and_across_it_counts_real_quarter_hours():
    # New York's clocks go back at 06:00 UTC; 05:30 to 06:30 UTC is 01:30 to 01:30.
    whole = {"from": "2026-11-01T05:30Z", "until": "2026-11-01T05:45Z"}
    found = plan(seat(zone="America/New_York", rest_days=[]), **whole)["options"][0]["seats"][0]
    assert (found["start"], found["end"], found["burden"]) == (
        "2026-11-01T01:30-04:00",
        "2026-11-01T01:30-05:00",
        64,
    )


def test_bands_are_read_on_the_clock_of_each_quantum_across_a_change():
    halves = [["01:00", "01:30", 1], ["01:30", "01:00", 0]]
    whole = {"from": "2026-11-01T05:30Z", "until": "2026-11-01T05:45Z"}
    new_york = seat(zone="America/New_York", rest_days=[], bands=halves)
    assert burden_at("2026-11-01T05:30Z", new_york, **whole) == [2]


def test_same_document_always_gives_the_same_answer():
    seats = [seat(), seat("New York", "America/New_York")]
    assert plan(*seats) == plan(*seats)


def test_instants_of_the_ranking_are_utc():
    ranking = rank(document.parse(SINGLE[0]["request"]))
    assert ranking.request.grid.start(0) == datetime(2026, 12, 9, tzinfo=UTC)
    assert ranking.request.grid.start(0).tzinfo is UTC
