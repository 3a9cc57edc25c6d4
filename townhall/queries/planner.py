"""What the planner page shows of a saved town hall: ranked hours, one of them in full."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from townhall.domain import alternatives, options, slots
from townhall.domain.burden import QUANTUM, Grid
from townhall.domain.options import Option
from townhall.domain.slots import NothingFits, Ranking, Request
from townhall.errors import InputError
from townhall.i18n import N_
from townhall.models.planning import TownHall
from townhall.queries import planning
from townhall.queries.planning import AS_KEPT, Rest, Trial
from townhall.queries.rankings import Ranked, ranked

TOP = 10
MOST_BESIDE = 3
_LOOKED_THROUGH = 400
"""Starts in the fair order among which those are found that are alike."""


@dataclass(frozen=True, slots=True)
class Rung:
    """Starts of the fair order at which every seat pays the same; the earliest is in full.

    Args:
        rank: The place of the first, from 1.
        option: The first.
        alike: The others, in the fair order.
    """

    rank: int
    option: Option
    alike: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A town hall's window, ranked.

    Args:
        ranked: The ranking as it is kept, which tells its options.
        ranking: The same, with the sitting before.
        best: The fairest options, at most ten.
        ladder: The fairest different options, at most ten, each with the starts like it.
        following: The next one in the fair order that costs some seat something else; None
            where there is none.
        shown: The option that is looked at; None where nothing fits and none was asked for.
        rank: Its place, from 1; None if it does not fit or lies outside the window.
        compared: The earlier hour to compare with, where there is one.
        nothing_fits: What to relax, where nothing fits.
    """

    ranked: Ranked
    ranking: Ranking
    best: tuple[Option, ...]
    ladder: tuple[Rung, ...]
    shown: Option | None
    following: Option | None
    rank: int | None
    compared: Option | None
    nothing_fits: NothingFits | None

    @property
    def request(self) -> Request:
        """What was planned."""
        return self.ranking.request

    def options(self, numbers: Sequence[int]) -> tuple[Option, ...]:
        """Return the options for these starts, whether they fit or not."""
        return self.ranked.options(numbers, self.request.previous)


def plan(
    town_hall: TownHall,
    start: datetime | None = None,
    previous: datetime | None = None,
    trial: Trial = AS_KEPT,
    left: Rest | None = None,
) -> Plan:
    """Return the ranked window of a town hall.

    Args:
        town_hall: With its seats; one without seats cannot be planned.
        start: The hour to look at, in the window or not; the fairest if None.
        previous: The start of the sitting before, for warnings.
        trial: What to suppose of seats instead of what is kept.
        left: What is left to plan of several sittings; one of them is.

    Raises:
        InputError: The start is off a quarter hour, there are no seats, or something supposed
            cannot be planned with.
    """
    kept = ranked(planning.plan_document(town_hall, trial=trial, left=left))
    request = replace(kept.ranking.request, previous=previous)
    ranking = replace(kept.ranking, request=request)
    number = _number(request.grid, start) if start else next(iter(ranking.order), None)
    place = ranking.order.index(number) if number in ranking.order else None
    after = _next(ranking, place) if place is not None else None
    together = _together(ranking)
    first = ranking.order[:TOP]
    wanted = {*first, *(numbers[0] for _, numbers in together), number, after} - {None}
    numbers = [each for each in wanted if each is not None]
    found = dict(zip(numbers, kept.options(numbers, previous), strict=True))
    shown = None if number is None else found[number]
    if number is None and start is not None:
        shown = _elsewhere(request, start)
    compare = town_hall.compare_at
    return Plan(
        ranked=kept,
        ranking=ranking,
        best=tuple(found[each] for each in first),
        ladder=tuple(
            Rung(rank, found[head], tuple(map(request.grid.start, others)))
            for rank, (head, *others) in together
        ),
        shown=shown,
        following=None if after is None else found[after],
        rank=None if place is None else place + 1,
        compared=options.cost_of(request.seats, compare, town_hall.minutes) if compare else None,
        nothing_fits=slots.nothing_fits(ranking),
    )


def fairest(town_hall: TownHall, left: Rest | None = None) -> Option | None:
    """Return the fairest option of a town hall as it is kept; None where nothing fits."""
    kept = ranked(planning.plan_document(town_hall, left=left))
    return next(iter(kept.options(kept.ranking.order[:1])), None)


def next_best(
    town_hall: TownHall, avoid: Sequence[datetime], *, now: datetime
) -> tuple[Option, ...]:
    """Return the fairest hours of a town hall's window that touch none of its sittings."""
    kept = ranked(planning.plan_document(town_hall))
    return kept.options(alternatives.alternatives(kept.ranking, avoid, now=now))


def beside(plan: Plan, picked: Sequence[datetime]) -> tuple[Option, ...]:
    """Return the options to compare: those that were picked, else the fairest different ones.

    The one that is looked at and the earlier hour stand behind them.

    Args:
        plan: Of the town hall.
        picked: Starts in the window; others are left out.
    """
    grid = plan.request.grid
    numbers = [(start - grid.first) // timedelta(minutes=QUANTUM) for start in picked]
    chosen = plan.options([n for n in numbers if 0 <= n < grid.count])
    if not chosen:
        chosen = tuple(rung.option for rung in plan.ladder[:MOST_BESIDE])
    further = (each for each in (plan.shown, plan.compared) if each is not None)
    starts = {option.start for option in chosen}
    return (*chosen, *(each for each in further if each.start not in starts))


@dataclass(frozen=True, slots=True)
class Day:
    """The 24 hours from some instant for a seat, quarter hour by quarter hour.

    Args:
        points: What each costs, unweighted; 96 numbers.
        closed: Whether the seat can never be there or is busy; 96 answers.
    """

    points: list[int]
    closed: list[bool]


def days(request: Request, begin: datetime, rows: Sequence[int]) -> list[Day]:
    """Return the 24 hours from `begin` for these seats of a request."""
    grid = Grid(begin, begin + timedelta(days=1), QUANTUM)
    # Answers are to whole sittings, so they close no quarter hour.
    seats = tuple(replace(request.seats[row], answers=()) for row in rows)
    day = slots.rank(Request(grid, seats, request.bands))
    points = day.points[day.profile_of].tolist()
    return [Day(*each) for each in zip(points, day.hard.tolist(), strict=True)]


def _costs(ranking: Ranking, number: int) -> bytes:
    """Return what a start costs all seats, in a form that is equal where all of it is."""
    return ranking.burdens[:, number].tobytes() + ranking.hard[:, number].tobytes()


def _together(ranking: Ranking) -> list[tuple[int, list[int]]]:
    """Return the fairest starts, those together at which every seat pays the same.

    Returns:
        The place of the first, from 1, and the numbers of all, in the fair order.
    """
    found: dict[bytes, tuple[int, list[int]]] = {}
    for rank, number in enumerate(ranking.order[:_LOOKED_THROUGH], 1):
        key = _costs(ranking, number)
        if key not in found and len(found) == TOP:
            break
        found.setdefault(key, (rank, []))[1].append(number)
    return list(found.values())


def _next(ranking: Ranking, place: int) -> int | None:
    """Return the start after a place of the order that costs some seat something else."""
    here = _costs(ranking, ranking.order[place])
    later = ranking.order[place + 1 : place + 1 + _LOOKED_THROUGH]
    return next((number for number in later if _costs(ranking, number) != here), None)


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
