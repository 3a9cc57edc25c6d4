"""The search for the best series, or for the best that time allows.

Source: docs/fairness.md, rule 9.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import comb

import numpy as np
from numpy.typing import NDArray

from townhall.domain.series import times
from townhall.domain.series.board import Board
from townhall.domain.series.frontier import PROGRAM, sweep
from townhall.domain.series.patience import Patience
from townhall.domain.series.polish import greedy
from townhall.domain.series.simplex import Floats, multipliers
from townhall.domain.series.task import Keeping, Limit, Numbers, Pool, Rows, Run, Task, starts

_BEAM = 400
"""Beginnings carried on at a time in the first, quick look."""

_MOST_ROWS = 400_000
"""Beginnings carried on at a time in a complete one: what memory holds."""

_MOST_TABLES = 200_000
"""Choices of times of day that are listed; where there are more, uses are counted instead."""

_MOST_ENTRIES = 20_000_000
"""What the seats of all these paid, at most."""

_TABLES_AT_ONCE = 256

_FEW_RUNS = 2
"""With more runs it is worth while to look for a good series before looking at all of them."""

_SEEDS = 32
"""Choices of times of day in which a series is made start by start."""

_CLIMBING = 0.3
"""The share of the patience that goes into changing their times of day."""

_GREEDY = 150
"""Cells whose looking at takes as long as making such a series, for each seat and run."""

_COARSE = 4
"""Every so manieth time of day is looked at first."""

_FEW_TIMES = 3
"""Times of day of the series that is looked for first where more are allowed."""

_STEPS = 16
"""In how many steps the gap between what is proven and what is known is closed, at most."""

_SAMPLE = 12
"""Linear programs that are solved in between."""

_FIRST = 64
_LOOKS = (1, 3)
"""Choices of times of day among which a first series is looked for, and after which rounds."""

_FEW = 64
_MANY = 4096
"""Beginnings that are cheaper to carry on than to rule out: where hardly any is hopeless, as among
few times of day, there must be many before linear programs are worth their time."""


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


class Search:
    """The best series over some runs; `best` and `bound` are known at any time.

    Args:
        board: Of the series.
        runs: Its occurrences.
        patience: How long to search.
        keeping: Which starts stand in each other's way, if any do.
        bound: What is known already: no series has a smaller largest ledger.
    """

    def __init__(
        self,
        board: Board,
        runs: Sequence[Run],
        patience: Patience,
        keeping: Keeping | None = None,
        bound: int = 0,
    ) -> None:
        self.board = board
        self.runs = runs
        self.patience = patience
        self.keeping = keeping
        self.best: Found | None = None
        self.bound = bound
        self.optimal = False
        self.impossible = False

    def run(self) -> None:
        """Look for the best series."""
        limit = self.board.series.distinct_times
        every = len(self.board.times)
        if limit is None or every <= limit:
            self._deepen(None)
        elif comb(every, max(limit - len(self.board.held_times), 0)) <= _MOST_TABLES:
            self._choose_times(limit)
        else:
            held = np.searchsorted(self.board.times, self.board.held_times)
            self._deepen(Limit(limit, held))

    def _deepen(self, limit: Limit | None) -> None:
        """Allow the worst-off seat a little more until there is a series."""
        tables = [np.arange(len(run.times))[np.newaxis] for run in self.runs]
        pool = self._pool(tables)
        task = self._task(tables, limit, _FEW)
        self._seed(tables, limit)
        if limit is not None:
            self._look_coarsely(limit.most)
        self._beam(task, pool)
        while self.patience.is_left:
            tried = self._next
            # Where a look is not complete, what is left has even more beginnings.
            if not self._sweep(task, pool, tried, self._most_rows) or self._ended(tried):
                return

    def _choose_times(self, most_times: int) -> None:
        """Look at the choices of times of day, the most promising first."""
        choices = times.choices(self.board, self.runs, most_times, np.arange(len(self.board.times)))
        if not len(choices):
            self.impossible = True
            return
        pool, choices, bounds = self._weighed(choices)
        if len(self.runs) > _FEW_RUNS:
            self._climb(choices[:_SEEDS])
        # Hours on a coarse grid first: they soon give a series nearly as good as the best.
        coarse = (choices % _COARSE == 0).all(axis=1)
        lines = np.concatenate([np.flatnonzero(coarse), np.flatnonzero(~coarse)])
        done = self._tried(pool, choices[lines], bounds[lines])
        if done == len(lines):
            self._ended(self._worst)
        else:
            self._prove(min(int(bounds[lines[done:]].min()), self._worst))

    def _look_coarsely(self, most_times: int) -> None:
        """Find a good series among few times of day."""
        grid = np.arange(0, len(self.board.times), _COARSE)
        choices = times.choices(self.board, self.runs, min(most_times, _FEW_TIMES), grid)
        if len(choices):
            self._tried(*self._weighed(choices))

    def _tried(self, pool: Pool, choices: Numbers, bounds: NDArray[np.int64]) -> int:
        """Look at the series that keep to choices of times of day; return at how many choices.

        Args:
            pool: Multipliers.
            choices: A line each.
            bounds: What the largest ledger is at least with each of them.
        """
        for begin in range(0, len(choices), _TABLES_AT_ONCE):
            part = slice(begin, begin + _TABLES_AT_ONCE)
            chosen = choices[part][bounds[part] <= self._worst]
            if len(chosen):
                task = self._task(times.tables(self.runs, chosen), None, _MANY)
                if not self._sweep(task, pool, self._worst, self._most_rows):
                    return begin
        return len(choices)

    @property
    def _next(self) -> int:
        """The largest ledger to allow next: with small steps few beginnings are in vain."""
        worst = self._worst
        return min(self.bound + max(1, (worst - self.bound) // _STEPS) - 1, worst)

    def _ended(self, tried: int) -> bool:
        """Return whether nothing is left to look for once all was tried up to a largest ledger."""
        if self.best is not None and self.best.worst_first[0] <= tried:
            self.optimal = True
            self._prove(self._worst)
            return True
        self.impossible = self.best is None and tried >= self._worst
        self._prove(tried + 1)
        return self.impossible

    def _seed(self, tables: Sequence[Numbers], limit: Limit | None) -> bool:
        """Look at a series made by choosing one start after the other; return if it is the best.

        Args:
            tables: For each run, the columns to choose from, in one line.
            limit: Of the times of day.
        """
        known = self.best
        if self.keeping is None:
            self.patience.spend(_GREEDY * len(tables) * len(self.board.ledgers))
            lines = [table[0][table[0] >= 0] for table in tables]
            rows = greedy(self.board, self.runs, lines, limit)
            if rows is not None:
                self._take(rows)
        return self.best is not known

    def _climb(self, choices: Numbers) -> None:
        """Change one time of day after the other as long as the best series gets better."""
        for choice in choices:
            self._seed(times.tables(self.runs, choice[np.newaxis]), None)
        if self.best is None:
            return
        used = self.board.times_used(self.best.numbers)
        left = times.neighbours(self.board, used, _COARSE)
        while left and self.patience.share < self.patience.until * _CLIMBING:
            choice = left.pop(0)
            tables = times.tables(self.runs, choice[np.newaxis])
            if all((table >= 0).any() for table in tables) and self._seed(tables, None):
                left = times.neighbours(self.board, choice, _COARSE)

    def _beam(self, task: Task, pool: Pool) -> None:
        """Find a good series quickly, and better ones as long as that is easy."""
        while True:
            known = self.best
            self._sweep(task, pool, self._worst - (known is not None), _BEAM)
            if self.best is known:
                return

    def _sweep(self, task: Task, pool: Pool, worst: int, most: int) -> bool:
        """Look for series whose largest ledger is at most `worst`; return whether for all."""
        caps = (worst - self.board.base) - self.board.ledgers
        rows, complete = sweep(replace(task, caps=caps), pool, most, self.patience.spend)
        if len(rows):
            self._take(rows)
        return complete

    def _take(self, rows: Rows) -> None:
        """Remember the best of some series if it is better than the best one known."""
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

    def _hopeless(self, paid: Floats) -> NDArray[np.bool_]:
        """Return which lower bounds are worse than the best series known."""
        if self.best is None:
            return np.zeros(len(paid), dtype=np.bool_)
        apart = self.board.worst_first(paid) - np.array(self.best.worst_first)
        first = (apart != 0).argmax(axis=1)
        worse: NDArray[np.bool_] = apart[np.arange(len(paid)), first] > 0
        return worse

    def _prove(self, bound: int) -> None:
        """Remember that no series has a smaller largest ledger."""
        if bound > self.bound:
            self.bound = self.patience.bound = bound

    @property
    def _worst(self) -> int:
        """The largest ledger of the best series known, or of any."""
        return self.board.base + self.board.most if self.best is None else self.best.worst_first[0]

    @property
    def _most_rows(self) -> int:
        """How many beginnings are carried on at a time in a complete look."""
        return min(_MOST_ROWS, _MOST_ENTRIES // len(self.board.ledgers))

    def _task(self, tables: Sequence[Numbers], limit: Limit | None, few: int) -> Task:
        """Return what is to be filled, without caps yet."""
        return Task(self.runs, tables, self.board.ledgers, self._hopeless, self.keeping, limit, few)

    def _pool(self, tables: Sequence[Numbers]) -> Pool:
        """Return first multipliers, and prove what they prove."""
        kinds = np.eye(len(self.board.ledgers))
        parts = [
            (run.count, run.paid[:, table[0]]) for run, table in zip(self.runs, tables, strict=True)
        ]
        self.patience.spend(sum(paid.size for _, paid in parts))
        proof = multipliers(parts, -self.board.ledgers)
        rows = kinds if proof is None else np.vstack([kinds, proof[1]])
        pool = Pool(self.runs, rows)
        least = sum(
            run.count * worth.min(axis=1) for run, worth in zip(self.runs, pool.worth, strict=True)
        )
        self._prove(int(self._bounds(rows, np.asarray(least)[:, np.newaxis]).max()))
        return pool

    def _bounds(self, rows: Floats, least: Floats) -> NDArray[np.int64]:
        """Return what the largest ledger is at least, by each multiplier.

        Args:
            rows: The multipliers.
            least: What their seats pay at least by them; shape (multipliers, any).
        """
        owed = rows @ self.board.ledgers
        over = (least + owed[:, np.newaxis]).astype(np.int64)
        whole = rows.sum(axis=1).astype(np.int64)
        found: NDArray[np.int64] = self.board.base - (-over // whole[:, np.newaxis])
        return found

    def _weighed(self, choices: Numbers) -> tuple[Pool, Numbers, NDArray[np.int64]]:
        """Return multipliers, and the choices that can still be best, promising ones first.

        Third comes what the largest ledger is at least with each of them.
        """
        pool = self._pool([np.arange(len(run.times))[np.newaxis] for run in self.runs])
        known = len(self.board.ledgers)
        bounds = np.full(len(choices), self.bound)
        turn = -1
        while True:
            turn += 1
            bounds = np.maximum(bounds, self._least(pool, known, choices))
            known = len(pool.multipliers)
            order = np.argsort(bounds, kind="stable")
            before = len(choices)
            order = order[bounds[order] <= self._worst]
            choices, bounds = choices[order], bounds[order]
            if not len(choices):
                break
            if turn in _LOOKS:
                for choice in choices[: _SEEDS // 4]:
                    self._seed(times.tables(self.runs, choice[np.newaxis]), None)
                self._beam(self._task(times.tables(self.runs, choices[:_FIRST]), None, _MANY), pool)
            elif turn > 2 and len(choices) > 0.9 * before:
                break
            # At first the choices that look best are looked at closely, then some of all.
            far = len(choices) if turn > 2 else min(len(choices), _FIRST)
            picked = np.linspace(0, far - 1, min(far, _SAMPLE)).astype(np.intp)
            more = self._programs(choices[np.unique(picked)])
            if not more or not self.patience.is_left:
                break
            pool.add(more)
        return pool, choices, bounds

    def _least(self, pool: Pool, known: int, choices: Numbers) -> NDArray[np.int64]:
        """Return what the largest ledger is at least with each choice of times of day.

        Args:
            pool: Of the multipliers, those from number `known` on are asked.
            known: Before which they have been asked.
            choices: A line each.
        """
        rows = pool.multipliers[known:]
        found = np.full(len(choices), self.bound)
        self.patience.spend(choices.size * len(self.runs) * len(rows))
        for place, row in enumerate(rows, known):
            least = np.zeros(len(choices))
            for run, worth in zip(self.runs, pool.worth, strict=True):
                by_time = times.by_time(run, worth[place], len(self.board.times))
                least += run.count * functools.reduce(np.minimum, by_time[choices].T)
            bounds = self._bounds(row[np.newaxis], least[np.newaxis])[0]
            np.maximum(found, bounds, out=found)
        return found

    def _programs(self, choices: Numbers) -> list[Floats]:
        """Return what linear programs of some choices of times of day prove."""
        proofs = []
        for choice in choices:
            tables = times.tables(self.runs, choice[np.newaxis])
            parts = [
                (run.count, run.paid[:, table[0]])
                for run, table in zip(self.runs, tables, strict=True)
            ]
            self.patience.spend(PROGRAM * len(parts) * len(self.board.ledgers))
            proofs.append(multipliers(parts, -self.board.ledgers))
        return [proof[1] for proof in proofs if proof is not None]
