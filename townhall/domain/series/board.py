"""A series as numbers: what each kind of seat pays for each start, occurrence by occurrence.

Source: docs/fairness.md, rules 4 to 7 and 9.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townhall.domain import zones
from townhall.domain.bands import DAY
from townhall.domain.burden import QUANTUM, Grid
from townhall.domain.series.request import Series, wall_minute
from townhall.domain.series.simplex import Floats
from townhall.domain.series.task import Numbers, Rows, Run
from townhall.domain.slots import Ranking
from townhall.errors import InputError
from townhall.i18n import N_

_EXACT = 1 << 52
"""Whole numbers below are exact as floats, sums included."""

_THURSDAY = 3
"""The weekday of 1 January 1970."""


@dataclass(frozen=True, slots=True, eq=False)
class Occurrence:
    """The starts of one occurrence that fit.

    Args:
        numbers: Of the starts in the window, ascending.
        minutes: When they are, in minutes since 1970 UTC.
        times: Their times of day on the series' clock, in minutes after midnight.
        paid: What the kinds of seats pay; shape (kinds, starts).
        people: The people's points.
    """

    numbers: Numbers
    minutes: Numbers
    times: Numbers
    paid: Floats
    people: NDArray[Any]

    def is_like(self, other: "Occurrence") -> bool:
        """Return whether another occurrence offers the same at the same times of its window."""
        return all(
            np.array_equal(mine, its)
            for mine, its in (
                (self.numbers, other.numbers),
                (self.times, other.times),
                (self.people, other.people),
                (self.paid, other.paid),
            )
        )


def open_starts(series: Series, place: int) -> NDArray[np.bool_]:
    """Return the starts of an occurrence that weekdays and the fixed sittings leave."""
    grid = series.grids[place]
    weekdays = (_wall(series, grid) // DAY + _THURSDAY) % 7
    ok: NDArray[np.bool_] = np.isin(weekdays, sorted(series.weekdays))
    minutes = _minutes(grid)
    days = None if series.apart_days is None else series.apart_days * DAY
    for sitting in series.fixed:
        after = minutes - (sitting.start - zones.EPOCH) // zones.MINUTE
        ok &= (after >= sitting.minutes) | (-after >= grid.minutes)
        if days is not None:
            ok &= after >= days if sitting.place <= place else -after >= days
    return ok


def _minutes(grid: Grid) -> Numbers:
    """Return the starts in minutes since 1970 UTC."""
    begin = (grid.first - zones.EPOCH) // zones.MINUTE
    return begin + QUANTUM * np.arange(grid.count)


def _wall(series: Series, grid: Grid) -> Numbers:
    """Return the starts in minutes since 1970 on the series' clock."""
    minutes = _minutes(grid)
    when, offsets = zones.offsets(series.clock)
    return minutes + offsets[np.searchsorted(when, minutes, side="right") - 1]


