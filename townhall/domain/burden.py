"""Points per profile and start: docs/fairness.md, rules 1 to 5, as matrices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from townhall.domain import fields, zones
from townhall.domain.bands import DAY, Bands, Hours, met_by_quarter
from townhall.domain.calendar import Calendar, days
from townhall.errors import InputError
from townhall.i18n import N_

QUANTUM = 15
"""Minutes of a quantum; starts lie on quarter hours UTC."""

LONGEST = 720
MOST_STARTS = 100_000

_EPOCH_DAY = zones.EPOCH.date()

_AT_ONCE = 32
"""How many rows are summed at once."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The starts that are compared, and how long a sitting lasts.

    Args:
        first: The first start, aware, on a quarter hour UTC.
        until: After the last start, aware, on a quarter hour UTC; a sitting may end after it.
        minutes: Length of a sitting, a multiple of 15 from 15 to 720.

    Raises:
        InputError: A value is out of range, or there is no start, or more than 100,000, or the
            clocks of that time are not known; `field` is `from`, `until` or `minutes`.

    Source: docs/fairness.md, rule 1.
    """

    first: datetime
    until: datetime
    minutes: int

    def __post_init__(self) -> None:
        if not QUANTUM <= self.minutes <= LONGEST or self.minutes % QUANTUM:
            message = N_("A sitting lasts 15 to 720 minutes in steps of 15, not %(value)s.")
            raise InputError(message, field="minutes", value=fields.shown(self.minutes))
        _require_quarter_hour(self.first, "from")
        _require_quarter_hour(self.until, "until")
        if self.until <= self.first:
            message = N_("The window has no start: it ends at %(value)s, not after it begins.")
            raise InputError(message, field="until", value=utc(self.until))
        if self.count > MOST_STARTS:
            message = N_("The window has %(count)s starts; at most %(most)s can be compared.")
            raise InputError(message, field="until", count=self.count, most=MOST_STARTS)
        zones.require_clocks(self.first, "from")
        zones.require_clocks(self.until, "until")

    @property
    def count(self) -> int:
        """How many starts there are."""
        return (self.until - self.first) // timedelta(minutes=QUANTUM)

    @property
    def quanta(self) -> int:
        """How many quarter hours a sitting lasts."""
        return self.minutes // QUANTUM

    @property
    def reach(self) -> int:
        """How many quarter hours the sittings of all starts touch together."""
        return self.count + self.quanta - 1

    def start(self, number: int) -> datetime:
        """Return the start with this number, 0 for the first; aware, UTC."""
        return (self.first + timedelta(minutes=QUANTUM * number)).astimezone(UTC)

    @property
    def dates(self) -> tuple[date, date]:
        """The first and last date that a quantum can have on any clock of the world."""
        last = self.start(self.reach - 1)
        return (
            (self.first.astimezone(UTC) - timedelta(days=1)).date(),
            (last + timedelta(days=1)).date(),
        )


@dataclass(frozen=True, slots=True)
class Profile:
    """All that decides what a start costs a seat, before its weight; seats share profiles."""

    zone: str
    bands: Bands
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Closed:
    """The hours of a zone at which a seat can never take part."""

    zone: str
    never: tuple[Hours, ...]


def points(grid: Grid, profiles: Sequence[Profile]) -> NDArray[np.int16]:
    """Return the points that each profile pays for each start.

    Returns:
        Shape (profiles, starts); the sum over a sitting's quanta before weights and answers,
        at most 48 × 108.

    Source: docs/fairness.md, rules 1 to 4.
    """
    first, last = grid.dates
    octets = b"".join(profile.bands.minutes for profile in profiles)
    tables = np.frombuffer(octets, dtype=np.uint8).reshape(-1, DAY).astype(np.int16)
    marked = [days(profile.calendar, first, last).surcharge for profile in profiles]
    return _sums(grid, [p.zone for p in profiles], tables, np.array(marked, dtype=np.int16))


def closed(grid: Grid, hours: Sequence[Closed]) -> NDArray[np.bool_]:
    """Return whether a sitting at each start meets the never-hours.

    Returns:
        Shape (hours, starts).

    Source: docs/fairness.md, rule 5.
    """
    first, last = grid.dates
    tables = np.array([met_by_quarter(closed.never) for closed in hours], dtype=np.int16)
    ordinary = np.zeros((len(hours), (last - first).days + 1), dtype=np.int16)
    return _sums(grid, [closed.zone for closed in hours], tables, ordinary) > 0


def busy_starts(grid: Grid, begin: datetime, end: datetime) -> slice:
    """Return the starts whose sitting meets the interval from `begin` up to `end`.

    A sitting that ends as the interval begins does not meet it, nor one that starts as it ends.

    Source: docs/fairness.md, rule 5.
    """
    quantum = timedelta(minutes=QUANTUM)
    low = (begin - grid.first - timedelta(minutes=grid.minutes)) // quantum + 1
    high = -((grid.first - end) // quantum)
    return slice(min(max(low, 0), grid.count), min(max(high, 0), grid.count))


def local_quanta(begin: int, minutes: int, zone: str) -> Sequence[int]:
    """Return when each quantum begins on the clock of `zone`, in wall minutes since 1970.

    Args:
        begin: Minutes since 1970 UTC.
        minutes: Length of the sitting.
        zone: Where the clock hangs.
    """
    offset, *later = zones.changes(begin, begin + minutes, zone)
    if not later:
        return range(begin + offset, begin + offset + minutes, QUANTUM)
    return [m + zones.offset(m, zone) for m in range(begin, begin + minutes, QUANTUM)]


def utc(moment: datetime) -> str:
    """Return an instant as a document writes it: `2026-12-09T11:30Z`."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='minutes')}Z"


