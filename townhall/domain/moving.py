"""One of several sittings at any start of the window: what every seat would pay.

Source: docs/fairness.md, rule 10.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from townhall.domain.burden import QUANTUM
from townhall.domain.several import Gathering
from townhall.domain.sitting_sets import gap
from townhall.domain.slots import Ranking

_AWAY = 1 << 60
"""What a seat pays for a sitting that it cannot attend; more than any burden."""


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """What sittings cost with one of them at each start of a window, the others staying.

    Args:
        paid: What each seat pays over all its sittings; shape (seats, starts).
        attends: Whether each seat attends the one that is moved; same shape.
        missing: Whether a seat misses what it should attend: all of the sittings, or for an
            `everywhere` seat any of them; same shape.
        fits: Whether the sittings can be held together so; shape (starts,).
        worst: The largest ledger + what is paid, of the required seats; shape (starts,).
    """

    paid: NDArray[np.int64]
    attends: NDArray[np.bool_]
    missing: NDArray[np.bool_]
    fits: NDArray[np.bool_]
    worst: NDArray[np.int64]


def moves(ranking: Ranking, gathering: Gathering, nth: int) -> Moves:
    """Return what moving one sitting of a set would mean.

    Args:
        ranking: Of the single starts, for the seats of the set.
        gathering: The set, by its starts; its sittings are as long as the request says.
        nth: The place of the sitting that is moved.
    """
    seats, grid = ranking.request.seats, ranking.request.grid
    others = [each for place, each in enumerate(gathering.options) if place != nth]
    shape = len(others), len(seats)
    burdens = np.array([[cost.burden for cost in each.costs] for each in others], dtype=np.int64)
    away = np.array([[cost.hard_no for cost in each.costs] for each in others], dtype=np.bool_)
    burdens, away = burdens.reshape(shape), away.reshape(shape)
    quarter = timedelta(minutes=QUANTUM)
    begins = np.array([(each.start - grid.first) // quarter for each in others], dtype=np.int64)
    numbers = np.arange(grid.count)

    costs = np.where(ranking.hard, _AWAY, ranking.burdens.astype(np.int64))
    least, since = _least(np.where(away, _AWAY, burdens), begins)
    everywhere = _column([seat.everywhere for seat in seats])
    is_cheaper = (costs < least) | ((costs == least) & (numbers < since))
    misses_one = ranking.hard | np.logical_or.reduce(away, axis=0)[:, np.newaxis]
    misses_all = np.minimum(costs, least) >= _AWAY
    missing = (everywhere & misses_one) | (~everywhere & misses_all)
    summed = np.where(away, 0, burdens).sum(axis=0, dtype=np.int64)[:, np.newaxis]
    summed = summed + np.where(ranking.hard, 0, costs)
    paid = np.where(everywhere, summed, np.where(missing, 0, np.minimum(costs, least)))

    required = np.array([seat.required for seat in seats])
    ledgers = np.array([seat.ledger for seat in seats], dtype=np.int64)
    apart = gap(ranking)
    is_apart = (np.abs(numbers - begins[:, np.newaxis]) >= apart).all(axis=0)
    is_apart &= bool((np.diff(begins) >= apart).all())
    totals = paid[required] + ledgers[required, np.newaxis]
    return Moves(
        paid=paid,
        attends=~ranking.hard & (everywhere | is_cheaper),
        missing=missing,
        fits=is_apart & ~missing[required].any(axis=0),
        worst=totals.max(axis=0, initial=0),
    )


def _least(
    costs: NDArray[np.int64], begins: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the least that each seat pays at the sittings that stay, and when that one begins."""
    if not len(costs):
        away = np.full((costs.shape[1], 1), _AWAY, dtype=np.int64)
        return away, away
    first = costs.argmin(axis=0)
    return costs.min(axis=0)[:, np.newaxis], begins[first][:, np.newaxis]


def _column(values: list[bool]) -> NDArray[np.bool_]:
    """Return values as a column."""
    return np.array(values, dtype=np.bool_)[:, np.newaxis]
