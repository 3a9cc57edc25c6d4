"""The level of a question: how soon its supporters could pay for a turn, exactly.

Floats only guess who pays. The guess is then proved with whole numbers, and mended until it
holds, so that the answer is exact at the speed of arrays.

Source: docs/questions.md, turns, rules 2, 5 and 9.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from townhall.domain.turns.arithmetic import LEVEL, TURN, rounded_ratio

Paid: TypeAlias = NDArray[Any]
"""What each has paid in units of 10⁻¹²: int64, or Python integers where these are too narrow."""

Classes: TypeAlias = NDArray[np.int32]
"""For each supporter, the row of its weight in `Rates`."""

NARROW = 1 << 58
"""What int64 may hold here, so that the split sums of a million supporters stay exact."""

_SPLIT = 26


@dataclass(slots=True)
class Rates:
    """The weight of a supporter of each class, as an exact ratio and as a float."""

    exact: list[tuple[int, int]] = field(default_factory=list)
    guess: NDArray[np.float64] = field(default_factory=lambda: np.zeros(16))

    def append(self) -> int:
        """Add a class of weight 0 and return its row."""
        row = len(self.exact)
        self.exact.append((0, 1))
        if row == len(self.guess):
            self.guess = np.concatenate([self.guess, np.zeros(row)])
        return row

    def put(self, row: int, weight: Fraction) -> None:
        """Set the weight of a class."""
        self.exact[row] = weight.numerator, weight.denominator
        self.guess[row] = float(weight)

    def frozen(self) -> "Rates":
        """Return a copy that later changes do not reach."""
        return Rates(self.exact.copy(), self.guess.copy())


@dataclass(frozen=True, slots=True)
class Level:
    """An exact moment `numerator / denominator`, in units of 10⁻¹² of a turn."""

    numerator: int
    denominator: int

    @property
    def paid(self) -> int:
        """What supporters have paid once this is taken, in units of 10⁻¹², half up."""
        return rounded_ratio(self.numerator, self.denominator)

    @property
    def compared(self) -> int:
        """What two levels are compared by, in units of 10⁻⁹, half up from the exact moment."""
        return rounded_ratio(self.numerator, self.denominator * (TURN // LEVEL))


def level(paid: Paid, classes: Classes, rates: Rates, cost: Fraction) -> Level | None:
    """Return the smallest t at which the supporters' `Σ w · max(0, t − x)` reaches `cost`.

    Args:
        paid: x of each supporter.
        classes: The class of each supporter; same length.
        rates: What a class weighs.
        cost: In turns, above 0.

    Returns:
        None where the supporters weigh nothing.

    Source: docs/questions.md, turns, rule 5.
    """
    payers = _guess(paid, classes, rates, cost)
    if payers is None:
        return None
    while True:
        # Whatever group this starts from, the moment at which it could pay alone is never too
        # early, so the next group holds all true payers, and groups only shrink from there.
        moment = _pay(paid[payers], classes[payers], rates, cost)
        settled = paid < -(-moment.numerator // moment.denominator)
        if np.array_equal(settled, payers):
            return moment
        payers = settled


def _guess(paid: Paid, classes: Classes, rates: Rates, cost: Fraction) -> NDArray[np.bool_] | None:
    """Return who pays, as floats see it: Newton's method from the right on a convex function."""
    weights = rates.guess[classes]
    weight = float(weights.sum())
    if not weight > 0:
        return None
    x = paid.astype(np.float64)
    price = float(cost * TURN)
    moment = (price + float(weights @ x)) / weight
    payers = x < moment
    while True:
        weight = float(weights[payers].sum())
        if not weight > 0:
            return weights > 0
        earlier = (price + float(weights[payers] @ x[payers])) / weight
        if not earlier < moment:
            return payers
        moment = earlier
        payers = x < moment


def _pay(paid: Paid, classes: Classes, rates: Rates, cost: Fraction) -> Level:
    """Return the moment at which these supporters, all of them, have paid `cost` together."""
    common, weight, weighted = 1, 0, 0
    for row, people, total in _sums(paid, classes):
        numerator, denominator = rates.exact[row]
        if not numerator:
            continue
        if common % denominator:
            widened = lcm(common, denominator)
            weight *= widened // common
            weighted *= widened // common
            common = widened
        share = numerator * (common // denominator)
        weight += share * people
        weighted += share * total
    price = cost.numerator * TURN * common
    return Level(price + cost.denominator * weighted, cost.denominator * weight)


def _sums(paid: Paid, classes: Classes) -> Iterator[tuple[int, int, int]]:
    """Yield each class present with its number of supporters and the sum of what they paid."""
    people = np.bincount(classes)
    present = np.flatnonzero(people)
    if paid.dtype == object:
        for row in present.tolist():
            yield row, int(people[row]), sum(paid[classes == row].tolist())
        return
    # bincount adds floats: halves of at most 26 and 32 bits keep every partial sum exact.
    high = np.bincount(classes, paid >> _SPLIT)
    low = np.bincount(classes, paid & ((1 << _SPLIT) - 1))
    for row, count, upper, lower in zip(
        present.tolist(),
        people[present].tolist(),
        high[present].tolist(),
        low[present].tolist(),
        strict=True,
    ):
        yield row, count, (int(upper) << _SPLIT) + int(lower)
