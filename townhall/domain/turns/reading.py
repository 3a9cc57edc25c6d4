"""Values of a JSON document, each checked, each fault told by its path and value."""

import json
import re
from collections.abc import Collection
from decimal import Decimal
from fractions import Fraction
from typing import Any, Self

from townhall.errors import InputError, TooLargeError
from townhall.i18n import N_

_SHOWN = 60
_BROKEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and halves of characters."""
_DECIMALS = 20
"""More decimals than this could be kept exactly, but only slowly."""


def loads(text: str | bytes) -> Any:
    """Return what a JSON text holds, its numbers exact and its keys all different.

    Raises:
        InputError: It is not JSON, or a key is given twice.
    """
    try:
        return json.loads(
            text,
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_distinct,
        )
    except json.JSONDecodeError as error:
        raise InputError(
            N_("This is not JSON: %(value)s at line %(line)s, column %(column)s."),
            value=error.msg,
            line=error.lineno,
            column=error.colno,
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(N_("This is not JSON: it is not written in UTF-8.")) from error
    except (RecursionError, ValueError) as error:
        raise InputError(
            N_("This JSON is nested too deeply, or has a number of thousands of digits.")
        ) from error


def _refuse_constant(name: str) -> None:
    raise InputError(N_("“%(value)s” is no number of JSON."), value=name)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InputError(N_("The key “%(value)s” is given twice."), value=_shown(key))
        found[key] = value
    return found


def _shown(value: object) -> str:
    """Return a value as JSON, short enough for a sentence."""
    text = str(value) if isinstance(value, Decimal) else json.dumps(value, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


class Reader:
    """A place in a document: what stands there and how to get there.

    Each method raises `InputError` with the path as its field.
    """

    __slots__ = ("path", "value")

    def __init__(self, value: object, path: str = "") -> None:
        self.value = value
        self.path = path

    def error(self, message: str, **values: Any) -> InputError:
        """Return a fault of this place; `%(value)s` is what stands there."""
        values.setdefault("value", _shown(self.value))
        return InputError(message, field=self.path or None, **values)

    def fields(self, required: Collection[str], optional: Collection[str]) -> dict[str, Self]:
        """Return the values of an object by key; no other keys may stand there."""
        if not isinstance(self.value, dict):
            raise self.error(N_("Give an object here, not %(value)s."))
        for key in self.value:
            if key not in required and key not in optional:
                raise self.error(
                    N_("There is no key “%(value)s” here; there are %(known)s."),
                    value=str(key)[:_SHOWN],
                    known=", ".join([*required, *optional]),
                )
        for key in required:
            if key not in self.value:
                raise self.error(N_("The key “%(value)s” is missing here."), value=key)
        dot = "." if self.path else ""
        return {key: self._at(f"{dot}{key}", value) for key, value in self.value.items()}

    def entries(self) -> dict[str, Self]:
        """Return the values of an object with keys of the writer's choice."""
        if not isinstance(self.value, dict):
            raise self.error(N_("Give an object here, not %(value)s."))
        return {key: self._at(f"[{_shown(key)}]", value) for key, value in self.value.items()}

    def items(self, most: int) -> list[Self]:
        """Return the values of a list of at most `most`."""
        if not isinstance(self.value, list):
            raise self.error(N_("Give a list here, not %(value)s."))
        if len(self.value) > most:
            raise TooLargeError(
                N_("Give at most %(most)s here, not %(value)s."),
                field=self.path,
                most=most,
                value=len(self.value),
            )
        return [self._at(f"[{at}]", value) for at, value in enumerate(self.value)]

    def text(self, most: int = 200) -> str:
        """Return a text of 1 to `most` characters."""
        value = self.value
        if not isinstance(value, str) or not 1 <= len(value) <= most or _BROKEN.search(value):
            raise self.error(
                N_("Give a text of 1 to %(most)s characters in one line, not %(value)s."), most=most
            )
        return value

    def key(self) -> int | str:
        """Return an id: a whole number or a text."""
        if isinstance(self.value, str):
            return self.text()
        return self.whole(-(2**63), 2**63)

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`."""
        value = self.value
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise self.error(
            N_("Give a whole number from %(low)s to %(high)s, not %(value)s."), low=low, high=high
        )

    def number(self, low: int, high: int) -> Fraction:
        """Return a number from `low` to `high`, exactly as it is written."""
        value = self.value
        if isinstance(value, float):
            # The shortest text that gives the float is what the writer meant.
            value = Decimal(repr(value))
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            exact = Decimal(value)
            if exact.is_finite() and low <= exact <= high and exact == round(exact, _DECIMALS):
                return Fraction(exact)
        raise self.error(
            N_("Give a number from %(low)s to %(high)s, not %(value)s."), low=low, high=high
        )

    def _at(self, step: str, value: object) -> Self:
        return type(self)(value, self.path + step)
