"""Fields of a form as values; what is missing or off is said by the field's name.

A form that changes something is posted; one that only asks stands in the address.
"""

from datetime import date, datetime, time

from flask import request
from werkzeug.datastructures import MultiDict

from townhall.errors import InputError
from townhall.i18n import N_

LONGEST_NUMBER = 9


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
    digits = value.removeprefix("-")
    if not (digits.isdigit() and len(digits) <= LONGEST_NUMBER) or not least <= int(value) <= most:
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
    return whole("version", least=1, most=10**9 - 1)


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


def day(name: str) -> datetime:
    """Return the first minute of a date, naive.

    Raises:
        InputError: It is no date.
    """
    value = text(name)
    try:
        return datetime.combine(date.fromisoformat(value), time())
    except ValueError:
        raise InputError(
            N_("“%(value)s” is not a date such as 2026-12-09."), field=name, value=value[:40]
        ) from None
