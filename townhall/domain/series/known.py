"""What is known of the best series while it is searched for.

Source: docs/fairness.md, rules 6, 7 and 9.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from townhall.domain.series.board import Board
from townhall.domain.series.patience import Patience
from townhall.domain.series.simplex import Floats
from townhall.domain.series.task import Marks, Rows, Run, starts

_STEPS = 16
"""In how many steps the gap between what is proven and what is known is closed, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A series.

    Args:
        worst_first: The ledgers in the end from the largest.
        people: The people's points of all its sittings.
        numbers: Of the starts in their windows.
    """

    worst_first: tuple[int, ...]
    people: int
    numbers: tuple[int, ...]

    @property
    def rank(self) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
        """What decides between two series; the smaller is better."""
        return self.worst_first, self.people, self.numbers


class Known:
    """The best series so far, and what is proven.

    Args:
        board: Of the series.
        runs: Its occurrences.
        patience: Told what is known.
        bound: No series has a smaller largest ledger.
    """

    def __init__(
        self, board: Board, runs: Sequence[Run], patience: Patience, bound: int = 0
    ) -> None:
        self.board = board
        self.runs = runs
        self.patience = patience
        self.best: Found | None = None
        self.bound = bound

    @property
    def worst(self) -> int:
        """The largest ledger of the best series known, or of any."""
        return self.board.base + self.board.most if self.best is None else self.best.worst_first[0]

    @property
    def next(self) -> int:
        """The largest ledger to allow next: with small steps few beginnings are in vain."""
        worst = self.worst
        return min(self.bound + max(1, (worst - self.bound) // _STEPS) - 1, worst)

    def caps(self, worst: int) -> Floats:
        """Return what each kind of seat may pay where the largest ledger is at most `worst`."""
        return np.asarray((worst - self.board.base) - self.board.ledgers)

    def take(self, rows: Rows) -> None:
        """Remember the best of some series if it is better than the best one known."""
        if not len(rows):
            return
        worst_first = self.board.worst_first(rows.paid)
        chosen = starts(self.runs, rows.picks)
        people = np.unique(rows.people, return_inverse=True)[1]
        first = int(np.lexsort([*chosen.T[::-1], people, *worst_first.T[::-1]])[0])
        found = Found(
            tuple(worst_first[first].tolist()),
            int(rows.people[first]),
            tuple(chosen[first].tolist()),
        )
        if self.best is None or found.rank < self.best.rank:
            self.best = found
            self.patience.worst = found.worst_first[0]

    def prove(self, bound: int) -> None:
        """Remember that no series has a smaller largest ledger."""
        if bound > self.bound:
            self.bound = self.patience.bound = bound

    def hopeless(self, paid: Floats) -> Marks:
        """Return which lower bounds are worse than the best series known."""
        if self.best is None:
            return np.zeros(len(paid), dtype=np.bool_)
        apart = self.board.worst_first(paid) - np.array(self.best.worst_first)
        first = (apart != 0).argmax(axis=1)
        worse: Marks = apart[np.arange(len(paid)), first] > 0
        return worse
