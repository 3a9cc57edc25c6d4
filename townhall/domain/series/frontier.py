"""All ways to fill a series, one occurrence after the other, within what each seat may pay.

This is for few times of day, and for sittings that may stand in each other's way; other series are
filled around the clock (`townhall.domain.series.clockwise`). Occurrences that are alike follow each
other as a run. Within a run the same starts in another order cost the same, so starts are taken in
one fixed order, by the time of day: once the early hours are behind, only the later ones can help
those who paid for them, and most beginnings turn out hopeless. A beginning is given up when, for
some whole multipliers, what the seats have paid and must still pay at least is more than what they
may pay.

Source: docs/fairness.md, rules 6, 7 and 9.
"""

from collections.abc import Callable
from itertools import combinations_with_replacement
from math import comb

import numpy as np

from townhall.domain.series.merging import distinct
from townhall.domain.series.simplex import Floats, multipliers
from townhall.domain.series.task import (
    Limit,
    Marks,
    Numbers,
    Pool,
    Rows,
    Task,
    joined,
    starts,
)

_SAMPLE = 12
"""Beginnings of which the linear program is solved at once."""

_CELLS = 250_000
"""Beginnings times starts that are weighed in one piece."""

_ENTRIES = 4_000_000
"""The same, times kinds of seats."""

_MOST_WAYS = 500
"""Ways to fill a run that are looked at all at once."""

_MIXING = 16
"""What a seat paid in such a way takes less time than a cell."""

_ROW = 4
"""Cells whose looking at takes as long as comparing one beginning with others by a multiplier."""

_KEEPING = 4
"""The same for a column that may stand in the way of an earlier start, or be at its hour."""

_NEVER = float(1 << 44)
"""More than any seat may pay."""


def sweep(
    task: Task, pool: Pool, most: int, spend: Callable[[int], bool], tables: Numbers | None = None
) -> tuple[Rows, bool]:
    """Return series within the caps, and whether the best of all of them is among these.

    Args:
        task: What is to be filled.
        pool: Multipliers; more are added.
        most: How many beginnings are carried on at a time; the least promising are dropped.
        spend: Told how many cells are looked at; says whether there is patience for more.
        tables: The lines of the tables to look at; all unless said.
    """
    search = _Sweep(task, pool, most, spend)
    return search.run(tables)