class Board:
    """What a series is searched on.

    Args:
        series: What is asked for.
        rankings: Of each occurrence alone.

    Seats that pay the same for every start and owe the same are one kind. `ledgers` are relative
    to `base`, the largest; one so far below that it can never be the worst-off is lifted until it
    just cannot.
    """

    def __init__(self, series: Series, rankings: Sequence[Ranking]) -> None:
        self.series = series
        required = [place for place, seat in enumerate(series.seats) if seat.required]
        fits = [
            np.flatnonzero(ranking.fits & open_starts(series, place))
            for place, ranking in enumerate(rankings)
        ]
        paid = [
            ranking.burdens[:, fit][required].astype(np.int64)
            for ranking, fit in zip(rankings, fits, strict=True)
        ]
        people = [ranking.people[fit] for ranking, fit in zip(rankings, fits, strict=True)]
        if not required:
            # With nobody to spare, the people's points are what is left to be fair about.
            paid = [points[np.newaxis] for points in people]
        ledgers = np.array([series.seats[place].ledger for place in required], dtype=np.int64)
        self.owed = ledgers if required else np.zeros(1, dtype=np.int64)
        self.spared = not required
        everything = np.column_stack([self.owed, *paid])
        kinds, kind_of = np.unique(everything, axis=0, return_inverse=True)
        self.kind_of = kind_of.ravel()
        firsts = np.array([int(np.argmax(self.kind_of == kind)) for kind in range(len(kinds))])
        most = sum(int(each.max(initial=0)) for each in paid)
        if most >= _EXACT:
            message = N_("The people's points of %(value)s occurrences are too large to compare.")
            raise InputError(message, field="occurrences", value=len(rankings))
        self.most = most
        self.base = int(self.owed.max())
        self.ledgers = np.maximum(self.owed[firsts] - self.base, -most - 1).astype(np.float64)
        total = sum(int(points.max(initial=0)) for points in people)
        kind: type[Any] = np.int64 if total < 1 << 62 else object
        self.occurrences = [
            Occurrence(
                numbers=fit,
                minutes=_minutes(ranking.request.grid)[fit],
                times=_wall(series, ranking.request.grid)[fit] % DAY,
                paid=each[firsts].astype(np.float64),
                people=points.astype(kind),
            )
            for ranking, fit, each, points in zip(rankings, fits, paid, people, strict=True)
        ]

    @classmethod
    def free(cls, series: Series, open_to: Sequence[NDArray[np.bool_]]) -> "Board":
        """Return a board on which no start costs anything.

        Args:
            series: What is asked for.
            open_to: Which starts there are, of the first occurrences.
        """
        board = cls.__new__(cls)
        board.series = series
        board.spared = False
        board.base = board.most = 0
        board.owed, board.kind_of = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.intp)
        board.ledgers = np.zeros(1)
        board.occurrences = []
        for grid, marks in zip(series.grids, open_to, strict=False):
            fit = np.flatnonzero(marks)
            board.occurrences.append(
                Occurrence(
                    numbers=fit,
                    minutes=_minutes(grid)[fit],
                    times=_wall(series, grid)[fit] % DAY,
                    paid=np.zeros((1, len(fit))),
                    people=np.zeros(len(fit), dtype=np.int64),
                )
            )
        return board

    @property
    def feasible(self) -> int:
        """How many starts fit, of all occurrences together."""
        return sum(len(occurrence.numbers) for occurrence in self.occurrences)

    def minutes(self, numbers: Sequence[int]) -> list[int]:
        """Return when starts are, one of each occurrence, in minutes since 1970 UTC."""
        pairs = zip(self.series.grids, numbers, strict=True)
        return [int(_minutes(grid)[number]) for grid, number in pairs]

    @cached_property
    def times(self) -> Numbers:
        """The times of day that any start has, ascending."""
        found = [occurrence.times for occurrence in self.occurrences]
        return np.unique(np.concatenate([*found, np.array(self.held_times, dtype=np.intp)]))

    @cached_property
    def held_times(self) -> list[int]:
        """The times of day of the sittings that were held, ascending."""
        series = self.series
        return sorted({wall_minute(start, series.clock) % DAY for start in series.held})

    def worst_first(self, paid: Floats) -> NDArray[np.int64]:
        """Return the ledgers of the required seats from the largest, a row for each row."""
        totals = paid.astype(np.int64)[:, self.kind_of] + self.owed
        return -np.sort(-totals, axis=1)

    def runs(self, *, collapse: bool) -> list[Run]:
        """Return the occurrences, those in a row that are alike together.

        Args:
            collapse: Whether starts that cannot be in the best series are left out, and
                occurrences joined; right only where starts never stand in each other's way.
        """
        found: list[Run] = []
        before: Occurrence | None = None
        for place, occurrence in enumerate(self.occurrences):
            if collapse and before is not None and before.is_like(occurrence):
                found[-1] = replace(found[-1], count=found[-1].count + 1)
            else:
                found.append(self._run(place, occurrence, collapse=collapse))
            before = occurrence
        return found

    def _run(self, place: int, occurrence: Occurrence, *, collapse: bool) -> Run:
        """Return a run of one occurrence."""
        order = np.lexsort([occurrence.numbers, occurrence.times])
        if collapse:
            free = self.series.distinct_times is None
            times = 0 * occurrence.times if free else occurrence.times
            order = order[np.isin(order, _useful(occurrence, times))]
        return Run(
            first=place,
            count=1,
            paid=np.ascontiguousarray(occurrence.paid[:, order]),
            people=occurrence.people[order],
            times=np.searchsorted(self.times, occurrence.times[order]),
            numbers=occurrence.numbers[order],
        )


