"""Which way round the clock a series is filled with least work.

Where one begins, and in which direction one goes, can make a hundredfold difference, and nobody
knows it beforehand. What is cheap with a small allowance of points is cheap with a larger one too,
so the ways are compared while it costs little.

Source: docs/fairness.md, rule 9.
"""

from collections.abc import Callable

from townhall.domain.series.clockwise import Clockwise
from townhall.domain.series.dial import Dial
from townhall.domain.series.simplex import Floats
from townhall.domain.series.task import Marks, Rows

_QUARTERS = 4
"""From how many hours of the day one may begin."""

_WORTH_WHILE = 20_000_000
"""What is worth comparing unless said: about a tenth of a second."""

_KEPT = 3
"""Ways that are compared once more, with the next allowance."""


class Turns:
    """The ways round the clock, those that took least work first.

    Args:
        dial: Makes the starts in the order that begins with a time of day and goes backwards or
            not.
        times: How many times of day there are.
        hopeless: As in `Clockwise`.
        spend: Told how many cells are looked at; says whether there is patience for more.
        worth_while: Cells of a sweep from which on it pays to compare.
    """

    def __init__(
        self,
        dial: Callable[[int, bool], Dial],
        times: int,
        hopeless: Callable[[Floats], Marks],
        spend: Callable[[int], bool],
        worth_while: int = _WORTH_WHILE,
    ) -> None:
        firsts = sorted({times * quarter // _QUARTERS for quarter in range(_QUARTERS)})
        self.untried = [(first, backwards) for first in firsts for backwards in (False, True)]
        self.dial = dial
        self.dials = [dial(*self.untried.pop(0))]
        self.hopeless = hopeless
        self._spend = spend
        self.worth_while = worth_while
        self.cells = 0

    def sweep(self, caps: Floats, most: int) -> tuple[Rows, bool]:
        """Return series within the caps, and whether the best of all of them is among these.

        Args:
            caps: What each kind of seat may pay at most.
            most: How many beginnings are carried on at a time; the least promising are dropped.
        """
        return self._swept(self.dials[0], caps, most, None)

    def compare(self, caps: Floats, most: int) -> None:
        """Find the best way, by caps within which there is no series, if that is worth while.

        Args:
            caps: Those of the last sweep, which was complete.
            most: As for that sweep.
        """
        if self.cells < self.worth_while or (len(self.dials) == 1 and not self.untried):
            return
        least = self.cells
        found = [(least, self.dials[0])]
        others = self.dials[1:]
        while others or self.untried:
            dial = others.pop(0) if others else self.dial(*self.untried.pop(0))
            _, complete = self._swept(dial, caps, most, 2 * least)
            if complete:
                found.append((self.cells, dial))
                least = min(least, self.cells)
            found = sorted(found, key=lambda each: each[0])[:_KEPT]
        ways = [dial for _, dial in found]
        self.dials = ways if len(self.dials) == 1 else ways[:1]

    def _swept(
        self, dial: Dial, caps: Floats, most: int, allowance: int | None
    ) -> tuple[Rows, bool]:
        """Return what a sweep gives that may not look at more cells than allowed."""
        self.cells = 0

        def spend(cells: int) -> bool:
            self.cells += cells
            return self._spend(cells) and (allowance is None or self.cells <= allowance)

        return Clockwise(dial, caps, self.hopeless, most, spend).run()
