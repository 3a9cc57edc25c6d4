"""Time zones: the only module that touches zone objects.

Everything else passes aware UTC datetimes and zone names. One database serves the whole
process, pytz's: the operating system's files can be years older and would disagree.
"""

import difflib
from bisect import bisect_right
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import chain
from typing import Any, cast

import numpy as np
import pytz
from numpy.typing import NDArray

from townhall.errors import InputError
from townhall.i18n import N_

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

_YEARS = range(1901, 2199)
"""The zone database and the holidays library say nothing sensible outside these."""

_CLOCKS_END = datetime(2038, 2, 1, tzinfo=UTC)
"""pytz knows the clock changes up to 2037; none of the year after comes before February."""

_NEVER = 2**62

_LONGEST_NAME = 64
"""No zone has a longer name; a longer one is not compared with each of them."""

_UNKNOWN = N_("“%(value)s” is not a known time zone.")
_UNKNOWN_BUT_NEAR = N_("“%(value)s” is not a known time zone; near it are: %(near)s.")
_SKIPPED = N_("The clocks in %(zone)s skip %(wall)s; choose %(first)s or %(second)s.")
_REPEATED = N_("The clocks in %(zone)s show %(wall)s twice; choose %(first)s or %(second)s.")


def release() -> str:
    """Return the release of the time zone database in use, such as `2026f`."""
    return str(pytz.OLSON_VERSION)  # type: ignore[attr-defined]  # the stubs leave it out


def is_known(name: str) -> bool:
    """Return whether `name` is a zone, spelt exactly; former names such as Asia/Calcutta are."""
    return name in pytz.all_timezones_set


def names() -> tuple[str, ...]:
    """Return the zones to choose from, by name; former names are left out."""
    return tuple(pytz.common_timezones)


def city(name: str) -> str:
    """Return the place that a zone is named after: Lubumbashi for Africa/Lubumbashi."""
    return name.rpartition("/")[2].replace("_", " ")


def near(name: str) -> tuple[str, ...]:
    """Return up to three zones spelt like `name`, best first; case and spaces do not matter."""
    wanted = _plain(name[:_LONGEST_NAME])
    known = _plain_names()
    same_city = [zone for plain, zone in known.items() if plain.rpartition("/")[2] == wanted]
    if wanted in known:
        return (known[wanted],)
    if same_city:
        return tuple(same_city[:3])
    close = difflib.get_close_matches(wanted, known, n=3, cutoff=0.7)
    if close:
        return tuple(known[plain] for plain in close)
    cities = {plain.rpartition("/")[2]: zone for plain, zone in known.items()}
    city = wanted.rpartition("/")[2]
    return tuple(cities[close] for close in difflib.get_close_matches(city, cities, cutoff=0.75))


def require(name: str, field: str) -> str:
    """Return `name` if it is a zone.

    Raises:
        InputError: It is not; the sentence offers near spellings.
    """
    if is_known(name):
        return name
    found = near(name)
    message = _UNKNOWN_BUT_NEAR if found else _UNKNOWN
    shown = name[: _LONGEST_NAME - 1] + "…" if len(name) > _LONGEST_NAME else name
    raise InputError(message, field=field, value=shown, near=", ".join(found))


def require_year(moment: datetime, field: str) -> None:
    """Raise InputError for a moment, aware or not, outside the years that clocks are known in."""
    if moment.year not in _YEARS:
        message = N_("%(value)s lies outside the years 1901 to 2198.")
        raise InputError(message, field=field, value=moment.isoformat())


def require_clocks(moment: datetime, field: str) -> None:
    """Raise InputError for an aware moment so late that summer time would silently be missed."""
    if moment > _CLOCKS_END:
        message = N_("%(value)s lies after January 2038, and later clock changes are not known.")
        raise InputError(message, field=field, value=moment.isoformat())


