"""Which seats would have to become optional where the sittings of a series do not fit together.

Each occurrence has starts by itself, but a seat that is free at one hour of one day and at another
of the next leaves no series where times of day are limited, or sittings have to lie apart.

Source: docs/fairness.md, rules 9 and 11.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain

import numpy as np

from townhall.domain.series.board import open_starts
from townhall.domain.series.patience import Patience
from townhall.domain.series.placing import is_possible
from townhall.domain.series.request import Series
from townhall.domain.series.task import Marks
from townhall.domain.slots import NothingFits, Ranking

LIMIT_S = 1.0
"""How long it is looked for whom to excuse, unless the series has less time."""

_EACH = 0.25
"""The share of it that one question may take."""

_LOOK = 400_000
"""Cells whose looking at takes as long as what each question costs besides."""


def excused(
    reason: NothingFits,
    series: Series,
    rankings: Sequence[Ranking],
    number: int,
    stopwatch: Callable[[], float] | None = None,
) -> NothingFits:
    """Return why an occurrence has no start together with those before it, with whom to excuse.

    `relax` holds all smallest sets of seats without which there is a series; `starts_without`
    counts the starts that the occurrence has then, where the seat alone is enough.

    Args:
        reason: Why, as far as it is known without.
        series: What is asked for.
        rankings: Of its occurrences.
        number: Of the occurrence.
        stopwatch: Seconds on a clock that only goes forward; without one only work counts.
    """
    search = _Excusing(series, rankings, stopwatch)
    sets = search.smallest()
    is_open = open_starts(series, number)
    alone = {
        series.seats[places[0]].name: int((search.fits(places)[number] & is_open).sum())
        for places in sets
        if len(places) == 1
    }
    return NothingFits(
        ruled_out=reason.ruled_out,
        starts_without={name: alone.get(name, 0) for name in reason.starts_without},
        relax=tuple(tuple(series.seats[place].name for place in places) for places in sets),
        complete=search.complete,
    )


class _Excusing:
    """Sets of seats that are excused from a series, the smallest first.

    Seats that rule the same starts out help nobody one without the other, so they are one line.
    `complete` turns false once the time is over.
    """

    def __init__(
        self,
        series: Series,
        rankings: Sequence[Ranking],
        stopwatch: Callable[[], float] | None,
    ) -> None:
        self.series = series
        self.rankings = rankings
        self.stopwatch = stopwatch
        self.limit_s = self.left_s = min(LIMIT_S, series.time_limit_s)
        self.complete = True
        self.required = [place for place, seat in enumerate(series.seats) if seat.required]
        lines: dict[bytes, list[int]] = {}
        for place in self.required:
            hard = np.concatenate([ranking.hard[place] for ranking in rankings])
            if hard.any():
                lines.setdefault(np.packbits(hard).tobytes(), []).append(place)
        self.lines = list(lines.values())

    def smallest(self) -> list[tuple[int, ...]]:
        """Return all smallest sets of places of seats without which there is a series."""
        every = tuple(sorted(chain.from_iterable(self.lines)))
        if not self._is_enough(every):
            return []
        for size in range(1, len(every)):
            found = []
            for chosen in self._sets(0, size):
                places = tuple(sorted(chain.from_iterable(self.lines[line] for line in chosen)))
                if self._is_enough(places):
                    found.append(places)
                if not self.complete:
                    return sorted(found)
            if found:
                return sorted(found)
        return [every]

    def fits(self, excused_places: Collection[int]) -> list[Marks]:
        """Return the starts of each occurrence that the seats which still have to come leave."""
        rows = [place for place in self.required if place not in excused_places]
        return [np.logical_not(ranking.hard[rows].any(axis=0)) for ranking in self.rankings]

    def _sets(self, first: int, size: int) -> Iterator[tuple[int, ...]]:
        """Yield each set of lines, from one on, that has so many seats together."""
        if not size:
            yield ()
        for line in range(first, len(self.lines)):
            if len(self.lines[line]) <= size:
                for others in self._sets(line + 1, size - len(self.lines[line])):
                    yield (line, *others)

    def _is_enough(self, places: Collection[int]) -> bool:
        """Return whether there is a series without these seats, as far as the time allows."""
        if self.left_s <= 0:
            self.complete = False
            return False
        patience = Patience(
            min(self.left_s, _EACH * self.limit_s),
            self.stopwatch,
            lambda progress: progress.worst is None,
        )
        patience.spend(_LOOK)
        found = is_possible(self.series, self.fits(places), patience)
        self.left_s -= patience.share * patience.limit_s
        self.complete &= found is not None
        return found is True
