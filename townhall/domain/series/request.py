"""What a series asks for.

Source: docs/fairness.md, rules 8 and 9.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from townhall.domain import zones
from townhall.domain.bands import STANDARD, Bands
from townhall.domain.burden import Grid
from townhall.domain.slots import MOST_CELLS, Request, Seat
from townhall.errors import InputError
from townhall.i18n import N_

MOST_OCCURRENCES = 520
DISTINCT_TIMES = 3
TIME_LIMIT_S = 10
EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Fixed:
    """A sitting of a series that was held, or that people are waiting for.

    Args:
        start: Aware.
        minutes: Its length.
        place: How many of the occurrences that are to be planned come before it.
    """

    start: datetime
    minutes: int
    place: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """Town halls that repeat: one start in each window is wanted.

    Args:
        grids: The starts of each occurrence, 1 to 520.
        seats: At least one; names differ. Their ledgers hold what they have paid before. One is
            required that is required in any occurrence.
        bands: For the seats without bands of their own.
        apart_days: Each start lies at least so many times 24 hours after the one before; None
            where the order does not matter.
        distinct_times: How many times of day are used at most; None for any number.
        clock: The zone on whose clock times of day and weekdays are read.
        weekdays: On which sittings may start, as `date.weekday` counts.
        time_limit_s: Seconds after which the search ends with the best series known.
        fixed: Sittings of the series that stay as they are, in the order of the occurrences: what
            is planned keeps apart from them, and their times of day count.
        casts: The seats of each occurrence, where they differ: in the order of `seats`, as
            `together` makes them. None where all occurrences have the same.

    Raises:
        InputError: There is no occurrence, or more than can be planned, or the seats are at
            fault.
    """

    grids: tuple[Grid, ...]
    seats: tuple[Seat, ...]
    bands: Bands = STANDARD
    apart_days: int | None = None
    distinct_times: int | None = DISTINCT_TIMES
    clock: str = "UTC"
    weekdays: frozenset[int] = EVERY_DAY
    time_limit_s: float = TIME_LIMIT_S
    fixed: tuple[Fixed, ...] = ()
    casts: tuple[tuple[Seat, ...], ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.grids) <= MOST_OCCURRENCES:
            message = N_("A series has 1 to %(most)s occurrences, not %(value)s.")
            raise InputError(
                message, field="occurrences", most=MOST_OCCURRENCES, value=len(self.grids)
            )
        cells = len(self.seats) * sum(grid.count for grid in self.grids)
        if cells > MOST_CELLS:
            message = N_("%(seats)s seats and %(starts)s starts are more than one plan can hold.")
            starts = sum(grid.count for grid in self.grids)
            raise InputError(message, field="seats", seats=len(self.seats), starts=starts)
        for number in range(len(self.grids)):
            self.request(number)

    @property
    def minutes(self) -> int:
        """Length of each sitting; the longest where they differ."""
        return max(grid.minutes for grid in self.grids)

    @property
    def held(self) -> tuple[datetime, ...]:
        """The starts of the sittings that stay as they are, in the order of the occurrences."""
        return tuple(sitting.start for sitting in self.fixed)

    def request(self, number: int) -> Request:
        """Return what is asked of one occurrence alone."""
        seats = self.casts[number] if self.casts else self.seats
        return Request(self.grids[number], seats, self.bands)


def remaining(
    series: Series, starts: Mapping[int, datetime], paid: Mapping[int, Sequence[int]]
) -> Series:
    """Return the series that is left when some of its sittings are held or agreed.

    Args:
        series: As it was planned; nothing of it is fixed yet.
        starts: Of those sittings by the number of the occurrence, from 0; aware.
        paid: What every seat, in order, pays for each of them.

    Raises:
        InputError: No occurrence is left.

    Source: docs/fairness.md, rule 8.
    """
    burdens = [sum(seat) for seat in zip(*paid.values(), strict=True)] or [0] * len(series.seats)
    free = [number for number in range(len(series.grids)) if number not in starts]
    return replace(
        series,
        grids=tuple(series.grids[number] for number in free),
        casts=tuple(series.casts[number] for number in free if series.casts),
        seats=tuple(
            replace(seat, ledger=seat.ledger + burden) if seat.required else seat
            for seat, burden in zip(series.seats, burdens, strict=True)
        ),
        fixed=tuple(
            Fixed(start, series.grids[number].minutes, sum(other < number for other in free))
            for number, start in sorted(starts.items())
        ),
    )


def together(
    casts: Sequence[Mapping[str, Seat]], ledgers: Mapping[str, int]
) -> tuple[tuple[Seat, ...], tuple[tuple[Seat, ...], ...]]:
    """Return the seats of a series whose occurrences have different ones, and those of each.

    Args:
        casts: The seats of each occurrence by what they are called in the whole series; one may
            be missing here, optional there, or have moved to another zone.
        ledgers: What each has paid before, by the same names.

    Returns:
        `seats` and `casts` as `Series` takes them. A seat that an occurrence has not is in its
        cast as one that nothing is asked of: no people, no weight, not required.
    """
    everyone = {name: seat for cast in casts for name, seat in cast.items()}
    required = {name for cast in casts for name, seat in cast.items() if seat.required}
    seats = tuple(
        replace(seat, name=name, ledger=ledgers[name], required=name in required)
        for name, seat in everyone.items()
    )
    absent = {
        seat.name: Seat(seat.name, seat.zone, people=0, weight=0, required=False) for seat in seats
    }
    return seats, tuple(
        tuple(
            replace(cast[name], name=name, ledger=ledgers[name]) if name in cast else absent[name]
            for name in everyone
        )
        for cast in casts
    )


def wall_minute(moment: datetime, zone: str) -> int:
    """Return minutes since 1970 on the clock of a zone."""
    minute = (moment - zones.EPOCH) // zones.MINUTE
    return minute + zones.offset(minute, zone)
