"""Local times that were promised, and what the clocks show now.

A sitting is an instant; each seat was promised what its clock would show then, by the release
of the zone database in use that day. Governments change clocks, so a later release can show
another time at the same instant.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from townhall.domain import zones
from townhall.errors import InputError


@dataclass(frozen=True, slots=True)
class Promise:
    """What a seat was told of one start.

    Args:
        position: Of the seat in its town hall.
        name: The seat's.
        zone: Whose clock was read.
        wall: RFC 3339 local time with the offset of that day's release, as `written` gives it.
        burden: Points that the start cost the seat by it.
    """

    position: int
    name: str
    zone: str
    wall: str
    burden: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A seat whose clock no longer shows the time that it was promised.

    Args:
        promise: What the seat was told.
        promised: Its local start by that, aware.
        shown: What its clock shows at the same instant now, aware.
        burden: Points that the start costs it now.
    """

    promise: Promise
    promised: datetime
    shown: datetime
    burden: int

    @property
    def restoring(self) -> datetime | None:
        """The UTC start at which its clock shows the promised time; None if the clocks skip it.

        A time that they show twice is the one with the promised offset, else the first.
        """
        wall, zone = self.promised.replace(tzinfo=None), self.promise.zone
        try:
            first, second = (zones.instant(wall, zone, "start", fold=fold) for fold in (0, 1))
        except InputError:
            return None
        offset = self.promised.utcoffset()
        return second if zones.local(second, zone).utcoffset() == offset else first


@dataclass(frozen=True, slots=True)
class MovedClock:
    """A clock of people without a seat that no longer shows the time they were told.

    Args:
        zone: The clock's.
        wall: What was told, as `written` gives it.
        shown: What it shows at the same instant now, aware.
        people: How many were told so.
    """

    zone: str
    wall: str
    shown: datetime
    people: int

    @property
    def promised(self) -> datetime:
        """The local start that was told, aware."""
        return datetime.fromisoformat(self.wall)


def moved_clocks(starts_at: datetime, told: Iterable[tuple[str, str, int]]) -> Iterator[MovedClock]:
    """Yield the clocks that show another time at `starts_at` than people were told.

    Args:
        starts_at: Aware.
        told: Zone, local time as `written` gives it, and how many were told so.
    """
    for zone, wall, people in told:
        found = MovedClock(zone, wall, zones.local(starts_at, zone), people)
        if found.shown.replace(tzinfo=None) != found.promised.replace(tzinfo=None):
            yield found


def written(starts_at: datetime, zone: str) -> str:
    """Return a start on the clock of `zone` as a promise keeps it: `2026-12-09T06:30-05:00`."""
    return zones.local(starts_at, zone).isoformat(timespec="minutes")


def moved(starts_at: datetime, promises: Iterable[tuple[Promise, int]]) -> Iterator[Moved]:
    """Yield the seats whose clocks show another time at `starts_at` than they were promised.

    Args:
        starts_at: Aware.
        promises: Each with the points that the start costs the seat now.
    """
    for promise, burden in promises:
        promised = datetime.fromisoformat(promise.wall)
        shown = zones.local(starts_at, promise.zone)
        if shown.replace(tzinfo=None) != promised.replace(tzinfo=None):
            yield Moved(promise, promised, shown, burden)
