"""Better series from a series, by exchanging starts even where that costs something at first.

What a series has too much, seat by seat, is squared and summed, and brought down by the best
exchange of one start for another; a start that was given up stays away for a while, so that the
search walks out of every dead end.

Source: docs/fairness.md, rule 9; F. Glover, Tabu Search, Part I (1989).
"""

from collections.abc import Callable, Sequence

import numpy as np

from townhall.domain.series.known import Found, Known
from townhall.domain.series.simplex import Floats
from townhall.domain.series.task import Limit, Numbers, Rows, Run

_AWAY = 6
"""Exchanges for which a start that was given up stays away, at least."""

_STALE = 60
"""Exchanges without a better sum after which something else is tried."""

_CALL = 12_000
"""Cells whose looking at takes as long as an exchange, whatever seats and starts."""

_AT_ONCE = 100_000
"""What seats pay for starts that is weighed in one piece: what the processor keeps at hand."""

_SHAKEN = 3
"""Starts that are changed by chance at a time."""


class Exchange:
    """A walk from series to series.

    Args:
        runs: Occurrences of the series.
        limit: Of the times of day, if any.
        known: Told of every better series.
        spend: Told how many cells are looked at; says whether there is patience for more.
    """

    def __init__(
        self, runs: Sequence[Run], limit: Limit | None, known: Known, spend: Callable[[int], bool]
    ) -> None:
        self.runs = runs
        self.limit = limit
        self.known = known
        self.spend = spend
        # Sittings are numbered; each has the columns of its run, all of them in one line.
        self.places = [place for place, run in enumerate(runs) for _ in range(run.count)]
        sizes = [len(runs[place].times) for place in self.places]
        self.firsts: Numbers = np.cumsum(sizes, dtype=np.intp) - np.array(sizes, dtype=np.intp)
        self.sitting = np.repeat(np.arange(len(sizes)), sizes)
        costs = np.concatenate([runs[place].paid.T for place in self.places])
        self.costs = np.ascontiguousarray(costs)
        self.times = np.concatenate([runs[place].times for place in self.places])
        self.count = 1 + int(max(self.times.max(), limit.held.max(initial=0) if limit else 0))
        self.chance = np.random.default_rng(0)
        self.picks = self.firsts
        self.paid: Floats = np.zeros(len(known.board.ledgers))
        self.away = np.zeros(len(self.times), dtype=np.intp)
        self.best: Found | None = None
        self.cells = self.turn = self.stale = 0
        self.least = np.inf

    def walk(self, allowance: float, most_idle: float = np.inf) -> None:
        """Go on from the best series known while that can be of use.

        Args:
            allowance: Cells that may be looked at.
            most_idle: Exchanges without a better series after which it ends.
        """
        end, since = self.cells + allowance, self.turn
        while self.known.worst > self.known.bound and self.cells < end:
            if self.turn > since + most_idle:
                return
            if self.best is not self.known.best:
                since = self.turn
                self._start()
            open_to = self._open()
            cells = _CALL + len(open_to) * len(self.paid) * 2 // 3
            self.cells += cells
            if not self.spend(cells):
                return
            self._go(open_to)

    def _go(self, open_to: Numbers) -> None:
        """Make the best exchange, or something else where that did not help for long."""
        self.turn += 1
        self.stale += 1
        rest, column = self._weighed(open_to)
        if rest < self.least:
            self.stale, self.least = 0, rest
        if self.stale >= _STALE:
            self._shake()
            self.stale, self.least = 0, np.inf
        elif rest < np.inf:
            old = self.picks[self.sitting[column]]
            self.away[old] = self.turn + _AWAY + int(self.chance.integers(_AWAY))
            self._set(column)
        if rest == 0:
            self._told()

    def _start(self) -> None:
        """Begin with the best series known."""
        self.best = self.known.best
        self.stale, self.least = 0, np.inf
        numbers = () if self.best is None else self.best.numbers
        own = [
            int(np.argmax(self.runs[place].numbers == number))
            for place, number in zip(self.places, numbers, strict=True)
        ]
        self.picks = self.firsts + np.array(own, dtype=np.intp)
        self.paid = self.costs[self.picks].sum(axis=0)

    def _set(self, column: int) -> None:
        """Hold a sitting at another start."""
        sitting = self.sitting[column]
        self.paid = self.paid - self.costs[self.picks[sitting]] + self.costs[column]
        self.picks[sitting] = column

    def _weighed(self, open_to: Numbers) -> tuple[float, int]:
        """Return what is too much after the best exchange, and the start that comes in."""
        caps = self.known.caps(self.known.worst - 1)
        spare = caps - self.paid + self.costs[self.picks]
        best = np.inf, 0
        each = max(1, _AT_ONCE // len(caps))
        for begin in range(0, len(open_to), each):
            part = slice(begin, begin + each)
            columns = open_to[part]
            sittings = self.sitting[columns]
            # Copying a few is cheap, all of them is not.
            costs = self.costs[part if len(open_to) == len(self.costs) else columns]
            over = costs - spare[sittings]
            np.maximum(over, 0.0, out=over)
            rest = np.einsum("sk,sk->s", over, over)
            stays = (self.away[columns] > self.turn) & (rest >= self.least)
            rest[stays | (columns == self.picks[sittings])] = np.inf
            at = int(rest.argmin())
            if rest[at] < best[0]:
                best = float(rest[at]), int(columns[at])
        return best

    def _open(self) -> Numbers:
        """Return the columns that an exchange may bring in within the limit of times of day."""
        if self.limit is None:
            return np.arange(len(self.times))
        uses = self._uses(self.limit)
        if np.count_nonzero(uses) < self.limit.most:
            return np.arange(len(self.times))
        # A sitting that is alone at its hour can take any other hour instead.
        alone = uses[self.times[self.picks]] == 1
        return np.flatnonzero((uses[self.times] > 0) | alone[self.sitting])

    def _uses(self, limit: Limit) -> Numbers:
        """Return how many sittings there are at each time of day, those that were held included."""
        taken = np.concatenate([limit.held, self.times[self.picks]])
        return np.bincount(taken, minlength=self.count)

    def _shake(self) -> None:
        """Change some starts by chance, or a time of day where they are limited."""
        for sitting in self.chance.integers(len(self.places), size=_SHAKEN).tolist():
            columns = self._open()
            self._set(int(self.chance.choice(columns[self.sitting[columns] == sitting])))
        if self.limit is not None:
            uses = self._uses(self.limit)
            uses[self.limit.held] = 0
            if uses.any():
                old = int(self.chance.choice(np.flatnonzero(uses)))
                self._move(old, int(self.chance.integers(self.count)))

    def _move(self, old: int, new: int) -> None:
        """Hold all sittings of one time of day at another, if their occurrences have it."""
        moved = np.flatnonzero(self.times[self.picks] == old)
        there = np.flatnonzero(self.times == new)
        choices = [there[self.sitting[there] == sitting] for sitting in moved.tolist()]
        if all(map(len, choices)):
            for columns in choices:
                self._set(int(self.chance.choice(columns)))

    def _told(self) -> None:
        """Tell of the series that was found."""
        own = self.picks - self.firsts
        pairs = zip(self.places, own.tolist(), strict=True)
        people = sum(self.runs[place].people[pick] for place, pick in pairs)
        none = np.zeros(1, dtype=np.intp)
        whole = np.array([people], dtype=self.runs[0].people.dtype)
        self.known.take(Rows(none, self.paid[np.newaxis], none, whole, own[np.newaxis]))
