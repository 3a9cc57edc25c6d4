"""What the search for a series works on.

Source: docs/fairness.md, rule 9.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from townhall.domain.series.simplex import Floats

Numbers = NDArray[np.intp]
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Occurrences in a row that are alike.

    Args:
        first: The place of the first of them in the series.
        count: How many they are.
        paid: What each kind of seat pays for each start; shape (kinds, starts).
        people: The people's points of each start.
        times: The time of day of each start, numbered; ascending.
        numbers: The number of each start in its window.
    """

    first: int
    count: int
    paid: Floats
    people: NDArray[Any]
    times: Numbers
    numbers: Numbers


@dataclass(slots=True, eq=False)
class Pool:
    """Whole multipliers found so far, and what each start is worth by them.

    Args:
        runs: Of the series.
        multipliers: One row each.
        worth: For each run, a row of its starts for each of the multipliers.
    """

    runs: Sequence[Run]
    multipliers: Floats
    worth: list[Floats] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.worth = [self.multipliers @ run.paid for run in self.runs]

    def add(self, more: Sequence[Floats]) -> None:
        """Take further multipliers in."""
        rows = np.array(more)
        self.multipliers = np.concatenate([self.multipliers, rows])
        self.worth = [
            np.concatenate([worth, rows @ run.paid])
            for worth, run in zip(self.worth, self.runs, strict=True)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Beginnings of series, one a row.

    Args:
        table: Which choice of times of day each keeps to.
        paid: What each kind of seat has paid; shape (rows, kinds).
        last: The column of its last start in the current run, 0 at the start of one.
        people: The people's points so far.
        picks: The columns of all its starts so far; shape (rows, starts).
    """

    table: Numbers
    paid: Floats
    last: Numbers
    people: NDArray[Any]
    picks: Numbers

    def __len__(self) -> int:
        return len(self.last)

    def take(self, which: Any) -> "Rows":
        """Return some of the rows."""
        return Rows(
            self.table[which],
            self.paid[which],
            self.last[which],
            self.people[which],
            self.picks[which],
        )


class Keeping(Protocol):
    """Which starts stand in each other's way, where every run is one occurrence."""

    def allowed(self, rows: Rows, place: int, columns: Numbers) -> Marks:
        """Return whether each row may go on with each of the columns in its line."""

    def beside(self, picks: Numbers, place: int, columns: Numbers) -> Marks:
        """Return which columns an occurrence may take beside the others' picks, -1 for none."""

    def binding(self, place: int) -> list[int]:
        """Return the occurrences up to this place that later ones must keep apart from."""


@dataclass(frozen=True, slots=True, eq=False)
class Limit:
    """How many times of day may be used, and which are used already."""

    most: int
    held: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is to be filled.

    Args:
        runs: Of the series, in order.
        tables: For each run, the columns that each choice of times of day leaves, ascending, a
            line each, filled up with -1.
        caps: What each kind of seat may pay at most, whole.
        hopeless: Says of lower bounds of what the kinds pay, a row each, which are worse than
            the best series known.
        keeping: None where starts never stand in each other's way.
        limit: Of the times of day; None where the tables see to it.
        few: Beginnings that are carried on rather than ruled out by linear programs.
    """

    runs: Sequence[Run]
    tables: Sequence[Numbers]
    caps: Floats
    hopeless: Callable[[Floats], Marks]
    keeping: Keeping | None = None
    limit: Limit | None = None
    few: int = 64


def starts(runs: Sequence[Run], picks: Numbers) -> Numbers:
    """Return the numbers of the starts of each row, the earliest first within each run."""
    pieces, at = [np.zeros((len(picks), 0), dtype=np.intp)], 0
    for run in runs:
        numbers = run.numbers[picks[:, at : at + run.count]]
        pieces.append(np.sort(numbers, axis=1))
        at += run.count
    return np.concatenate(pieces, axis=1)


def joined(parts: Sequence[Rows]) -> Rows:
    """Return all rows together."""
    return Rows(
        np.concatenate([part.table for part in parts]),
        np.concatenate([part.paid for part in parts]),
        np.concatenate([part.last for part in parts]),
        np.concatenate([part.people for part in parts]),
        np.concatenate([part.picks for part in parts]),
    )
