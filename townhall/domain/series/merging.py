"""Beginnings of series that come to the same, of which only the best need be carried on.

Source: docs/fairness.md, rule 7.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townhall.domain.series.task import Numbers


def distinct(
    keys: Sequence[NDArray[Any]], people: NDArray[Any], starts: Callable[[Numbers], Numbers]
) -> Numbers:
    """Return the numbers of the rows without those that another row equals in all keys.

    Args:
        keys: Columns of whole numbers.
        people: The people's points of each row; of equals the one with the fewest stays.
        starts: Says of row numbers what decides after that, a line each; the least stays.

    Returns:
        Ascending.
    """
    table = np.column_stack(keys).astype(np.int64)
    # Rows are brought together by a number made of them, and only merged where they are equal.
    chance = np.random.default_rng(0)
    weights = chance.integers(1 << 63, size=table.shape[1], dtype=np.int64) | 1
    marks = table @ weights
    order = np.lexsort([np.unique(people, return_inverse=True)[1], marks])
    first = _changes(marks[order], table[order])
    best = np.cumsum(first) - 1
    # Those that have as few people's points as the best of their like.
    heads = order[first]
    even = order[(people[order] == people[heads[best]])]
    group = np.empty(len(table), dtype=np.intp)
    group[order] = best
    several = even[np.bincount(group[even], minlength=len(heads))[group[even]] > 1]
    if len(several):
        several = several[np.lexsort([*starts(several).T[::-1], group[several]])]
        leads = np.diff(group[several], prepend=-1) != 0
        heads[group[several][leads]] = several[leads]
    return np.sort(heads)


def _changes(marks: Numbers, table: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which rows differ from the one before."""
    found = np.ones(len(marks), dtype=np.bool_)
    found[1:] = (marks[1:] != marks[:-1]) | (table[1:] != table[:-1]).any(axis=1)
    return found
