"""The planner's heat map: the hours of a day by places, and the days of the window above it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from townhall.domain import zones
from townhall.domain.burden import QUANTUM, Grid
from townhall.domain.moving import Moves
from townhall.domain.slots import Answer, Request
from townhall.queries.planner import Plan
from townhall.queries.several import Plan as SeveralPlan
from townhall.web.organizer.charts import QUARTERS, level

MOST_DAYS = 31
"""How many days of a window stand side by side."""
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one start costs one seat: its points, its colour, whether it cannot, what it said.

    `is_elsewhere` tells a seat that attends another of several sittings then.
    """

    points: int
    level: int
    hard_no: bool
    clock: datetime
    said: Answer | None
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One start of the heat map. `worst` is None where it cannot be held."""

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


@dataclass(frozen=True, slots=True)
class Strip:
    """Days of the window that stand side by side; before and after them may lie more.

    Args:
        earlier: The day before the first of them, None where the window has none.
        later: The day after the last.
    """

    days: tuple[Day, ...]
    earlier: datetime | None
    later: datetime | None


def heat(plan: Plan, day: datetime, shown: Sequence[int], also: Sequence[datetime] = ()) -> Heat:
    """Return the heat map of the UTC day of `day`.

    Args:
        plan: Of a town hall.
        day: Any instant of the day.
        shown: Which seats have rows.
        also: Further starts; those of the day have columns too, beside its full hours.
    """
    ranking = plan.ranking
    starts = _columns(plan.request.grid, day, also)
    best = {option.start for option in plan.best}
    columns = tuple(
        Column(
            start,
            ranking.worst_first(number)[0]
            if ranking.fits[number] and _has_required(plan.request)
            else None,
            start in best,
        )
        for number, start in starts
    )
    return Heat(columns, tuple(_cells(plan, row, starts) for row in shown))


def heat_of_several(
    plan: SeveralPlan, moves: Moves, day: datetime, shown: Sequence[int], also: Sequence[datetime]
) -> Heat:
    """Return the heat map of one of several sittings: what all would cost with it at each hour.

    Args:
        plan: Of a town hall with several sittings.
        moves: Of the sitting.
        day: Any instant of the day.
        shown: Which seats have rows.
        also: Further starts that have columns.
    """
    starts = _columns(plan.request.grid, day, also)
    is_told = _has_required(plan.request)
    columns = tuple(
        Column(
            start,
            int(moves.worst[number]) if moves.fits[number] and is_told else None,
            bool(plan.best and start in {option.start for option in plan.best.options}),
        )
        for number, start in starts
    )

    def cell(row: int, number: int, start: datetime) -> Cell:
        seat = plan.request.seats[row]
        points = int(moves.paid[row, number])
        held = len(plan.shown.options) if plan.shown and seat.everywhere else 1
        return Cell(
            points=points,
            level=level(points / (seat.weight * plan.request.grid.quanta * held)),
            hard_no=bool(moves.missing[row, number]),
            clock=zones.local(start, seat.zone),
            said=dict(seat.answers).get(start),
            is_elsewhere=not moves.attends[row, number],
        )

    return Heat(columns, tuple(tuple(cell(row, *start) for start in starts) for row in shown))


def _columns(
    grid: Grid, day: datetime, also: Sequence[datetime]
) -> tuple[tuple[int, datetime], ...]:
    """Return the full hours of the UTC day of `day` and some further starts, with their numbers."""
    midnight = day.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    hours = {midnight + _HOUR * hour for hour in range(24)}
    hours.update(start for start in also if midnight <= start < midnight + _DAY)
    numbers = [((hour - grid.first) // timedelta(minutes=QUANTUM), hour) for hour in sorted(hours)]
    return tuple(each for each in numbers if 0 <= each[0] < grid.count)


def _cells(plan: Plan, row: int, starts: Sequence[tuple[int, datetime]]) -> tuple[Cell, ...]:
    """Return what these starts, with their numbers, mean for a seat."""
    ranking, seat = plan.ranking, plan.request.seats[row]
    said = dict(seat.answers)
    quanta = seat.weight * plan.request.grid.quanta
    return tuple(
        Cell(
            points=int(ranking.burdens[row, number]),
            level=level(int(ranking.burdens[row, number]) / quanta),
            hard_no=bool(ranking.hard[row, number]),
            clock=zones.local(start, seat.zone),
            said=said.get(start),
        )
        for number, start in starts
    )


def strip(plan: Plan, shown: datetime) -> Strip:
    """Return the days of the window around one of them, each with its fairest hour's worst."""
    grid, ranking = plan.request.grid, plan.ranking
    before = _quarters_before(grid)
    best: dict[int, int] = {}
    for number in ranking.order if _has_required(plan.request) else ():
        best.setdefault((before + number) // QUARTERS, number)
    return _strip(
        grid, shown, {place: ranking.worst_first(number)[0] for place, number in best.items()}
    )


def strip_of_several(plan: SeveralPlan, moves: Moves, shown: datetime) -> Strip:
    """Return the days of the window, each with the least worst that moving a sitting there has."""
    grid = plan.request.grid
    before = _quarters_before(grid)
    best: dict[int, int] = {}
    for number in np.flatnonzero(moves.fits).tolist() if _has_required(plan.request) else ():
        place, worst = (before + number) // QUARTERS, int(moves.worst[number])
        best[place] = min(best.get(place, worst), worst)
    return _strip(grid, shown, best)


def _strip(grid: Grid, shown: datetime, worst: Mapping[int, int]) -> Strip:
    """Return the days around one of them.

    Args:
        grid: The window.
        shown: Any instant; the nearest day of the window where it lies outside.
        worst: What the worst-off seat pays at best, by the day's place in the window.
    """
    first = grid.start(0).replace(hour=0, minute=0)
    count = (grid.start(grid.count - 1) - first) // _DAY + 1
    begin = min(max((shown - first) // _DAY, 0), count - 1) // MOST_DAYS * MOST_DAYS
    end = min(begin + MOST_DAYS, count)
    return Strip(
        days=tuple(
            Day(first + _DAY * place, worst.get(place), (shown - first) // _DAY == place)
            for place in range(begin, end)
        ),
        earlier=first + _DAY * (begin - 1) if begin else None,
        later=first + _DAY * end if end < count else None,
    )


def _quarters_before(grid: Grid) -> int:
    """Return how many quarter hours of the window's first UTC day lie before it."""
    first = grid.start(0)
    return (first - first.replace(hour=0, minute=0)) // timedelta(minutes=QUANTUM)


def _has_required(request: Request) -> bool:
    """Return whether any seat has to be there, so that there is a worst-off one."""
    return any(seat.required for seat in request.seats)
