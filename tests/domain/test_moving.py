"""One sitting of a set moved to any start, against the set gathered anew."""

from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.domain.test_sittings import gatherings
from townhall.domain import document, several
from townhall.domain.moving import moves
from townhall.domain.slots import rank
from townhall.errors import InputError


def is_held(gathering):
    """Return whether sittings can be held together."""
    try:
        several.check(gathering)
    except InputError:
        return False
    return True


@settings(deadline=None)
@given(gatherings(), st.data())
def test_a_moved_sitting_costs_what_the_set_gathered_anew_does(written, data):
    request = document.parse(written)
    grid = request.grid
    assume(grid.count > 3)
    # The others may lie outside of the window.
    count = data.draw(st.integers(1, written["sittings"]))
    picked = data.draw(
        st.lists(st.integers(-3, grid.count + 3), min_size=count, max_size=count, unique=True)
    )
    begins = sorted(grid.first + timedelta(minutes=15 * number) for number in picked)
    nth = data.draw(st.integers(0, count - 1))
    number = data.draw(st.integers(0, grid.count - 1))

    def gathered(starts):
        hours = [(start, grid.minutes) for start in starts]
        return several.gather(request.seats, hours, bands=request.bands)

    found = moves(rank(request), gathered(begins), nth)
    rest = begins[:nth] + begins[nth + 1 :]
    moved = grid.start(number)
    assert not (moved in rest and found.fits[number])
    assume(moved not in rest)
    anew = gathered(sorted([*rest, moved]))
    place_of_moved = [option.start for option in anew.options].index(moved)
    for place, seat in enumerate(request.seats):
        assert found.paid[place, number] == anew.paid(place)
        assert found.attends[place, number] == (place_of_moved in anew.own[place])
        expected = len(anew.options) if seat.everywhere else 1
        assert found.missing[place, number] == (len(anew.own[place]) < expected)
    assert found.fits[number] == is_held(anew)
    if found.fits[number]:
        assert found.worst[number] == max(anew.worst_first, default=0)
