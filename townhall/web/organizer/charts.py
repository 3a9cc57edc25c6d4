"""Numbers of the planner as shapes: day ribbons, one for each place.

A ribbon's lengths are percentages of its width, so that text in it is never stretched; in a
right-to-left page the day runs from right to left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import TypeVar

from townhall.domain import zones
from townhall.domain.burden import QUANTUM, local_quanta
from townhall.domain.options import Option
from townhall.domain.several import Gathering
from townhall.domain.slots import Request
from townhall.queries.planner import Day as SeatDay
from townhall.queries.planner import Plan
from townhall.queries.planner import days as seat_days

Each = TypeVar("Each")

QUARTERS = 96
MOST_ROWS = 24
"""How many places a page shows before it folds the others away."""
MOST_COLUMNS = 13
"""How many town halls of a series stand side by side: a quarter of a year of weeks."""

LEVELS = (16, 8, 4, 2, 1, 0)
_DAY = timedelta(days=1)
_MARKED = 3 * 60
"""Minutes between the hours that are written on a ribbon."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of a ribbon; `x` and `width` in percent, `level` names its colour."""

    x: float
    width: float
    level: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """An hour written on a ribbon."""

    x: float
    hour: str
    is_dark: bool


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A seat's day with the sitting laid over it; `closed` is when the seat cannot be there."""

    boxes: tuple[Box, ...]
    closed: tuple[Box, ...]
    marks: tuple[Mark, ...]
    sitting: Box


@dataclass(frozen=True, slots=True)
class Lane:
    """A seat's day with several sittings laid over it, whatever their dates.

    Args:
        ribbon: The UTC day of the first sitting.
        laid: Each box with the place of its sitting and whether the seat attends it; one that
            runs over the end of the day has two.
    """

    ribbon: Ribbon
    laid: tuple[tuple[Box, int, bool], ...]


def blocks(row: Sequence[Each]) -> list[Sequence[Each]]:
    """Return a row in blocks of much the same length, each narrow enough for a sheet of paper."""
    count = -(-len(row) // MOST_COLUMNS) or 1
    ends = [len(row) * number // count for number in range(count + 1)]
    return [row[first:last] for first, last in pairwise(ends) if first < last]


def level(points: float) -> int:
    """Return the standard band's points that colour a quarter hour which costs `points`."""
    return next(step for step in LEVELS if points >= step)


def rows(plan: Plan, option: Option | None, *, everything: bool) -> list[int]:
    """Return which seats of a plan to show, by their place in it.

    Args:
        plan: Of a town hall.
        option: Whose dearest seats come first where not all are shown.
        everything: Show all, however many.
    """
    if option is None:
        return list(range(len(plan.request.seats)))[: None if everything else MOST_ROWS]
    paid = [(cost.hard_no, cost.burden) for cost in option.costs]
    return _dearest(paid, everything=everything)


def rows_of_several(gathering: Gathering, *, everything: bool) -> list[int]:
    """Return which seats to show of several sittings, by their place among all."""
    places = range(len(gathering.seats))
    paid = [(not gathering.own[place], gathering.paid(place)) for place in places]
    return _dearest(paid, everything=everything)


def rows_of_series(options: Sequence[Option], *, everything: bool) -> list[int]:
    """Return which seats to show of a series, by their place, by what all its hours cost them."""
    costs = zip(*(option.costs for option in options), strict=True)
    paid = [(False, sum(cost.burden for cost in each)) for each in costs]
    return _dearest(paid, everything=everything)


def _dearest(paid: Sequence[tuple[bool, int]], *, everything: bool) -> list[int]:
    """Return places in their order; of too many those that cannot take part or pay most."""
    places = range(len(paid))
    if everything or len(paid) <= MOST_ROWS:
        return list(places)
    dearest = sorted(places, key=lambda place: (not paid[place][0], -paid[place][1], place))
    return dearest[:MOST_ROWS]


def ribbons(plan: Plan, option: Option, shown: Sequence[int], *, mirrored: bool) -> list[Ribbon]:
    """Return a ribbon for each of the seats: the UTC day of the option, or 24 hours around it."""
    begin = beginning(option)
    found = seat_days(plan.request, begin, shown)
    return [
        _ribbon(plan.request.seats[row].zone, day, begin, option, mirrored=mirrored)
        for row, day in zip(shown, found, strict=True)
    ]


def lanes(
    request: Request, gathering: Gathering, shown: Sequence[int], *, mirrored: bool
) -> list[Lane]:
    """Return a lane for each of the seats: the UTC day of the first sitting, all laid over it."""
    first = gathering.options[0]
    begin = first.start.replace(hour=0, minute=0)
    found = seat_days(request, begin, shown)
    return [
        Lane(
            ribbon=_ribbon(request.seats[row].zone, day, begin, first, mirrored=mirrored),
            laid=tuple(_laid(gathering, row, begin, mirrored=mirrored)),
        )
        for row, day in zip(shown, found, strict=True)
    ]


def _laid(
    gathering: Gathering, place: int, begin: datetime, *, mirrored: bool
) -> Iterator[tuple[Box, int, bool]]:
    """Yield the boxes of the sittings on a seat's day."""
    quarter = timedelta(minutes=QUANTUM)
    for nth, option in enumerate(gathering.options):
        first = ((option.start - begin) // quarter) % QUARTERS
        length = (option.end - option.start) // quarter
        is_own = nth in gathering.own[place]
        fitting = min(length, QUARTERS - first)
        yield _box(first, fitting, 0, mirrored=mirrored), nth, is_own
        if fitting < length:
            yield _box(0, length - fitting, 0, mirrored=mirrored), nth, is_own


def beginning(option: Option) -> datetime:
    """Return when an option's ribbons begin: its UTC day, or half a day before it."""
    begin = option.start.replace(hour=0, minute=0)
    if option.end > begin + _DAY:
        begin = (option.start - _DAY / 2).replace(minute=0)
    return begin


def _ribbon(zone: str, day: SeatDay, begin: datetime, option: Option, *, mirrored: bool) -> Ribbon:
    """Return one seat's ribbon."""
    points = day.points
    boxes = [
        _box(first, length, step, mirrored=mirrored)
        for first, length, step in _runs([level(each) for each in points])
    ]
    closed = [
        _box(first, length, 0, mirrored=mirrored)
        for first, length, is_closed in _runs(day.closed)
        if is_closed
    ]
    marks = []
    first_minute = (begin - zones.EPOCH) // zones.MINUTE
    for number, shown in enumerate(local_quanta(first_minute, QUARTERS * QUANTUM, zone)):
        x = 100 * number / QUARTERS
        if shown % _MARKED == 0 and 2 <= x <= 98:
            hour = shown // 60 % 24
            is_dark = level(points[number]) >= 8
            marks.append(Mark(100 - x if mirrored else x, f"{hour:02}", is_dark))
    first = (option.start - begin) // timedelta(minutes=QUANTUM)
    length = (option.end - option.start) // timedelta(minutes=QUANTUM)
    sitting = _box(first, min(length, QUARTERS - first), 0, mirrored=mirrored)
    return Ribbon(tuple(boxes), tuple(closed), tuple(marks), sitting)


def _runs(values: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield where each run of one value begins, how long it is, and the value."""
    first = 0
    for value, run in groupby(values):
        length = len(list(run))
        yield first, length, value
        first += length


def _box(first: int, length: int, step: int, *, mirrored: bool) -> Box:
    """Return the box of some quarter hours."""
    x, width = 100 * first / QUARTERS, 100 * length / QUARTERS
    return Box(round(100 - x - width if mirrored else x, 3), round(width, 3), step)
