"""JSON and TOML, read strictly: nothing is dropped, doubled or rounded on the way in."""

import json
import re
import tomllib
from dataclasses import dataclass
from typing import Any

from townhall.errors import InputError
from townhall.i18n import N_

MOST_DIGITS = 300
"""Of a number; nothing that is planned or counted has nearly as many."""

_STOPS = N_("This is not readable as %(notation)s: line %(line)s, from “%(value)s” on.")
_ENDS = N_("This is not readable as %(notation)s: it ends in line %(line)s, before it is whole.")
_DEEP = N_("This is not readable as %(notation)s: it is nested too deeply.")
_LONG = N_("%(value)s has %(count)s digits; the most is %(most)s.")
_PLACE = re.compile(r"\(at (?:line ([0-9]+), column [0-9]+|end of document)\)$")
"""Where the TOML reader stopped: the end of its complaint."""


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
    """Return what a JSON text says; a name given twice, NaN and endless numbers are refused.

    Raises:
        InputError: It is not well-formed; or a value is refused, whose path is the field.

    Source: RFC 8259, section 4 on names, section 6 on numbers.
    """
    strict = _Strict()
    try:
        held = json.loads(
            text,
            object_pairs_hook=strict.once,
            parse_constant=strict.constant,
            parse_int=strict.whole,
        )
        if strict.refuses:
            _refuse(held, "")
    except RecursionError:
        raise InputError(_DEEP, notation="JSON") from None
    except json.JSONDecodeError as error:
        rest = text[error.pos :].split("\n", 1)[0].strip()
        message = _STOPS if rest else _ENDS
        raise InputError(message, notation="JSON", line=error.lineno, value=_cut(rest)) from None
    return held


def from_toml(text: str) -> Any:
    """Return what a TOML text says.

    Raises:
        InputError: It is not well-formed.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError(_DEEP, notation="TOML") from None
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        lines = text.rstrip().splitlines()
        number = int(found[1]) if found and found[1] else len(lines)
        value = _cut(lines[number - 1].strip())
        raise InputError(_STOPS, notation="TOML", line=number, value=value) from None
    except ValueError:
        # The only one left: Python does not read numbers of thousands of digits.
        digits = max(re.findall(r"[0-9_]+", text), key=len)
        raise InputError(
            _LONG, value=_cut(digits), count=len(digits.replace("_", "")), most=MOST_DIGITS
        ) from None


@dataclass(frozen=True, slots=True)
class _Refused:
    """What stands in place of a value that is refused, until its path is known.

    Args:
        error: Why; without a field.
        name: The field of the object that is to blame, where it is not the value itself.
    """

    error: InputError
    name: str = ""


@dataclass(slots=True)
class _Strict:
    """What the JSON reader asks about objects, constants and whole numbers.

    Args:
        refuses: Whether anything was refused.
    """

    refuses: bool = False

    def once(self, pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Refused:
        """Return an object whose names differ."""
        held = dict(pairs)
        if len(held) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            message = N_("The field “%(value)s” is given twice.")
            return self._refused(InputError(message, value=_cut(twice)), twice)
        return held

    def constant(self, value: str) -> _Refused:
        """Refuse NaN and the infinities, which Python would read."""
        return self._refused(InputError(N_("%(value)s is not a number of JSON."), value=value))

    def whole(self, digits: str) -> int | _Refused:
        """Return a whole number of a size that can be written again."""
        count = len(digits.removeprefix("-"))
        if count <= MOST_DIGITS:
            return int(digits)
        error = InputError(_LONG, value=_cut(digits), count=count, most=MOST_DIGITS)
        return self._refused(error)

    def _refused(self, error: InputError, name: str = "") -> _Refused:
        """Return what stands in place of a value that is refused."""
        self.refuses = True
        return _Refused(error, name)


def _refuse(held: Any, path: str) -> None:
    """Raise the error of the first value of a document that is refused, with its path."""
    if isinstance(held, _Refused):
        field = ".".join(part for part in (path, held.name) if part)
        raise InputError(held.error.message, field=field[:120] or None, **held.error.values)
    if isinstance(held, dict):
        for name, value in held.items():
            _refuse(value, f"{path}.{name}" if path else name)
    elif isinstance(held, list):
        for number, value in enumerate(held):
            _refuse(value, f"{path}[{number}]")


def _cut(text: str) -> str:
    """Return a text at a length that a sentence can hold."""
    return text if len(text) <= 40 else f"{text[:39]}…"
