"""What the forms of an office and of a seat have in common: a place and its calendar."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from townhall.domain import people, written_hours, zones
from townhall.errors import InputError
from townhall.i18n import N_
from townhall.web import forms

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def hours(name: str) -> list[Any] | None:
    """Return lines such as `18:00-21:00` as the planning document has them; None if empty.

    Raises:
        InputError: A line is no stretch of hours.
    """
    return written_hours.hours(forms.lines(name), name)


def bands(name: str) -> list[Any] | None:
    """Return lines such as `09:00-17:00 0` as the planning document has them; None if empty.

    Raises:
        InputError: A line is no stretch of hours with points.
    """
    return written_hours.bands(forms.lines(name), name)


def busy(name: str, zone: str) -> list[Any] | None:
    """Return lines such as `2026-12-09 14:00 - 2026-12-09 15:30`, on the place's own clock.

    Raises:
        InputError: A line is no stretch of time, or its clock skips or repeats an end.
    """
    found = []
    for line in forms.lines(name):
        ends = re.split(r"\s+[-–—]\s+", line)
        try:
            walls = [datetime.fromisoformat(end) for end in ends]
        except ValueError:
            walls = []
        if len(walls) != 2 or any(wall.tzinfo for wall in walls):
            raise InputError(
                N_("“%(value)s” is not a busy time such as 2026-12-09 14:00 - 2026-12-09 15:30."),
                field=name,
                value=line[:60],
            )
        instants = [zones.instant(wall, zone, name) for wall in walls]
        found.append([f"{instant.astimezone(UTC):%Y-%m-%dT%H:%MZ}" for instant in instants])
    return found or None


def dates(name: str) -> list[Any] | None:
    """Return the lines of a field, dates that the planning document will check; None if empty."""
    return list(forms.lines(name)) or None


def rest_days() -> list[Any] | None:
    """Return the ticked weekdays; None, which means the country's, unless the form says own."""
    if forms.text("rest") != "own":
        return None
    return [day for day in WEEKDAYS if forms.checked(f"rest_{day}")]


def contacts(language: str) -> Sequence[people.ContactDetails]:
    """Return the people of the form, one a line.

    Raises:
        InputError: A line holds no mail address.
    """
    return [people.contact(line, language, "contacts") for line in forms.lines("contacts")]


def country() -> str | None:
    """Return the country's code in capitals; None if the field is empty."""
    return forms.text("country").upper() or None


def shown_hours(value: Sequence[Sequence[Any]] | None) -> str:
    """Return stretches as the form takes them, one a line."""
    return "\n".join(written_hours.written(value))


def shown_busy(value: Sequence[Sequence[str]] | None, zone: str) -> str:
    """Return busy times as the form takes them, on the place's own clock."""
    return "\n".join(
        " - ".join(
            f"{zones.local(datetime.fromisoformat(end), zone):%Y-%m-%d %H:%M}" for end in ends
        )
        for ends in value or ()
    )
