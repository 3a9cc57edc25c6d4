"""Answers in calendar objects, as calendars write them and not only as they should.

A reader of our own, since libraries refuse a whole object for one property that nobody asked for.
It looks at a VEVENT's UID, ATTENDEE, SEQUENCE, DTSTAMP, DTSTART, COMMENT and DESCRIPTION. The
method may stand beside the object alone; ORGANIZER may be missing (outlook.com); RECURRENCE-ID is
of no account, since a sitting has no repeats.

Source: RFC 5545, sections 3.1 to 3.3; RFC 5546, sections 3.2.3 and 3.2.7; RFC 6868.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from townhall.domain import zones
from townhall.domain.incoming.values import Said
from townhall.domain.replies import ANSWERS, NOTE_LIMIT
from townhall.domain.states import PartStat
from townhall.errors import InputError

MOST_EVENTS = 20
MOST_LINES = 5_000
METHODS = frozenset({"REPLY", "COUNTER"})

_FOLD = re.compile(r"\r?\n[ \t]")
_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_LINE = re.compile(r"\r\n|\n|\r")
_PARAMETER = re.compile(
    r';([A-Za-z0-9-]{1,60})=((?:"[^"]*"|(?:[^";:,][^;:,]*)?)(?:,(?:"[^"]*"|(?:[^";:,][^;:,]*)?))*)'
)
_ESCAPE = re.compile(r"\\(.)")
_CARET = re.compile(r"\^([nN'^])")
_MOMENT = re.compile(r"(\d{8}T\d{6})(Z?)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_WANTED = frozenset({"UID", "ATTENDEE", "SEQUENCE", "DTSTAMP", "DTSTART", "COMMENT", "DESCRIPTION"})


@dataclass(frozen=True, slots=True)
class Property:
    """One line of a calendar object: its parameters by upper-case name, and its raw value."""

    parameters: Mapping[str, str]
    value: str


@dataclass(slots=True)
class _Event:
    """The wanted properties of one VEVENT, by name, in their order."""

    properties: dict[str, list[Property]] = field(default_factory=dict)

    def first(self, name: str) -> Property:
        """Return the first property of a name; an empty one where there is none."""
        return self.properties.get(name, [Property({}, "")])[0]


def said(text: str, method: str, sender: str) -> Iterator[Said]:
    """Yield what the entries of a calendar object answer; nothing for another method.

    Args:
        text: The whole object.
        method: What the mail part says beside it; the object's own word goes first.
        sender: The mail's From, folded: of several attendees it is the one who answers.
    """
    inside, events = _read(text)
    method = (inside.get("METHOD") or method).strip().upper()
    if method not in METHODS:
        return
    from_microsoft = "MICROSOFT" in inside.get("PRODID", "").upper()
    for event in events:
        answer = _said(event, sender, counters=method == "COUNTER", has_body=from_microsoft)
        if answer is not None:
            yield answer


def _read(text: str) -> tuple[dict[str, str], list[_Event]]:
    """Return METHOD and PRODID of the object, and its events."""
    head: dict[str, str] = {}
    events: list[_Event] = []
    within: list[str] = []
    for line in _LINE.split(_FOLD.sub("", text), MOST_LINES)[:MOST_LINES]:
        found = _property(line)
        if found is None:
            continue
        name, read = found
        if name == "BEGIN":
            within.append(read.value.strip().upper())
            if within[-1] == "VEVENT" and len(events) < MOST_EVENTS:
                events.append(_Event())
        elif name == "END":
            within = within[:-1]
        elif name in {"METHOD", "PRODID"}:
            head.setdefault(name, read.value)
        elif within[-1:] == ["VEVENT"] and name in _WANTED:
            events[-1].properties.setdefault(name, []).append(read)
    return head, events


def _property(line: str) -> tuple[str, Property] | None:
    """Return the upper-case name of a line and what it says; None for a line that is none."""
    name = _NAME.match(line)
    if name is None:
        return None
    at = name.end()
    parameters = {}
    while parameter := _PARAMETER.match(line, at):
        value = parameter[2].removeprefix('"').removesuffix('"')
        parameters[parameter[1].upper()] = _CARET.sub(_uncaret, value)
        at = parameter.end()
    return (
        (name[0].upper(), Property(parameters, line[at + 1 :]))
        if line[at : at + 1] == ":"
        else None
    )


def _uncaret(found: re.Match[str]) -> str:
    """Return the sign that a caret and a letter stand for (RFC 6868, section 3)."""
    return {"'": '"', "^": "^"}.get(found[1], "\n")


def _said(event: _Event, sender: str, *, counters: bool, has_body: bool) -> Said | None:
    """Return what an event answers; None where it says neither who, what nor when else."""
    uid = plain(event.first("UID").value, 500)
    who = _attendee(event, sender)
    partstat = who and _partstat(who.parameters.get("PARTSTAT", ""))
    if not uid or who is None or (partstat is None and not counters):
        return None
    words = [
        *event.properties.get("COMMENT", []),
        Property({}, who.parameters.get("X-RESPONSE-COMMENT", "")),
    ]
    if has_body:
        # Outlook puts the words that go with an answer here; others repeat the event's own.
        words.append(event.first("DESCRIPTION"))
    note = next((said for said in (plain(each.value, NOTE_LIMIT) for each in words) if said), "")
    return Said(
        uid=uid,
        attendee=_address(who.value),
        name=cleaned(who.parameters.get("CN", ""), 200),
        partstat=partstat or PartStat.NEEDS_ACTION,
        sequence=_whole(event.first("SEQUENCE").value),
        stamped_at=_moment(event.first("DTSTAMP")),
        starts_at=_moment(event.first("DTSTART")),
        counters=counters,
        note=note,
    )


def _attendee(event: _Event, sender: str) -> Property | None:
    """Return the attendee who answers: the sender of the mail, or else the first."""
    attendees = event.properties.get("ATTENDEE", [])
    own = (each for each in attendees if _address(each.value) == sender)
    return next(own, attendees[0] if attendees else None)


def _partstat(text: str) -> PartStat | None:
    """Return an answer that can be kept; None for any other."""
    given = text.strip().upper()
    return next((answer for answer in ANSWERS if answer.value == given), None)


def _address(value: str) -> str:
    """Return the address of `mailto:` in any case, folded."""
    return (
        re.sub(r"^\s*mailto:", "", value, flags=re.IGNORECASE).strip().strip("<>").casefold()[:254]
    )


def _whole(value: str) -> int | None:
    """Return a number as calendars hold it; None for none."""
    digits = value.strip()
    return int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else None


def _moment(read: Property) -> datetime | None:
    """Return an instant, UTC; None for a date, a time of no zone, or one that cannot be."""
    found = _MOMENT.fullmatch(read.value.strip())
    zone = "UTC" if found and found[2] else _zone(read.parameters.get("TZID", ""))
    if found is None or zone is None:
        return None
    try:
        wall = datetime.strptime(found[1], "%Y%m%dT%H%M%S")  # noqa: DTZ007  a wall time
        zones.require_year(wall, "start")
        return zones.reading(wall, zone) if zone != "UTC" else wall.replace(tzinfo=UTC)
    except (InputError, ValueError):
        return None


def _zone(name: str) -> str | None:
    """Return the zone that a TZID means: its own name, one behind slashes, or one of Windows."""
    parts = name.strip().strip('"').split("/")
    for start in range(max(len(parts) - 3, 0), len(parts)):
        if zones.is_known("/".join(parts[start:])):
            return "/".join(parts[start:])
    known = _windows().get(name.strip())
    return known if known and zones.is_known(known) else None


@cache
def _windows() -> Mapping[str, str]:
    """Return the zones of Windows by their names there."""
    # Imported here, since few answers name a zone.
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    return WINDOWS_TO_OLSON


def plain(text: str, limit: int) -> str:
    """Return TEXT without its escapes and without control characters, stripped and cut."""
    return cleaned(_ESCAPE.sub(_unescaped, text[: limit * 8]), limit)


def _unescaped(found: re.Match[str]) -> str:
    """Return the sign that a backslash and a letter stand for (RFC 5545, section 3.3.11)."""
    return "\n" if found[1] in "nN" else found[1]


def cleaned(text: str, limit: int) -> str:
    """Return text without control characters, stripped and cut."""
    return _CONTROL.sub("", text).strip()[:limit].strip()
