"""Why no set of sittings fits, and which seats would have to become optional.

Source: docs/fairness.md, rules 10 and 11.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from townhall.domain.series.patience import Patience
from townhall.domain.sitting_sets import Numbers, gap, packed
from townhall.domain.slots import NothingFits, Ranking

LIMIT_S = 0.8
"""How long it is looked for what to relax."""

_LOOK = 20_000
"""Cells whose looking at takes as long as what each look costs besides."""

_CELL = 3
"""Cells of a search that only passes over them, for each that is looked at here."""


def nothing_fits(
    ranking: Ranking, limit_s: float = LIMIT_S, stopwatch: Callable[[], float] | None = None
) -> NothingFits:
    """Return why no set of sittings fits, and what would help; required seats only.

    `ruled_out` counts the starts to which a seat has a hard no. `starts_without` counts the
    starts that no seat rules out for all, if that seat alone were optional and a set then fits;
    otherwise it is 0. Where the window is too short for so many sittings nothing can be relaxed.

    Args:
        ranking: Of the single starts.
        limit_s: Seconds after which the search for `relax` ends.
        stopwatch: Seconds on a clock that only goes forward; without one only work counts.
    """
    seats = ranking.request.seats
    places = [place for place, seat in enumerate(seats) if seat.required]
    search = _Search(ranking, Patience(limit_s, stopwatch))
    sets = search.smallest()
    alone = {chosen[0] for chosen in sets if len(chosen) == 1}
    return NothingFits(
        ruled_out={seats[place].name: int(ranking.hard[place].sum()) for place in places},
        starts_without={
            seats[place].name: len(search.without(place)) if place in alone else 0
            for place in places
        },
        relax=tuple(tuple(seats[place].name for place in chosen) for chosen in sets),
        complete=search.complete,
    )


class _Search:
    """Sets of seats to relax, the smallest first.

    Seats that rule the same starts out help nobody one without the other, so they are one line of
    `every`, where they attend every sitting, or of `some`; `seats` holds the places of each.
    `complete` turns false once the patience is over.
    """

    def __init__(self, ranking: Ranking, patience: Patience) -> None:
        self.ranking = ranking
        self.patience = patience
        self.complete = True
        self.gap = gap(ranking)
        self.count = ranking.request.sittings
        seats = ranking.request.seats
        lines: dict[tuple[bool, bytes], list[int]] = {}
        for place, (seat, hard) in enumerate(zip(seats, ranking.hard, strict=True)):
            if seat.required and hard.any():
                key = seat.everywhere, np.packbits(hard).tobytes()
                lines.setdefault(key, []).append(place)
        self.seats = list(lines.values())
        self.sizes = np.array([len(places) for places in self.seats], dtype=np.intp)
        self.hard = ranking.hard[[places[0] for places in self.seats]]
        attending = np.array([everywhere for everywhere, _ in lines], dtype=np.bool_)
        self.every = np.flatnonzero(attending).tolist()
        self.some = np.flatnonzero(~attending)

    def smallest(self) -> list[tuple[int, ...]]:
        """Return all smallest sets of places of seats whose becoming optional leaves a set."""
        starts = np.arange(self.ranking.hard.shape[1])
        if packed(starts, self.gap, self.count) is None:
            return []
        # Without all of them there is a set, so this comes to an end.
        found: set[tuple[int, ...]] = set()
        size = 0
        while self.complete and not found:
            size += 1
            for chosen in self._attending(0, size):
                open_to = self._open(chosen)
                budget = size - int(self.sizes[list(chosen)].sum())
                for others in self._sets((), open_to, self.some, budget):
                    lines = [self.seats[line] for line in (*chosen, *others)]
                    found.add(tuple(sorted(chain.from_iterable(lines))))
        return sorted(found)

    def without(self, place: int) -> Numbers:
        """Return the starts that are left to all that attend every sitting but one seat."""
        return self._open([line for line in self.every if self.seats[line] == [place]])

    def _open(self, optional: Sequence[int]) -> Numbers:
        """Return the starts that no seat that attends every sitting rules out."""
        rows = [line for line in self.every if line not in optional]
        return np.flatnonzero(~self.hard[rows].any(axis=0))

    def _attending(self, first: int, budget: int) -> Iterator[tuple[int, ...]]:
        """Yield each set of at most `budget` seats that attend every sitting, by their lines."""
        yield ()
        for nth in range(first, len(self.every)):
            line = self.every[nth]
            if self.sizes[line] > budget:
                continue
            if not self._is_patient(self.hard[0].size):
                return
            for others in self._attending(nth + 1, budget - int(self.sizes[line])):
                yield (line, *others)

    def _is_patient(self, cells: int) -> bool:
        """Return whether there is patience for one more look at so many cells."""
        self.complete = self.patience.spend(_LOOK + _CELL * cells) and self.complete
        return self.complete

    def _sets(
        self, chosen: tuple[int, ...], open_to: Numbers, uncovered: Numbers, budget: int
    ) -> Iterator[tuple[int, ...]]:
        """Yield each set of lines, of at most `budget` seats, without which starts can be filled.

        Args:
            chosen: Starts that the set has already.
            open_to: Starts that it may get.
            uncovered: Lines of seats that cannot attend any of those chosen.
            budget: How many seats may be relaxed.
        """
        more = self.count - len(chosen)
        is_patient = self._is_patient(len(uncovered) * len(open_to))
        if not is_patient or packed(open_to, self.gap, more) is None:
            return
        if not len(uncovered):
            yield ()
            return
        hard, sizes = self.hard[np.ix_(uncovered, open_to)], self.sizes[uncovered]
        against = sizes @ hard
        if more == 1:
            fewest = hard[:, against <= budget]
            for column in np.unique(fewest, axis=1).T:
                yield tuple(uncovered[column].tolist())
        elif not self._is_too_dear(hard, against, sizes, budget, more):
            yield from self._branched(chosen, open_to, uncovered, budget)

    def _branched(
        self, chosen: tuple[int, ...], open_to: Numbers, uncovered: Numbers, budget: int
    ) -> Iterator[tuple[int, ...]]:
        """Yield the same, one line further: it gets a start, or its seats are relaxed."""
        hard = self.hard[np.ix_(uncovered, open_to)]
        row = int(hard.sum(axis=1).argmax())  # what has the fewest starts branches least
        line, rest = int(uncovered[row]), np.delete(uncovered, row)
        size = int(self.sizes[line])
        if size <= budget:
            for others in self._sets(chosen, open_to, rest, budget - size):
                yield (line, *others)
        for number in open_to[~hard[row]].tolist():
            if not self.complete:
                return
            left = open_to[np.abs(open_to - number) >= self.gap]
            missed = rest[self.hard[rest, number]]
            yield from self._sets((*chosen, number), left, missed, budget)

    @staticmethod
    def _is_too_dear(
        hard: NDArray[np.bool_], against: Numbers, sizes: Numbers, budget: int, more: int
    ) -> bool:
        """Return whether more seats have to be relaxed, whichever starts are taken.

        Args:
            hard: Of the lines that still need a start, for the starts that are left.
            against: How many of their seats each start leaves out.
            sizes: How many seats each line has.
            budget: How many seats may be relaxed.
            more: How many starts are taken.
        """
        everyone = int(sizes.sum())
        helped = int(np.sort(everyone - against)[-more:].sum())
        return max(int(sizes[hard.all(axis=1)].sum()), everyone - helped) > budget
