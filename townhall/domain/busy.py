"""When a calendar says that somebody is busy: intervals, and nothing else of what it holds.

Source: RFC 5545 (sections 3.3.10, 3.6.1, 3.6.4, 3.8.2.7), docs/fairness.md, rule 5.
"""

import re
import warnings
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from math import prod
from typing import Any, cast

import icalendar
import recurring_ical_events

from townhall.domain import zones
from townhall.errors import InputError
from townhall.i18n import N_

LARGEST = 1024 * 1024
"""Octets of a calendar, decompressed."""

AHEAD = timedelta(days=400)
"""How far ahead a calendar is read: over a year, so that a yearly series is seen once."""

MOST_ENTRIES = 5_000
MOST_REPEATS = 20_000
"""The highest COUNT of a rule; more than daily for fifty years."""

MOST_TIMES = 48
"""Times of day that one rule may name."""

MOST_INTERVALS = 5_000

Interval = tuple[datetime, datetime]

_LINES = re.IGNORECASE | re.MULTILINE
_RULE = re.compile(r"^(?:RRULE|EXRULE)[;:](.*)$", _LINES)
_ENTRY = re.compile(r"^BEGIN:(?:VEVENT|VFREEBUSY|STANDARD|DAYLIGHT)\s*$", _LINES)
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY"})
_FREE = frozenset({"FREE", "WORKINGELSEWHERE"})
"""What Outlook says of entries that keep nobody from anything (X-MICROSOFT-CDO-BUSYSTATUS)."""

# One time zone database in the process: docs/adr/0001-one-time-zone-database.md.
icalendar.use_pytz()  # type: ignore[no-untyped-call]


def intervals(octets: bytes, zone: str, first: datetime, until: datetime) -> tuple[Interval, ...]:
    """Return when a calendar is busy from `first` to `until`: UTC, ascending, none touching.

    Recurring entries are expanded, with what was moved or left out. Cancelled and transparent
    entries are free. Dates are those of `zone`; so are times that name no zone, or one that
    nobody knows, unless the calendar names a zone for itself.

    This can take as long as the calendar's writer wants; who reads a stranger's calendar does
    it where it can be stopped (adapters/calendars.py).

    Raises:
        InputError: Field `calendar`: it is none, too large, or repeats without bounds.
    """
    text = _text(octets)
    _check_rules(text)
    try:
        with warnings.catch_warnings(action="ignore"):
            calendars = icalendar.Calendar.from_ical(text, multiple=True)
            found = [
                interval
                for calendar in calendars
                for interval in _of_calendar(calendar, zone, first, until)
            ]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        # Each of them comes out of the reader for some text that only looks like a calendar.
        raise InputError(N_("This calendar cannot be read."), field="calendar") from error
    return merged(found, first, until)


def merged(found: Iterable[Interval], first: datetime, until: datetime) -> tuple[Interval, ...]:
    """Return intervals cut to a window, ascending, in whole minutes; those that touch are one.

    Raises:
        InputError: Field `calendar`: there are more than 5,000.
    """
    minute = timedelta(minutes=1)
    cut = sorted(
        (
            max(begin, first).replace(second=0, microsecond=0),
            min(end + minute - timedelta.resolution, until).replace(second=0, microsecond=0),
        )
        for begin, end in found
        if begin < end
    )
    whole: list[Interval] = []
    for begin, end in cut:
        if begin >= end:
            continue
        if whole and begin <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(whole[-1][1], end)
        else:
            whole.append((begin, end))
    if len(whole) > MOST_INTERVALS:
        raise InputError(
            N_("The calendar has %(count)s busy times; the most is %(most)s."),
            field="calendar",
            count=len(whole),
            most=MOST_INTERVALS,
        )
    return tuple(whole)


