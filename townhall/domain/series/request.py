"""What a series asks for.

Source: docs/fairness.md, rules 8 and 9.
"""

from collections.abc import Sequence
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
class Series:
    """Town halls that repeat: one start in each window is wanted.

    Args:
        grids: The starts of each occurrence, 1 to 520; all of one length.
        seats: At least one; names differ. Their ledgers hold what they have paid before.
        bands: For the seats without bands of their own.
        apart_days: Each start lies at least so many times 24 hours after the one before; None
            where the order does not matter.
        distinct_times: How many times of day are used at most; None for any number.
        clock: The zone on whose clock times of day and weekdays are read.
        weekdays: On which sittings may start, as `date.weekday` counts.
        time_limit_s: Seconds after which the search ends with the best series known.
        held: Starts of sittings of the series that were held, aware: what is planned keeps apart
            from them, and their times of day count.

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
    held: tuple[datetime, ...] = ()

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
        """Length of each sitting."""
        return self.grids[0].minutes

    def request(self, number: int) -> Request:
        """Return what is asked of one occurrence alone."""
        return Request(self.grids[number], self.seats, self.bands)


def remaining(series: Series, starts: Sequence[datetime], paid: Sequence[Sequence[int]]) -> Series:
    """Return the series that is left when its first sittings were held.

    Args:
        series: As it was planned.
        starts: Of the sittings that were held, aware, in order; fewer than the occurrences.
        paid: What every seat, in order, paid for each of them.

    Raises:
        InputError: No occurrence is left.

    Source: docs/fairness.md, rule 8.
    """
    burdens = [sum(seat) for seat in zip(*paid, strict=True)] or [0] * len(series.seats)
    seats = tuple(
        replace(seat, ledger=seat.ledger + burden) if seat.required else seat
        for seat, burden in zip(series.seats, burdens, strict=True)
    )
    left = series.grids[len(starts) :]
    return replace(series, grids=left, seats=seats, held=(*series.held, *starts))


def wall_minute(moment: datetime, zone: str) -> int:
    """Return minutes since 1970 on the clock of a zone."""
    minute = (moment - zones.EPOCH) // zones.MINUTE
    return minute + zones.offset(minute, zone)
