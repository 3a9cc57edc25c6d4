"""What the forms of an office and of a seat have in common: a place and its calendar."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from townhall.domain import people, seating, written_hours, zones
from townhall.errors import InputError
from townhall.i18n import N_
from townhall.web import forms

_OFFSET = re.compile(r"\s*\(UTC([+-][0-9]{2}:[0-9]{2})\)$")
"""An offset as our own sentences and forms write it."""

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

    An end may have its offset behind it, as in `2026-11-01 01:30 (UTC-05:00)`, which tells
    apart what the clocks show twice.

    Raises:
        InputError: A line is no stretch of time, or its clock skips or repeats an end.
    """
    found = []
    for line in forms.lines(name):
        ends = [_OFFSET.sub(r"\1", end) for end in re.split(r"\s+[-–—]\s+", line)]
        try:
            moments = [datetime.fromisoformat(end) for end in ends]
        except ValueError:
            moments = []
        if len(moments) != 2:
            raise InputError(
                N_("“%(value)s” is not a busy time such as 2026-12-09 14:00 - 2026-12-09 15:30."),
                field=name,
                value=line[:60],
            )
        instants = [_end(moment, zone, name) for moment in moments]
        found.append([f"{instant:%Y-%m-%dT%H:%MZ}" for instant in instants])
    return found or None


def _end(moment: datetime, zone: str, name: str) -> datetime:
    """Return the instant of a busy time's end, typed with an offset or without."""
    if moment.tzinfo is None:
        return zones.instant(moment, zone, name)
    zones.require_year(moment, name)
    return moment.astimezone(UTC)


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


def country_and_region() -> tuple[str | None, str | None]:
    """Return the two letters of the form's country, and its region; None for an empty field.

    Raises:
        InputError: Field `country` or `region`: it is not known.
    """
    return seating.place(forms.text("country").upper() or None, forms.text("region") or None)


def shown_hours(value: Sequence[Sequence[Any]] | None) -> str:
    """Return stretches as the form takes them, one a line."""
    return "\n".join(written_hours.written(value))


def shown_busy(value: Sequence[Sequence[str]] | None, zone: str) -> str:
    """Return busy times as the form takes them, on the place's own clock."""
    return "\n".join(
        " - ".join(_shown_end(datetime.fromisoformat(end), zone) for end in ends)
        for ends in value or ()
    )


def _shown_end(instant: datetime, zone: str) -> str:
    """Return an end of a busy time; with its offset if the clocks show that time twice."""
    at = zones.local(instant, zone)
    shown = f"{at:%Y-%m-%d %H:%M}"
    return f"{shown} ({zones.offset_label(at)})" if zones.is_repeated(instant, zone) else shown
