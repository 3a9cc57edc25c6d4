"""Whether a series can be placed at all, whatever it costs.

One occurrence after the other takes the earliest start that is left. That decides it where the
occurrences keep an order, and also where windows only move on: if two of their sittings stood the
other way round, they could change places. Where times of day are limited, it is done for every
choice of them at once. What that does not decide is searched.

Source: docs/fairness.md, rules 9 and 11.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import comb

import numpy as np
from numpy.typing import NDArray

from townhall.domain import zones
from townhall.domain.bands import DAY
from townhall.domain.burden import QUANTUM
from townhall.domain.series import times
from townhall.domain.series.board import Board, Keeping, open_starts
from townhall.domain.series.patience import Patience
from townhall.domain.series.request import Series
from townhall.domain.series.search import Search
from townhall.domain.series.task import Marks, Numbers

_MOST_CHOICES = 200_000
"""Choices of times of day that are listed."""

_AT_ONCE = 20_000


def is_possible(series: Series, fits: Sequence[Marks], patience: Patience) -> bool | None:
    """Return whether the first occurrences can be placed together; None where it is not known.

    Args:
        series: What is asked for.
        fits: The starts that no seat which has to be there rules out; of as many occurrences as
            are to be placed.
        patience: How long to search.
    """
    placing = _Placing(series, fits, patience)
    found = placing.quickly()
    return placing.searched() if found is None else found


def is_hopeless(series: Series, fits: Sequence[Marks], patience: Patience) -> bool:
    """Return whether it is soon clear that a series cannot be placed.

    Args:
        series: What is asked for.
        fits: As `is_possible` takes them.
        patience: How long to look.
    """
    return _Placing(series, fits, patience).quickly() is False


class _Placing:
    """The starts that rules leave to some occurrences, whatever they cost."""

    def __init__(self, series: Series, fits: Sequence[Marks], patience: Patience) -> None:
        self.series = series
        self.patience = patience
        self.open_to = [fit & open_starts(series, place) for place, fit in enumerate(fits)]
        self._known: tuple[tuple[int, bytes, bytes], NDArray[np.int32]] | None = None
        self.is_empty = not all(each.any() for each in self.open_to)
        if not self.is_empty:
            self.board = Board.free(series, self.open_to)
            self.runs = self.board.runs(collapse=False)

    def quickly(self) -> bool | None:
        """Return whether there is a series; None where taking the earliest starts cannot tell."""
        order = self._order()
        if self.is_empty or order is None:
            return False if self.is_empty else None
        every = np.arange(len(self.board.times))[np.newaxis]
        most = self.series.distinct_times
        if most is None or most >= every.size:
            return self._any_lasts(order, every)
        if self._any_lasts(order, self._spread(most)):
            return True
        found = self._any_lasts(order, every)
        if found and self._is_listed(most):
            choices = times.choices(self.board, self.runs, most, every[0])
            return self._any_lasts(order, choices)
        return False if found is False else None

    def searched(self) -> bool | None:
        """Return whether there is a series as a search for any finds; None where it is too long."""
        search = Search(self.board, self.runs, self.patience, Keeping(self.board, self.runs))
        search.run()
        if search.known.best is not None:
            return True
        return False if search.impossible else None

    def _order(self) -> list[int] | None:
        """Return the order that starts can have if there is a series; None where any may do."""
        grids = self.series.grids
        places = list(range(len(self.open_to)))
        if self.series.apart_days is not None:
            return places
        places.sort(key=lambda place: (grids[place].first, grids[place].count))
        return places if all(self._move_on(*pair) for pair in pairwise(places)) else None

    def _move_on(self, before: int, after: int) -> bool:
        """Return whether a window only moves another on: where both are open they have the same."""
        grids = self.series.grids
        moved = (grids[after].first - grids[before].first) // (QUANTUM * zones.MINUTE)
        shared = grids[before].count - moved
        if shared > grids[after].count:
            return False
        was, now = self.open_to[before][moved:], self.open_to[after][: max(shared, 0)]
        return np.array_equal(was, now)

    def _is_listed(self, most: int) -> bool:
        """Return whether there are not too many choices of times of day to look at all."""
        free = max(most - len(self.board.held_times), 0)
        return comb(len(self.board.times), free) <= _MOST_CHOICES

    def _spread(self, most: int) -> Numbers:
        """Return a few choices of times of day, far apart: most series have one of them."""
        count = len(self.board.times)
        held = np.searchsorted(self.board.times, self.board.held_times)
        steps = count * np.arange(max(most - len(held), 0)) // max(most - len(held), 1)
        free = (np.arange(count)[:, np.newaxis] + steps) % count
        return np.hstack([np.tile(held, (count, 1)), free])

    def _any_lasts(self, order: Sequence[int], choices: Numbers) -> bool | None:
        """Return whether any choice of times of day leaves a start to every occurrence.

        Args:
            order: Of the occurrences by their starts.
            choices: Times of day, a line each.
        """
        for begin in range(0, len(choices), _AT_ONCE):
            lasting = self._lasting(order, choices[begin : begin + _AT_ONCE])
            if lasting is None or len(lasting):
                return None if lasting is None else True
        return False

    def _lasting(self, order: Sequence[int], choices: Numbers) -> Numbers | None:
        """Return the choices that leave a start to every occurrence; None without patience."""
        days = self.series.apart_days or 0
        step = max(days * DAY, self.series.minutes)
        then = np.zeros(len(choices), dtype=np.int64)
        for place in order:
            grid = self.series.grids[place]
            first = (grid.first - zones.EPOCH) // zones.MINUTE
            following = self._following(place)
            if not self.patience.spend(following.size + choices.size):
                return None
            numbers = np.clip((then - first) // QUANTUM, 0, grid.count)
            taken = following[choices, numbers[:, np.newaxis]].min(axis=1)
            choices, taken = choices[taken < grid.count], taken[taken < grid.count]
            then = first + QUANTUM * taken.astype(np.int64) + step
        return choices

    def _following(self, place: int) -> NDArray[np.int32]:
        """Return the first start of an occurrence from each number on; a line for each time of day.

        It is the number of all starts of the window where there is none any more.
        """
        run, count = self.runs[place], self.series.grids[place].count
        same = (count, run.numbers.tobytes(), run.times.tobytes())
        if self._known is None or self._known[0] != same:
            # Back to front, so that what is the first start from now on is the last one so far.
            found = np.full((len(self.board.times), count + 1), count, dtype=np.int32)
            found[run.times, count - run.numbers] = run.numbers
            np.minimum.accumulate(found, axis=1, out=found)
            self._known = same, found[:, ::-1]
        return self._known[1]