def named(place: str, field: str) -> str:
    """Return the zone that somebody means by a zone's name or by the city that it is named after.

    Raises:
        InputError: No zone is named so, or several cities are; the sentence offers near ones.
    """
    wanted = _plain(place[:_LONGEST_NAME])
    if wanted in _plain_names():
        return _plain_names()[wanted]
    cities = [zone for zone in names() if wanted == _plain(zone).rpartition("/")[2]]
    return cities[0] if len(cities) == 1 else require(place, field)


@cache
def country_of(zone: str) -> str | None:
    """Return the country (ISO 3166-1) whose people keep a zone; None for none or several."""
    found = [country for country, kept in pytz.country_timezones.items() if zone in kept]
    return found[0] if len(found) == 1 else None


def country_zones(country: str) -> tuple[str, ...]:
    """Return the zones of a country (ISO 3166-1, two letters); none for an unknown one."""
    return tuple(pytz.country_timezones.get(country, ()))


def local(instant: datetime, zone: str) -> datetime:
    """Return `instant` on the wall clock of `zone`: aware, with the fixed offset of that moment."""
    shown = instant.astimezone(_zone(zone))
    return shown.replace(tzinfo=timezone(shown.utcoffset() or timedelta()))


def instant(wall: datetime, zone: str, field: str, *, fold: int | None = None) -> datetime:
    """Return the UTC instant at which the clocks of `zone` show `wall` (naive).

    Args:
        wall: Naive date and time.
        zone: A known zone.
        field: The caller's name of this input, for the error.
        fold: Which of the two for a time that the clocks show twice: 0 the first, 1 the second.

    Raises:
        InputError: The clocks skip that time, or show it twice and `fold` does not choose:
            the sentence gives both possibilities with their offsets, which for the latter are
            the value `offsets`, too. Or its year is before 1901 or after 2198.
    """
    require_year(wall, field)
    try:
        return _zone(zone).localize(wall, is_dst=None).astimezone(UTC)
    except pytz.InvalidTimeError as error:
        message = _SKIPPED if isinstance(error, pytz.NonExistentTimeError) else _REPEATED
    candidates = sorted((wall - offset).replace(tzinfo=UTC) for offset in _about(wall, zone))
    first, second = local(candidates[0], zone), local(candidates[-1], zone)
    is_repeated = message == _REPEATED
    if is_repeated and fold is not None:
        return candidates[-1 if fold else 0]
    raise InputError(
        message,
        field=field,
        zone=zone,
        wall=f"{wall:%Y-%m-%d %H:%M}",
        first=f"{first:%Y-%m-%d %H:%M} ({offset_label(first)})",
        second=f"{second:%Y-%m-%d %H:%M} ({offset_label(second)})",
        offsets=(offset_label(first), offset_label(second)) if is_repeated else (),
    )


def reading(wall: datetime, zone: str) -> datetime:
    """Return the UTC instant that a calendar means by `wall` (naive) in `zone`.

    A time that the clocks show twice is the first; one that they skip is read with the offset
    before the gap.

    Source: RFC 5545, section 3.3.5.
    """
    try:
        return _zone(zone).localize(wall, is_dst=None).astimezone(UTC)
    except pytz.InvalidTimeError as error:
        candidates = sorted((wall - offset).replace(tzinfo=UTC) for offset in _about(wall, zone))
        return candidates[-1 if isinstance(error, pytz.NonExistentTimeError) else 0]


def is_repeated(instant: datetime, zone: str) -> bool:
    """Return whether the clocks of `zone` show this wall time at another instant too."""
    wall = local(instant, zone).replace(tzinfo=None)
    candidates = [(wall - offset).replace(tzinfo=UTC) for offset in _about(wall, zone)]
    return sum(local(at, zone).replace(tzinfo=None) == wall for at in candidates) > 1


def offset_label(local: datetime) -> str:
    """Return the offset of an aware time as people write it, such as `UTC+05:30`."""
    return _label(local.utcoffset() or timedelta())


