"""Hours of the day and what they cost: docs/fairness.md, rule 2."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from townhall.errors import InputError
from townhall.i18n import N_, Speech

DAY = 24 * 60
"""Minutes of a day on a wall clock."""

MOST_POINTS = 100

_NAMES = (
    (16, N_("night")),
    (8, N_("very early or late")),
    (4, N_("early or late")),
    (2, N_("morning or evening")),
    (1, N_("edge of the day")),
    (0, N_("working hours")),
)


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of every day on a wall clock, half-open.

    Args:
        start: Minutes after midnight, 0 to 1439.
        end: Minutes after midnight, 0 to 1440. Not after `start` means across midnight;
            equal to it means the whole day.
    """

    start: int
    end: int

    def pieces(self) -> tuple[tuple[int, int], ...]:
        """Return the one or two stretches between midnights, as ascending half-open pairs."""
        if self.start < self.end:
            return ((self.start, self.end),)
        across = ((0, self.end), (self.start, DAY))
        return tuple(piece for piece in across if piece[0] < piece[1])


@dataclass(frozen=True, slots=True)
class Band:
    """What a quarter hour costs that begins in these hours; points 0 to 100."""

    hours: Hours
    points: int


@dataclass(frozen=True, slots=True)
class Bands:
    """What a quarter hour costs by the minute of the local day at which it begins.

    Args:
        minutes: Points of each of the 1440 minutes of a day, one octet each. Two lists of
            bands that say the same are therefore equal.
    """

    minutes: bytes

    @property
    def dearest(self) -> int:
        """The points of the dearest minute."""
        return max(self.minutes)


def clock(minutes: int) -> str:
    """Return minutes after midnight as `HH:MM`; the end of the day is `24:00`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def whole_day(bands: Sequence[Band], field: str) -> Bands:
    """Return `bands` as one value if they cover every minute of the day once.

    Raises:
        InputError: There is a gap or an overlap; the sentence gives its hours.
    """
    pieces = sorted((*piece, band.points) for band in bands for piece in band.hours.pieces())
    reached = 0
    for start, end, _ in [*pieces, (DAY, DAY, 0)]:
        if start > reached:
            message = N_("The bands leave a gap from %(start)s to %(end)s.")
            raise InputError(message, field=field, start=clock(reached), end=clock(start))
        if start < reached:
            message = N_("Two bands overlap at %(start)s.")
            raise InputError(message, field=field, start=clock(start))
        reached = end
    return Bands(b"".join(bytes([points]) * (end - start) for start, end, points in pieces))


STANDARD = whole_day(
    [
        Band(Hours(start * 60, end * 60), points)
        for start, end, points in (
            (9, 17, 0),
            (8, 9, 1),
            (17, 18, 1),
            (7, 8, 2),
            (18, 20, 2),
            (6, 7, 4),
            (20, 22, 4),
            (5, 6, 8),
            (22, 23, 8),
            (23, 5, 16),
        )
    ],
    "bands",
)


@lru_cache(maxsize=1024)
def met_by_quarter(never: tuple[Hours, ...]) -> NDArray[np.int16]:
    """Return 1 for each minute whose following 15 minutes meet one of `never`, else 0.

    Returns:
        Shape (1440,), not to be written to; the quarter hour may run past midnight.
    """
    inside = np.zeros(DAY, dtype=np.int16)
    for hours in never:
        for start, end in hours.pieces():
            inside[start:end] = 1
    met = np.zeros(DAY, dtype=np.int16)
    for minutes in range(15):
        met |= np.roll(inside, -minutes)
    met.flags.writeable = False
    return met


def name(points: int, speech: Speech) -> str:
    """Return the name of a band with these points.

    Bands of one's own are named by what they cost: the name of the dearest standard band
    that costs no more.
    """
    return speech.gettext(next(said for least, said in _NAMES if points >= least))
