"""JSON and TOML, read strictly: nothing is dropped, doubled or rounded on the way in."""

import json
import tomllib
from typing import Any, NoReturn

from townhall.errors import InputError
from townhall.i18n import N_

_NOT_READABLE = N_("This is not readable as %(notation)s: %(detail)s.")


def read(octets: bytes, name: str = "") -> Any:
    """Return what a JSON or TOML document says.

    Args:
        octets: UTF-8; a byte order mark is passed over.
        name: Its file name; `.json` and `.toml` decide, otherwise JSON is what begins with `{`.

    Raises:
        InputError: It is not UTF-8, not well-formed, or names a field twice.
    """
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = N_("This is not UTF-8 text: octet %(place)s cannot be read.")
        raise InputError(message, place=error.start) from None
    if name.endswith(".json") or (not name.endswith(".toml") and text.lstrip().startswith("{")):
        return from_json(text)
    return from_toml(text)


def from_json(text: str) -> Any:
    """Return what a JSON text says; a name given twice and NaN are refused.

    Raises:
        InputError: It is not well-formed.

    Source: RFC 8259, section 4 on names, section 6 on numbers.
    """
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise InputError(_NOT_READABLE, notation="JSON", detail="nested too deeply") from None
    except ValueError as error:
        raise InputError(_NOT_READABLE, notation="JSON", detail=_line(error)) from None


def from_toml(text: str) -> Any:
    """Return what a TOML text says.

    Raises:
        InputError: It is not well-formed.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError(_NOT_READABLE, notation="TOML", detail="nested too deeply") from None
    except ValueError as error:
        raise InputError(_NOT_READABLE, notation="TOML", detail=_line(error)) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose names differ."""
    held = dict(pairs)
    if len(held) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(N_("The field “%(value)s” is given twice."), value=twice[:60])
    return held


def _no_number(value: str) -> NoReturn:
    """Refuse NaN and the infinities, which Python would read."""
    raise InputError(N_("%(value)s is not a number of JSON."), value=value)


def _line(error: ValueError) -> str:
    """Return what a parser complains of, on one line and without a full stop."""
    return " ".join(str(error).split()).rstrip(".")[:200]
