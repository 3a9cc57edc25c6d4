"""Two or more sittings in one window, so that the worst-off place is best off.

The search puts one sitting after another. It looks for the seat that must still be helped for the
set to be as good as the best one known, tries only the starts that help it, and gives a branch up
as soon as what each seat could at least pay there is no better.

Source: docs/fairness.md, rules 6, 7, 10 and 11.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townhall.domain.burden import QUANTUM
from townhall.domain.slots import Ranking, absence
from townhall.errors import InputError
from townhall.i18n import N_

APART = 8 * 60 // QUANTUM
"""Quarter hours between two sittings, the end of one to the start of the next, where someone
attends them all."""

MOST_STEPS = 20_000
"""Partial sets that are looked at before the best one known is given, unproven."""

_AWAY = 1 << 60
"""What a seat pays that has no sitting to attend; more than any ledger and burden."""

Numbers = NDArray[np.intp]
Whole = NDArray[Any]
"""Whole numbers: 64 bits wide, or Python's own where those could overflow."""

_Worth = tuple[tuple[int, ...], int]
"""What is compared first: the ledgers from the largest, then the people's points."""


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
    """

    ranking: Ranking
    numbers: tuple[int, ...]
    worst_first: tuple[int, ...]
    people_points: int
    own: tuple[tuple[int, ...], ...]
    proven: bool


def choose(ranking: Ranking, most_steps: int = MOST_STEPS) -> Choice | None:
    """Return the best set of as many sittings as the request asks for, or None where none fits.

    Ties go to the smaller people's points, then to the earliest starts.

    Args:
        ranking: Of the single starts.
        most_steps: Partial sets that are looked at before the best one known is given, unproven.

    Raises:
        InputError: In so many steps no set was found that fits, nor that there is none.
    """
    search = _Search(_Board(ranking), most_steps)
    search.run()
    if search.best is None:
        if search.steps > most_steps:
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
        proven=search.steps <= most_steps,
    )


def usable(ranking: Ranking) -> NDArray[np.bool_]:
    """Return whether each start can be a sitting: every required `everywhere` seat can attend."""
    rows = [seat.required and seat.everywhere for seat in ranking.request.seats]
    return np.logical_not(ranking.hard[rows].any(axis=0), dtype=np.bool_)


def gap(ranking: Ranking) -> int:
    """Return how many quarter hours at least lie between the starts of two sittings."""
    together = any(seat.everywhere for seat in ranking.request.seats)
    return ranking.request.grid.quanta + (APART if together else 0)


def _own(ranking: Ranking, place: int, numbers: Sequence[int]) -> tuple[int, ...]:
    """Return which of the sittings a seat attends."""
    open_to = [nth for nth, number in enumerate(numbers) if not ranking.hard[place, number]]
    if ranking.request.seats[place].everywhere or not open_to:
        return tuple(open_to)
    return (min(open_to, key=lambda nth: int(ranking.burdens[place, numbers[nth]])),)


class _Board:
    """What seats pay, sorted by how sittings add up for them.

    Args:
        ranking: Of the single starts.

    `least` holds the ordinary required seats, `spare` the ordinary optional ones, each with
    `_AWAY` for a hard no; `summed` the required ones that attend every sitting, and `people_each`
    what all seats that do add to the people's points. Each has a column for every start.
    """

    def __init__(self, ranking: Ranking) -> None:
        seats = ranking.request.seats
        paid = np.where(ranking.hard, _AWAY, ranking.burdens.astype(np.int64))
        kinds: dict[tuple[bool, bool], list[int]] = {}
        for place, seat in enumerate(seats):
            kinds.setdefault((seat.required, seat.everywhere), []).append(place)
        rows = {
            (need, every): kinds.get((need, every), [])
            for need in (True, False)
            for every in (True, False)
        }
        self.count = ranking.request.sittings
        self.gap = gap(ranking)
        self.least = paid[rows[True, False]]
        self.spare = paid[rows[False, False]]
        self.summed = paid[rows[True, True]]
        order = [*rows[True, False], *rows[True, True]]
        self.ledgers = np.array([seats[place].ledger for place in order], dtype=np.int64)
        most = self.count * max(int(ranking.people.max(initial=0)), 1)
        kind: type[Any] = np.int64 if most < _AWAY else object
        people = np.array([seat.people for seat in seats], dtype=kind)
        self.people = people[rows[True, False]]
        self.spare_people = people[rows[False, False]]
        charge = np.array([absence(ranking.request, seat) for seat in seats], dtype=np.int64)
        self.spare_charge = charge[rows[False, False], np.newaxis]
        every = [*rows[True, True], *rows[False, True]]
        attended = np.where(ranking.hard[every], charge[every, np.newaxis], paid[every])
        self.people_each = people[every] @ attended.astype(kind)
        self.starts = np.flatnonzero(usable(ranking))

    def people_points(self, least: Whole, spare: Whole) -> Whole:
        """Return the people's points of the ordinary seats, absent ones charged once.

        Args:
            least: What the required ones pay, a column for each set.
            spare: What the optional ones pay.
        """
        charged = np.where(spare >= _AWAY, self.spare_charge, spare)
        found: Whole = self.people @ least + self.spare_people @ charged
        return found

    @cached_property
    def nobody(self) -> "_Node":
        """The set without a sitting."""
        return _Node(
            board=self,
            chosen=(),
            least=np.full(len(self.least), _AWAY, dtype=np.int64),
            spare=np.full(len(self.spare), _AWAY, dtype=np.int64),
            summed=np.zeros(len(self.summed), dtype=np.int64),
            people=0,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A set that may still grow.

    Args:
        board: What seats pay.
        chosen: Numbers of its starts.
        least: What the ordinary required seats pay so far.
        spare: The same of the optional ones.
        summed: What those that attend every sitting pay so far.
        people: Theirs in people's points.
    """

    board: _Board
    chosen: tuple[int, ...]
    least: Whole
    spare: Whole
    summed: Whole
    people: int

    def with_start(self, number: int) -> "_Node":
        """Return the set with one more start."""
        board = self.board
        return _Node(
            board=board,
            chosen=(*self.chosen, number),
            least=np.minimum(self.least, board.least[:, number]),
            spare=np.minimum(self.spare, board.spare[:, number]),
            summed=self.summed + board.summed[:, number],
            people=self.people + int(board.people_each[number]),
        )

    def worths(self, open_to: Numbers) -> tuple[Whole, Whole]:
        """Return what the set is worth with each one more start.

        Returns:
            The totals of the required seats in the board's order, a column for each start, from
            `_AWAY` up for one that cannot attend; and the people's points.
        """
        board = self.board
        least = np.minimum(self.least[:, np.newaxis], board.least[:, open_to])
        spare = np.minimum(self.spare[:, np.newaxis], board.spare[:, open_to])
        summed = self.summed[:, np.newaxis] + board.summed[:, open_to]
        totals = np.concatenate([least, summed]) + board.ledgers[:, np.newaxis]
        people = board.people_points(least, spare) + board.people_each[open_to] + self.people
        return totals, people

    def bound(self, open_to: Numbers) -> tuple[Whole, int]:
        """Return what each required seat and the people pay at least when the set is full."""
        board = self.board
        more = board.count - len(self.chosen)
        least = np.minimum(self.least, board.least[:, open_to].min(axis=1))
        spare = np.minimum(self.spare, board.spare[:, open_to].min(axis=1))
        # An answer "if need be" can make attending dearer than being absent.
        absent = np.minimum(spare, board.spare_charge[:, 0])
        spare = np.where(self.spare >= _AWAY, absent, spare)
        summed = self.summed + more * board.summed[:, open_to].min(axis=1)
        people = board.people_points(least[:, np.newaxis], spare[:, np.newaxis])[0]
        each = int(board.people_each[open_to].min())
        totals = np.concatenate([least, summed]) + board.ledgers
        return totals, int(people) + self.people + more * each


