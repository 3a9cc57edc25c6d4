"""Rule 14: each lens by an example, and against the same rule read aloud in plain loops."""

from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain import naive_planner
from tests.domain.planning_documents import documents
from townhall.domain import document, lenses
from townhall.domain.lenses import Choice, Lens, Lenses, Look, View, gini
from townhall.domain.slots import rank
from townhall.errors import InputError

PLACES = {
    "minutes": 60,
    "from": "2026-12-09T00:00Z",
    "until": "2026-12-10T00:00Z",
    "seats": [
        {"name": "New York", "zone": "America/New_York", "people": 40},
        {"name": "Kinshasa", "zone": "Africa/Kinshasa", "people": 10},
        {"name": "Karachi", "zone": "Asia/Karachi", "people": 2},
        {
            "name": "Suva",
            "zone": "Pacific/Fiji",
            "people": 5,
            "required": False,
            "never": [["22:00", "06:00"]],
        },
    ],
}


def see(name, value=None, top=3, **fields):
    """Return what a lens shows of the four places."""
    ranking = rank(document.parse({**PLACES, **fields}))
    return Lenses(ranking).view(Choice(Lens(name), value), top)


def starts(view):
    """Return the hours UTC of what a lens shows."""
    request = document.parse(PLACES)
    return [f"{request.grid.start(look.number):%H:%M}" for look in view.best]


def naive(written, lens, value):
    """Return the starts of a lens as the rule says them, in plain loops."""
    seats = written["seats"]
    required = [seat.get("required", True) for seat in seats]
    people = [seat.get("people", 1) for seat in seats]
    known = {
        s["name"]: naive_planner.country_of(s, naive_planner.instant(written["from"]).year)
        for s in seats
        if s.get("country")
    }
    options = naive_planner.plan(written)["options"]
    for option in options:
        option["worst"] = max(option["worst_first"], default=0)
        free = [
            naive_planner.seat_burden(
                written, {**s, "answers": {}}, option["start"], known.get(s["name"])
            )
            == 0
            for s in seats
        ]
        here = [not away for away in option["absent"]]
        option["working"] = sum(n for n, f, h in zip(people, free, here, strict=True) if f and h)
        option["attending"] = sum(
            n
            for n, paid, h in zip(people, option["burdens"], here, strict=True)
            if paid <= value and h
        )
        option["present"] = sum(h for h, needed in zip(here, required, strict=True) if not needed)

    def beaten(one):
        return any(
            other["worst"] <= one["worst"]
            and other["people_points"] <= one["people_points"]
            and (
                (other["worst"], other["people_points"]) != (one["worst"], one["people_points"])
                or options.index(other) < options.index(one)
            )
            for other in options
        )

    if lens is Lens.CEILING:
        low = [option for option in options if option["worst"] <= value]
        return sorted(low, key=lambda option: option["people_points"])
    if lens is Lens.QUORUM:
        return [option for option in options if option["present"] >= value]
    if lens is Lens.LEAST_TOTAL:
        return sorted(options, key=lambda option: option["people_points"])
    if lens is Lens.WORKING_HOURS:
        return sorted(options, key=lambda option: -option["working"])
    if lens is Lens.ATTENDANCE:
        return sorted(options, key=lambda option: -option["attending"])
    return sorted(
        (option for option in options if not beaten(option)), key=lambda option: option["worst"]
    )


@settings(deadline=None, max_examples=150)
@given(documents(), st.sampled_from(Lens), st.sampled_from([0, 1, 2, 7, 30, 64, 100, 40_100]))
def test_a_lens_shows_what_the_rule_says_read_aloud(written, lens, value):
    view = Lenses(rank(document.parse(written))).view(
        Choice(lens, value if lens in lenses.VALUED else None), top=1000
    )
    expected = naive(written, lens, value)
    grid = document.parse(written).grid
    assert view.count == len(expected)
    assert [
        (grid.start(look.number), look.worst, look.total, look.working) for look in view.best
    ] == [
        (each["start"], each["worst"], each["people_points"], each["working"]) for each in expected
    ]
    if lens is Lens.ATTENDANCE:
        assert list(view.attending) == [each["attending"] for each in expected]


