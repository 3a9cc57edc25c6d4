"""All ways to fill a series, start by start around the clock, whatever the weeks.

Starts are taken in the order of a dial (`townhall.domain.series.dial`), of all runs of occurrences
together: once some hours are behind, only those ahead can help the seats that paid for them, and
most beginnings turn out hopeless. A beginning is given up when, for some whole multipliers, what
the seats have paid and must still pay at least is more than what they may pay.

Source: docs/fairness.md, rules 6, 7 and 9; for multipliers that rule choices out, M. L. Fisher,
The Lagrangian Relaxation Method for Solving Integer Programming Problems (1981).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townhall.domain.series.dial import Dial
from townhall.domain.series.merging import distinct
from townhall.domain.series.simplex import Floats, multipliers
from townhall.domain.series.task import Marks, Numbers, Rows

_SAMPLE = 12
"""Beginnings of which the linear program is solved at once."""

_CELLS = 1_000_000
"""Beginnings times columns that are weighed in one piece."""

_TRIED = 4_000_000
"""Beginnings times columns times multipliers by which the strongest multipliers are found."""

_AT_ONCE = 400_000
"""The same, up to which all multipliers weigh all columns."""

_MOST_TRIED = 16
"""Beginnings among which they are found, at most."""

_STRONG = 6
"""Multipliers that weigh all columns; the others weigh what these leave."""

_BLOCK = 16
"""Of the others, how many weigh at once."""

_PAIR = 8
"""Cells whose weighing takes as long as that of one column that was left, by one multiplier."""

_MERGING = 64
"""The same for one beginning that is compared with the others."""

_FEW = 64
"""Beginnings that are carried on rather than ruled out by linear programs."""


class _Mixes:
    """How many occurrences of each run have no start yet: every case that was met, numbered."""

    def __init__(self, counts: Floats) -> None:
        self.left = counts[np.newaxis]
        self.after = np.full((1, len(counts)), -1, dtype=np.intp)
        self.numbers = {tuple(counts.tolist()): 0}

    def without(self, mixes: Numbers, runs: Numbers) -> Numbers:
        """Return the mixes with one occurrence less of a run each."""
        fresh = np.flatnonzero(self.after[mixes, runs] < 0)
        for key in np.unique(mixes[fresh] * len(self.left[0]) + runs[fresh]).tolist():
            mix, run = divmod(key, len(self.left[0]))
            left = self.left[mix].copy()
            left[run] -= 1
            number = self.numbers.setdefault(tuple(left.tolist()), len(self.left))
            self.after[mix, run] = number
            if number == len(self.left):
                self.left = np.vstack([self.left, left])
                self.after = np.vstack([self.after, np.full_like(self.after[:1], -1)])
        return np.asarray(self.after[mixes, runs])


@dataclass(frozen=True, slots=True, eq=False)
class _Beginnings:
    """Beginnings of series, one a row.

    Args:
        paid: What each kind of seat has paid; shape (rows, kinds).
        mix: The number of the mix of occurrences that have no start yet.
        last: The column of the last start, -1 before the first.
        used: How many times of day are used, with those of sittings that were held.
        people: The people's points so far.
        picks: The columns of all its starts so far; shape (rows, starts).
    """

    paid: Floats
    mix: Numbers
    last: Numbers
    used: Numbers
    people: NDArray[Any]
    picks: Numbers

    def __len__(self) -> int:
        return len(self.last)

    def take(self, which: Any) -> "_Beginnings":
        """Return some of the rows."""
        return _Beginnings(*(each[which] for each in self._all))

    @property
    def _all(self) -> tuple[NDArray[Any], ...]:
        return self.paid, self.mix, self.last, self.used, self.people, self.picks

    @staticmethod
    def joined(parts: "Sequence[_Beginnings]") -> "_Beginnings":
        """Return all rows together."""
        columns = zip(*(part._all for part in parts), strict=True)  # noqa: SLF001  one class
        return _Beginnings(*map(np.concatenate, columns))


class Clockwise:
    """One pass around a dial; `complete` turns false once something is dropped.

    Args:
        dial: The starts, and multipliers; more are added.
        caps: What each kind of seat may pay at most, whole.
        hopeless: Says of lower bounds of what the kinds pay, a row each, which are worse than
            the best series known.
        most: How many beginnings are carried on at a time; the least promising are dropped.
        spend: Told how many cells are looked at; says whether there is patience for more.
    """

    def __init__(
        self,
        dial: Dial,
        caps: Floats,
        hopeless: Callable[[Floats], Marks],
        most: int,
        spend: Callable[[int], bool],
    ) -> None:
        self.dial = dial
        self.caps = caps
        self.hopeless = hopeless
        self.most = most
        self.spend = spend
        self.complete = True
        self.mixes = _Mixes(dial.counts)

    def run(self) -> tuple[Rows, bool]:
        """Return series within the caps, and whether the best of all of them is among these."""
        dial = self.dial
        rows = _Beginnings(
            paid=np.zeros((1, len(self.caps))),
            mix=np.zeros(1, dtype=np.intp),
            last=np.full(1, -1, dtype=np.intp),
            used=np.full(1, dial.held.sum(), dtype=np.intp),
            people=np.zeros(1, dtype=dial.people.dtype),
            picks=np.zeros((1, 0), dtype=np.intp),
        )
        for left in range(int(dial.counts.sum()) - 1, -1, -1):
            rows = self._merged(self._grown(rows))
            rows = self._fewer(rows) if left else rows.take(~self.hopeless(rows.paid))
        nothing = np.zeros(len(rows), dtype=np.intp)
        picks = dial.picks(rows.picks)
        return Rows(nothing, rows.paid, nothing, rows.people, picks), self.complete

    def _grown(self, rows: _Beginnings) -> _Beginnings:
        """Return the beginnings with one more start."""
        rows = rows.take(np.argsort(rows.last, kind="stable"))
        pieces = [self._picked(rows.take(slice(0)))]
        each = max(1, _CELLS // self.dial.columns)
        for begin in range(0, len(rows), each):
            if not self.spend(0):
                self.complete = False
                return pieces[0]
            pieces.append(self._picked(rows.take(slice(begin, begin + each))))
            if sum(map(len, pieces)) > 2 * self.most:
                pieces = [self._promising(_Beginnings.joined(pieces))]
        grown = _Beginnings.joined(pieces)
        return self._promising(grown) if len(grown) > self.most else grown

    def _picked(self, rows: _Beginnings) -> _Beginnings:
        """Return the rows with one more start; they are in the order of their last."""
        dial = self.dial
        chosen, columns = self._weighed(rows) if len(rows) else (rows.last, rows.last)
        times = columns // dial.width
        new = (rows.last[chosen] // dial.width != times) & ~dial.held[times]
        return _Beginnings(
            paid=rows.paid[chosen] + dial.paid[:, columns].T,
            mix=self.mixes.without(rows.mix[chosen], dial.run_of[columns]),
            last=columns,
            used=rows.used[chosen] + new,
            people=rows.people[chosen] + dial.people[columns],
            picks=np.column_stack([rows.picks[chosen], columns]),
        )

    def _weighed(self, rows: _Beginnings) -> tuple[Numbers, Numbers]:
        """Return which rows may go on with which columns, a pair each."""
        dial = self.dial
        begin = max(int(rows.last[0]), 0) // dial.width
        spare = dial.multipliers @ self.caps - rows.paid @ dial.multipliers.T
        ok, full = self._open(rows, begin)
        left = self.mixes.left[rows.mix]
        count = len(dial.multipliers)
        if ok.size * count <= _AT_ONCE:
            strong, others = np.arange(count), np.arange(0)
        else:
            strong, others = self._strength(left, spare, ok, full)
        self.spend(ok.size * len(strong))
        each = max(1, _CELLS // ok.size)
        for first in range(0, len(strong), each):
            ok &= self._allowed(left, spare, full, strong[first : first + each]).all(axis=0)
        chosen, columns = np.nonzero(ok.reshape(len(rows), -1))
        after = full[chosen, columns // dial.width]
        columns += begin * dial.width
        keys, place = self._keys(rows.mix[chosen], columns // dial.width, after)
        for first in range(0, len(others), _BLOCK):
            some = others[first : first + _BLOCK]
            self.spend(_PAIR * len(chosen) * len(some))
            over = np.concatenate([each[some].reshape(len(some), -1).T for each in dial.over])
            need = over[columns + dial.columns * after] + self._rest(keys, some)[place]
            kept = np.flatnonzero((need <= spare[:, some][chosen]).all(axis=1))
            chosen, columns, after, place = chosen[kept], columns[kept], after[kept], place[kept]
        return chosen, columns

    def _open(self, rows: _Beginnings, begin: int) -> tuple[Marks, Marks]:
        """Return which columns from a time of day on rows may take, whatever they cost.

        Returns:
            Shape (rows, times, columns of each), and with which times, shape (rows, times), all
            times of day would be used up.
        """
        dial = self.dial
        columns = np.arange(begin * dial.width, dial.columns)
        none = np.zeros(len(rows), dtype=np.bool_)
        runs = np.column_stack([self.mixes.left[rows.mix] > 0, none])[:, dial.run_of[columns]]
        ok = (runs & (columns >= rows.last[:, np.newaxis])).reshape(len(rows), -1, dial.width)
        times = np.arange(begin, dial.times)
        new = ((rows.last // dial.width)[:, np.newaxis] != times) & ~dial.held[times]
        used = rows.used[:, np.newaxis]
        ok &= ~(new & (used >= self.dial.most_times))[:, :, np.newaxis]
        return ok, used + new >= self.dial.most_times

    def _allowed(self, left: Floats, spare: Floats, full: Marks, some: Numbers) -> Marks:
        """Return which columns from some time of day on multipliers allow each row.

        Shape (multipliers, rows, times, columns of each).
        """
        begin = self.dial.times - full.shape[1]
        spare = spare.T[some][:, :, np.newaxis]
        found: list[Marks] = []
        for over, least in zip(self.dial.over, self.dial.least, strict=True):
            allowed = spare - left @ least[some][:, :, begin:]
            found.append(over[some, np.newaxis, begin:] <= allowed[..., np.newaxis])
            if not full.any():
                return found[0]
        return np.asarray(np.where(full[..., np.newaxis], found[1], found[0]))

    def _strength(
        self, left: Floats, spare: Floats, ok: Marks, full: Marks
    ) -> tuple[Numbers, Numbers]:
        """Return the strongest multipliers, then the others, by what they rule out of some rows."""
        count = len(spare[0])
        tried = max(1, min(_MOST_TRIED, _TRIED // (count * ok[0].size)))
        some = np.linspace(0, len(left) - 1, min(tried, len(left))).astype(np.intp)
        left, spare, ok, full = left[some], spare[some], ok[some], full[some]
        self.spend(ok.size * count)
        ruled = ~self._allowed(left, spare, full, np.arange(count)) & ok
        ruled, open_to = ruled.reshape(count, -1), ok.ravel().copy()
        strength = ruled.sum(axis=1)
        found: list[int] = []
        while len(found) < _STRONG:
            kills = ruled[:, open_to].sum(axis=1)
            best = int(kills.argmax())
            if not kills[best]:
                break
            found.append(best)
            open_to &= ~ruled[best]
        order = np.argsort(-strength, kind="stable")
        return np.array(found, dtype=np.intp), order[~np.isin(order, found)]

    def _keys(self, mix: Numbers, times: Numbers, full: Marks) -> tuple[Numbers, Numbers]:
        """Return the cases of what is left, which times, and whether no more may be used.

        Each of them once, as a number, and which of them each row is.
        """
        keys, place = np.unique((mix * self.dial.times + times) * 2 + full, return_inverse=True)
        return keys, place

    def _rest(self, keys: Numbers, some: Numbers) -> Floats:
        """Return what all that is left costs at least, a row for each case, by some multipliers."""
        mix, times = np.divmod(keys // 2, self.dial.times)
        left = self.mixes.left[mix]
        found = np.zeros((len(keys), len(some)))
        for which, least in enumerate(self.dial.least):
            at = np.flatnonzero(keys % 2 == which)
            found[at] = np.einsum("ur,mru->um", left[at], least[some][:, :, times[at]])
        return found

    def _needed(self, rows: _Beginnings, some: Numbers) -> Floats:
        """Return what the rows have paid and must pay at least, by some multipliers."""
        times, full = rows.last // self.dial.width, rows.used >= self.dial.most_times
        keys, place = self._keys(rows.mix, times, full)
        paid = rows.paid @ self.dial.multipliers[some].T
        return np.asarray(paid + self._rest(keys, some)[place])

    def _promising(self, rows: _Beginnings) -> _Beginnings:
        """Return the rows with the least bound of the largest excess, as many as may be."""
        self.complete = False
        multipliers = self.dial.multipliers
        excess = self._needed(rows, np.arange(len(multipliers))) - multipliers @ self.caps
        score = (excess / multipliers.sum(axis=1)).max(axis=1)
        return rows.take(np.sort(np.argsort(score, kind="stable")[: self.most]))

    def _merged(self, rows: _Beginnings) -> _Beginnings:
        """Return the rows without those that another equals for all that is to come.

        The one with fewer people's points stays, then the one with the earlier starts.
        """
        if len(rows) <= _FEW:
            return rows
        self.spend(_MERGING * len(rows))
        last = rows.last if self.mixes.left[rows.mix[0]].any() else 0 * rows.last
        keys = [last, rows.used, rows.mix, *rows.paid.T]
        return rows.take(distinct(keys, rows.people, lambda some: self._starts(rows.picks[some])))

    def _starts(self, picks: Numbers) -> Numbers:
        """Return the starts of each row, run by run, the earliest first."""
        numbers = self.dial.numbers[picks]
        return np.sort(self.dial.run_of[picks] * (self.dial.numbers.max() + 1) + numbers, axis=1)

    def _fewer(self, rows: _Beginnings) -> _Beginnings:
        """Return the rows without those that more multipliers rule out."""
        rows = rows.take(~self.hopeless(self._needed(rows, np.arange(len(self.caps)))))
        while len(rows) > _FEW:
            found = self._multipliers(rows)
            if not found:
                break
            known = len(self.dial.multipliers)
            self.dial.add(np.array(found))
            before = len(rows)
            fresh = np.arange(known, len(self.dial.multipliers))
            needed = self._needed(rows, fresh)
            rows = rows.take((needed <= self.dial.multipliers[fresh] @ self.caps).all(axis=1))
            if len(rows) > 0.8 * before:
                break
        return rows

    def _multipliers(self, rows: _Beginnings) -> list[Floats]:
        """Return multipliers that rule out some rows of a sample."""
        proofs = []
        for row in np.linspace(0, len(rows) - 1, _SAMPLE).astype(np.intp).tolist():
            full = bool(rows.used[row] >= self.dial.most_times)
            parts = self.dial.parts(self.mixes.left[rows.mix[row]], int(rows.last[row]), full=full)
            if not self.spend(0):
                break
            proofs.append(multipliers(parts, self.caps - rows.paid[row], self.spend))
        return [proof[1] for proof in proofs if proof is not None and proof[0] > 0]