def _require_quarter_hour(moment: datetime, field: str) -> None:
    """Raise InputError for a time that is naive, off a quarter hour, or out of range."""
    if moment.utcoffset() is None:
        message = N_("%(value)s has no offset; end it with Z or an offset such as +05:30.")
        raise InputError(message, field=field, value=moment.isoformat())
    zones.require_year(moment, field)
    if (moment - zones.EPOCH) % timedelta(minutes=QUANTUM):
        message = N_("%(value)s is not on a quarter hour.")
        raise InputError(message, field=field, value=moment.isoformat())


def _sums(
    grid: Grid,
    names: Sequence[str],
    tables: NDArray[np.int16],
    marked: NDArray[np.int16],
) -> NDArray[np.int16]:
    """Return what a sitting at each start costs each row.

    Args:
        grid: Starts and length.
        names: The zone of each row.
        tables: What a quantum costs by the local minute at its start; shape (rows, 1440).
        marked: What it costs beside that by local date; shape (rows, dates of the grid).

    Returns:
        Shape (rows, starts).
    """
    begin = (grid.first - zones.EPOCH) // zones.MINUTE
    end = begin + QUANTUM * (grid.reach - 1)
    # Zones whose clocks agree all the time are done together.
    rows_of: dict[tuple[int, ...], list[int]] = {}
    clocks = {name: zones.changes(begin, end, name) for name in set(names)}
    for row, name in enumerate(names):
        rows_of.setdefault(clocks[name], []).append(row)
    sums = np.empty((len(names), grid.count), dtype=np.int16)
    for changes, together in rows_of.items():
        stretches = tuple(_stretches(grid, begin, changes))
        # So few at once that what lies between stays in the processor's cache; fresh memory
        # would cost more than the sums.
        for low in range(0, len(together), _AT_ONCE):
            rows = together[low : low + _AT_ONCE]
            quanta = _spread(grid, begin, stretches, tables[rows], marked[rows])
            sums[rows] = _windows(quanta, grid.quanta)
    return sums


def _spread(
    grid: Grid,
    begin: int,
    stretches: Sequence[tuple[int, int, int]],
    tables: NDArray[np.int16],
    marked: NDArray[np.int16],
) -> NDArray[np.int16]:
    """Return what each quantum of the grid costs rows that share a clock.

    Args:
        grid: Starts and length.
        begin: Its first start in minutes since 1970.
        stretches: Of the clock, as `_stretches` yields them.
        tables: As `_sums` takes them, of these rows.
        marked: The same.

    Returns:
        Shape (rows, reach of the grid).
    """
    base = (grid.dates[0] - _EPOCH_DAY).days
    pieces = []
    for low, high, offset in stretches:
        day, minute = divmod(begin + QUANTUM * low + offset, DAY)
        # Whole local days side by side, then cut: every offset of today is a multiple of
        # 15 minutes; `phase` serves the odd ones of long ago.
        skipped, phase = divmod(minute, QUANTUM)
        last = day - base + -((low - high - skipped) // (DAY // QUANTUM))
        whole = marked[:, day - base : last, np.newaxis] + tables[:, np.newaxis, phase::QUANTUM]
        pieces.append(whole.reshape(len(tables), -1)[:, skipped : skipped + high - low])
    return pieces[0] if len(pieces) == 1 else np.hstack(pieces)


def _stretches(grid: Grid, begin: int, changes: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
    """Yield the quanta during which a clock keeps one offset: (first, after the last, minutes).

    Args:
        grid: Whose quanta.
        begin: Its first start in minutes since 1970.
        changes: As `zones.changes` tells them.
    """
    # A quantum belongs to the offset at its start, so a change within one counts from the next.
    cuts = [0, *(-((begin - change) // QUANTUM) for change in changes[1::2]), grid.reach]
    for (first, after), minutes in zip(pairwise(cuts), changes[::2], strict=True):
        yield first, after, minutes


def _windows(quanta: NDArray[np.int16], length: int) -> NDArray[np.int16]:
    """Return the sums over every `length` neighbours of each row, by doubling.

    Returns:
        Shape (rows, quanta - length + 1).
    """
    count = quanta.shape[1] - length + 1
    total = np.zeros((quanta.shape[0], count), dtype=np.int16)
    doubled, size, taken = quanta, 1, 0
    while True:
        if length & size:
            total += doubled[:, taken : taken + count]
            taken += size
        if 2 * size > length:
            return total
        doubled = doubled[:, :-size] + doubled[:, size:]
        size *= 2
