"""Hours and their prices as people type them: `18:00-21:00`, and `09:00-17:00 0` with points."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from townhall.errors import InputError
from townhall.i18n import N_

_STRETCH = re.compile(r"(\d{1,2}:\d{2})\s*[-–—]\s*(\d{1,2}:\d{2})")


def hours(lines: Iterable[str], field: str) -> list[Any] | None:
    """Return stretches such as `18:00-21:00` as the planning document has them; None for none.

    Raises:
        InputError: A line is no stretch of hours.
    """
    return [list(_stretch(line, field)) for line in lines] or None


def bands(lines: Iterable[str], field: str) -> list[Any] | None:
    """Return lines such as `09:00-17:00 0` as the planning document has them; None for none.

    Raises:
        InputError: A line is no stretch of hours with points.
    """
    found: list[Any] = []
    for line in lines:
        stretch, _, points = line.rpartition(" ")
        if not (points.isdecimal() and len(points) <= 9):
            raise InputError(
                N_("“%(value)s” is not a band such as 09:00-17:00 0: hours, then points."),
                field=field,
                value=line[:40],
            )
        found.append([*_stretch(stretch, field), int(points)])
    return found or None


def written(value: Sequence[Sequence[Any]] | None) -> list[str]:
    """Return stretches, with points where they have them, as `hours` and `bands` read them."""
    return [
        f"{start}-{end}" + "".join(f" {points}" for points in rest)
        for start, end, *rest in value or ()
    ]


def _stretch(text: str, field: str) -> tuple[str, str]:
    """Return the two ends of `18:00-21:00`, each as `HH:MM`."""
    match = _STRETCH.fullmatch(text.strip())
    if not match:
        raise InputError(
            N_("“%(value)s” is not a stretch of hours such as 18:00-21:00."),
            field=field,
            value=text[:40],
        )
    start, end = (part.rjust(5, "0") for part in match.groups())
    return start, end
