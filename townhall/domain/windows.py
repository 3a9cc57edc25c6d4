"""Windows to plan in."""

from datetime import UTC, datetime, time, timedelta

AHEAD = timedelta(days=14)
"""Time for offices to answer and for invites to be read."""

WORKING_DAYS = timedelta(days=5)


def ahead(now: datetime) -> tuple[datetime, datetime]:
    """Return the working week, Monday to Friday UTC, that begins two weeks or more from `now`."""
    earliest = datetime.combine((now + AHEAD).astimezone(UTC).date(), time(), UTC)
    monday = earliest + timedelta(days=-earliest.weekday() % 7)
    return monday, monday + WORKING_DAYS
