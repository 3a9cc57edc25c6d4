"""What a change on trial does to the fairest hour, and which seats have fields to try."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request

from townhall.domain.options import Option
from townhall.domain.several import Gathering
from townhall.models.planning import Seat
from townhall.queries.planning import Trial
from townhall.web.organizer.charts import MOST_ROWS


@dataclass(frozen=True, slots=True)
class Fairest:
    """The fairest hour, or the hours of the best set of several sittings.

    Args:
        starts: One, or one for each sitting.
        worst: Ledger + points of the worst-off place.
        paid: The points of each seat by its name.
    """

    starts: tuple[datetime, ...]
    worst: int
    paid: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """What a trial changes: the fairest hours as kept and as tried, None where nothing fits.

    Args:
        dearer: Seats of both that pay more at the fairest hours than they would: name, then
            points as kept, then as tried.
        cheaper: Those that pay less.
    """

    before: Fairest | None
    after: Fairest | None
    dearer: tuple[tuple[str, int, int], ...]
    cheaper: tuple[tuple[str, int, int], ...]


def of_option(option: Option | None) -> Fairest | None:
    """Return the fairest hour of one sitting; None where nothing fits."""
    if option is None:
        return None
    paid = {part.seat.name: part.cost.burden for part in option.parts}
    return Fairest((option.start,), max(option.worst_first, default=0), paid)


def of_gathering(gathering: Gathering | None) -> Fairest | None:
    """Return the fairest hours of several sittings; None where nothing fits."""
    if gathering is None:
        return None
    return Fairest(
        tuple(option.start for option in gathering.options),
        max(gathering.worst_first, default=0),
        {seat.name: gathering.paid(place) for place, seat in enumerate(gathering.seats)},
    )


def change(before: Fairest | None, after: Fairest | None) -> Change:
    """Return what differs between the fairest hours as kept and as tried."""
    paid = before.paid if before else {}
    pairs = [
        (name, paid[name], points)
        for name, points in (after.paid if after else {}).items()
        if name in paid
    ]
    return Change(
        before,
        after,
        dearer=tuple(each for each in pairs if each[2] > each[1]),
        cheaper=tuple(each for each in pairs if each[2] < each[1]),
    )


def tunable(seats: Sequence[Seat], trial: Trial, dearest: Collection[str]) -> list[int]:
    """Return the positions of the seats that the page has fields for.

    Of very many seats those that pay most, those that are tried, and the one that was asked for.

    Args:
        seats: Of the town hall.
        trial: What is tried.
        dearest: Names of the seats that pay most.
    """
    if len(seats) <= MOST_ROWS:
        return [seat.position for seat in seats]
    asked = request.args.get("seat", "")
    return [
        seat.position
        for seat in seats
        if seat.name in dearest
        or seat.position in trial.changes
        or seat.position in trial.without
        or str(seat.position) == asked
    ]
