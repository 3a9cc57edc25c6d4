"""One start in full: what it means for every seat, without words.

Source: docs/fairness.md, rules 12 and 13.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from townhall.domain import zones
from townhall.domain.bands import DAY, STANDARD, Bands
from townhall.domain.burden import QUANTUM, Grid, local_quanta
from townhall.domain.calendar import Days, days
from townhall.domain.cautions import Caution, Watch, minute
from townhall.domain.slots import IF_NEED_BE, Answer, Ranking, Request, Seat, answered, rank

_FIRST_ORDINAL = zones.EPOCH.toordinal()


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """Start and end on one wall clock, aware; seats whose clocks agree share the object."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class DayOff:
    """A rest day or holiday that a sitting touches.

    Args:
        on: The local date.
        holiday: Its name; empty for one that the seat named by date only, None for a rest day.
    """

    on: date
    holiday: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """What one start means for a seat; seats for which all of it is the same share the object.

    Args:
        band: Points of the dearest band that the sitting touches.
        days_off: Rest days and holidays that it touches, in order.
        burden: What the seat pays, or would pay were it not absent.
        if_need_be: How much of that its answer "if need be" added.
        ledger: What it has paid before.
        required: Whether the sitting counts for its ledger (rule 8).
        hard_no: It cannot take part.
        elsewhere: Start of the sitting that it attends in place of this one, where there are
            several (rule 10); aware, UTC.
    """

    clock: Clock
    band: int
    days_off: tuple[DayOff, ...]
    burden: int
    if_need_be: int
    ledger: int
    required: bool
    hard_no: bool
    elsewhere: datetime | None = None

    @property
    def after(self) -> int:
        """What the seat will have paid; the ledger stays if it is optional or elsewhere."""
        pays = self.required and self.elsewhere is None
        return self.ledger + self.burden if pays else self.ledger

    @property
    def absent(self) -> bool:
        """Whether it cannot take part and need not; one that attends another sitting is there."""
        return self.hard_no and not self.required and self.elsewhere is None


@dataclass(frozen=True, slots=True)
class Part:
    """A seat and what one start means for it."""

    seat: Seat
    cost: Cost


@dataclass(frozen=True)
class Option:
    """One start with everything that speaks for and against it.

    It has no slots, so that it can keep its parts, which pages ask for again for every seat.

    Args:
        start: Aware, UTC.
        end: Aware, UTC.
        worst_first: Ledger + burden of the required seats, from the largest.
        people_points: The sum of rule 7.
        seats: All of the request, in its order.
        costs: What the start means for each of them.
        cautions: What to look at twice (rules 3 and 13).
    """

    start: datetime
    end: datetime
    worst_first: tuple[int, ...]
    people_points: int
    seats: tuple[Seat, ...]
    costs: tuple[Cost, ...]
    cautions: tuple[Caution, ...]

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Each seat with what the start means for it, in the order of the request."""
        return tuple(map(Part, self.seats, self.costs))

    def dearest(self, count: int) -> list[Part]:
        """Return the seats that pay the most, from the largest; those that pay nothing are out."""
        paying = (part for part in self.parts if part.cost.burden)
        return heapq.nlargest(count, paying, key=lambda part: part.cost.burden)


@dataclass(frozen=True, slots=True, eq=False)
class _Moment:
    """A sitting on one wall clock: its ends, the minute of the day of each quantum, its dates."""

    clock: Clock
    minutes: tuple[int, ...]
    dates: tuple[date, ...]


def options(ranking: Ranking, numbers: Sequence[int]) -> tuple[Option, ...]:
    """Return the options for these starts of the ranking, whether they fit or not."""
    told = scene_of(ranking)
    return tuple(option(told, number) for number in numbers)


def cost_of(
    seats: Sequence[Seat],
    start: datetime,
    minutes: int,
    *,
    bands: Bands = STANDARD,
    previous: datetime | None = None,
) -> Option:
    """Return what any one start would cost or did cost, past starts included.

    Args:
        seats: At least one; names differ.
        start: Aware, on a quarter hour UTC.
        minutes: A multiple of 15, 15 to 720.
        bands: For the seats without bands of their own.
        previous: The start of the sitting before, for warnings only.

    Raises:
        InputError: The start is naive or off a quarter hour, or the seats cannot be planned.
    """
    grid = Grid(start, start + timedelta(minutes=QUANTUM), minutes)
    request = Request(grid, tuple(seats), bands, previous=previous)
    return options(rank(request), [0])[0]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What all options of a ranking share.

    Args:
        marked: The days off of each profile.
        need: What "if need be" adds, by place of the seat and number of the start.
        watch: Finds the cautions.
        zones: One zone for each different clock.
        hours: The different pairs of a clock, by its place in `zones`, and bands.
        hours_of: The place in `hours` of each profile's.
        rows: The profile of each seat.
        off: What a date is for the profiles that do not work on it; filled as dates are met.
    """

    ranking: Ranking
    marked: tuple[Days, ...]
    need: Mapping[tuple[int, int], int]
    watch: Watch
    zones: tuple[str, ...]
    hours: tuple[tuple[int, Bands], ...]
    hours_of: tuple[int, ...]
    rows: tuple[int, ...]
    off: dict[date, dict[int, tuple[DayOff, ...]]] = field(default_factory=dict)

    def off_on(self, day: date) -> Mapping[int, tuple[DayOff, ...]]:
        """Return what a date is for the profiles, by their row, that do not work on it."""
        if day not in self.off:
            self.off[day] = {
                row: _day_off(marked, day)
                for row, marked in enumerate(self.marked)
                if day in marked.holidays or day in marked.rest
            }
        return self.off[day]


