"""Several sittings as an answer tells them: what each of them means for every seat.

Source: docs/fairness.md, rules 10 and 12.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from townhall.domain.burden import utc
from townhall.domain.options import Cost, Option, cost_of
from townhall.domain.sittings import Choice
from townhall.domain.slots import Seat, absence


def options(choice: Choice) -> tuple[Option, ...]:
    """Return an option for each sitting of a set, in order, ledgers running through them.

    `worst_first` tells the ledgers after the sitting. `people_points` counts the seats that
    attend it; one that is absent from all sittings is charged in the first.
    """
    request = choice.ranking.request
    starts = tuple(map(request.grid.start, choice.numbers))
    ledgers = [seat.ledger for seat in request.seats]
    found: list[Option] = []
    for nth, start in enumerate(starts):
        seats = [
            replace(seat, ledger=ledger)
            for seat, ledger in zip(request.seats, ledgers, strict=True)
        ]
        previous = starts[nth - 1] if nth else request.previous
        alone = cost_of(seats, start, request.grid.minutes, bands=request.bands, previous=previous)
        costs = tuple(
            _cost(cost, seat, nth, own, starts)
            for cost, seat, own in zip(alone.costs, seats, choice.own, strict=True)
        )
        ledgers = [cost.after for cost in costs]
        after = [cost.after for cost in costs if cost.required]
        points = [
            seat.people * _points(choice, seat, cost, nth, own)
            for cost, seat, own in zip(costs, seats, choice.own, strict=True)
        ]
        worst_first = tuple(sorted(after, reverse=True))
        option = replace(alone, costs=costs, worst_first=worst_first, people_points=sum(points))
        found.append(option)
    return tuple(found)


def told(choice: Choice) -> dict[str, Any]:
    """Return the set as a whole, ready for JSON."""
    request = choice.ranking.request
    return {
        "starts": [utc(request.grid.start(number)) for number in choice.numbers],
        "worst_first": list(choice.worst_first),
        "people_points": choice.people_points,
        "own": {
            seat.name: list(own) if seat.everywhere else next(iter(own), None)
            for seat, own in zip(request.seats, choice.own, strict=True)
        },
        "status": "optimal" if choice.proven else "bounded",
    }


def _cost(cost: Cost, seat: Seat, nth: int, own: Sequence[int], starts: Sequence[datetime]) -> Cost:
    """Return what a sitting means for a seat that attends those of `own`."""
    if nth in own or seat.everywhere or not own:
        return cost
    return replace(cost, elsewhere=starts[own[0]])


def _points(choice: Choice, seat: Seat, cost: Cost, nth: int, own: Sequence[int]) -> int:
    """Return what one person of a seat adds to the people's points of a sitting."""
    if nth in own:
        return cost.burden
    if seat.everywhere or (not own and not nth):
        return absence(choice.ranking.request, seat)
    return 0
