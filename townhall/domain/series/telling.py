"""A series as an answer tells it: what each occurrence means for every seat.

Source: docs/fairness.md, rules 8, 9 and 12.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from townhall.domain.burden import utc
from townhall.domain.options import Option, cost_of
from townhall.domain.series.planning import Plan


def options(plan: Plan) -> Iterator[Option]:
    """Yield an option for each occurrence, in order, ledgers running through them."""
    if plan.best is None:
        return
    series = plan.series
    seats = series.seats
    previous = series.held[-1] if series.held else None
    for grid, number in zip(series.grids, plan.best.numbers, strict=True):
        start = grid.start(number)
        option = cost_of(seats, start, series.minutes, bands=series.bands, previous=previous)
        yield option
        pairs = zip(seats, option.costs, strict=True)
        seats = tuple(replace(seat, ledger=cost.after) for seat, cost in pairs)
        previous = start


def told(plan: Plan, found: list[Option]) -> dict[str, Any] | None:
    """Return the series as a whole, ready for JSON; None where nothing fits.

    Args:
        plan: The series.
        found: Its options.
    """
    if plan.best is None:
        return None
    parts = zip(found[-1].seats, found[-1].costs, strict=True)
    return {
        "starts": [utc(option.start) for option in found],
        "ledgers": {seat.name: cost.after for seat, cost in parts if cost.required},
        "worst_first": list(plan.best.worst_first),
        "people_points": plan.best.people,
        "status": "optimal" if plan.optimal else "bounded",
        "bound": plan.bound,
        "seconds": round(plan.seconds, 3),
    }
