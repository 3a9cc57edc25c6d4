"""A sitting's entry in its organizer's own calendar, as an object of a CalDAV server.

It is the mails' entry, with three differences: no METHOD (RFC 4791, section 4.1), SCHEDULE-AGENT on
its people, so that no server mails them a second time (RFC 6638, section 7.1), and the organizer's
own additions, which stay.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from townhall.domain.invites.calendar import PRODID, attendee_line, closing, properties
from townhall.domain.invites.lines import folded, mailto, quoted
from townhall.domain.invites.values import Attendee, Event, Method, Status
from townhall.i18n import ENGLISH, Speech

MOST_PEOPLE = 50
"""With more people than these none is listed: no calendar is made to show thousands."""

REVISION = "X-TOWNHALL-REVISION"
"""Names the revision in the object, since SEQUENCE stays where only the text changes."""

ROOM = 20_000
"""The most characters of additions that are kept."""

_KEPT = frozenset({"CATEGORIES", "CLASS", "COLOR", "COMMENT", "PRIORITY", "TRANSP"})
"""Properties by which people sort their calendars; all others are ours."""

_FOLD = re.compile(r"\r?\n[ \t]")
_END = re.compile(r"\r?\n")
_NAME = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Found:
    """What an object holds that stands in the calendar already.

    Args:
        revision: Ours; None where somebody else wrote the object, or a program dropped it.
        sequence: Its SEQUENCE.
        additions: Unfolded lines of the organizer's own properties.
        alarms: Unfolded lines of its alarms, ours or others; None while it is off.
    """

    revision: int | None
    sequence: int
    additions: tuple[str, ...] = ()
    alarms: tuple[str, ...] | None = ()

    def is_newer(self, event: Event, revision: int) -> bool:
        """Return whether the object tells of a later revision than `revision` of `event`.

        Where it names none, its SEQUENCE decides.
        """
        if self.revision is not None:
            return self.revision > revision
        return self.sequence > event.sequence


def octets(
    event: Event,
    revision: int,
    people: Sequence[Attendee] = (),
    found: Found | None = None,
    speech: Speech = ENGLISH,
) -> bytes:
    """Return the object: CRLF, UTF-8, lines of at most 75 octets.

    Args:
        event: As it was told last.
        revision: Of the sitting; rises with every change that is told.
        people: Who is listed; nobody, if they are more than `MOST_PEOPLE`.
        found: What stands there already; None for nothing. Its alarms take the place of ours,
            but a sitting that is off rings for nobody, and one held after all as at first.
        speech: The language of “how to join” below the description.
    """
    return b"".join(map(folded, _lines(event, revision, people, found, speech)))


def found(stored: bytes, uid: str) -> Found | None:
    """Return what an object tells of the entry `uid`; None if it holds none that can be read."""
    try:
        text = stored.decode()
    except UnicodeDecodeError:
        return None
    entry = _entry(_END.split(_FOLD.sub("", text)), uid)
    if entry is None:
        return None
    additions, alarms = [], []
    values: dict[str, str] = {}
    depth = 0
    for line in entry:
        name, value = _name(line), line.partition(":")[2].strip()
        depth += (name == "BEGIN") - (name == "END")
        if depth or name == "END":
            alarms.append(line)
        elif name in _KEPT:
            additions.append(line)
        else:
            values[name] = value
    if sum(map(len, (*additions, *alarms))) > ROOM:
        additions, alarms = [], []
    is_off = values.get("STATUS", "").upper() == Status.CANCELLED
    return Found(
        revision=_whole(values.get(REVISION, "")),
        sequence=_whole(values.get("SEQUENCE", "")) or 0,
        additions=(*additions,),
        alarms=None if is_off else (*alarms,),
    )


def _entry(lines: Iterable[str], uid: str) -> list[str] | None:
    """Return the lines inside an entry, without its overrides; None if there is no such entry."""
    inside: list[str] | None = None
    for line in lines:
        label = line.strip().upper()
        if label == "BEGIN:VEVENT":
            inside = []
        elif label == "END:VEVENT" and inside is not None:
            names = {_name(each): each.partition(":")[2].strip() for each in inside}
            if names.get("UID") == uid and "RECURRENCE-ID" not in names and _is_even(inside):
                return inside
            inside = None
        elif inside is not None and line.strip():
            inside.append(line)
    return None


def _is_even(lines: Iterable[str]) -> bool:
    """Return whether all lines can be given on: named, and alarms alone, each of them ended."""
    opened = ""
    for line in lines:
        name, value = _name(line), line.partition(":")[2].strip().upper()
        if not name or (name == "BEGIN" and (opened or value != "VALARM")):
            return False
        if name == "END" and value != opened:
            return False
        if name in {"BEGIN", "END"}:
            opened = value if name == "BEGIN" else ""
    return not opened


def _name(line: str) -> str:
    """Return the name of a content line in capitals; empty for what is none."""
    name = _NAME.match(line)
    is_named = name is not None and line[name.end() : name.end() + 1] in {":", ";"}
    return name[0].upper() if name and is_named else ""


def _whole(text: str) -> int | None:
    """Return a number of at most nine digits; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _lines(
    event: Event,
    revision: int,
    people: Sequence[Attendee],
    found: Found | None,
    speech: Speech,
) -> Iterator[str]:
    """Yield the unfolded lines of the object."""
    additions = found.additions if found else ()
    added = {_name(line) for line in additions}
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODID}", "CALSCALE:GREGORIAN")
    for line in properties(event, Method.PUBLISH, speech):
        if _name(line) not in added:
            yield line
    yield from additions
    yield f"{REVISION}:{revision}"
    yield _organizer(event)
    for person in people if len(people) <= MOST_PEOPLE else ():
        yield attendee_line(person).replace("ATTENDEE;", "ATTENDEE;SCHEDULE-AGENT=CLIENT;", 1)
    if found is None or found.alarms is None or event.status is Status.CANCELLED:
        yield from closing(event, Method.PUBLISH)
    else:
        yield from found.alarms
        yield "END:VEVENT"
    yield "END:VCALENDAR"


def _organizer(event: Event) -> str:
    """Return the unfolded ORGANIZER line."""
    name = f";CN={quoted(event.organizer.name)}" if event.organizer.name else ""
    return f"ORGANIZER;SCHEDULE-AGENT=CLIENT{name}:{mailto(event.organizer.address)}"