def _text(octets: bytes) -> str:
    """Return the text of a calendar, its folded lines unfolded (RFC 5545, section 3.1)."""
    if len(octets) > LARGEST:
        raise InputError(
            N_("The calendar is larger than %(most)s KB."), field="calendar", most=LARGEST // 1024
        )
    text = octets.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\n ", "").replace("\n\t", "")
    if not text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        raise InputError(
            N_("This is not a calendar: an .ics file begins with BEGIN:VCALENDAR."),
            field="calendar",
        )
    return text


def _check_rules(text: str) -> None:
    """Raise InputError for what would repeat without bounds, before any of it is expanded."""
    count = len(_ENTRY.findall(text))
    if count > MOST_ENTRIES:
        raise InputError(
            N_("The calendar has %(count)s entries; the most is %(most)s."),
            field="calendar",
            count=count,
            most=MOST_ENTRIES,
        )
    for rule in _RULE.findall(text):
        # Parameters may stand before the colon; what matters comes after it.
        parts = dict(part.upper().split("=", 1) for part in re.split(r"[;:]", rule) if "=" in part)
        times = prod(
            parts[name].count(",") + 1
            for name in ("BYHOUR", "BYMINUTE", "BYSECOND")
            if name in parts
        )
        repeats = parts.get("COUNT", "0").strip()
        if (
            parts.get("FREQ", "").strip() in _TOO_OFTEN
            or times > MOST_TIMES
            or not (repeats.isdecimal() and len(repeats) <= 9 and int(repeats) <= MOST_REPEATS)
        ):
            raise InputError(
                N_("An entry of the calendar repeats too often: %(value)s."),
                field="calendar",
                value=rule[:60],
            )


def _of_calendar(
    calendar: icalendar.Component, zone: str, first: datetime, until: datetime
) -> Iterator[Interval]:
    """Yield when one calendar is busy; some of it may lie outside the window."""
    # All-day and floating entries are found by other clocks than ours, so look a day around.
    day = timedelta(days=1)
    # Taken out, since the library would look the zone up in the operating system's database.
    named = str(calendar.pop("X-WR-TIMEZONE", ""))
    clock = named if zones.is_known(named) else zone
    calendar.subcomponents = [each for each in calendar.subcomponents if _has_time(each)]
    occurrences = recurring_ical_events.of(calendar, skip_bad_series=True)
    for event in occurrences.between(first - day, until + day):
        if _keeps_busy(event):
            yield _instant(event.start, zone, clock), _instant(event.end, zone, clock)
    for entry in calendar.walk("VFREEBUSY"):
        listed = entry.get("FREEBUSY", [])
        for periods in listed if isinstance(listed, list) else [listed]:
            if str(periods.params.get("FBTYPE", "BUSY")).upper() != "FREE":
                yield from _periods(periods, clock)


def _has_time(component: icalendar.Component) -> bool:
    """Return whether a component is no entry without a start, which would stop the reader."""
    return component.name != "VEVENT" or "DTSTART" in component


def _keeps_busy(event: icalendar.Event) -> bool:
    """Return whether an entry keeps its owner from taking part."""
    return (
        str(event.get("STATUS", "")).upper() != "CANCELLED"
        and str(event.get("TRANSP", "OPAQUE")).upper() != "TRANSPARENT"
        and str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "BUSY")).upper() not in _FREE
    )


def _periods(periods: Any, zone: str) -> Iterator[Interval]:
    """Yield the intervals of a FREEBUSY line: starts with an end or a duration."""
    for period in getattr(periods, "dts", [periods]):
        begin, end = cast("tuple[datetime, datetime | timedelta]", period.dt)
        start = _instant(begin, zone, zone)
        yield start, start + end if isinstance(end, timedelta) else _instant(end, zone, zone)


def _instant(moment: date, zone: str, clock: str) -> datetime:
    """Return an instant in UTC: of a date its midnight in `zone`, of a floating time by `clock`."""
    if not isinstance(moment, datetime):
        return zones.reading(datetime.combine(moment, time()), zone)
    if moment.tzinfo is None:
        return zones.reading(moment, clock)
    return moment.astimezone(UTC)