@cache
def offsets(zone: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when the offset of `zone` changes, and to what.

    Returns:
        Two arrays of one length: minutes since 1970 in UTC, ascending, the first before any
        date; and the offset from then on, in minutes east of UTC.
    """
    tz = _zone(zone)
    beginning = np.iinfo(np.int64).min
    # pytz publishes its tables only through one instant at a time, far too slowly for a grid of
    # thousands; these attributes have had these names since 2004, and a test compares them with
    # `local`.
    times = getattr(tz, "_utc_transition_times", None)
    if times is None:
        fixed = (tz.utcoffset(None) or timedelta()) // MINUTE
        return np.array([beginning]), np.array([fixed])
    naive = EPOCH.replace(tzinfo=None)
    when = [beginning, *((time - naive) // MINUTE for time in times[1:])]
    then = [info[0] // MINUTE for info in cast(Any, tz)._transition_info]  # noqa: SLF001
    return np.array(when, dtype=np.int64), np.array(then, dtype=np.int64)


def at_offset(instant: datetime, minutes: int) -> datetime:
    """Return `instant` with an offset in minutes east of UTC."""
    return instant.astimezone(_fixed(minutes))


def offset(minute: int, zone: str) -> int:
    """Return the offset of `zone` at a minute since 1970 UTC, in minutes east of UTC."""
    when, then = _offset_lists(zone)
    return then[bisect_right(when, minute) - 1]


def keeps_offset(minute: int, until: int, zone: str) -> bool:
    """Return whether the offset of `zone` stays the same from one minute to another, included."""
    return len(changes(minute, until, zone)) == 1


def changes(minute: int, until: int, zone: str) -> tuple[int, ...]:
    """Return the offset of `zone` at a minute, then each change up to `until`, included.

    Returns:
        Offset, minute of a change since 1970 UTC, offset from then on, and so forth; offsets in
        minutes east of UTC. Zones for which this is equal show the same clock all that time.
    """
    when, then = _offset_lists(zone)
    low = bisect_right(when, minute) - 1
    if when[low + 1] > until:
        return (then[low],)
    high = bisect_right(when, until)
    later = zip(when[low + 1 : high], then[low + 1 : high], strict=True)
    return (then[low], *chain.from_iterable(later))


@cache
def _label(offset: timedelta) -> str:
    """Return an offset as people write it."""
    minutes = offset // MINUTE
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


@cache
def _offset_lists(zone: str) -> tuple[list[int], list[int]]:
    """Return `offsets` as lists, in which one value is found faster than in an array.

    A moment after all others closes the first list, so that there is always a next change.
    """
    when, then = offsets(zone)
    return [*when.tolist(), _NEVER], then.tolist()


def _about(wall: datetime, zone: str) -> set[timedelta]:
    """Return the offsets in force within a day of the wall time, in either direction."""
    about = wall.replace(tzinfo=UTC)
    day = timedelta(days=1)
    when, then = offsets(zone)
    low = np.searchsorted(when, (about - day - EPOCH) // MINUTE, side="right") - 1
    high = np.searchsorted(when, (about + day - EPOCH) // MINUTE, side="right")
    return {timedelta(minutes=int(minutes)) for minutes in then[low:high]}


@cache
def _fixed(minutes: int) -> timezone:
    """Return the clock that is always so many minutes east of UTC."""
    return timezone(timedelta(minutes=minutes))


@cache
def _zone(name: str) -> pytz.tzinfo.DstTzInfo:
    """Return pytz's zone object; fixed zones answer the same methods."""
    return cast(pytz.tzinfo.DstTzInfo, pytz.timezone(name))


def _plain(name: str) -> str:
    """Return `name` without what people get wrong: case, spaces, hyphens."""
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


@cache
def _plain_names() -> dict[str, str]:
    """Return every zone by its plain name, places before abbreviations such as EST."""
    return {_plain(zone): zone for zone in sorted(pytz.all_timezones, key=lambda z: "/" not in z)}
