"""One start in full: what it means for every seat, without words.

Source: docs/fairness.md, rules 12 and 13.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from townhall.domain import zones
from townhall.domain.bands import DAY, STANDARD, Bands
from townhall.domain.burden import QUANTUM, Grid, Profile, local_quanta
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
    """

    clock: Clock
    band: int
    days_off: tuple[DayOff, ...]
    burden: int
    if_need_be: int
    ledger: int
    required: bool
    hard_no: bool

    @property
    def after(self) -> int:
        """What the seat will have paid; an optional seat's ledger stays."""
        return self.ledger + self.burden if self.required else self.ledger

    @property
    def absent(self) -> bool:
        """Whether it cannot take part and need not."""
        return self.hard_no and not self.required


@dataclass(frozen=True, slots=True)
class Part:
    """A seat and what one start means for it."""

    seat: Seat
    cost: Cost


@dataclass(frozen=True, slots=True)
class Option:
    """One start with everything that speaks for and against it.

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

    @property
    def parts(self) -> tuple[Part, ...]:
        """Each seat with what the start means for it, in the order of the request."""
        return tuple(map(Part, self.seats, self.costs))


@dataclass(frozen=True, slots=True, eq=False)
class _Moment:
    """A sitting on one wall clock: its ends, the minute of the day of each quantum, its dates."""

    clock: Clock
    minutes: tuple[int, ...]
    dates: tuple[date, ...]


def options(ranking: Ranking, numbers: Sequence[int]) -> tuple[Option, ...]:
    """Return the options for these starts of the ranking, whether they fit or not."""
    grid, seats = ranking.request.grid, ranking.request.seats
    marked = [days(profile.calendar, *grid.dates) for profile in ranking.profiles]
    need = {
        (place, number): IF_NEED_BE * seat.weight
        for place, seat in enumerate(seats)
        if seat.answers
        for number in answered(grid, seat, Answer.IF_NEED_BE)
    }
    watch = Watch(ranking, marked)
    return tuple(_option(ranking, number, marked, need, watch) for number in numbers)


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


def _option(
    ranking: Ranking,
    number: int,
    marked: Sequence[Days],
    need: Mapping[tuple[int, int], int],
    watch: Watch,
) -> Option:
    """Return one option."""
    request = ranking.request
    start = request.grid.start(number)
    end = start + timedelta(minutes=request.grid.minutes)
    moments = _moments(ranking.profiles, start, end)
    stays = [
        (moment.clock, max(map(profile.bands.minutes.__getitem__, moment.minutes)), off)
        for profile, moment, off in zip(
            ranking.profiles, moments, map(_days_off, marked, moments), strict=True
        )
    ]
    paid = ranking.burdens[:, number].tolist()
    hard = ranking.hard[:, number].tolist()
    shared: dict[tuple[object, ...], Cost] = {}
    costs = []
    for place, (seat, row) in enumerate(
        zip(request.seats, ranking.profile_of.tolist(), strict=True)
    ):
        extra = need.get((place, number), 0) if need else 0
        key = (*stays[row], paid[place], extra, seat.ledger, seat.required, hard[place])
        if key not in shared:
            shared[key] = Cost(*key)
        costs.append(shared[key])
    return Option(
        start=start,
        end=end,
        worst_first=ranking.worst_first(number),
        people_points=int(ranking.people[number]),
        seats=request.seats,
        costs=tuple(costs),
        cautions=watch.cautions(start, end, [moment.dates for moment in moments]),
    )


def _moments(profiles: Sequence[Profile], start: datetime, end: datetime) -> list[_Moment]:
    """Return the sitting on the wall clock of each profile; equal clocks share the object."""
    begin, after = minute(start), minute(end)
    by_zone: dict[str, _Moment] = {}
    by_clock: dict[tuple[int, ...], _Moment] = {}
    for zone in {profile.zone for profile in profiles}:
        changes = zones.changes(begin, after, zone)
        if changes not in by_clock:
            by_clock[changes] = _moment(start, end, zone)
        by_zone[zone] = by_clock[changes]
    return [by_zone[profile.zone] for profile in profiles]


def _moment(start: datetime, end: datetime, zone: str) -> _Moment:
    """Return the sitting on the wall clock of one zone."""
    begin, after = minute(start), minute(end)
    quanta = local_quanta(begin, after - begin, zone)
    ordinals = sorted({_FIRST_ORDINAL + quantum // DAY for quantum in quanta})
    return _Moment(
        clock=Clock(
            zones.at_offset(start, zones.offset(begin, zone)),
            zones.at_offset(end, zones.offset(after, zone)),
        ),
        minutes=tuple(quantum % DAY for quantum in quanta),
        dates=tuple(map(date.fromordinal, ordinals)),
    )


def _days_off(marked: Days, moment: _Moment) -> tuple[DayOff, ...]:
    """Return the holidays and rest days it touches; a holiday hides a rest day (rule 3)."""
    found = []
    for on in moment.dates:
        if on in marked.holidays:
            found.append(DayOff(on, marked.holidays[on]))
        elif on in marked.rest:
            found.append(DayOff(on, None))
    return tuple(found)
