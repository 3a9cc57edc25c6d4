"""The search for the best series, or for the best that time allows.

Source: docs/fairness.md, rule 9.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import comb

import numpy as np
from numpy.typing import NDArray

from townhall.domain.series import times
from townhall.domain.series.board import Board
from townhall.domain.series.dial import Dial
from townhall.domain.series.exchange import Exchange
from townhall.domain.series.frontier import sweep
from townhall.domain.series.known import Known
from townhall.domain.series.patience import Patience
from townhall.domain.series.polish import greedy
from townhall.domain.series.simplex import Floats
from townhall.domain.series.task import Keeping, Limit, Numbers, Pool, Rows, Run, Task
from townhall.domain.series.turns import Turns
from townhall.domain.series.weighing import Weighing

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

_WALKING = 0.1
"""The share of the patience that goes into exchanging starts before a proof is looked for."""

_IDLE = 2000
"""Exchanges without a better series after which that ends."""

_AT_FIRST = 0.4
"""The share of the patience after which a search that has proven nothing gives proving up."""

_AT_CHOICES = 0.6
"""The share after which choices of times of day are no longer looked at."""

_PROVING = 0.9
"""The same for any search; what is left goes into exchanging starts again."""

_WALKED = 0.5
"""For each cell that is looked at for a proof, those for a better series."""

_GREEDY = 150
"""Cells whose looking at takes as long as making such a series, for each seat and run."""

_FEW_TIMES = 3
"""Times of day of the series that is looked for first where more are allowed."""

_FEW = 64
_MANY = 4096
"""Beginnings that are cheaper to carry on than to rule out: where hardly any is hopeless, as among
few times of day, there must be many before linear programs are worth their time."""


class Search:
    """The best series over some runs; what is `known` may be asked at any time.

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
        self.known = Known(board, runs, patience, bound)
        self.weighing = Weighing(board, runs, patience, self.known)
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
            self._deepen(self._limit(limit))

    def _limit(self, most_times: int) -> Limit:
        """Return the limit of the times of day."""
        return Limit(most_times, np.searchsorted(self.board.times, self.board.held_times))

    def _walk(self, exchange: Exchange, cells: float, most_idle: float = np.inf) -> None:
        """Look for better series where sittings cannot stand in each other's way."""
        if self.keeping is None and self.known.best is not None:
            exchange.walk(cells, most_idle)

    def _deepen(self, limit: Limit | None) -> None:
        """Allow the worst-off seat a little more until there is a series."""
        tables = [np.arange(len(run.times))[np.newaxis] for run in self.runs]
        self._seed(limit)
        pool = self.weighing.pool()
        if limit is not None:
            self._look_coarsely(limit.most)
        if self.keeping is None:
            self._go_round(pool, limit)
        else:
            self._go_on(self._task(tables, limit, _FEW), pool)

    def _go_on(self, task: Task, pool: Pool) -> None:
        """Deepen, one occurrence after the other."""
        self._beam(task, pool)
        while True:
            tried = self.known.next
            # Where a look is not complete, what is left has even more beginnings.
            if not self._sweep(task, pool, tried, self._most_rows) or self._ended(tried):
                return

    def _go_round(self, pool: Pool, limit: Limit | None) -> None:
        """Deepen, one hour after the other."""
        count = len(self.board.times)
        turns = Turns(
            lambda first, backwards: Dial(
                self.runs,
                count,
                first,
                backwards=backwards,
                limit=limit,
                multipliers=pool.multipliers,
            ),
            count,
            self.known.hopeless,
            self.patience.spend,
        )
        exchange = Exchange(self.runs, limit, self.known, self.patience.spend)
        most_cells, until = self.patience.most_cells, self.patience.until
        self._walk(exchange, _WALKING * most_cells, _IDLE)
        self.patience.until = _AT_FIRST * until
        self._improve(lambda caps: turns.sweep(caps, _BEAM)[0])
        while True:
            before = self.patience.cells
            tried = self.known.next
            caps = self.known.caps(tried)
            rows, complete = turns.sweep(caps, self._most_rows)
            self.known.take(rows)
            if not complete:
                break
            if self._ended(tried):
                return
            self.patience.until = _PROVING * until
            turns.compare(caps, self._most_rows)
            # A better series is worth as much as a better bound.
            self._walk(exchange, (self.patience.cells - before) * _WALKED)
        self.patience.until = until
        self._walk(exchange, most_cells)

    def _choose_times(self, most_times: int) -> None:
        """Look at the choices of times of day, the most promising first."""
        choices = times.choices(self.board, self.runs, most_times, np.arange(len(self.board.times)))
        if not len(choices):
            self.impossible = True
            return
        limit = self._limit(most_times)
        exchange = Exchange(self.runs, limit, self.known, self.patience.spend)
        # The better the series known, the more choices are soon ruled out.
        self._seed(limit)
        if len(self.runs) > _FEW_RUNS:
            self._walk(exchange, _WALKING * self.patience.most_cells, _IDLE)
        pool, choices, bounds = self._weighed(choices)
        lines = times.coarse_first(choices)
        until = self.patience.until
        self.patience.until = _AT_CHOICES * until
        done = self._tried(pool, choices[lines], bounds[lines])
        self.patience.until = until
        if done == len(lines):
            self._ended(self.known.worst)
        else:
            self.known.prove(min(int(bounds[lines[done:]].min()), self.known.worst))
            self._walk(exchange, self.patience.most_cells)

    def _look_coarsely(self, most_times: int) -> None:
        """Find a good series among few times of day."""
        grid = np.arange(0, len(self.board.times), times.COARSE)
        choices = times.choices(self.board, self.runs, min(most_times, _FEW_TIMES), grid)
        if len(choices):
            self._tried(*self._weighed(choices))

    def _weighed(self, choices: Numbers) -> tuple[Pool, Numbers, NDArray[np.int64]]:
        """Return multipliers, and the choices that can still be best with what bounds them."""

        def look(some: Numbers, pool: Pool) -> None:
            self._beam(self._task(times.tables(self.runs, some), None, _MANY), pool)

        return self.weighing.weigh(choices, look)

    def _tried(self, pool: Pool, choices: Numbers, bounds: NDArray[np.int64]) -> int:
        """Look at the series that keep to choices of times of day; return at how many choices.

        Args:
            pool: Multipliers.
            choices: A line each.
            bounds: What the largest ledger is at least with each of them.
        """
        for begin in range(0, len(choices), _TABLES_AT_ONCE):
            part = slice(begin, begin + _TABLES_AT_ONCE)
            chosen = choices[part][bounds[part] <= self.known.worst]
            if len(chosen):
                task = self._task(times.tables(self.runs, chosen), None, _MANY)
                if not self._sweep(task, pool, self.known.worst, self._most_rows):
                    return begin
        return len(choices)

    def _ended(self, tried: int) -> bool:
        """Return whether nothing is left to look for once all was tried up to a largest ledger."""
        if self.known.best is not None and self.known.best.worst_first[0] <= tried:
            self.optimal = True
            self.known.prove(self.known.worst)
            return True
        self.impossible = self.known.best is None and tried >= self.known.worst
        self.known.prove(tried + 1)
        return self.impossible

    def _seed(self, limit: Limit | None) -> None:
        """Look at a series made by choosing one start after the other."""
        self.patience.spend(_GREEDY * len(self.runs) * len(self.board.ledgers))
        rows = greedy(self.board, self.runs, limit, self.keeping)
        if rows is not None:
            self.known.take(rows)

    def _beam(self, task: Task, pool: Pool) -> None:
        """Find a good series quickly, among those of a task."""
        self._improve(
            lambda caps: sweep(replace(task, caps=caps), pool, _BEAM, self.patience.spend)[0]
        )

    def _improve(self, look: Callable[[Floats], Rows]) -> None:
        """Take better series in as long as a look within some caps finds any."""
        while True:
            best = self.known.best
            self.known.take(look(self.known.caps(self.known.worst - (best is not None))))
            if self.known.best is best:
                return

    def _sweep(self, task: Task, pool: Pool, worst: int, most: int) -> bool:
        """Look for series whose largest ledger is at most `worst`; return whether for all."""
        caps = self.known.caps(worst)
        rows, complete = sweep(replace(task, caps=caps), pool, most, self.patience.spend)
        self.known.take(rows)
        return complete

    @property
    def _most_rows(self) -> int:
        """How many beginnings are carried on at a time in a complete look."""
        return min(_MOST_ROWS, _MOST_ENTRIES // len(self.board.ledgers))

    def _task(self, tables: Sequence[Numbers], limit: Limit | None, few: int) -> Task:
        """Return what is to be filled, without caps yet."""
        return Task(
            self.runs, tables, self.board.ledgers, self.known.hopeless, self.keeping, limit, few
        )
