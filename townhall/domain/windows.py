"""Windows to plan in."""

from datetime import UTC, datetime, time, timedelta

from townhall.domain import zones
from townhall.domain.burden import QUANTUM, Grid

AHEAD = timedelta(days=14)
"""Time for offices to answer and for invites to be read."""

WORKING_DAYS = timedelta(days=5)


def ahead(now: datetime) -> tuple[datetime, datetime]:
    """Return the working week, Monday to Friday UTC, that begins two weeks or more from `now`."""
    earliest = datetime.combine((now + AHEAD).astimezone(UTC).date(), time(), UTC)
    monday = earliest + timedelta(days=-earliest.weekday() % 7)
    return monday, monday + WORKING_DAYS


def later(instant: datetime, days: int, zone: str) -> datetime:
    """Return the instant some days on at which the clock of `zone` shows the same time, UTC.

    A time that the clocks skip or show twice on that day is read as a calendar reads it.
    """
    wall = zones.local(instant, zone).replace(tzinfo=None) + timedelta(days=days)
    return zones.reading(wall, zone)


def still_open(first: datetime, until: datetime, minutes: int, now: datetime) -> Grid | None:
    """Return the starts of a window that have not passed; None where all have.

    Args:
        first: The first start; on a quarter hour UTC.
        until: After the last start.
        minutes: The length of a sitting.
        now: Aware; a start at this very moment has passed.
    """
    passed = (now - first) // timedelta(minutes=QUANTUM) + 1
    begin = first + max(passed, 0) * timedelta(minutes=QUANTUM)
    return Grid(begin, until, minutes) if begin < until else None
