"""Fields of a document that someone wrote: types and ranges, one clear sentence when wrong.

Every function takes the value and the path of its field, such as `seats[2].weight`, returns the
value as the rules want it, and raises InputError otherwise.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Any, TypeVar

from townhall.domain.bands import DAY, Hours
from townhall.errors import InputError
from townhall.i18n import N_

T = TypeVar("T")

LONGEST_TEXT = 200

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"([Zz]|[+-][0-9]{2}:?[0-9]{2})?",
)
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
"""Characters that nobody sees (Unicode, property Default_Ignorable_Code_Point)."""


def shown(value: object) -> str:
    """Return a value as its writer would know it again: JSON, cut to 60 characters."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        text = "[…]"
    except ValueError:
        # Hexadecimal numbers of TOML have no end; Python does not write those of 4,300 digits.
        text = f"{value:#x}" if isinstance(value, int) else "[…]"
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 60 else f"{text[:59]}…"


def mapping(value: object, field: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    """Return an object that has no other fields than `known`."""
    if not isinstance(value, Mapping):
        raise InputError(N_("%(value)s is not an object."), field=field, value=shown(value))
    for name in value:
        if name in known:
            continue
        path = f"{field}.{name}" if field else str(name)
        near = get_close_matches(str(name)[:60], known, n=1, cutoff=0.6)
        message = N_("There is no field %(value)s here.")
        if near:
            message = N_("There is no field %(value)s here; near it is %(near)s.")
        raise InputError(message, field=path[:120], value=shown(name), near="".join(near))
    return value


def required(holder: Mapping[str, Any], name: str, field: str) -> Any:
    """Return a field that must be there."""
    if name not in holder:
        raise InputError(N_("This field is missing."), field=field)
    return holder[name]


def sequence(value: object, field: str, item: Callable[[Any, str], T]) -> tuple[T, ...]:
    """Return the items of a list, each read by `item`."""
    if not isinstance(value, list | tuple):
        raise InputError(N_("%(value)s is not a list."), field=field, value=shown(value))
    return tuple(item(entry, f"{field}[{number}]") for number, entry in enumerate(value))


def several(value: object, field: str, count: int) -> list[Any]:
    """Return the items of a list of exactly `count`."""
    if not isinstance(value, list | tuple) or len(value) != count:
        message = N_("%(value)s is not a list of %(count)s.")
        raise InputError(message, field=field, value=shown(value), count=count)
    return list(value)


def whole(value: object, field: str, least: int, most: int) -> int:
    """Return a whole number in a range; a truth value or a fraction is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        message = N_("%(value)s is not a whole number from %(least)s to %(most)s.")
        raise InputError(message, field=field, value=shown(value), least=least, most=most)
    return value


def flag(value: object, field: str) -> bool:
    """Return a truth value."""
    if not isinstance(value, bool):
        raise InputError(N_("%(value)s is not true or false."), field=field, value=shown(value))
    return value


def text(value: object, field: str) -> str:
    """Return a text that is not blank, fits on a line and can be printed."""
    if not isinstance(value, str) or not folded(value):
        raise InputError(N_("%(value)s is not a text."), field=field, value=shown(value))
    if len(value) > LONGEST_TEXT:
        message = N_("%(value)s is longer than %(most)s characters.")
        raise InputError(message, field=field, value=shown(value), most=LONGEST_TEXT)
    if not value.isprintable() and any(unicodedata.category(c) in {"Cc", "Cs"} for c in value):
        message = N_("%(value)s holds a control character.")
        raise InputError(message, field=field, value=shown(value))
    return value


def folded(name: str) -> str:
    """Return what readers see of a name; equal for names that nobody can tell apart.

    Spaces count as one, accents may be letters of their own, and what is not seen is left out.
    """
    if name.isascii():
        return " ".join(name.split())
    return " ".join(unicodedata.normalize("NFC", _UNSEEN.sub("", name)).split())


def choice(value: object, field: str, known: tuple[str, ...]) -> str:
    """Return one of a few words."""
    if not isinstance(value, str) or value not in known:
        message = N_("%(value)s is not one of: %(known)s.")
        raise InputError(message, field=field, value=shown(value), known=", ".join(known))
    return value


def instant(value: object, field: str) -> datetime:
    """Return an aware time, written as text with an offset or as TOML's own."""
    moment = value if isinstance(value, datetime) else None
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value.upper())
        except ValueError:
            moment = None
    if moment is None:
        message = N_("%(value)s is not a time such as 2026-12-09T12:15Z.")
        raise InputError(message, field=field, value=shown(value))
    if moment.utcoffset() is None:
        message = N_("%(value)s has no offset; end it with Z or an offset such as +05:30.")
        raise InputError(message, field=field, value=shown(value))
    return moment


def day(value: object, field: str) -> date:
    """Return a date."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    message = N_("%(value)s is not a date such as 2026-12-09.")
    raise InputError(message, field=field, value=shown(value))


def hours(start: object, end: object, field: str) -> Hours:
    """Return a part of the day; `24:00` may end it, equal ends mean the whole day."""
    begins = _minutes(start, f"{field}[0]")
    if begins == DAY:
        message = N_("%(value)s can only end hours; write 00:00.")
        raise InputError(message, field=f"{field}[0]", value=shown(start))
    return Hours(begins, _minutes(end, f"{field}[1]"))


def _minutes(value: object, field: str) -> int:
    """Return minutes after midnight, 0 to 1440."""
    if isinstance(value, time) and not (value.second or value.microsecond):
        return value.hour * 60 + value.minute
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        return int(value[:2]) * 60 + int(value[3:])
    message = N_("%(value)s is not a time of day such as 08:30.")
    raise InputError(message, field=field, value=shown(value))
