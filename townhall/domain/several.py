"""Several sittings held together: whom each of them serves, and what it means for every seat.

Source: docs/fairness.md, rules 10 and 12.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from townhall.domain.bands import STANDARD, Bands
from townhall.domain.burden import QUANTUM, Grid, utc
from townhall.domain.options import Cost, Option, cost_of
from townhall.domain.sitting_sets import APART
from townhall.domain.sittings import Choice
from townhall.domain.slots import Request, Seat, absence
from townhall.errors import InputError
from townhall.i18n import N_

Hours = tuple[datetime, int]
"""When a sitting starts, aware, and how many minutes it lasts."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """Sittings held together.

    Args:
        options: One for each sitting, in order, ledgers running through them. `worst_first`
            tells the ledgers after the sitting; `people_points` counts the seats that attend
            it, one that is absent from all of them in the first.
        own: The places in `options` of the sittings that each seat can attend and does.
        worst_first: Ledger + what is paid over all sittings, of the required seats, from the
            largest.
        people_points: The sum of rule 7.
    """

    options: tuple[Option, ...]
    own: tuple[tuple[int, ...], ...]
    worst_first: tuple[int, ...]
    people_points: int

    @property
    def seats(self) -> tuple[Seat, ...]:
        """The seats, in the order of the request."""
        return self.options[0].seats

    def invited(self, place: int) -> tuple[int, ...]:
        """Return the sittings to which a seat is asked, whether or not it can attend them.

        An `everywhere` seat is asked to all. One that can attend none is asked to the one
        that would cost it least, as a seat is that cannot attend the only sitting.
        """
        if self.seats[place].everywhere:
            return tuple(range(len(self.options)))
        return self.own[place] or (_cheapest(self._costs(place), range(len(self.options))),)

    def paid(self, place: int) -> int:
        """Return the points that a seat pays over all its sittings."""
        costs = self._costs(place)
        return sum(costs[nth].burden for nth in self.own[place])

    def _costs(self, place: int) -> list[Cost]:
        """Return what each sitting means for a seat."""
        return [option.costs[place] for option in self.options]


def gather(
    seats: Sequence[Seat],
    sittings: Sequence[Hours],
    *,
    bands: Bands = STANDARD,
    previous: datetime | None = None,
) -> Gathering:
    """Return what any sittings mean together, whether or not they fit.

    Args:
        seats: At least one; names differ.
        sittings: At least one; starts on quarter hours UTC, ascending.
        bands: For the seats without bands of their own.
        previous: The start of the sitting before them, for warnings only.

    Raises:
        InputError: As for `options.cost_of`.
    """
    alone = [cost_of(seats, start, minutes, bands=bands) for start, minutes in sittings]
    own = [
        attended(seat, [option.costs[place] for option in alone])
        for place, seat in enumerate(seats)
    ]
    return _gathering(seats, sittings, own, bands, previous)


def of_choice(choice: Choice) -> Gathering:
    """Return a set of sittings that was chosen, in full."""
    request = choice.ranking.request
    hours = [(request.grid.start(number), request.grid.minutes) for number in choice.numbers]
    return _gathering(request.seats, hours, choice.own, request.bands, request.previous)


def attended(seat: Seat, costs: Sequence[Cost]) -> tuple[int, ...]:
    """Return which sittings a seat attends, by what each means for it; the first of equals."""
    open_to = [nth for nth, cost in enumerate(costs) if not cost.hard_no]
    if seat.everywhere or not open_to:
        return tuple(open_to)
    return (_cheapest(costs, open_to),)


def check(gathering: Gathering) -> None:
    """Return if the sittings can be held together.

    Raises:
        InputError: Two of them overlap or are too near for a seat that attends them all, or a
            required seat cannot take part; field `start`.
    """
    _check_apart(gathering)
    several = len(gathering.options) > 1
    for place, seat in enumerate(gathering.seats):
        missed = set(range(len(gathering.options))) - set(gathering.own[place])
        if not seat.required or not missed or (gathering.own[place] and not seat.everywhere):
            continue
        if several and not seat.everywhere:
            message = N_(
                "%(seat)s cannot take part in any of these sittings. Choose other hours or make "
                "the seat optional."
            )
        else:
            message = N_(
                "%(seat)s cannot take part at %(value)s. Choose another hour or make the "
                "seat optional."
            )
        at = _said(gathering.options[min(missed)].start)
        raise InputError(message, field="start", seat=seat.name, value=at)


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
        "bound": choice.bound,
    }


def _gathering(
    seats: Sequence[Seat],
    sittings: Sequence[Hours],
    own: Sequence[tuple[int, ...]],
    bands: Bands,
    previous: datetime | None,
) -> Gathering:
    """Return the sittings in full, each seat attending those of `own`."""
    starts = [start for start, _ in sittings]
    ledgers = [seat.ledger for seat in seats]
    found: list[Option] = []
    for nth, (start, minutes) in enumerate(sittings):
        now = tuple(replace(seat, ledger=paid) for seat, paid in zip(seats, ledgers, strict=True))
        before = starts[nth - 1] if nth else previous
        alone = cost_of(now, start, minutes, bands=bands, previous=before)
        request = Request(Grid(start, start + timedelta(minutes=QUANTUM), minutes), now, bands)
        costs = tuple(
            _cost(cost, seat, nth, attends, starts)
            for cost, seat, attends in zip(alone.costs, now, own, strict=True)
        )
        ledgers = [cost.after for cost in costs]
        points = [
            seat.people * _points(request, seat, cost, nth, attends)
            for cost, seat, attends in zip(costs, now, own, strict=True)
        ]
        after = [cost.after for cost in costs if cost.required]
        worst_first = tuple(sorted(after, reverse=True))
        found.append(
            replace(alone, costs=costs, worst_first=worst_first, people_points=sum(points))
        )
    return Gathering(
        options=tuple(found),
        own=tuple(own),
        worst_first=found[-1].worst_first,
        people_points=sum(option.people_points for option in found),
    )


def _cost(cost: Cost, seat: Seat, nth: int, own: Sequence[int], starts: Sequence[datetime]) -> Cost:
    """Return what a sitting means for a seat that attends those of `own`."""
    if nth in own or seat.everywhere or not own:
        return cost
    return replace(cost, elsewhere=starts[own[0]])


def _points(request: Request, seat: Seat, cost: Cost, nth: int, own: Sequence[int]) -> int:
    """Return what one person of a seat adds to the people's points of a sitting."""
    if nth in own:
        return cost.burden
    if seat.everywhere or (not own and not nth):
        return absence(request, seat)
    return 0


def _cheapest(costs: Sequence[Cost], places: Sequence[int]) -> int:
    """Return the place of the least burden; the first of equals."""
    return min(places, key=lambda nth: costs[nth].burden)


def _check_apart(gathering: Gathering) -> None:
    """Raise InputError where two sittings are too near."""
    everywhere = next((seat.name for seat in gathering.seats if seat.everywhere), None)
    for before, after in pairwise(gathering.options):
        hours = {"first": _said(before.start), "second": _said(after.start)}
        if after.start < before.end:
            message = N_("The sittings of %(first)s and %(second)s overlap; move one of them.")
            raise InputError(message, field="start", **hours)
        if everywhere is not None and after.start < before.end + APART * timedelta(minutes=QUANTUM):
            raise InputError(
                N_(
                    "%(seat)s attends every sitting, so 8 hours have to lie between the end of "
                    "one and the start of the next; between those of %(first)s and %(second)s "
                    "there are fewer."
                ),
                field="start",
                seat=everywhere,
                **hours,
            )


def _said(instant: datetime) -> str:
    """Return an instant as sentences about starts write it."""
    return f"{instant:%Y-%m-%d %H:%M} UTC"