@settings(deadline=None, max_examples=60)
@given(documents())
def test_a_look_names_the_worst_off_and_its_place_in_the_fair_order(written):
    ranking = rank(document.parse(written))
    for look in Lenses(ranking).view(Choice(Lens.LEAST_TOTAL), top=1000).best:
        owed = {
            seat.name: seat.ledger + int(ranking.burdens[row, look.number])
            for row, seat in enumerate(ranking.request.seats)
            if seat.required
        }
        assert ranking.order[look.rank - 1] == look.number
        assert list(look.victims) == [n for n, paid in owed.items() if paid == look.worst > 0]
        assert look.inequality == gini(tuple(owed.values()))


def test_a_ceiling_takes_the_least_total_of_what_is_below_it():
    assert starts(see("ceiling", 8)) == ["14:00", "13:45", "13:30"]
    assert see("ceiling", 8).count == 9  # 12:00, 07:00 in New York, to 14:00, 19:00 in Karachi
    assert see("ceiling", 0) == View(Choice(Lens.CEILING, 0), 0, ())


def test_a_quorum_keeps_the_fair_order_of_the_starts_with_enough_optional_seats():
    fair = see("quorum", 0, top=96)
    asked = see("quorum", 1, top=96)
    assert fair.count == 96
    assert [look.rank for look in fair.best] == list(range(1, 97))
    ranks = [look.rank for look in asked.best]
    assert (asked.count, ranks) == (61, sorted(ranks))
    assert see("quorum", 2).count == 0


def test_the_least_total_names_whom_it_hits():
    first = see("least-total").best[0]
    assert first.total == min(look.total for look in see("least-total", top=96).best)
    # At 18:00 Kinshasa pays 8 for each of 10, Karachi 64 for each of 2, Suva 16 for each of 5.
    assert (first.total, first.worst, first.victims) == (288, 64, ("Karachi",))
    assert first.inequality == Fraction(16, 27)


def test_working_hours_count_the_people_whose_hours_are_free_of_points():
    view = see("working-hours")
    assert (starts(view)[0], view.best[0].working) == ("14:00", 50)


def test_attendance_counts_who_comes_where_others_stay_away():
    view = see("attendance", 4)
    assert view.attending == tuple(sorted(view.attending, reverse=True))
    assert view.attending[0] == 50


@pytest.mark.parametrize("never, counted", [([], 10), ([["00:00", "00:00"]], 1)])
def test_people_of_an_absent_seat_neither_work_nor_attend(never, counted):
    guests = {"name": "Guests", "zone": "UTC", "people": 9, "required": False, "never": never}
    seats = [{"name": "Office", "zone": "UTC"}, guests]
    assert see("working-hours", seats=seats).best[0].working == counted
    assert see("attendance", 1000, seats=seats).attending[0] == counted


def test_a_trade_off_is_shown_whole_and_buys_total_with_worst():
    view = see("trade-off", top=1)
    points = [(look.worst, look.total) for look in view.best]
    assert len(points) == view.count > 1
    assert all(one[0] < other[0] and one[1] > other[1] for one, other in pairwise(points))
    assert view.best[0].worst == see("quorum", 0).best[0].worst


@pytest.mark.parametrize("lens", Lens)
def test_where_nothing_fits_a_lens_shows_nothing(lens):
    closed = [{"name": "Nowhere", "zone": "UTC", "never": [["00:00", "00:00"]]}]
    value = 0 if lens in lenses.VALUED else None
    assert see(lens, value, seats=closed) == View(Choice(lens, value), 0, ())


