"""One start in full: what it means for every seat, without words.

Source: docs/fairness.md, rules 12 and 13.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from townhall.domain import zones
from townhall.domain.bands import DAY, STANDARD, Bands
from townhall.domain.burden import QUANTUM, Grid, Profile, local_quanta
from townhall.domain.calendar import Days, days
from townhall.domain.cautions import Caution, Presence, cautions
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


@dataclass(frozen=True, slots=True)
class Part:
    """What one start means for one seat.

    Args:
        band: Points of the dearest band that the sitting touches.
        days_off: Rest days and holidays that it touches, in order.
        burden: What the seat pays, or would pay were it not absent.
        if_need_be: How much of that its answer "if need be" added.
        ledger: What it has paid before.
        after: What it will have paid; an optional seat's ledger stays (rule 8).
        hard_no: It cannot take part.
        absent: It cannot take part and is optional.
    """

    name: str
    required: bool
    clock: Clock
    band: int
    days_off: tuple[DayOff, ...]
    burden: int
    if_need_be: int
    ledger: int
    after: int
    hard_no: bool
    absent: bool


@dataclass(frozen=True, slots=True)
class Option:
    """One start with everything that speaks for and against it.

    Args:
        start: Aware, UTC.
        end: Aware, UTC.
        worst_first: Ledger + burden of the required seats, from the largest.
        people_points: The sum of rule 7.
        parts: One for each seat, in the order of the request.
        cautions: What to look at twice (rules 3 and 13).
    """

    start: datetime
    end: datetime
    worst_first: tuple[int, ...]
    people_points: int
    parts: tuple[Part, ...]
    cautions: tuple[Caution, ...]


@dataclass(frozen=True, slots=True)
class _Stay:
    """What a start means for everybody of one profile."""

    clock: Clock
    band: int
    days_off: tuple[DayOff, ...]
    presence: Presence


def options(ranking: Ranking, numbers: Sequence[int]) -> tuple[Option, ...]:
    """Return the options for these starts of the ranking, whether they fit or not."""
    grid, seats = ranking.request.grid, ranking.request.seats
    marked = [days(profile.calendar, *grid.dates) for profile in ranking.profiles]
    need = {
        (row, number): IF_NEED_BE * seat.weight
        for row, seat in enumerate(seats)
        if seat.answers
        for number in answered(grid, seat, Answer.IF_NEED_BE)
    }
    return tuple(_option(ranking, number, marked, need) for number in numbers)


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
    ranking: Ranking, number: int, marked: Sequence[Days], need: Mapping[tuple[int, int], int]
) -> Option:
    """Return one option."""
    request = ranking.request
    start = request.grid.start(number)
    end = start + timedelta(minutes=request.grid.minutes)
    stays = _stays(ranking.profiles, marked, start, end)
    rows = ranking.profile_of.tolist()
    paid = ranking.burdens[:, number].tolist()
    hard = ranking.hard[:, number].tolist()
    parts = (
        _part(seat, stays[rows[place]], paid[place], need.get((place, number), 0), hard[place])
        for place, seat in enumerate(request.seats)
    )
    presences = [stay.presence for stay in stays]
    return Option(
        start=start,
        end=end,
        worst_first=ranking.worst_first(number),
        people_points=int(ranking.people[number]),
        parts=tuple(parts),
        cautions=cautions(request.seats, presences, rows, start, end, request.previous),
    )


def _part(seat: Seat, stay: _Stay, paid: int, if_need_be: int, hard_no: bool) -> Part:
    """Return what the start means for one seat."""
    return Part(
        name=seat.name,
        required=seat.required,
        clock=stay.clock,
        band=stay.band,
        days_off=stay.days_off,
        burden=paid,
        if_need_be=if_need_be,
        ledger=seat.ledger,
        after=seat.ledger + paid if seat.required else seat.ledger,
        hard_no=hard_no,
        absent=hard_no and not seat.required,
    )


def _stays(
    profiles: Sequence[Profile], marked: Sequence[Days], start: datetime, end: datetime
) -> list[_Stay]:
    """Return what one start means for each profile."""
    begin, after = ((at - zones.EPOCH) // zones.MINUTE for at in (start, end))
    clocks: dict[tuple[int, int], Clock] = {}
    stays = []
    for profile, off in zip(profiles, marked, strict=True):
        offsets = zones.offset(begin, profile.zone), zones.offset(after, profile.zone)
        if offsets not in clocks:
            clocks[offsets] = Clock(_on_clock(start, offsets[0]), _on_clock(end, offsets[1]))
        quanta = local_quanta(begin, after - begin, profile.zone)
        dates = tuple(
            date.fromordinal(_FIRST_ORDINAL + day) for day in sorted({q // DAY for q in quanta})
        )
        stays.append(
            _Stay(
                clock=clocks[offsets],
                band=max(profile.bands.minutes[quantum % DAY] for quantum in quanta),
                days_off=tuple(_days_off(off, dates)),
                presence=Presence(profile.zone, off, dates),
            )
        )
    return stays


def _days_off(marked: Days, dates: Sequence[date]) -> Iterator[DayOff]:
    """Yield the holidays and rest days among the dates; a holiday hides a rest day (rule 3)."""
    for on in dates:
        if on in marked.holidays:
            yield DayOff(on, marked.holidays[on])
        elif on in marked.rest:
            yield DayOff(on, None)


def _on_clock(instant: datetime, offset: int) -> datetime:
    """Return an instant with an offset in minutes."""
    return instant.astimezone(timezone(timedelta(minutes=offset)))