class _Sweep:
    """One pass over the occurrences; `complete` turns false once something is dropped."""

    def __init__(self, task: Task, pool: Pool, most: int, spend: Callable[[int], bool]) -> None:
        self.task = task
        self.pool = pool
        self.most = most
        self.spend = spend
        self.complete = True

    def run(self, tables: Numbers | None) -> tuple[Rows, bool]:
        """Return the series that are left in the end."""
        kinds = len(self.task.caps)
        lines = np.arange(len(self.task.tables[0])) if tables is None else tables
        rows = Rows(
            table=lines,
            paid=np.zeros((len(lines), kinds)),
            last=np.zeros(len(lines), dtype=np.intp),
            people=np.zeros(len(lines), dtype=self.task.runs[0].people.dtype),
            picks=np.zeros((len(lines), 0), dtype=np.intp),
        )
        for place, run in enumerate(self.task.runs):
            rows = Rows(rows.table, rows.paid, 0 * rows.last, rows.people, rows.picks)
            patterns = self._patterns(place)
            for left in range(run.count - 1, -1, -1) if patterns is None else (0,):
                if not len(rows):
                    return rows, self.complete
                rows = self._grown(rows, place, left, patterns)
                rows = self._fewer(self._merged(rows, left), place, left)
        return rows, self.complete

    def _patterns(self, place: int) -> Numbers | None:
        """Return all ways to fill a run at once as places in a line, None where it is too long."""
        run, width = self.task.runs[place], self.task.tables[place].shape[1]
        ways = comb(run.count + width - 1, run.count)
        free = self.task.keeping is None and self.task.limit is None
        if not free or run.count == 1 or ways > _MOST_WAYS:
            return None
        drawn = list(combinations_with_replacement(range(width), run.count))
        return np.array(drawn, dtype=np.intp)

    def _grown(self, rows: Rows, place: int, left: int, patterns: Numbers | None) -> Rows:
        """Return the beginnings with one more start, or with those of a whole run."""
        worth, rest = self._bounds(place, left)
        width = self.task.tables[place].shape[1] if patterns is None else len(patterns)
        each = max(1, min(_CELLS, _ENTRIES // len(self.task.caps)) // width)
        pieces: list[Rows] = []
        for begin in range(0, len(rows), each):
            if not self.spend(0):
                self.complete = False
                return rows.take(slice(0))
            part = rows.take(slice(begin, begin + each))
            if patterns is None:
                pieces.append(self._picked(part, place, worth + rest))
            else:
                mixed = self._mixed(part, place, patterns)
                pieces.append(mixed.take(self._within(mixed, rest, 0)))
            if sum(map(len, pieces)) > 2 * self.most:
                pieces = [self._promising(joined(pieces), rest)]
        grown = joined(pieces)
        return self._promising(grown, rest) if len(grown) > self.most else grown

    def _picked(self, rows: Rows, place: int, need: Floats) -> Rows:
        """Return the rows with one more start of a run.

        Args:
            rows: To go on with.
            place: Of the run.
            need: What each start and all that follow cost at least, by each multiplier.
        """
        table = self.task.tables[place]
        ok = self._may(rows, place)
        met = 0 if self.task.keeping is None else 1 + rows.picks.shape[1]
        met += 0 if self.task.limit is None else 1 + rows.picks.shape[1]
        product = rows.paid.size * len(need) // 16
        if not self.spend(ok.size * (len(need) + _KEEPING * met) + product):
            self.complete = False
            ok[:] = False
        slack = self.pool.multipliers @ self.task.caps - rows.paid @ self.pool.multipliers.T
        for line, spare in zip(need, slack.T, strict=True):
            ok &= line[rows.table] <= spare[:, np.newaxis]
        chosen, places = np.nonzero(ok)
        columns = table[rows.table[chosen], places]
        run = self.task.runs[place]
        return Rows(
            table=rows.table[chosen],
            paid=rows.paid[chosen] + run.paid[:, columns].T,
            last=places,
            people=rows.people[chosen] + run.people[columns],
            picks=np.column_stack([rows.picks[chosen], columns]),
        )

    def _mixed(self, rows: Rows, place: int, patterns: Numbers) -> Rows:
        """Return the rows with all starts of a run; `patterns` are the ways to choose them."""
        run, table = self.task.runs[place], self.task.tables[place]
        columns = table[rows.table]
        self.spend(len(rows) * patterns.size * len(self.task.caps) // _MIXING)
        times_used = (patterns[:, :, np.newaxis] == np.arange(table.shape[1])).sum(axis=1)
        paid = np.where(columns >= 0, run.paid[:, columns], _NEVER)
        least = self._later(place, rows.table)
        total = np.einsum("krw,pw->rpk", paid, times_used, optimize=True)
        spare = self.task.caps - rows.paid - least
        chosen, ways = np.nonzero((total <= spare[:, np.newaxis]).all(axis=2))
        picks = columns[chosen[:, np.newaxis], patterns[ways]]
        return Rows(
            table=rows.table[chosen],
            paid=rows.paid[chosen] + total[chosen, ways],
            last=patterns[ways, -1],
            people=rows.people[chosen] + run.people[picks].sum(axis=1),
            picks=np.hstack([rows.picks[chosen], picks]),
        )

    def _later(self, place: int, lines: Numbers) -> Floats:
        """Return what each kind of seat pays at least in the runs after one; by line."""
        found = np.zeros((len(lines), len(self.task.caps)))
        for run, table in zip(
            self.task.runs[place + 1 :], self.task.tables[place + 1 :], strict=True
        ):
            paid = np.where(table >= 0, run.paid[:, table], np.inf).min(axis=2)
            found += run.count * paid.T[lines]
        return found

    def _promising(self, rows: Rows, rest: Floats) -> Rows:
        """Return the rows with the least bound of the largest excess, as many as may be."""
        self.complete = False
        by = self.pool.multipliers
        score = np.zeros(len(rows))
        each = max(1, _ENTRIES // len(by))
        for begin in range(0, len(rows), each):
            part = slice(begin, begin + each)
            if not self.spend(len(score[part]) * len(by) * (_ROW + len(self.task.caps) // 16)):
                break
            excess = rows.paid[part] @ by.T + rest[:, rows.table[part], rows.last[part]].T
            score[part] = ((excess - by @ self.task.caps) / by.sum(axis=1)).max(axis=1)
        return rows.take(np.sort(np.argsort(score, kind="stable")[: self.most]))

    def _may(self, rows: Rows, place: int) -> Marks:
        """Return which columns of its line each row may take, whatever they cost."""
        run, table = self.task.runs[place], self.task.tables[place]
        columns = table[rows.table]
        ok: Marks = (columns >= 0) & (np.arange(table.shape[1]) >= rows.last[:, np.newaxis])
        if self.task.limit is not None:
            used = self._used(rows, self.task.limit)
            full = used.sum(axis=1) >= self.task.limit.most
            ok &= ~full[:, np.newaxis] | used[:, run.times][np.arange(len(rows))[:, None], columns]
        if self.task.keeping is not None:
            ok &= self.task.keeping.allowed(rows, place, columns)
        return ok

    def _used(self, rows: Rows, limit: Limit) -> Marks:
        """Return which times of day each row uses."""
        times = [run.times for run in self.task.runs]
        used = np.zeros((len(rows), int(np.concatenate([*times, limit.held]).max()) + 1), np.bool_)
        used[:, limit.held] = True
        at = 0
        for run in self.task.runs:
            for _ in range(min(run.count, rows.picks.shape[1] - at)):
                used[np.arange(len(rows)), run.times[rows.picks[:, at]]] = True
                at += 1
        return used

    def _bounds(self, place: int, left: int) -> tuple[Floats, Floats]:
        """Return what a start and the rest of the series cost at least, by each multiplier.

        Args:
            place: Of the run.
            left: Occurrences of the run after this one; they take the same or later columns.

        Returns:
            Two arrays of shape (multipliers, lines, columns); infinite where a line has no
            column.
        """
        worth = self._worth(place)
        rest = np.zeros_like(worth)
        if left:
            least = np.minimum.accumulate(worth[:, :, ::-1], axis=2)[:, :, ::-1]
            rest += left * least
        for later in range(place + 1, len(self.task.runs)):
            rest += self.task.runs[later].count * self._worth(later).min(axis=2)[:, :, np.newaxis]
        return worth, rest

    def _worth(self, place: int) -> Floats:
        """Return what the columns of each line of a run are worth, infinite where there is none."""
        table = self.task.tables[place]
        return np.where(table >= 0, self.pool.worth[place][:, table], np.inf)

    def _merged(self, rows: Rows, left: int) -> Rows:
        """Return the rows without those that another equals for all that is to come.

        The one with fewer people's points stays, then the one with the earlier starts.
        """
        if len(rows) <= self.task.few:
            return rows
        last = rows.last if left else 0 * rows.last
        same = [rows.table, last, *rows.paid.T]
        if self.task.limit is not None:
            same.extend(np.packbits(self._used(rows, self.task.limit), axis=1).T)
        if self.task.keeping is not None:
            same.extend(rows.picks[:, self.task.keeping.binding(rows.picks.shape[1] - 1)].T)
        self.spend(_ROW * len(rows) * len(same))
        runs = self.task.runs
        return rows.take(distinct(same, rows.people, lambda some: starts(runs, rows.picks[some])))

    def _fewer(self, rows: Rows, place: int, left: int) -> Rows:
        """Return the rows without those that more multipliers rule out."""
        if not left and place + 1 == len(self.task.runs):
            return rows.take(~self.task.hopeless(rows.paid))
        rows = rows.take(~self.task.hopeless(self._lower(rows, place, left)))
        while len(rows) > self.task.few:
            found = self._multipliers(rows, place, left)
            if not found:
                break
            known = len(self.pool.multipliers)
            self.pool.add(found)
            before = len(rows)
            rest = self._bounds(place, left)[1]
            rows = rows.take(self._within(rows, rest, known))
            if len(rows) > 0.8 * before:
                break
        return rows

    def _lower(self, rows: Rows, place: int, left: int) -> Floats:
        """Return what each kind of seat pays in the end, at least."""
        found = rows.paid + self._later(place, rows.table)
        if left:
            table = self.task.tables[place]
            paid = np.where(table >= 0, self.task.runs[place].paid[:, table], np.inf)
            found += left * paid.min(axis=2).T[rows.table]
        return found

    def _within(self, rows: Rows, rest: Floats, known: int) -> Marks:
        """Return which rows the multipliers from number `known` on do not rule out."""
        fresh = self.pool.multipliers[known:]
        need = rest[known:, rows.table, rows.last].T
        over = rows.paid @ fresh.T + need > fresh @ self.task.caps
        return np.logical_not(over.any(axis=1), dtype=np.bool_)

    def _multipliers(self, rows: Rows, place: int, left: int) -> list[Floats]:
        """Return multipliers that rule out some rows of a sample."""
        task = self.task
        proofs = []
        for row in np.linspace(0, len(rows) - 1, _SAMPLE).astype(np.intp):
            lines = [table[rows.table[row]] for table in task.tables[place:]]
            counts = [left, *(run.count for run in task.runs[place + 1 :])]
            lines[0] = lines[0][rows.last[row] :]
            parts = [
                (count, run.paid[:, line[line >= 0]])
                for run, line, count in zip(task.runs[place:], lines, counts, strict=True)
                if count
            ]
            proofs.append(multipliers(parts, task.caps - rows.paid[row], self.spend))
        return [proof[1] for proof in proofs if proof is not None and proof[0] > 0]
