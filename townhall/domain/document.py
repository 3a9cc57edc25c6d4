"""The planning document: what one may write, as values.

Source: docs/fairness.md, “The planning document”.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from townhall.domain import bands, calendar, fields, zones
from townhall.domain.bands import Band, Bands
from townhall.domain.burden import Grid
from townhall.domain.calendar import Calendar
from townhall.domain.series.request import DISTINCT_TIMES, EVERY_DAY, TIME_LIMIT_S, Series
from townhall.domain.slots import Answer, Request, Seat
from townhall.errors import InputError
from townhall.i18n import N_

TOP = 10
MOST_TOP = 1000
MOST_WEIGHT = 100
MOST_SITTINGS = 12
MOST_APART = 366
MOST_TIMES = 1440
MOST_SECONDS = 3600

# So large that nobody meets them, and small enough that sums stay exact in 64 bits.
MOST_PEOPLE = 1_000_000_000
MOST_LEDGER = 1_000_000_000_000_000

_FIELDS = ("minutes", "from", "until", "top", "sittings", "seats", "bands")
_SERIES = ("occurrences", "apart_days", "distinct_times", "clock", "weekdays", "time_limit_s")
_SEAT = (
    "name",
    "zone",
    "country",
    "region",
    "people",
    "weight",
    "ledger",
    "required",
    "everywhere",
    "bands",
    "rest_days",
    "holidays",
    "extra_holidays",
    "struck_holidays",
    "never",
    "busy",
    "answers",
)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ANSWERS = tuple(answer.value for answer in Answer)


def parse(document: object) -> Request:
    """Return what a planning document asks for.

    Args:
        document: As JSON or TOML read it: mappings, lists, texts, whole numbers, truth values;
            dates and times may also be Python's own.

    Raises:
        InputError: The first thing that is wrong, with the path of its field.
    """
    held = fields.mapping(document, "", (*_FIELDS, *_SERIES))
    for name in _SERIES:
        if name in held:
            message = N_("%(value)s is for a series; one sitting is asked for here.")
            raise InputError(message, field=name, value=fields.shown(held[name]))
    grid = Grid(
        first=fields.instant(fields.required(held, "from", "from"), "from"),
        until=fields.instant(fields.required(held, "until", "until"), "until"),
        minutes=_minutes(fields.required(held, "minutes", "minutes")),
    )
    own = held.get("bands")
    return Request(
        grid=grid,
        seats=fields.sequence(fields.required(held, "seats", "seats"), "seats", _seat),
        bands=bands.STANDARD if own is None else _bands(own, "bands"),
        top=fields.whole(held.get("top", TOP), "top", 1, MOST_TOP),
        sittings=fields.whole(held.get("sittings", 1), "sittings", 1, MOST_SITTINGS),
    )


def read(document: object) -> Request | Series:
    """Return what a planning document asks for: a series if it has occurrences.

    Raises:
        InputError: The first thing that is wrong, with the path of its field.
    """
    if isinstance(document, Mapping) and "occurrences" in document:
        return series(document)
    return parse(document)


def series(document: object) -> Series:
    """Return the series that a planning document asks for.

    Raises:
        InputError: The first thing that is wrong, with the path of its field.

    Source: docs/fairness.md, rule 9.
    """
    held = fields.mapping(document, "", (*_FIELDS, *_SERIES))
    for name in ("from", "until"):
        if name in held:
            message = N_("A series says this for each occurrence, not %(value)s for all.")
            raise InputError(message, field=name, value=fields.shown(held[name]))
    if fields.whole(held.get("sittings", 1), "sittings", 1, MOST_SITTINGS) > 1:
        message = N_("A series has one sitting for each occurrence, not %(value)s.")
        raise InputError(message, field="sittings", value=held["sittings"])
    fields.whole(held.get("top", TOP), "top", 1, MOST_TOP)
    minutes = _minutes(fields.required(held, "minutes", "minutes"))
    occurrences = fields.required(held, "occurrences", "occurrences")
    apart, times = held.get("apart_days"), held.get("distinct_times", DISTINCT_TIMES)
    days = held.get("weekdays")
    own = held.get("bands")
    return Series(
        grids=fields.sequence(
            occurrences, "occurrences", lambda value, field: _window(value, field, minutes)
        ),
        seats=fields.sequence(fields.required(held, "seats", "seats"), "seats", _seat),
        bands=bands.STANDARD if own is None else _bands(own, "bands"),
        apart_days=None if apart is None else fields.whole(apart, "apart_days", 0, MOST_APART),
        distinct_times=None
        if times is None
        else fields.whole(times, "distinct_times", 1, MOST_TIMES),
        clock=zones.require(fields.text(held.get("clock", "UTC"), "clock"), "clock"),
        weekdays=EVERY_DAY if days is None else _some_weekdays(days),
        time_limit_s=_seconds(held.get("time_limit_s", TIME_LIMIT_S)),
    )


def _window(value: object, field: str, minutes: int) -> Grid:
    """Return the starts of an occurrence, written `{"from": …, "until": …}`."""
    held = fields.mapping(value, field, ("from", "until"))
    begin, end = (
        fields.instant(fields.required(held, name, f"{field}.{name}"), f"{field}.{name}")
        for name in ("from", "until")
    )
    try:
        return Grid(begin, end, minutes)
    except InputError as error:
        # The length belongs to all occurrences, the window to one.
        path = "minutes" if error.field == "minutes" else f"{field}.{error.field}"
        raise InputError(error.message, field=path, **error.values) from error


def _some_weekdays(value: object) -> frozenset[int]:
    """Return weekdays, at least one."""
    found = frozenset(fields.sequence(value, "weekdays", _weekday))
    if not found:
        raise InputError(N_("There are no weekdays; name at least one."), field="weekdays")
    return found


def _seconds(value: object) -> float:
    """Return a time limit, a number above 0."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 < value <= MOST_SECONDS
    ):
        message = N_("%(value)s is not a number of seconds above 0, up to %(most)s.")
        raise InputError(
            message, field="time_limit_s", value=fields.shown(value), most=MOST_SECONDS
        )
    return value


