"""A series as an answer tells it: what each occurrence means for every seat.

Source: docs/fairness.md, rules 8, 9 and 12.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from townhall.domain.burden import utc
from townhall.domain.lenses import gini
from townhall.domain.options import Option, cost_of
from townhall.domain.series.planning import Plan
from townhall.domain.slots import Seat


def options(plan: Plan) -> list[Option]:
    """Return an option for each occurrence, in order; none where nothing fits.

    Ledgers run through them by their starts, as sittings are charged for, which is another order
    where windows overlap.
    """
    if plan.best is None:
        return []
    series = plan.series
    requests = [series.request(place) for place in range(len(plan.best.numbers))]
    starts = [
        request.grid.start(number)
        for request, number in zip(requests, plan.best.numbers, strict=True)
    ]
    owed = [seat.ledger for seat in series.seats]
    found: dict[int, Option] = {}
    for place in sorted(range(len(starts)), key=lambda each: (starts[each], each)):
        start = starts[place]
        found[place] = option = cost_of(
            tuple(map(_with_ledger, requests[place].seats, owed)),
            start,
            requests[place].grid.minutes,
            bands=series.bands,
            previous=latest((*series.held, *starts), start),
        )
        owed = [cost.after for cost in option.costs]
    return [found[place] for place in range(len(starts))]


def latest(starts: Iterable[datetime], before: datetime) -> datetime | None:
    """Return the last of some starts that lies before another; None where none does."""
    return max((start for start in starts if start < before), default=None)


def ledgers(plan: Plan, found: Sequence[Option]) -> dict[str, int]:
    """Return what the seats that have to be there will have paid in the end, by their names.

    Args:
        plan: The series.
        found: Its options.
    """
    if not found:
        return {}
    end = max(found, key=lambda option: option.start)
    return {
        seat.name: cost.after
        for seat, cost in zip(plan.series.seats, end.costs, strict=True)
        if seat.required
    }


def _with_ledger(seat: Seat, ledger: int) -> Seat:
    """Return a seat as it is when it has paid so much."""
    return replace(seat, ledger=ledger)


def told(plan: Plan, found: list[Option]) -> dict[str, Any] | None:
    """Return the series as a whole, ready for JSON; None where nothing fits.

    Args:
        plan: The series.
        found: Its options.
    """
    if plan.best is None:
        return None
    paid = ledgers(plan, found)
    return {
        "starts": [utc(option.start) for option in found],
        "ledgers": paid,
        "worst_first": list(plan.best.worst_first),
        "people_points": plan.best.people,
        "inequality": str(gini(tuple(paid.values()))),
        "status": "optimal" if plan.optimal else "bounded",
        "bound": plan.bound,
        "seconds": round(plan.seconds, 3),
    }
