"""Sets of sittings while they grow: what they cost, and what they will cost at least.

Seats that pay the same for every start are one line, and starts that cost every line the same are
one kind: what is looked at grows with neither people nor weeks.

Source: docs/fairness.md, rules 6, 7 and 10.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townhall.domain.burden import QUANTUM
from townhall.domain.slots import Ranking, absence

APART = 8 * 60 // QUANTUM
"""Quarter hours between two sittings, the end of one to the start of the next, where someone
attends them all."""

AWAY = 1 << 60
"""What a seat pays that has no sitting to attend; more than any ledger and burden."""

Numbers = NDArray[np.intp]
Whole = NDArray[Any]
"""Whole numbers: 64 bits wide, or Python's own where those could overflow."""

Worth = tuple[tuple[int, ...], int]
"""What is compared first: the ledgers from the largest, then the people's points."""


class Board:
    """What seats pay, sorted by how sittings add up for them.

    Args:
        ranking: Of the single starts.

    `least` holds the ordinary required seats with their ledgers, `spare` the ordinary optional
    ones, each with `AWAY` for a hard no; `summed` the required ones that attend every sitting, and
    `people_each` what all seats that do add to the people's points. Each has a column for every
    start of `starts`, and a line for all seats that are alike; `alike` says how many required
    ones those are, the lines of `least` before those of `summed`.
    """

    def __init__(self, ranking: Ranking) -> None:
        seats = ranking.request.seats
        self.count = ranking.request.sittings
        self.gap = gap(ranking)
        most = self.count * max(int(ranking.people.max(initial=0)), 1)
        kind: type[Any] = np.int64 if most < AWAY else object
        people = np.array([seat.people for seat in seats], dtype=kind)
        ledgers = np.array([seat.ledger for seat in seats], dtype=np.int64)
        charges = np.array([absence(ranking.request, seat) for seat in seats], dtype=np.int64)
        usable_starts = np.flatnonzero(usable(ranking))
        hard = ranking.hard[:, usable_starts]
        burdens = ranking.burdens[:, usable_starts].astype(np.int64)

        def lines(*, need: bool, every: bool) -> list[int]:
            return [p for p, s in enumerate(seats) if (s.required, s.everywhere) == (need, every)]

        rows = lines(need=True, every=False)
        paid = np.where(hard[rows], AWAY, burdens[rows] + ledgers[rows, np.newaxis])
        self.least, of_line, counts = _alike(paid)
        self.people = _sums(people[rows], of_line, len(counts))
        self.owed = int(people[rows].astype(object) @ ledgers[rows].astype(object))
        rows = lines(need=False, every=False)
        paid = np.where(hard[rows], AWAY, burdens[rows])
        both, of_line, spare_counts = _alike(np.column_stack([charges[rows], paid]))
        self.spare_charge, self.spare = both[:, :1], both[:, 1:]
        self.spare_people = _sums(people[rows], of_line, len(spare_counts))
        rows = lines(need=True, every=True)
        both, _, every_counts = _alike(np.column_stack([ledgers[rows], burdens[rows]]))
        self.ledgers, self.summed = both[:, 0], both[:, 1:]
        self.alike = np.concatenate([counts, every_counts])
        rows += lines(need=False, every=True)
        attended = np.where(hard[rows], charges[rows, np.newaxis], burdens[rows])
        self.people_each = people[rows] @ attended.astype(kind)
        columns = [self.least, self.spare, self.summed]
        points = np.unique(self.people_each, return_inverse=True)[1]
        self.starts = usable_starts
        self.kinds = np.unique(np.vstack([*columns, points]), axis=1, return_inverse=True)[1]
        self._keep(self.first_of_kind(np.arange(len(usable_starts)), self.count))

    def _keep(self, places: Numbers) -> None:
        """Leave only some columns."""
        self.starts, self.kinds = self.starts[places], self.kinds[places]
        self.people_each = self.people_each[places]
        self.least, self.spare = self.least[:, places], self.spare[:, places]
        self.summed = self.summed[:, places]

    def first_of_kind(self, free: Numbers, more: int) -> Numbers:
        """Return the starts that the earliest of equal sets may have.

        In its place an earlier start of its kind would do, if no other start of the set were too
        near to that one. Each other start is near to one of those that lie far apart.

        Args:
            free: Places of starts that lie far enough from those of the set so far, ascending.
            more: How many the set still gets.
        """
        span = 2 * self.gap - 1
        kept: list[Numbers] = []
        rest = free
        for nth in range(more):
            _, first, of_kind = np.unique(self.kinds[rest], return_index=True, return_inverse=True)
            near = self.starts[rest] < self.starts[rest[first]][of_kind] + span
            kept.append(rest[near] if nth + 1 < more else rest[first])
            rest = rest[~near]
        return np.sort(np.concatenate(kept))

    def people_points(self, least: Whole, spare: Whole) -> Whole:
        """Return the people's points of the ordinary seats, absent ones charged once.

        Args:
            least: What the required ones have paid with it, a column for each set.
            spare: What the optional ones pay.
        """
        charged = np.where(spare >= AWAY, self.spare_charge, spare)
        found: Whole = self.people @ least + self.spare_people @ charged - self.owed
        return found

    def worth(self, totals: Whole, people: int) -> Worth:
        """Return what is compared."""
        every = np.repeat(totals, self.alike)
        return tuple(np.sort(every)[::-1].tolist()), people

    @cached_property
    def nobody(self) -> "Growing":
        """The set without a sitting."""
        return Growing(
            board=self,
            chosen=(),
            least=np.full(len(self.least), AWAY, dtype=np.int64),
            spare=np.full(len(self.spare), AWAY, dtype=np.int64),
            summed=self.ledgers,
            people=0,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Growing:
    """A set that may still grow.

    Args:
        board: What seats pay.
        chosen: Places of its starts.
        least: What the ordinary required seats have paid with it so far.
        spare: What the optional ones pay.
        summed: What those that attend every sitting have paid so far.
        people: Theirs in people's points.
    """

    board: Board
    chosen: tuple[int, ...]
    least: Whole
    spare: Whole
    summed: Whole
    people: int

    def with_start(self, place: int) -> "Growing":
        """Return the set with one more start."""
        board = self.board
        return Growing(
            board=board,
            chosen=(*self.chosen, place),
            least=np.minimum(self.least, board.least[:, place]),
            spare=np.minimum(self.spare, board.spare[:, place]),
            summed=self.summed + board.summed[:, place],
            people=self.people + int(board.people_each[place]),
        )

    def numbers(self, *places: int) -> tuple[int, ...]:
        """Return the numbers of its starts and of more, ascending."""
        return tuple(sorted(self.board.starts[[*self.chosen, *places]].tolist()))

    def free(self, among: Numbers) -> Numbers:
        """Return the places that lie far enough from its last start."""
        starts = self.board.starts
        away = np.abs(starts[among] - starts[self.chosen[-1]])
        return np.extract(away >= self.board.gap, among)

    def worths(self, *places: Numbers) -> tuple[Whole, Whole]:
        """Return what the set is worth with more starts.

        Args:
            places: As many arrays as there are more starts, as long as there are sets.

        Returns:
            The totals of the required lines, a column for each set, from `AWAY` up for one that
            cannot attend; and the people's points.
        """
        board = self.board
        least, spare = self.least[:, np.newaxis], self.spare[:, np.newaxis]
        summed, people = self.summed[:, np.newaxis], self.people
        for more in places:
            least = np.minimum(least, board.least[:, more])
            spare = np.minimum(spare, board.spare[:, more])
            summed = summed + board.summed[:, more]
            people = people + board.people_each[more]
        return np.concatenate([least, summed]), board.people_points(least, spare) + people

    def bound(self, open_to: Numbers) -> tuple[Whole, int]:
        """Return what each required line and the people pay at least when the set is full."""
        board = self.board
        more = board.count - len(self.chosen)
        least = np.minimum(self.least, board.least[:, open_to].min(axis=1))
        spare = np.minimum(self.spare, board.spare[:, open_to].min(axis=1))
        # An answer "if need be" can make attending dearer than being absent.
        absent = np.minimum(spare, board.spare_charge[:, 0])
        spare = np.where(self.spare >= AWAY, absent, spare)
        summed = self.summed + more * board.summed[:, open_to].min(axis=1)
        people = board.people_points(least[:, np.newaxis], spare[:, np.newaxis])[0]
        each = int(board.people_each[open_to].min())
        return np.concatenate([least, summed]), int(people) + self.people + more * each


def usable(ranking: Ranking) -> NDArray[np.bool_]:
    """Return whether each start can be a sitting: every required `everywhere` seat can attend."""
    rows = [seat.required and seat.everywhere for seat in ranking.request.seats]
    return np.logical_not(ranking.hard[rows].any(axis=0), dtype=np.bool_)


def gap(ranking: Ranking) -> int:
    """Return how many quarter hours at least lie between the starts of two sittings."""
    together = any(seat.everywhere for seat in ranking.request.seats)
    return ranking.request.grid.quanta + (APART if together else 0)


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


def _alike(lines: Whole) -> tuple[Whole, Numbers, Numbers]:
    """Return the distinct lines, which of them each one was, and how often there was each."""
    if not len(lines):
        nothing = np.zeros(0, dtype=np.intp)
        return lines, nothing, nothing
    found, of_line, counts = np.unique(lines, axis=0, return_inverse=True, return_counts=True)
    return found, of_line.ravel(), counts


def _sums(people: Whole, of_line: Numbers, count: int) -> Whole:
    """Return how many people are in each line."""
    found = np.zeros(count, dtype=people.dtype)
    np.add.at(found, of_line, people)
    return found