def scene_of(ranking: Ranking) -> Scene:
    """Return what the options of a ranking share."""
    grid = ranking.request.grid
    marked = tuple(days(profile.calendar, *grid.dates) for profile in ranking.profiles)
    need = {
        (place, number): IF_NEED_BE * seat.weight
        for place, seat in enumerate(ranking.request.seats)
        if seat.answers
        for number in answered(grid, seat, Answer.IF_NEED_BE)
    }
    first, last = minute(grid.first), minute(grid.until) + grid.minutes
    changes = [zones.changes(first, last, profile.zone) for profile in ranking.profiles]
    names = {
        change: profile.zone for change, profile in zip(changes, ranking.profiles, strict=True)
    }
    places = {change: place for place, change in enumerate(names)}
    hours: dict[tuple[int, Bands], int] = {}
    hours_of = [
        hours.setdefault((places[change], profile.bands), len(hours))
        for change, profile in zip(changes, ranking.profiles, strict=True)
    ]
    return Scene(
        ranking=ranking,
        marked=marked,
        need=need,
        watch=Watch(ranking, marked),
        zones=tuple(names.values()),
        hours=tuple(hours),
        hours_of=tuple(hours_of),
        rows=tuple(ranking.profile_of.tolist()),
    )


def option(scene: Scene, number: int) -> Option:
    """Return the option of one start of a scene's ranking, whether it fits or not."""
    request = scene.ranking.request
    start = request.grid.start(number)
    end = start + timedelta(minutes=request.grid.minutes)
    moments = [_moment(start, end, zone) for zone in scene.zones]
    shown = [moments[clock] for clock, _ in scene.hours]
    dates = [shown[place].dates for place in scene.hours_of]
    return Option(
        start=start,
        end=end,
        worst_first=scene.ranking.worst_first(number),
        people_points=int(scene.ranking.people[number]),
        seats=request.seats,
        costs=_costs(scene, number, shown),
        cautions=scene.watch.cautions(start, end, dates),
    )


def _costs(scene: Scene, number: int, moments: Sequence[_Moment]) -> tuple[Cost, ...]:
    """Return what one start means for each seat; `moments` are those of the scene's hours."""
    ranking = scene.ranking
    dearest = [
        max(map(bands.minutes.__getitem__, moment.minutes))
        for (_, bands), moment in zip(scene.hours, moments, strict=True)
    ]
    off = _days_off(scene, moments)
    stays = [
        (moments[hours].clock, dearest[hours], off.get(row, ()))
        for row, hours in enumerate(scene.hours_of)
    ]
    paid = ranking.burdens[:, number].tolist()
    hard = ranking.hard[:, number].tolist()
    shared: dict[tuple[object, ...], Cost] = {}
    costs = []
    for place, (row, seat) in enumerate(zip(scene.rows, ranking.request.seats, strict=True)):
        extra = scene.need.get((place, number), 0) if seat.answers else 0
        key = (*stays[row], paid[place], extra, seat.ledger, seat.required, hard[place])
        cost = shared.get(key)
        if cost is None:
            cost = shared[key] = Cost(*key)
        costs.append(cost)
    return tuple(costs)


def _days_off(scene: Scene, moments: Sequence[_Moment]) -> dict[int, tuple[DayOff, ...]]:
    """Return the holidays and rest days that the sitting touches, by row of the profile."""
    found: dict[int, tuple[DayOff, ...]] = {}
    for day in sorted({day for moment in moments for day in moment.dates}):
        for row, day_off in scene.off_on(day).items():
            if day in moments[scene.hours_of[row]].dates:
                found[row] = found.get(row, ()) + day_off
    return found


def _moment(start: datetime, end: datetime, zone: str) -> _Moment:
    """Return the sitting on the wall clock of one zone."""
    begin, after = minute(start), minute(end)
    quanta = local_quanta(begin, after - begin, zone)
    ordinals = sorted({_FIRST_ORDINAL + quantum // DAY for quantum in quanta})
    return _Moment(
        clock=Clock(
            zones.at_offset(start, quanta[0] - begin),
            zones.at_offset(end, zones.offset(after, zone)),
        ),
        minutes=tuple([quantum % DAY for quantum in quanta]),
        dates=tuple(map(date.fromordinal, ordinals)),
    )


def _day_off(marked: Days, day: date) -> tuple[DayOff, ...]:
    """Return what a date off is for a profile; a holiday hides a rest day (rule 3)."""
    if day in marked.holidays:
        return tuple(DayOff(day, name) for name in marked.holidays[day] or ("",))
    return (DayOff(day, None),)
