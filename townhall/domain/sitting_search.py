"""The search for the best set of sittings.

It puts one sitting after another. At each it looks for the seat that must still be helped for the
set to be as good as the best one known, tries only the starts that help it, and gives a branch up
as soon as what each seat could at least pay there is no better. The last two sittings are chosen
together. First the smallest worst ledger is proven, then the rest of the order.

Source: docs/fairness.md, rules 6, 7 and 10.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from townhall.domain.series.patience import Patience
from townhall.domain.sitting_sets import AWAY, Board, Growing, Numbers, Whole, Worth, packed

_LOOK = 80_000
"""Cells whose looking at takes as long as what each look costs besides."""

_CELL = 10
"""Cells of a search that only passes over them, for each that is compared here."""

_AT_ONCE = 2_000_000
"""Cells that are compared at a time, or pairs that are tested."""

_PRODUCT = 20
"""Cells of a product of matrices for each that is looked at otherwise."""

_SEEDING = 0.3
"""The share of the patience after which good sets are no longer looked for without a proof."""

_LAST = 2
"""Sittings that are chosen together."""


class Search:
    """The best set of a board; `bound` is what the worst ledger is at least."""

    def __init__(self, board: Board, patience: Patience) -> None:
        self.board = board
        self.patience = patience
        self.best: tuple[Worth, tuple[int, ...]] | None = None
        self._chosen: tuple[int, ...] = ()
        self.limit = AWAY - 1
        self.bound = 0
        self.is_first_enough = False

    def run(self) -> bool:
        """Look for the best set; return whether all were looked at."""
        every = np.arange(len(self.board.starts))
        if packed(self.board.starts, self.board.gap, self.board.count) is None:
            return True
        self.bound = int(self.board.nobody.bound(every)[0].max(initial=0))
        if self.bound >= AWAY:
            return True
        self._seed()
        return self._prove() and self._all()

    @property
    def worst(self) -> int:
        """The largest ledger of the best set known."""
        return AWAY - 1 if self.best is None else max(self.best[0][0], default=0)

    def _prove(self) -> bool:
        """Find the smallest worst ledger; return whether there was patience to."""
        self.is_first_enough = True
        while self.bound < self.worst:
            known = self.best
            self.limit = self.worst if known is None else (self.bound + self.worst) // 2
            complete = self._all()
            if self.best is known:
                if not complete or known is None:
                    return complete
                self.bound = self.limit + 1
        self.limit = self.worst
        self.is_first_enough = False
        return True

    def _seed(self) -> None:
        """Find a good set: one start after the other, then by exchanging two at a time."""
        board, node = self.board, self.board.nobody
        free = np.arange(len(board.starts))
        for _ in range(board.count):
            is_left = self._spend(len(free))
            # Of two, one that patience has no room for is not looked for by the search either.
            if not len(free) or (board.count == _LAST and not is_left):
                return
            place = int(free[_best(board, *node.worths(free), free)[0]])
            node = node.with_start(place)
            free = node.free(free)
        totals, people = node.worths()
        if totals.max(initial=0) >= AWAY:
            return
        self._take(node, totals[:, 0], int(people[0]))
        if board.count == _LAST:
            self._turn(node)
            return
        known = None
        while known is not self.best:
            known = self.best
            for pair in combinations(range(board.count), _LAST):
                if self.patience.share > _SEEDING:
                    return
                self._exchange(pair)

    def _turn(self, node: Growing) -> None:
        """Find a better set of two: the best partner of one, then of that, while it helps."""
        known = None
        while known is not self.best and self.patience.share < _SEEDING:
            known = self.best
            node = self.board.nobody.with_start(node.chosen[-1])
            free = node.free(np.arange(len(self.board.starts)))
            self._spend(len(free))
            place = int(free[_best(self.board, *node.worths(free), free)[0]])
            node = node.with_start(place)
            totals, people = node.worths()
            self._take(node, totals[:, 0], int(people[0]))

    def _exchange(self, pair: tuple[int, ...]) -> None:
        """Look at the sets that differ from the best one in two of its starts."""
        node, free = self.board.nobody, np.arange(len(self.board.starts))
        for nth, place in enumerate(self._chosen):
            if nth not in pair:
                node = node.with_start(place)
                free = node.free(free)
        self._grow(node, free, np.ones(len(self.board.starts), dtype=np.bool_))

    def _all(self) -> bool:
        """Look at every set, from the one without a sitting on."""
        every = np.arange(len(self.board.starts))
        return self._grow(self.board.nobody, every, np.ones(len(every), dtype=np.bool_))

    def _spend(self, starts: int) -> bool:
        """Count a look at so many starts; return whether there is patience for more."""
        return self.patience.spend(_LOOK + _CELL * starts * self._lines)

    @property
    def _lines(self) -> int:
        """How many numbers a start has."""
        return len(self.board.alike) + len(self.board.spare) + 1

    def _grow(self, node: Growing, free: Numbers, left: NDArray[np.bool_]) -> bool:
        """Look at the sets that grow from one; return whether there was patience for all.

        Args:
            node: The set.
            free: Places of the starts that lie far enough from its own.
            left: For every place, whether sets with that start have not been looked at yet.
        """
        more = self.board.count - len(node.chosen)
        left = left.copy()
        while True:
            open_to = self.board.first_of_kind(free, more)
            open_to = open_to[left[open_to]]
            if not self._spend(len(open_to)):
                return False
            tried = self._tried(node, open_to, more)
            if tried is None:
                return True
            caps, open_to, order = tried
            if more == _LAST:
                return self._finish(node, open_to, caps)
            known = self.best
            for place in order.tolist():
                # A set with an earlier one of these starts has been looked at by now.
                left[place] = False
                grown = node.with_start(place)
                if not self._grow(grown, grown.free(free), left):
                    return False
                if self.best is not known:
                    break
            else:
                return True
            if self.is_first_enough:
                return True

    def _tried(
        self, node: Growing, open_to: Numbers, more: int
    ) -> tuple[Whole, Numbers, Numbers] | None:
        """Return what the lines may pay, the starts for that, and some of which each set has one.

        None is returned where no set can be the best.
        """
        board = self.board
        first = packed(board.starts[open_to], board.gap, more)
        if first is None:
            return None
        totals, people = node.bound(open_to)
        bound = board.worth(totals, people)
        earliest = tuple(sorted((*node.numbers(), *first)))
        if self._is_compared and self.best is not None and (bound, earliest) >= self.best:
            return None
        caps = self._caps(totals)
        every = board.summed[:, open_to]
        slack = caps[len(board.least) :] - node.summed - (more - 1) * every.min(axis=1)
        open_to = open_to[(every <= slack[:, np.newaxis]).all(axis=0)]
        caps_of_least = caps[: len(board.least)]
        needy = np.flatnonzero(node.least > caps_of_least)
        helps = board.least[np.ix_(needy, open_to)] <= caps_of_least[needy, np.newaxis]
        if _fewest(helps) > more or not len(open_to):
            return None
        chosen = open_to
        if len(needy):
            chosen = open_to[helps[helps.sum(axis=1).argmin()]]
        earlier = self._earlier(node, open_to, bound)
        chosen = min(chosen, earlier, key=len)
        if more == _LAST:
            return caps, open_to, chosen
        return caps, open_to, chosen[_order(board, *node.worths(chosen))]

    @property
    def _is_compared(self) -> bool:
        """Whether sets have to be better than the best one known, not only within the limit."""
        return not self.is_first_enough

    def _caps(self, totals: Whole) -> Whole:
        """Return what each line may pay if the set is to be as good as the best one.

        Args:
            totals: What each pays at least.
        """
        if self.best is None or not self._is_compared:
            return np.full(len(totals), self.limit)
        known = np.array(self.best[0][0], dtype=np.int64)
        least = np.sort(np.repeat(totals, self.board.alike))[::-1]
        differ = np.flatnonzero(known != least)
        if not len(differ):
            return totals
        level = int(known[differ[0]])
        # So many seats may still pay that much; of a line all do.
        seats = int((known[differ[0] :] == level).sum())
        return np.maximum(totals, np.where(self.board.alike <= seats, level, level - 1))

    def _earlier(self, node: Growing, open_to: Numbers, bound: Worth) -> Numbers:
        """Return the starts of which a set has one, if it can only win by being earlier."""
        if self.best is None or not self._is_compared or bound < self.best[0]:
            return open_to
        pairs = zip((*node.numbers(), AWAY), self.best[1], strict=False)
        start, known = next(pair for pair in pairs if pair[0] != pair[1])
        return open_to if start < known else open_to[self.board.starts[open_to] <= known]

    def _finish(self, node: Growing, open_to: Numbers, caps: Whole) -> bool:
        """Look at the full sets that two more starts make; return whether at all."""
        board = self.board
        few = caps[: len(board.least)]
        needy = np.flatnonzero(node.least > few)
        lacks = board.least[np.ix_(needy, open_to)] > few[needy, np.newaxis]
        rows = np.arange(len(open_to))
        if len(needy):
            rows = np.flatnonzero(~lacks[lacks.sum(axis=1).argmax()])
        starts, lacking = board.starts[open_to], lacks.astype(np.float32)
        every = board.summed[:, open_to]
        slack = caps[len(board.least) :] - node.summed
        step = max(1, _AT_ONCE // len(open_to))
        for begin in range(0, len(rows), step):
            part = rows[begin : begin + step]
            if not self.patience.spend(_LOOK + len(part) * len(open_to) * self._passes):
                return False
            fits = np.abs(starts[part, np.newaxis] - starts) >= board.gap
            fits &= lacking[:, part].T @ lacking == 0
            for sums, most in zip(every, slack.tolist(), strict=True):
                fits &= sums[part, np.newaxis] + sums <= most
            first, second = np.nonzero(fits)
            if not self._compare(node, open_to[part[first]], open_to[second]):
                return False
            if self.is_first_enough and len(first):
                break
        return True

    @property
    def _passes(self) -> int:
        """Cells for each pair that is only tested: products of matrices are quick."""
        return len(self.board.least) // _PRODUCT + 2 * len(self.board.summed) + 4

    def _compare(self, node: Growing, first: Numbers, second: Numbers) -> bool:
        """Take the best of the sets that pairs of starts make, if it is better than all before.

        Returns:
            Whether there was patience for all of them.
        """
        step = max(1, _AT_ONCE // self._lines)
        for begin in range(0, len(first), step):
            pairs = np.sort([first[begin : begin + step], second[begin : begin + step]], axis=0)
            if not self.patience.spend(_CELL * self._lines * pairs.shape[1]):
                return False
            totals, people = node.worths(*pairs)
            best = _best(self.board, totals, people, *pairs)[0]
            grown = node.with_start(int(pairs[0, best])).with_start(int(pairs[1, best]))
            self._take(grown, totals[:, best], int(people[best]))
            if self.is_first_enough:
                break
        return True

    def _take(self, node: Growing, totals: Whole, people: int) -> None:
        """Keep a full set if it is better than all before."""
        found = self.board.worth(totals, people), node.numbers()
        if self.best is None or found < self.best:
            self.best, self._chosen = found, node.chosen


def _fewest(helps: NDArray[np.bool_]) -> int:
    """Return how many starts at least it takes to help every line, by lines that share none."""
    count = 0
    while len(helps):
        row = helps[helps.sum(axis=1).argmin()]
        count += 1 if row.any() else len(helps) * len(row) + 2**30
        helps = helps[~helps[:, row].any(axis=1)] if row.any() else helps[:0]
    return count


def _best(board: Board, totals: Whole, people: Whole, *places: Numbers) -> Numbers:
    """Return the best of some sets by rules 6 and 7, the earliest of equals, as one place.

    Args:
        board: Of the sets.
        totals: What required lines have paid, a column for each set.
        people: The sum of rule 7.
        places: Of the starts in which the sets differ, ascending.
    """
    alive = np.arange(totals.shape[1])
    ceiling = np.iinfo(np.int64).max
    while len(alive) > 1:
        below = np.where(totals[:, alive] < ceiling, totals[:, alive], -1)
        tops = below.max(axis=0, initial=-1)
        ceiling = int(tops.min())
        if ceiling < 0:
            break
        alive, below = alive[tops == ceiling], below[:, tops == ceiling]
        seats = board.alike @ (below == ceiling)
        alive = alive[seats == seats.min()]
    for key in (people, *places):
        alive = alive[key[alive] == key[alive].min()]
    return alive


def _order(board: Board, totals: Whole, people: Whole) -> NDArray[np.intp]:
    """Return the order of columns by rules 6 and 7; what is equal stays in its order."""
    keys = np.sort(np.repeat(totals, board.alike, axis=0), axis=0)
    # Numbers of any size as their ranks, since `lexsort` does not know Python's own.
    ranks = np.unique(people, return_inverse=True)[1]
    return np.lexsort([ranks, *keys])
