"""The starts of a series around the clock: from some hour on, one way or the other.

Source: docs/fairness.md, rule 9.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from townhall.domain.series.simplex import Floats
from townhall.domain.series.task import Limit, Numbers, Run

BEYOND = float(1 << 60)
"""More than any starts are worth."""


class Dial:
    """The starts of all runs in the order in which they are taken, and what they are worth.

    Args:
        runs: Of the series.
        count: How many times of day there are.
        first: The number of the time of day to begin with.
        backwards: Whether the hours are gone through from late to early.
        limit: Of the times of day, if any.
        multipliers: Whole, one row each; the first are those of each kind of seat alone.

    A column of the dial is a start of a run; each time of day has the same number of columns, the
    last of them empty where it has fewer starts. `left` below means how many occurrences of each
    run are still without a start.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        count: int,
        first: int,
        *,
        backwards: bool,
        limit: Limit | None,
        multipliers: Floats,
    ) -> None:
        self.runs = runs
        sign = -1 if backwards else 1
        run_of = np.concatenate([np.full(len(run.times), place) for place, run in enumerate(runs)])
        own = np.concatenate([np.arange(len(run.times)) for run in runs])
        turned = sign * (np.concatenate([run.times for run in runs]) - first) % count
        order = np.lexsort([own, run_of, turned])
        run_of, own, turned = run_of[order], own[order], turned[order]
        within = np.arange(len(turned)) - np.searchsorted(turned, turned)
        self.times = count
        self.width = int(within.max()) + 1
        at = turned * self.width + within
        self.columns = count * self.width
        self.run_of = np.full(self.columns, -1, dtype=np.intp)
        self.own = np.full(self.columns, -1, dtype=np.intp)
        self.run_of[at], self.own[at] = run_of, own
        self.of_run = [at[run_of == place] for place in range(len(runs))]
        self.paid = np.zeros((multipliers.shape[1], self.columns))
        self.paid[:, at] = np.concatenate([run.paid for run in runs], axis=1)[:, order]
        self.people = np.zeros(self.columns, dtype=runs[0].people.dtype)
        self.people[at] = np.concatenate([run.people for run in runs])[order]
        self.numbers = np.zeros(self.columns, dtype=np.intp)
        self.numbers[at] = np.concatenate([run.numbers for run in runs])[order]
        self.counts = np.array([run.count for run in runs], dtype=np.float64)
        self.held = np.zeros(count, dtype=np.bool_)
        self.most_times = count
        if limit is not None:
            self.most_times = max(limit.most, len(limit.held))
            self.held[sign * (limit.held - first) % count] = True
        self.multipliers = multipliers[:0]
        self.over = [np.zeros((0, count, self.width)) for _ in range(2)]
        self.least = [np.zeros((0, len(runs), count)) for _ in range(2)]
        self.add(multipliers)

    def add(self, more: Floats) -> None:
        """Take further multipliers in."""
        self.multipliers = np.concatenate([self.multipliers, more])
        worth = more @ self.paid
        found = np.full((len(more), len(self.runs), self.times), BEYOND)
        for place, columns in enumerate(self.of_run):
            times = columns // self.width
            begins = np.flatnonzero(np.diff(times, prepend=-1))
            found[:, place, times[begins]] = np.minimum.reduceat(worth[:, columns], begins, axis=1)
        held = np.where(self.held, found, BEYOND)
        # With all times of day used up, only the last of them and those held before are left.
        for which, least in enumerate((_from(found), np.minimum(found, _from(held)))):
            over = np.full((len(more), self.columns), BEYOND)
            taken = self.run_of >= 0
            runs, times = self.run_of[taken], np.flatnonzero(taken) // self.width
            over[:, taken] = worth[:, taken] - least[:, runs, times]
            self.over[which] = np.concatenate(
                [self.over[which], over.reshape(len(more), self.times, self.width)]
            )
            self.least[which] = np.concatenate([self.least[which], least])

    def parts(self, left: Floats, last: int, *, full: bool) -> list[tuple[int, Floats]]:
        """Return how many starts of each run are left to choose, and what they cost each seat.

        The hour of the start before counts as not yet over.

        Args:
            left: Occurrences of each run.
            last: The column of the start before.
            full: Whether no further time of day may be used.
        """
        found = []
        for columns, count in zip(self.of_run, left.tolist(), strict=True):
            if count:
                now = last // self.width
                later = columns[np.searchsorted(columns, now * self.width) :]
                if full:
                    times = later // self.width
                    later = later[(times == now) | self.held[times]]
                found.append((int(count), self.paid[:, later]))
        return found

    def picks(self, columns: Numbers) -> Numbers:
        """Return the columns of rows as columns of their runs, the runs in order."""
        order = np.argsort(self.run_of[columns], axis=1, kind="stable")
        return np.asarray(np.take_along_axis(self.own[columns], order, axis=1))


def _from(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least value from each place of the last axis on."""
    return np.minimum.accumulate(values[..., ::-1], axis=-1)[..., ::-1]
