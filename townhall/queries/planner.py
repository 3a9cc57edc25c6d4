"""What the planner page shows of a saved town hall: ranked hours, one of them in full."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from townhall.domain import document, options, slots
from townhall.domain.burden import QUANTUM, Grid
from townhall.domain.options import Option
from townhall.domain.slots import NothingFits, Ranking, Request
from townhall.errors import InputError
from townhall.i18n import N_
from townhall.models.planning import TownHall
from townhall.queries import planning
from townhall.queries.planning import Trial

TOP = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """A town hall's window, ranked.

    Args:
        best: The fairest options, at most ten.
        following: What comes after the option that is looked at; None where nothing does.
        shown: The option that is looked at; None where nothing fits and none was asked for.
        rank: Its place, from 1; None if it does not fit or lies outside the window.
        compared: The earlier hour to compare with, where there is one.
        nothing_fits: What to relax, where nothing fits.
    """

    ranking: Ranking
    best: tuple[Option, ...]
    shown: Option | None
    following: Option | None
    rank: int | None
    compared: Option | None
    nothing_fits: NothingFits | None

    @property
    def request(self) -> Request:
        """What was planned."""
        return self.ranking.request


def plan(
    town_hall: TownHall,
    start: datetime | None = None,
    previous: datetime | None = None,
    trial: Trial | None = None,
) -> Plan:
    """Return the ranked window of a town hall.

    Args:
        town_hall: With its seats; one without seats cannot be planned.
        start: The hour to look at, in the window or not; the fairest if None.
        previous: The start of the sitting before, for warnings.
        trial: What to suppose of seats instead of what is kept.

    Raises:
        InputError: The start is off a quarter hour, there are no seats, or something supposed
            cannot be planned with.
    """
    supposed = document.parse(planning.plan_document(town_hall, trial=trial))
    request = replace(supposed, previous=previous)
    ranking = slots.rank(request)
    best = options.options(ranking, ranking.order[:TOP])
    number = _number(request.grid, start) if start else next(iter(ranking.order), None)
    place = ranking.order.index(number) if number in ranking.order else None
    shown: Option | None = None
    if number is not None:
        shown = options.options(ranking, [number])[0]
    elif start is not None:
        shown = _elsewhere(request, start)
    after = ranking.order[place + 1 : place + 2] if place is not None else ()
    compare = town_hall.compare_at
    return Plan(
        ranking=ranking,
        best=best,
        shown=shown,
        following=next(iter(options.options(ranking, after)), None),
        rank=None if place is None else place + 1,
        compared=options.cost_of(request.seats, compare, town_hall.minutes) if compare else None,
        nothing_fits=slots.nothing_fits(ranking),
    )


def day_points(request: Request, begin: datetime) -> list[list[int]]:
    """Return what each quarter hour of the 24 hours from `begin` costs each seat, unweighted.

    Returns:
        For each seat 96 numbers.
    """
    grid = Grid(begin, begin + timedelta(days=1), QUANTUM)
    day = slots.rank(Request(grid, request.seats, request.bands))
    rows: list[list[int]] = day.points[day.profile_of].tolist()
    return rows


def _number(grid: Grid, start: datetime) -> int | None:
    """Return the number of a start in the window; None for one outside it.

    Raises:
        InputError: It is off a quarter hour.
    """
    number, off = divmod(start - grid.first, timedelta(minutes=QUANTUM))
    if off:
        raise InputError(
            N_("Starts lie on quarter hours; %(value)s does not."),
            field="start",
            value=f"{start:%Y-%m-%d %H:%M}",
        )
    return number if 0 <= number < grid.count else None


def _elsewhere(request: Request, start: datetime) -> Option:
    """Return the option of a start outside the window."""
    return options.cost_of(request.seats, start, request.grid.minutes, previous=request.previous)
