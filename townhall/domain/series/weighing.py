"""What the worst-off seat pays at least, by multipliers, which rules choices of times of day out.

Source: docs/fairness.md, rule 9.
"""

import functools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from townhall.domain.series import times
from townhall.domain.series.board import Board
from townhall.domain.series.known import Known
from townhall.domain.series.patience import Patience
from townhall.domain.series.simplex import Floats, multipliers
from townhall.domain.series.task import Numbers, Pool, Run

_THINNED = 0.9
"""Choices are only taken out where at most this share of them is left."""

_SAMPLE = 12
"""Linear programs that are solved in between."""

_FIRST = 64
"""Choices of times of day that are looked at closely first, because they look best."""

_LOOKED = 256
_LOOKS = (1, 3)
"""Choices among which a first series is looked for, and after which rounds."""


class Weighing:
    """Weighs the choices of times of day of a search, and tells it what that proves.

    Args:
        board: Of the series.
        runs: Its occurrences.
        patience: Of the search.
        known: The best series so far, and the bound.
    """

    def __init__(self, board: Board, runs: Sequence[Run], patience: Patience, known: Known) -> None:
        self.board = board
        self.runs = runs
        self.patience = patience
        self.known = known

    def pool(self) -> Pool:
        """Return first multipliers, and prove what they prove."""
        kinds = np.eye(len(self.board.ledgers))
        parts = [(run.count, run.paid) for run in self.runs]
        self.patience.spend(sum(paid.size for _, paid in parts))
        proof = multipliers(parts, -self.board.ledgers, self.patience.spend)
        rows = kinds if proof is None else np.vstack([kinds, proof[1]])
        pool = Pool(self.runs, rows)
        least = sum(
            run.count * worth.min(axis=1) for run, worth in zip(self.runs, pool.worth, strict=True)
        )
        self.known.prove(int(self._bounds(rows, np.asarray(least)[:, np.newaxis]).max()))
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

    def weigh(
        self, choices: Numbers, look: Callable[[Numbers, Pool], None]
    ) -> tuple[Pool, Numbers, NDArray[np.int64]]:
        """Return multipliers, and the choices that can still be best, promising ones first.

        Third comes what the largest ledger is at least with each of them.

        Args:
            choices: A line each.
            look: Looks for a better series among some of them, which rules more of them out.
        """
        pool = self.pool()
        # What a seat pays at least, whatever the others pay, rules out too little.
        known, turn = len(self.board.ledgers), -1
        bounds = np.full(len(choices), self.known.bound)
        while True:
            turn += 1
            before = len(choices)
            choices, bounds = self._kept(pool, known, choices, bounds)
            known = len(pool.multipliers)
            if not len(choices):
                break
            if turn in _LOOKS:
                look(choices[times.coarse_first(choices)[:_LOOKED]], pool)
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

    def _kept(
        self, pool: Pool, known: int, choices: Numbers, bounds: NDArray[np.int64]
    ) -> tuple[Numbers, NDArray[np.int64]]:
        """Return the choices that multipliers leave, promising ones first, and their bounds.

        Args:
            pool: Of the multipliers, those from number `known` on are asked.
            known: Before which they have been asked.
            choices: A line each.
            bounds: What the largest ledger is at least with each of them.
        """
        for place in range(len(pool.multipliers) - 1, known - 1, -1):
            if not self.patience.spend(choices.size * len(self.runs)):
                break
            bounds = np.maximum(bounds, self._least(pool, place, choices))
            kept = bounds <= self.known.worst
            if np.count_nonzero(kept) < _THINNED * len(kept):
                choices, bounds = choices[kept], bounds[kept]
        order = np.argsort(bounds, kind="stable")
        order = order[bounds[order] <= self.known.worst]
        return choices[order], bounds[order]

    def _least(self, pool: Pool, place: int, choices: Numbers) -> NDArray[np.int64]:
        """Return what the largest ledger is at least with each choice, by one multiplier."""
        least = np.zeros(len(choices))
        for run, worth in zip(self.runs, pool.worth, strict=True):
            by_time = times.by_time(run, worth[place], len(self.board.times))
            least += run.count * functools.reduce(np.minimum, by_time[choices].T)
        found: NDArray[np.int64] = self._bounds(pool.multipliers[[place]], least[np.newaxis])[0]
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
            proofs.append(multipliers(parts, -self.board.ledgers, self.patience.spend))
        return [proof[1] for proof in proofs if proof is not None]
