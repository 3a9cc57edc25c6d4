"""Two or more sittings in one window, so that the worst-off place is best off.

Source: docs/fairness.md, rules 6, 7, 10 and 11.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from townhall.domain.series.patience import Patience
from townhall.domain.sitting_search import Search
from townhall.domain.sitting_sets import Board
from townhall.domain.slots import Ranking
from townhall.errors import InputError
from townhall.i18n import N_

LIMIT_S = 3.0
"""How long the best set is looked for before the best one known is given, unproven."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A set of sittings.

    Args:
        ranking: Of the single starts.
        numbers: Of the chosen starts, ascending.
        worst_first: Ledger + what is paid over all sittings, of the required seats, from the
            largest.
        people_points: The sum of rule 7.
        own: The places in `numbers` of the sittings that each seat attends; none for one that is
            absent.
        proven: Whether no set is better; otherwise the search was too long.
        bound: No set has a smaller largest ledger.
    """

    ranking: Ranking
    numbers: tuple[int, ...]
    worst_first: tuple[int, ...]
    people_points: int
    own: tuple[tuple[int, ...], ...]
    proven: bool
    bound: int


def choose(
    ranking: Ranking, limit_s: float = LIMIT_S, stopwatch: Callable[[], float] | None = None
) -> Choice | None:
    """Return the best set of as many sittings as the request asks for, or None where none fits.

    Ties go to the smaller people's points, then to the earliest starts. Work is counted, so that
    the same request gets the same answer on every computer that is not too slow.

    Args:
        ranking: Of the single starts; two or more sittings.
        limit_s: Seconds to look before the best set known is given, unproven; more than 0.
        stopwatch: Seconds on a clock that only goes forward; without one only work counts.

    Raises:
        InputError: By then no set was found that fits, nor that there is none.
    """
    search = Search(Board(ranking), Patience(limit_s, stopwatch))
    complete = search.run()
    if search.best is None:
        if not complete:
            message = N_("No set of %(value)s sittings was found, and the search is too long.")
            raise InputError(message, field="sittings", value=ranking.request.sittings)
        return None
    worth, numbers = search.best
    return Choice(
        ranking=ranking,
        numbers=numbers,
        worst_first=worth[0],
        people_points=worth[1],
        own=tuple(_own(ranking, place, numbers) for place in range(len(ranking.request.seats))),
        proven=complete,
        bound=search.bound,
    )


def _own(ranking: Ranking, place: int, numbers: Sequence[int]) -> tuple[int, ...]:
    """Return which of the sittings a seat attends."""
    open_to = [nth for nth, number in enumerate(numbers) if not ranking.hard[place, number]]
    if ranking.request.seats[place].everywhere or not open_to:
        return tuple(open_to)
    return (min(open_to, key=lambda nth: int(ranking.burdens[place, numbers[nth]])),)
