"""Numbers of the planner as shapes: day ribbons and the heat map.

A ribbon's lengths are percentages of its width, so that text in it is never stretched; in a
right-to-left page the day runs from right to left.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from townhall.domain import zones
from townhall.domain.burden import QUANTUM
from townhall.domain.options import Option
from townhall.queries.planner import Plan, day_points

QUARTERS = 96
LEVELS = (16, 8, 4, 2, 1, 0)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


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
    """A seat's day with the sitting laid over it."""

    boxes: tuple[Box, ...]
    marks: tuple[Mark, ...]
    sitting: Box


@dataclass(frozen=True, slots=True)
class Cell:
    """What one start costs one seat: its points, its colour, whether the seat cannot."""

    points: int
    level: int
    hard_no: bool
    clock: datetime


@dataclass(frozen=True, slots=True)
class Column:
    """One start of the heat map. `worst` is None where a required seat cannot take part."""

    start: datetime
    worst: int | None
    is_best: bool


@dataclass(frozen=True, slots=True)
class Heat:
    """One day of the window: a column for each hour, a row of cells for each seat."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the window: its date, and the worst-off seat's points at its fairest hour."""

    start: datetime
    worst: int | None
    is_shown: bool


def level(points: float) -> int:
    """Return the standard band's points that colour a quarter hour which costs `points`."""
    return next(step for step in LEVELS if points >= step)


def ribbons(plan: Plan, option: Option, *, mirrored: bool) -> list[Ribbon]:
    """Return a ribbon for each seat: the UTC day of the option, or 24 hours around it."""
    begin = beginning(option)
    return [
        _ribbon(seat.zone, points, begin, option, mirrored=mirrored)
        for seat, points in zip(plan.request.seats, day_points(plan.request, begin), strict=True)
    ]


def beginning(option: Option) -> datetime:
    """Return when an option's ribbons begin: its UTC day, or half a day before it."""
    begin = option.start.replace(hour=0, minute=0)
    if option.end > begin + _DAY:
        begin = (option.start - _DAY / 2).replace(minute=0)
    return begin


def heat(plan: Plan, day: datetime) -> Heat:
    """Return the heat map of the UTC day of `day`: the starts on full hours in the window."""
    grid, ranking = plan.request.grid, plan.ranking
    midnight = day.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    hours = [midnight + _HOUR * hour for hour in range(24)]
    numbers = [(hour - grid.first) // timedelta(minutes=QUANTUM) for hour in hours]
    pairs = [(n, hour) for n, hour in zip(numbers, hours, strict=True) if 0 <= n < grid.count]
    best = {option.start for option in plan.best}
    columns = tuple(
        Column(
            hour,
            ranking.worst_first(number)[0]
            if ranking.fits[number] and _has_required(plan)
            else None,
            hour in best,
        )
        for number, hour in pairs
    )
    rows = tuple(
        tuple(
            Cell(
                points=int(ranking.burdens[row, number]),
                level=level(int(ranking.burdens[row, number]) / seat.weight / grid.quanta),
                hard_no=bool(ranking.hard[row, number]),
                clock=zones.local(hour, seat.zone),
            )
            for number, hour in pairs
        )
        for row, seat in enumerate(plan.request.seats)
    )
    return Heat(columns, rows)


def days(plan: Plan, shown: datetime) -> list[Day]:
    """Return the days of the window, at most 31 from the first."""
    grid, ranking = plan.request.grid, plan.ranking
    fairest: dict[datetime, int] = {}
    for number in ranking.order:
        midnight = grid.start(number).replace(hour=0, minute=0)
        if midnight not in fairest and _has_required(plan):
            fairest[midnight] = ranking.worst_first(number)[0]
    first = grid.start(0).replace(hour=0, minute=0)
    last = grid.start(grid.count - 1)
    found: list[Day] = []
    while first <= last and len(found) < 31:
        found.append(Day(first, fairest.get(first), first <= shown < first + _DAY))
        first += _DAY
    return found


def _has_required(plan: Plan) -> bool:
    """Return whether any seat has to be there, so that there is a worst-off one."""
    return any(seat.required for seat in plan.request.seats)


def _ribbon(
    zone: str, points: list[int], begin: datetime, option: Option, *, mirrored: bool
) -> Ribbon:
    """Return one seat's ribbon."""
    boxes, quarter = [], 0
    for step, run in groupby(points, key=level):
        length = len(list(run))
        boxes.append(_box(quarter, length, step, mirrored=mirrored))
        quarter += length
    marks = []
    for number in range(QUARTERS):
        clock = zones.local(begin + timedelta(minutes=QUANTUM * number), zone)
        x = 100 * number / QUARTERS
        if clock.minute == 0 and clock.hour % 3 == 0 and 2 <= x <= 98:
            is_dark = level(points[number]) >= 8
            marks.append(Mark(100 - x if mirrored else x, f"{clock:%H}", is_dark))
    first = (option.start - begin) // timedelta(minutes=QUANTUM)
    length = (option.end - option.start) // timedelta(minutes=QUANTUM)
    sitting = _box(first, min(length, QUARTERS - first), 0, mirrored=mirrored)
    return Ribbon(tuple(boxes), tuple(marks), sitting)


def _box(first: int, length: int, step: int, *, mirrored: bool) -> Box:
    """Return the box of some quarter hours."""
    x, width = 100 * first / QUARTERS, 100 * length / QUARTERS
    return Box(round(100 - x - width if mirrored else x, 3), round(width, 3), step)
