"""Multipliers that show how well off the worst-off seat can be at most.

A linear program tells where mixing starts, fractions allowed, would lead, and which seats stand
against each other there. Its multipliers are rounded to whole numbers, and whatever is concluded
from them holds for any whole multipliers, so no fraction decides anything.

Source: docs/fairness.md, rule 9; G. B. Dantzig, Linear Programming and Extensions (1963), ch. 5.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SCALE = 1 << 20
"""What whole multipliers add up to, about."""

_MOST_PIVOTS = 5_000
_NEARLY = 1e-9

_ALL = 128
"""Starts of one part that are all looked at."""

_FIRST = 16
"""Starts of one part that are taken in at a time, where they are more."""

Floats = NDArray[np.float64]


def multipliers(
    parts: Sequence[tuple[int, Floats]], spare: Floats, most_pivots: int = _MOST_PIVOTS
) -> tuple[float, Floats] | None:
    """Return how far the seats are beyond what they may pay, at least, and the proof.

    Args:
        parts: How many starts are chosen, and what each seat pays for each start; shape
            (seats, starts) with at least one start.
        spare: What each seat may pay.
        most_pivots: Steps after which it gives up.

    Returns:
        The least possible of the largest excess, fractions allowed, and one whole multiplier from
        0 for each seat; None where the search got stuck, which only loses a proof. Of very many
        starts not all are looked at, and the excess is that among those.
    """
    chosen = [np.unique(_some(paid)) for _, paid in parts]
    while True:
        pairs = zip(parts, chosen, strict=True)
        some = [(count, paid[:, columns]) for (count, paid), columns in pairs]
        found = _solved(some, spare, most_pivots)
        if found is None:
            return None
        pairs = zip(parts, chosen, strict=True)
        cheaper = [_cheaper(found[1] @ paid, columns) for (_, paid), columns in pairs]
        if not sum(map(len, cheaper)):
            return found
        chosen = [np.union1d(*both) for both in zip(chosen, cheaper, strict=True)]


def _some(paid: Floats) -> NDArray[np.intp]:
    """Return some starts to begin with: those best for who pays most there, and some of all."""
    count = paid.shape[1]
    if count <= _ALL:
        return np.arange(count)
    spread = np.linspace(0, count - 1, _FIRST).astype(np.intp)
    return np.concatenate([spread, np.argsort(paid.max(axis=0), kind="stable")[:_FIRST]])


def _cheaper(worth: Floats, known: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the starts that the multipliers find cheapest, if cheaper than all those known."""
    order = np.argsort(worth, kind="stable")[:_FIRST]
    return np.extract(worth[order] < worth[known].min(), order)


def _solved(
    parts: Sequence[tuple[int, Floats]], spare: Floats, most_pivots: int
) -> tuple[float, Floats] | None:
    """Return the same among all these starts."""
    table, cost, excess = _tableau(parts, spare)
    pivots = 0
    while cost[column := int(cost[:-1].argmin())] < -_NEARLY:
        entries = table[:, column]
        ratios = np.full(len(table), np.inf)
        np.divide(table[:, -1], entries, out=ratios, where=entries > _NEARLY)
        # The excess may be negative, so it never has to leave.
        ratios[excess] = np.inf
        pivots += 1
        if pivots > most_pivots or ratios.min() == np.inf:
            return None
        _pivot(table, cost, int(ratios.argmin()), column)
    first = table.shape[1] - 1 - len(spare)
    duals = np.maximum(cost[first:-1], 0.0)
    # They add up to one, but for rounding.
    return -float(cost[-1]), np.round(duals * (SCALE / float(duals.sum())))


def _tableau(parts: Sequence[tuple[int, Floats]], spare: Floats) -> tuple[Floats, Floats, int]:
    """Return the table and costs of a first, feasible choice, and the row of the excess.

    Columns are the starts, then the excess, then the slack of each seat, then the right side.
    """
    seats, count = len(spare), sum(paid.shape[1] for _, paid in parts)
    table = np.zeros((seats + len(parts), count + 1 + seats + 1))
    table[:seats, count] = -1.0
    table[:seats, count + 1 : -1] = np.eye(seats)
    table[:seats, -1] = spare
    cost = np.zeros(table.shape[1])
    cost[count] = 1.0
    begin = 0
    for place, (chosen, paid) in enumerate(parts, seats):
        end = begin + paid.shape[1]
        table[:seats, begin:end] = paid
        table[place, begin:end] = 1.0
        table[place, -1] = chosen
        best = begin + int(paid.max(axis=0).argmin())
        _pivot(table, cost, place, best)
        begin = end
    # The excess enters where it is largest, which makes every other row feasible.
    excess = int(table[:seats, -1].argmin())
    _pivot(table, cost, excess, count)
    return table, cost, excess


def _pivot(table: Floats, cost: Floats, row: int, column: int) -> None:
    """Bring a column into the basis in place of that of a row."""
    table[row] /= table[row, column]
    factors = table[:, column].copy()
    factors[row] = 0.0
    touched = np.flatnonzero(factors)
    if len(touched) < len(table) // 2:
        table[touched] -= np.outer(factors[touched], table[row])
    else:
        table -= np.outer(factors, table[row])
    cost -= cost[column] * table[row]