def _useful(occurrence: Occurrence, times: Numbers) -> Numbers:
    """Return the starts that no other of the same time beats or equals.

    One beats another where no seat pays more and some seat pays less: then the ledgers are better
    by rule 6, whatever else the series holds. Of equals, fewer people's points stay, then the
    earlier start.
    """
    kept = []
    ranks = np.unique(occurrence.people, return_inverse=True)[1]
    for time in np.unique(times):
        at = np.flatnonzero(times == time)
        # By the sum, a start can only be beaten by one before it.
        sums = occurrence.paid[:, at].sum(axis=0)
        ordered = at[np.lexsort([occurrence.numbers[at], ranks[at], sums])]
        paid = occurrence.paid[:, ordered]
        best: list[int] = []
        for place in range(len(ordered)):
            if not (paid[:, best] <= paid[:, [place]]).all(axis=0).any():
                best.append(place)
        kept.extend(ordered[best].tolist())
    return np.array(kept, dtype=np.intp)


class Keeping:
    """Which starts of a series stand in each other's way.

    Args:
        board: Of the series.
        runs: Its occurrences, each a run of its own.
    """

    def __init__(self, board: Board, runs: Sequence[Run]) -> None:
        self.length = board.series.minutes
        days = board.series.apart_days
        self.days = None if days is None else days * DAY
        grids = board.series.grids
        self.minutes = [_minutes(grids[run.first])[run.numbers] for run in runs]
        self.ends = [(int(each.min()), int(each.max())) for each in self.minutes]
        self.last = [latest for _, latest in self.ends]
        if self.days is not None:
            for place in range(len(self.last) - 2, -1, -1):
                # Later ones would leave no room for the next.
                early = self.minutes[place] <= self.last[place + 1] - self.days
                self.last[place] = int(self.minutes[place][early].max(initial=-1))

    @property
    def matters(self) -> bool:
        """Whether any start can stand in the way of another."""
        return any(self._met(place) for place in range(len(self.minutes)))

    def holds(self, minutes: Sequence[int]) -> bool:
        """Return whether starts, in minutes since 1970, keep apart."""
        ordered = sorted(minutes)
        clear = all(after - before >= self.length for before, after in pairwise(ordered))
        spread = self.days is None or all(
            after - before >= self.days for before, after in pairwise(minutes)
        )
        return clear and spread

    def allowed(self, rows: Rows, place: int, columns: Numbers) -> NDArray[np.bool_]:
        """Return whether each row may go on with each of the columns in its line."""
        then = self.minutes[place][columns]
        ok = np.ones(columns.shape, dtype=np.bool_)
        for earlier in self._met(place):
            was = self.minutes[earlier][rows.picks[:, earlier]][:, np.newaxis]
            ok &= np.abs(then - was) >= self.length
            if self.days is not None and earlier == place - 1:
                ok &= then - was >= self.days
        return ok

    def beside(self, picks: Numbers, place: int, columns: Numbers) -> NDArray[np.bool_]:
        """Return which columns an occurrence may take beside the others' picks, -1 for none."""
        then = self.minutes[place][columns]
        ok = then <= self.last[place]
        for other in np.flatnonzero(picks >= 0).tolist():
            after = then - self.minutes[other][picks[other]]
            if other != place:
                ok &= np.abs(after) >= self.length
            if self.days is not None and abs(place - other) == 1:
                ok &= (place - other) * after >= self.days
        return ok

    def binding(self, place: int) -> list[int]:
        """Return the occurrences up to this place that later ones must keep apart from."""
        later = range(place + 1, len(self.minutes))
        return sorted({each for one in later for each in self._met(one) if each <= place})

    def _met(self, place: int) -> list[int]:
        """Return the occurrences before a place that can stand in its way."""
        low, high = self.ends[place]
        return [
            earlier
            for earlier in range(place)
            if (self.days is not None and earlier == place - 1)
            or (
                self.ends[earlier][0] - self.length < high
                and low < self.ends[earlier][1] + self.length
            )
        ]
