"""Multipliers that show how well off the worst-off seat can be at most.

A linear program tells where mixing starts, fractions allowed, would lead, and which seats stand
against each other there. Its multipliers are rounded to whole numbers, and whatever is concluded
from them holds for any whole multipliers, so no fraction decides anything.

Source: docs/fairness.md, rule 9; G. B. Dantzig, Linear Programming and Extensions (1963), ch. 5.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

SCALE = 1 << 20
"""What whole multipliers add up to, about."""

_MOST_PIVOTS = 5_000
_NEARLY = 1e-9

_PIVOT = 4_000
"""Cells whose looking at takes as long as a step, beside those of the table."""

_ALL = 128
"""Starts of one part that are all looked at."""

_FIRST = 16
"""Starts of one part that are taken in at a time, where they are more."""

Floats = NDArray[np.float64]


def multipliers(
    parts: Sequence[tuple[int, Floats]],
    spare: Floats,
    spend: Callable[[int], bool],
    most_pivots: int = _MOST_PIVOTS,
) -> tuple[float, Floats] | None:
    """Return how far the seats are beyond what they may pay, at least, and the proof.

    Args:
        parts: How many starts are chosen, and what each seat pays for each start; shape
            (seats, starts) with at least one start.
        spare: What each seat may pay.
        spend: Told how many cells were looked at; says whether there is patience for more.
        most_pivots: Steps after which it gives up.

    Returns:
        The least possible of the largest excess, fractions allowed, and one whole multiplier from
        0 for each seat; None where the search got stuck or was given up, which only loses a proof.
        Of very many starts not all are looked at, and the excess is that among those.
    """
    chosen = [np.unique(_some(paid)) for _, paid in parts]
    proven = None
    while True:
        pairs = zip(parts, chosen, strict=True)
        some = [(count, paid[:, columns]) for (count, paid), columns in pairs]
        found = _solved(some, spare, spend, most_pivots)
        if found is None:
            return proven
        proven = found
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
    parts: Sequence[tuple[int, Floats]],
    spare: Floats,
    spend: Callable[[int], bool],
    most_pivots: int,
) -> tuple[float, Floats] | None:
    """Return the same among all these starts."""
    table, excess = _tableau(parts, spare)
    cost, right = table[-1, :-1], table[:-1, -1]
    pivots = 0
    while cost[column := int(cost.argmin())] < -_NEARLY:
        # The excess may be negative, so it never has to leave.
        entries = table[:-1, column].copy()
        entries[excess] = 0.0
        rows = np.flatnonzero(entries > _NEARLY)
        pivots += 1
        if not spend(_PIVOT + table.size // 3) or pivots > most_pivots or not len(rows):
            return None
        _pivot(table, int(rows[(right[rows] / entries[rows]).argmin()]), column)
    duals = np.maximum(cost[-len(spare) :], 0.0)
    # They add up to one, but for rounding.
    return -float(table[-1, -1]), np.round(duals * (SCALE / float(duals.sum())))


def _tableau(parts: Sequence[tuple[int, Floats]], spare: Floats) -> tuple[Floats, int]:
    """Return the table of a first, feasible choice, and the row of the excess.

    Columns are the starts, then the excess, then the slack of each seat, then the right side; the
    last row are the costs.
    """
    seats, count = len(spare), sum(paid.shape[1] for _, paid in parts)
    table = np.zeros((seats + len(parts) + 1, count + 1 + seats + 1))
    table[:seats, count] = -1.0
    table[:seats, count + 1 : -1] = np.eye(seats)
    table[:seats, -1] = spare
    table[-1, count] = 1.0
    begin = 0
    for place, (chosen, paid) in enumerate(parts, seats):
        end = begin + paid.shape[1]
        table[:seats, begin:end] = paid
        table[place, begin:end] = 1.0
        table[place, -1] = chosen
        best = begin + int(paid.max(axis=0).argmin())
        _pivot(table, place, best)
        begin = end
    # The excess enters where it is largest, which makes every other row feasible.
    excess = int(table[:seats, -1].argmin())
    _pivot(table, excess, count)
    return table, excess


def _pivot(table: Floats, row: int, column: int) -> None:
    """Bring a column into the basis in place of that of a row."""
    table[row] /= table[row, column]
    factors = table[:, column].copy()
    factors[row] = 0.0
    table -= factors[:, np.newaxis] * table[row]
