"""People who registered: the sitting that suits them best by their clock alone, and their sheet."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

from townhall.domain import options
from townhall.domain.burden import utc
from townhall.domain.office_sheet import defused
from townhall.domain.slots import Seat


def best_on_clock(hours: Sequence[tuple[datetime, int]], zone: str) -> int:
    """Return the number, from 0, of the sitting that costs least on a clock; ties to the first.

    A stranger's rest days and holidays are not known, so that every day counts as Monday to
    Friday does where no country is named.

    Args:
        hours: Starts, aware, on quarter hours; and how many minutes each lasts. At least one.
        zone: The clock's.
    """
    return min(range(len(hours)), key=lambda nth: (_burden(*hours[nth], zone), hours[nth][0]))


@lru_cache(maxsize=4_096)
def _burden(start: datetime, minutes: int, zone: str) -> int:
    """Return what one start costs an office of that zone."""
    [part] = options.cost_of((Seat("", zone),), start, minutes).parts
    return part.cost.burden


COLUMNS = ("address", "language", "zone", "registered_at", "sitting", "answer")
"""Of the sheet of those who registered; instants are UTC (RFC 3339)."""


def sheet(rows: Iterable[Sequence[str | datetime | None]]) -> str:
    """Return a sheet of those who registered: CRLF line ends, formulas defused.

    Args:
        rows: In the order of `COLUMNS`; what is None is left empty.
    """
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return lines.getvalue()


def _cell(value: str | datetime | None) -> str:
    """Return a value as the sheet has it."""
    if value is None:
        return ""
    return utc(value) if isinstance(value, datetime) else defused(str(value))
