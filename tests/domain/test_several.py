"""Sittings of anybody's choice together, against the rules read aloud."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.domain import naive_sittings
from tests.domain.test_sittings import gatherings
from townhall.domain import document, several
from townhall.domain.sittings import choose
from townhall.domain.slots import Seat, rank
from townhall.errors import InputError

AT = datetime(2026, 12, 9, 6, tzinfo=UTC)


def gathered(written, starts):
    request = document.parse(written)
    hours = [(start, request.grid.minutes) for start in starts]
    return several.gather(request.seats, hours, bands=request.bands)


@settings(deadline=None)
@given(gatherings(), st.data())
def test_any_set_costs_what_the_rules_say_and_each_seat_attends_its_least(written, data):
    every = naive_sittings.grid(written)
    count = written["sittings"]
    assume(len(every) >= count)
    picked = data.draw(
        st.lists(st.integers(0, len(every) - 1), min_size=count, max_size=count, unique=True)
    )
    chosen = [every[number] for number in sorted(picked)]
    found = gathered(written, [start["start"] for start in chosen])
    for place, seat in enumerate(written["seats"]):
        open_to = [nth for nth, start in enumerate(chosen) if not start["hard"][place]]
        if not seat.get("everywhere"):
            least = min((chosen[nth]["burdens"][place] for nth in open_to), default=None)
            open_to = [nth for nth in open_to if chosen[nth]["burdens"][place] == least][:1]
        assert list(found.own[place]) == open_to
        assert found.paid(place) == sum(chosen[nth]["burdens"][place] for nth in open_to)
        assert set(found.own[place]) <= set(found.invited(place))
        assert found.invited(place)
    worth = naive_sittings.worth(written, chosen)
    apart = naive_sittings.apart(written)
    numbers = sorted(picked)
    is_apart = all(b - a >= apart for a, b in pairwise(numbers))
    if worth is not None:
        assert (list(found.worst_first), found.people_points) == worth
    if worth is not None and is_apart:
        several.check(found)
    else:
        with pytest.raises(InputError) as refused:
            several.check(found)
        assert refused.value.field == "start"


@settings(deadline=None)
@given(gatherings())
def test_the_best_set_gathered_anew_is_the_same(written):
    request = document.parse(written)
    best = choose(rank(request))
    if best is None:
        return
    told = several.of_choice(best)
    again = gathered(written, [option.start for option in told.options])
    assert (again.own, again.worst_first, again.people_points) == (
        best.own,
        best.worst_first,
        best.people_points,
    )


def test_sittings_may_last_otherwise_and_touch():
    seats = (Seat("A", "UTC"), Seat("B", "Asia/Tokyo"))
    found = several.gather(seats, [(AT, 30), (AT + timedelta(minutes=30), 90)])
    several.check(found)
    assert [(each.end - each.start).seconds // 60 for each in found.options] == [30, 90]
