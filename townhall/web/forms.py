"""Fields of a form as values; what is missing or off is said by the field's name.

A form that changes something is posted; one that only asks stands in the address.
"""

from datetime import UTC, datetime

from flask import request
from werkzeug.datastructures import MultiDict

from townhall.domain import fields, zones
from townhall.errors import InputError
from townhall.i18n import N_

LONGEST_NUMBER = 9
"""Digits of a number that fits the rows of every database."""

MOST_KEY = 10**LONGEST_NUMBER - 1


def given() -> MultiDict[str, str]:
    """Return the fields of the request's form, wherever its method puts them."""
    return request.form if request.method == "POST" else request.args


def text(name: str, default: str = "") -> str:
    """Return a field without the spaces around it."""
    return given().get(name, default).strip()


def required(name: str, limit: int = 200) -> str:
    """Return a field that must be filled.

    Raises:
        InputError: It is empty or longer than `limit` characters.
    """
    value = text(name)
    if not value:
        raise InputError(N_("This field is empty; please fill it in."), field=name)
    return limited(name, limit)


def limited(name: str, limit: int) -> str:
    """Return a field of at most `limit` characters.

    Raises:
        InputError: It is longer.
    """
    value = text(name)
    if len(value) > limit:
        raise InputError(
            N_("“%(value)s…” has %(count)s characters; the most is %(limit)s."),
            field=name,
            value=value[:40],
            count=len(value),
            limit=limit,
        )
    return value


def whole(name: str, default: int | None = None, *, least: int = 0, most: int = 1_000_000) -> int:
    """Return a field as a whole number.

    Raises:
        InputError: It is no whole number from `least` to `most`.
    """
    value = text(name)
    if not value and default is not None:
        return default
    return _whole(name, value, least, most)


def keys(name: str) -> list[int]:
    """Return the numbers of the rows that were ticked, in the form's order.

    Raises:
        InputError: One is no number that a row can have.
    """
    return [_whole(name, value, 1, MOST_KEY) for value in request.form.getlist(name)]


def _whole(name: str, value: str, least: int, most: int) -> int:
    """Return one value of a field as a whole number in a range."""
    digits = value.removeprefix("-")
    is_short = digits.isdecimal() and len(digits) <= LONGEST_NUMBER
    if not is_short or not least <= int(value) <= most:
        raise InputError(
            N_("“%(value)s” is not a whole number from %(least)s to %(most)s."),
            field=name,
            value=value[:40],
            least=least,
            most=most,
        )
    return int(value)


def version() -> int:
    """Return the version of the thing that the form showed, so that a stale form is noticed."""
    return whole("version", least=1, most=MOST_KEY)


def checked(name: str) -> bool:
    """Return whether a box was ticked."""
    return name in request.form


def lines(name: str) -> list[str]:
    """Return the filled lines of a field, posted or in the address."""
    return [line.strip() for line in given().get(name, "").splitlines() if line.strip()]


def wall(name: str) -> datetime:
    """Return a date and time as typed into `datetime-local`, naive.

    Raises:
        InputError: It is no date and time.
    """
    value = text(name)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise InputError(
            N_("“%(value)s” is not a date and time such as 2026-12-09 14:00."),
            field=name,
            value=value[:40],
        )
    return moment


def moment(name: str, zone: str) -> datetime:
    """Return the instant of a date and time typed into `datetime-local` on the clock of a zone.

    Of a time that the clocks show twice it is the one at the offset that the field of the same
    name with `_offset` behind it chooses; pages offer that choice by `ui.twice`.

    Raises:
        InputError: It is no date and time, the clocks skip it, or show it twice and neither of
            the two was chosen.
    """
    typed = wall(name)
    try:
        return zones.instant(typed, zone, name)
    except InputError as error:
        offsets = error.values.get("offsets", ())
        chosen = text(f"{name}_offset")
        if chosen not in offsets:
            raise
        return zones.instant(typed, zone, name, fold=offsets.index(chosen))


def instant(value: str, name: str) -> datetime:
    """Return a start that one of our own pages wrote into an address or a form, in UTC.

    Raises:
        InputError: It is no instant, or of a year that no clock is known in.
    """
    moment = fields.instant(value, name)
    zones.require_year(moment, name)
    return moment.astimezone(UTC)
