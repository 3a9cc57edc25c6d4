"""The planner's heat map: the hours of a day by places, and the days of the window above it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from townhall.domain import zones
from townhall.domain.burden import QUANTUM, Grid, local_quanta
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

    Args:
        hour: On the seat's clock; with minutes off the full hour.
        is_elsewhere: The seat attends another of several sittings then.
    """

    points: int
    level: int
    hard_no: bool
    hour: str
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

    return Heat(columns, tuple(_moved_cells(plan, moves, row, starts) for row in shown))


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
    numbers = [number for number, _ in starts]
    said = dict(seat.answers)
    quanta = seat.weight * plan.request.grid.quanta
    return tuple(
        Cell(points, level(points / quanta), hard_no, hour, said.get(start))
        for points, hard_no, hour, (_, start) in zip(
            ranking.burdens[row, numbers].tolist(),
            ranking.hard[row, numbers].tolist(),
            _hours(starts, seat.zone),
            starts,
            strict=True,
        )
    )


def _moved_cells(
    plan: SeveralPlan, moves: Moves, row: int, starts: Sequence[tuple[int, datetime]]
) -> tuple[Cell, ...]:
    """Return what a seat would pay for all its sittings with one of them at these starts."""
    seat = plan.request.seats[row]
    numbers = [number for number, _ in starts]
    said = dict(seat.answers)
    held = len(plan.shown.options) if plan.shown and seat.everywhere else 1
    quanta = seat.weight * plan.request.grid.quanta * held
    return tuple(
        Cell(points, level(points / quanta), missing, hour, said.get(start), not attends)
        for points, missing, attends, hour, (_, start) in zip(
            moves.paid[row, numbers].tolist(),
            moves.missing[row, numbers].tolist(),
            moves.attends[row, numbers].tolist(),
            _hours(starts, seat.zone),
            starts,
            strict=True,
        )
    )


def _hours(starts: Sequence[tuple[int, datetime]], zone: str) -> list[str]:
    """Return the hours of a clock at some starts of one day, in their order."""
    if not starts:
        return []
    first, last = starts[0][0], starts[-1][0]
    begin = (starts[0][1] - zones.EPOCH) // zones.MINUTE
    clock = local_quanta(begin, (last - first + 1) * QUANTUM, zone)
    shown = [clock[number - first] for number, _ in starts]
    return [
        f"{at // 60 % 24:02}:{at % 60:02}" if at % 60 else f"{at // 60 % 24:02}" for at in shown
    ]


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