class _Search:
    """The best set, found depth first; `best` is its worth and starts, ascending."""

    def __init__(self, board: _Board, most_steps: int) -> None:
        self.board = board
        self.most_steps = most_steps
        self.best: tuple[_Worth, tuple[int, ...]] | None = None
        self.steps = 0

    def run(self) -> None:
        """Look at all sets, or at as many as there is patience for."""
        self._grow(self.board.nobody, self.board.starts)

    def _grow(self, node: _Node, open_to: Numbers) -> None:
        """Look at the sets that add starts of `open_to` to a set."""
        left: Numbers | None = open_to
        while left is not None:
            left = self._look(node, left)

    def _look(self, node: _Node, open_to: Numbers) -> Numbers | None:
        """Look at those sets until one is better than all before.

        Returns:
            The starts whose sets are left to look at, which with a better set known are often
            few; None when there is nothing left.
        """
        more = self.board.count - len(node.chosen)
        first = packed(open_to, self.board.gap, more)
        self.steps += 1
        if first is None or self.steps > self.most_steps:
            return None
        if more == 1:
            self._finish(node, open_to)
            return None
        totals, people = node.bound(open_to)
        if totals.max(initial=0) >= _AWAY:
            return None
        # No set of this branch starts earlier than this, sitting by sitting.
        earliest = tuple(sorted((*node.chosen, *first)))
        if self.best is not None and (_worth(totals, people), earliest) >= self.best:
            return None
        left = open_to
        for number in self._tried(node, open_to, totals, people):
            # A set with an earlier one of these starts has been looked at by now.
            left = np.extract(left != number, left)
            known = self.best
            self._grow(node.with_start(number), _apart(left, number, self.board.gap))
            if self.best is not known:
                return left
        return None

    def _tried(self, node: _Node, open_to: Numbers, totals: Whole, people: int) -> list[int]:
        """Return starts of which every set that can still be best has one, promising first."""
        chosen = self._earlier(node, open_to, _worth(totals, people))
        for row in range(len(self.board.least)):
            helping = self._helping(node, open_to, totals, people, row)
            if len(helping) < len(chosen):
                chosen = helping
        order = _order(*node.worths(chosen))
        numbers: list[int] = chosen[order].tolist()
        return numbers

    def _earlier(self, node: _Node, open_to: Numbers, bound: _Worth) -> Numbers:
        """Return the starts of which a set has one, if it can only win by being earlier."""
        if self.best is None or bound < self.best[0]:
            return open_to
        pairs = zip((*sorted(node.chosen), _AWAY), self.best[1], strict=False)
        start, known = next(pair for pair in pairs if pair[0] != pair[1])
        return open_to if start < known else np.extract(open_to <= known, open_to)

    def _helping(
        self, node: _Node, open_to: Numbers, totals: Whole, people: int, row: int
    ) -> Numbers:
        """Return the starts of which a set has one, if it is to fit and be as good as the best."""
        board = self.board
        would_pay = board.least[row, open_to]
        tried = np.unique(np.append(would_pay[would_pay < node.least[row]], node.least[row]))
        low, high = 0, len(tried)
        while high - low > 1:
            middle = (low + high) // 2
            if self._may_pay(totals, people, row, int(tried[middle])):
                low = middle
            else:
                high = middle
        if low == len(tried) - 1:
            return open_to
        return np.extract(would_pay <= tried[low], open_to)

    def _may_pay(self, totals: Whole, people: int, row: int, burden: int) -> bool:
        """Return whether a set can fit and be as good as the best where a seat pays that much."""
        if self.best is None:
            return burden < _AWAY
        total = int(self.board.ledgers[row]) + burden
        more = int(self.board.people[row]) * (total - int(totals[row]))
        changed = totals.copy()
        changed[row] = total
        return _worth(changed, people + more) <= self.best[0]

    def _finish(self, node: _Node, open_to: Numbers) -> None:
        """Look at the full sets that one more start makes of a set."""
        totals, people = node.worths(open_to)
        worst = totals.max(axis=0, initial=0)
        limit = _AWAY - 1 if self.best is None else max(self.best[0][0], default=0)
        fitting = np.flatnonzero(worst <= min(int(worst.min()), limit))
        if not len(fitting):
            return
        totals, people = totals[:, fitting], people[fitting]
        place = int(_order(totals, people)[0])
        numbers = tuple(sorted((*node.chosen, int(open_to[fitting[place]]))))
        found = _worth(totals[:, place], int(people[place])), numbers
        if self.best is None or found < self.best:
            self.best = found


def _apart(open_to: Numbers, number: int, gap: int) -> Numbers:
    """Return the starts that lie far enough from another."""
    return np.extract(np.abs(open_to - number) >= gap, open_to)


def packed(open_to: Numbers, apart: int, count: int) -> tuple[int, ...] | None:
    """Return the earliest `count` of ascending starts that lie so far apart, None if too few."""
    found: list[int] = []
    place = 0
    while len(found) < count:
        if place >= len(open_to):
            return None
        found.append(int(open_to[place]))
        place = int(np.searchsorted(open_to, found[-1] + apart))
    return tuple(found)


def _order(totals: Whole, people: Whole) -> NDArray[np.intp]:
    """Return the order of columns by rules 6 and 7; what is equal stays in its order."""
    keys = np.sort(totals, axis=0)
    if people.dtype == object:
        # Such numbers are rare, and `lexsort` does not know them.
        people = np.unique(people, return_inverse=True)[1]
    return np.lexsort([people, *keys])


def _worth(totals: Whole, people: int) -> _Worth:
    """Return what is compared."""
    return tuple(np.sort(totals)[::-1].tolist()), people
