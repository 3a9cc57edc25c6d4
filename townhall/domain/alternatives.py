"""Hours to move to, where one will not do."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from townhall.domain.slots import Ranking


def alternatives(
    ranking: Ranking, avoid: Iterable[datetime], *, now: datetime, most: int = 3
) -> tuple[int, ...]:
    """Return the numbers of the fairest starts to come that share no minute with one another.

    Starts a quarter hour apart cost nearly the same and say nothing new.

    Args:
        ranking: Of the window.
        avoid: Starts of sittings as long as those ranked that no alternative may touch, UTC.
        now: UTC.
        most: How many to return.
    """
    grid = ranking.request.grid
    length = timedelta(minutes=grid.minutes)
    taken, found = list(avoid), []
    for number in ranking.order:
        start = grid.start(number)
        if start > now and all(abs(start - other) >= length for other in taken):
            taken.append(start)
            found.append(number)
            if len(found) == most:
                break
    return tuple(found)