def test_without_required_seats_there_is_no_worst_and_nobody_is_hit():
    view = see("least-total", seats=[{"name": "Guest", "zone": "UTC", "required": False}])
    assert view.best[0] == Look(36, 1, 0, (), 0, 1, Fraction(0))


@pytest.mark.parametrize(
    "ledgers, inequality",
    [
        ((), 0),
        ((0, 0, 0), 0),
        ((5,), 0),
        ((7, 7, 7), 0),
        ((0, 1), Fraction(1, 2)),
        ((0, 0, 0, 12), Fraction(3, 4)),
        ((1, 2, 3, 4), Fraction(1, 4)),
    ],
)
def test_gini_of_known_ledgers(ledgers, inequality):
    assert gini(ledgers) == inequality


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=6).filter(any))
def test_gini_is_the_mean_difference_over_twice_the_mean(ledgers):
    differences = sum(abs(one - other) for one, other in product(ledgers, repeat=2))
    assert gini(ledgers) == Fraction(differences, 2 * len(ledgers) * sum(ledgers))
    assert 0 <= gini(ledgers) < 1


@pytest.mark.parametrize(
    "text, choice",
    [
        ("ceiling=8", Choice(Lens.CEILING, 8)),
        (" quorum=0 ", Choice(Lens.QUORUM, 0)),
        ("trade-off", Choice(Lens.TRADE_OFF)),
    ],
)
def test_a_wish_is_read(text, choice):
    assert lenses.parse(text) == choice


@pytest.mark.parametrize(
    "text, sentence",
    [
        (
            "floor=3",
            (
                "“floor” is no lens; there are: ceiling, quorum, least-total, working-hours, "
                "attendance, trade-off."
            ),
        ),
        ("ceiling", "The lens “ceiling” needs a whole number from 0 on, such as ceiling=8."),
        ("ceiling=-1", "“-1” is not a whole number for the lens “ceiling”."),
        ("quorum=", "“” is not a whole number for the lens “quorum”."),
        (
            "attendance=9999999999999999",
            "The lens “attendance” needs a whole number from 0 on, such as attendance=8.",
        ),
        ("trade-off=3", "The lens “trade-off” takes no number, and 3 was given."),
    ],
)
def test_a_wish_that_cannot_be_is_refused_in_one_sentence(text, sentence):
    with pytest.raises(InputError) as caught:
        lenses.parse(text)
    assert (str(caught.value), caught.value.field) == (f"lens: {sentence}", "lens")


def test_an_answer_tells_each_lens_by_its_name():
    request = document.parse({**PLACES, "top": 1})
    found = lenses.answer(request, ["ceiling=8", "attendance=4"])
    assert found == {
        "ceiling": {
            "value": 8,
            "starts": 9,
            "best": [
                {
                    "start": "2026-12-09T14:00Z",
                    "rank": 4,
                    "worst": 8,
                    "worst_off": ["Karachi"],
                    "total": 496,
                    "working": 50,
                    "inequality": "2/3",
                }
            ],
        },
        "attendance": {
            "value": 4,
            "starts": 96,
            "best": [
                {
                    "start": "2026-12-09T14:00Z",
                    "rank": 4,
                    "worst": 8,
                    "worst_off": ["Karachi"],
                    "total": 496,
                    "working": 50,
                    "inequality": "2/3",
                    "attending": 50,
                }
            ],
        },
    }


@pytest.mark.parametrize(
    "fields, wishes, sentence",
    [
        ({}, ["quorum=1", "quorum=2"], "lens: The lens “quorum” is asked for twice."),
        (
            {"sittings": 2},
            ["trade-off"],
            "lens: Lenses look at one sitting; this document plans 2.",
        ),
    ],
)
def test_an_answer_is_refused_whole(fields, wishes, sentence):
    with pytest.raises(InputError) as caught:
        lenses.answer(document.parse({**PLACES, **fields}), wishes)
    assert str(caught.value) == sentence