def _minutes(value: object) -> int:
    """Return a length; whether it is a fitting one the grid decides."""
    if isinstance(value, bool) or not isinstance(value, int):
        message = N_("%(value)s is not a whole number of minutes.")
        raise InputError(message, field="minutes", value=fields.shown(value))
    return value


def _seat(value: object, field: str) -> Seat:
    """Return one seat."""
    held = fields.mapping(value, field, _SEAT)
    own = held.get("bands")
    name = fields.text(fields.required(held, "name", f"{field}.name"), f"{field}.name")
    zone = fields.text(fields.required(held, "zone", f"{field}.zone"), f"{field}.zone")
    return Seat(
        name=name,
        zone=zones.require(zone, f"{field}.zone"),
        calendar=_calendar(held, field),
        people=fields.whole(held.get("people", 1), f"{field}.people", 0, MOST_PEOPLE),
        weight=fields.whole(held.get("weight", 1), f"{field}.weight", 1, MOST_WEIGHT),
        ledger=fields.whole(held.get("ledger", 0), f"{field}.ledger", 0, MOST_LEDGER),
        required=fields.flag(held.get("required", True), f"{field}.required"),
        everywhere=fields.flag(held.get("everywhere", False), f"{field}.everywhere"),
        bands=None if own is None else _bands(own, f"{field}.bands"),
        never=fields.sequence(held.get("never", ()), f"{field}.never", _never),
        busy=fields.sequence(held.get("busy", ()), f"{field}.busy", _busy),
        answers=_answers(held["answers"], f"{field}.answers") if "answers" in held else (),
    )


def _calendar(held: Mapping[str, Any], field: str) -> Calendar:
    """Return where the days off of a seat come from."""
    said = {
        name: fields.text(held[name], f"{field}.{name}")
        for name in ("country", "region")
        if held.get(name) is not None
    }
    country, region = calendar.place(said.get("country"), said.get("region"), f"{field}.")
    rest, holidays = held.get("rest_days"), held.get("holidays")
    days = {
        name: frozenset(fields.sequence(held.get(name, ()), f"{field}.{name}", fields.day))
        for name in ("extra_holidays", "struck_holidays")
    }
    return Calendar(
        country=country,
        region=region,
        rest_days=None
        if rest is None
        else frozenset(fields.sequence(rest, f"{field}.rest_days", _weekday)),
        holidays=None
        if holidays is None
        else frozenset(fields.sequence(holidays, f"{field}.holidays", fields.day)),
        extra=days["extra_holidays"],
        struck=days["struck_holidays"],
    )


def _weekday(value: object, field: str) -> int:
    """Return a weekday as `date.weekday` counts it."""
    return WEEKDAYS.index(fields.choice(value, field, WEEKDAYS))


def _bands(value: object, field: str) -> Bands:
    """Return bands that cover the day once."""
    return bands.whole_day(fields.sequence(value, field, _band), field)


def _band(value: object, field: str) -> Band:
    """Return one band, written `["09:00", "17:00", 0]`."""
    start, end, points = fields.several(value, field, 3)
    return Band(
        fields.hours(start, end, field),
        fields.whole(points, f"{field}[2]", 0, bands.MOST_POINTS),
    )


def _never(value: object, field: str) -> bands.Hours:
    """Return never-hours, written `["18:00", "21:00"]`."""
    start, end = fields.several(value, field, 2)
    return fields.hours(start, end, field)


def _busy(value: object, field: str) -> tuple[datetime, datetime]:
    """Return a busy interval, written as two times."""
    begin, end = fields.several(value, field, 2)
    interval = fields.instant(begin, f"{field}[0]"), fields.instant(end, f"{field}[1]")
    if interval[0] >= interval[1]:
        message = N_("The busy time %(value)s does not end after it begins.")
        raise InputError(message, field=field, value=fields.shown(value))
    return interval


def _answers(value: object, field: str) -> tuple[tuple[datetime, Answer], ...]:
    """Return answers by instant; two to one instant are refused."""
    if not isinstance(value, Mapping):
        message = N_("%(value)s is not an object.")
        raise InputError(message, field=field, value=fields.shown(value))
    given: dict[datetime, Answer] = {}
    for key, said in value.items():
        path = f"{field}[{fields.shown(key)}]"
        at = fields.instant(key, path)
        if at in given:
            message = N_("There are two answers to %(value)s.")
            raise InputError(message, field=path, value=fields.shown(key))
        given[at] = Answer(fields.choice(said, path, _ANSWERS))
    return tuple(given.items())
