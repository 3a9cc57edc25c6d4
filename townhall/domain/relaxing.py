"""Why no set of sittings fits, and which seats would have to become optional.

Source: docs/fairness.md, rules 10 and 11.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from townhall.domain.sitting_sets import Numbers, gap, packed
from townhall.domain.slots import NothingFits, Ranking

MOST_STEPS = 20_000
"""Partial sets that are looked at before the search for what to relax ends."""


def nothing_fits(ranking: Ranking, most_steps: int = MOST_STEPS) -> NothingFits:
    """Return why no set of sittings fits, and what would help; required seats only.

    `ruled_out` counts the starts to which a seat has a hard no. `starts_without` counts the
    starts that no seat rules out for all, if that seat alone were optional and a set then fits;
    otherwise it is 0. Where the window is too short for so many sittings nothing can be relaxed.

    Args:
        ranking: Of the single starts.
        most_steps: Partial sets that are looked at; the search for `relax` ends there.
    """
    seats = ranking.request.seats
    places = [place for place, seat in enumerate(seats) if seat.required]
    search = _Search(ranking, most_steps)
    sets = search.smallest()
    alone = {chosen[0] for chosen in sets if len(chosen) == 1}
    return NothingFits(
        ruled_out={seats[place].name: int(ranking.hard[place].sum()) for place in places},
        starts_without={
            seats[place].name: len(search.starts((place,))) if place in alone else 0
            for place in places
        },
        relax=tuple(tuple(seats[place].name for place in chosen) for chosen in sets),
    )


class _Search:
    """Sets of seats to relax, the smallest first."""

    def __init__(self, ranking: Ranking, most_steps: int) -> None:
        self.ranking = ranking
        self.left = most_steps
        self.gap = gap(ranking)
        seats = ranking.request.seats
        blocking = [p for p, s in enumerate(seats) if s.required and ranking.hard[p].any()]
        self.everywhere = [place for place in blocking if seats[place].everywhere]
        self.ordinary = tuple(place for place in blocking if not seats[place].everywhere)

    def smallest(self) -> list[tuple[int, ...]]:
        """Return all smallest sets of places of seats whose becoming optional leaves a set."""
        for size in range(1, len(self.everywhere) + len(self.ordinary) + 1):
            found: set[tuple[int, ...]] = set()
            for every in range(min(size, len(self.everywhere)) + 1):
                for chosen in combinations(self.everywhere, every):
                    more = self._sets((), self.starts(chosen), self.ordinary, size - every)
                    found.update(tuple(sorted({*chosen, *others})) for others in more)
            if found or self.left <= 0:
                return sorted(found)
        return []

    def starts(self, optional: tuple[int, ...]) -> Numbers:
        """Return the starts that no seat that attends every sitting rules out."""
        rows = [place for place in self.everywhere if place not in optional]
        return np.flatnonzero(~self.ranking.hard[rows].any(axis=0))

    def _sets(
        self, chosen: tuple[int, ...], open_to: Numbers, uncovered: tuple[int, ...], budget: int
    ) -> Iterator[tuple[int, ...]]:
        """Yield each set of at most `budget` of the seats without which the starts can be filled.

        Args:
            chosen: Starts that the set has already.
            open_to: Starts that it may get.
            uncovered: Seats that cannot attend any of those chosen.
            budget: How many of these may be relaxed.
        """
        more = self.ranking.request.sittings - len(chosen)
        self.left -= 1
        if self.left <= 0 or packed(open_to, self.gap, more) is None:
            return
        if not uncovered:
            yield ()
            return
        hard = self.ranking.hard[list(uncovered)][:, open_to]
        if more == 1:
            fewest = hard[:, hard.sum(axis=0) <= budget]
            for column in np.unique(fewest, axis=1).T:
                yield tuple(uncovered[row] for row in np.flatnonzero(column).tolist())
            return
        if hard.all(axis=1).sum() > budget:
            return
        # The seat with the fewest starts either gets one of them, or is relaxed.
        row = int(hard.sum(axis=1).argmax())
        rest = tuple(place for place in uncovered if place != uncovered[row])
        if budget:
            for others in self._sets(chosen, open_to, rest, budget - 1):
                yield (uncovered[row], *others)
        for number in open_to[~hard[row]].tolist():
            left = open_to[np.abs(open_to - number) >= self.gap]
            missed = tuple(place for place in rest if self.ranking.hard[place, number])
            yield from self._sets((*chosen, number), left, missed, budget)
