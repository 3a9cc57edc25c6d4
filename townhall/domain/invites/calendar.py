"""The calendar entry of a sitting, as octets (RFC 5545, RFC 5546, RFC 7986).

What everybody's copy has in common is built once for a sitting and kept; for each person
only ORGANIZER and ATTENDEE are written and set into their place.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from townhall.domain.invites.lines import folded, instant, mailto, quoted, text
from townhall.domain.invites.values import Attendee, Event, Mailbox, Method, Status, ascii_url
from townhall.errors import InputError
from townhall.i18n import ENGLISH, N_, Speech

PRODID = "-//townhall//townhall//EN"
REFRESH = "PT1H"
"""How often a feed asks to be read again (RFC 7986, section 5.7)."""

ALARM = "-PT15M"


class Frame(NamedTuple):
    """An entry without its person: what stands before and after ORGANIZER and ATTENDEE."""

    before: bytes
    after: bytes

    def around(self, organizer: Mailbox, attendee: Attendee) -> bytes:
        """Return one person's copy of the entry."""
        tagged = organizer.tagged(attendee.reply_tag)
        return self.before + _organizer(tagged) + folded(attendee_line(attendee)) + self.after


def ics(
    event: Event, method: Method, attendee: Attendee | None = None, speech: Speech = ENGLISH
) -> bytes:
    """Return one calendar object: CRLF, UTF-8, lines of at most 75 octets.

    REQUEST invites or updates. CANCEL of a cancelled event takes it off for everyone;
    CANCEL of one that takes place takes this person off it. PUBLISH is for reading only
    and names no person.

    Args:
        event: The sitting, revision and all.
        method: Also the `method` parameter of the mail part.
        attendee: The one person it is for; none with PUBLISH.
        speech: The language of “how to join” below the description.

    Raises:
        InputError: Fields `method`, `attendee` or `address`: these do not go together.

    Source: RFC 5546, sections 3.2.1, 3.2.2 and 3.2.5.
    """
    if (attendee is None) != (method is Method.PUBLISH):
        raise InputError(
            N_("%(method)s names one person; only PUBLISH, which names nobody, does without."),
            field="attendee",
            method=method.value,
        )
    whole = frame(event, method, speech)
    if attendee is None:
        return whole.before + _organizer(event.organizer) + whole.after
    check_guest(event.organizer, attendee)
    return whole.around(event.organizer, attendee)


def feed(events: Iterable[Event], name: str, speech: Speech = ENGLISH) -> bytes:
    """Return many entries to subscribe to, without any person in them.

    Args:
        events: Each as it is now; cancelled ones stay in as CANCELLED.
        name: What the calendar is called in the reader's list.
        speech: The language of “how to join” below the descriptions.

    Source: RFC 5546, section 3.2.1; RFC 7986, sections 5.1 and 5.7.
    """
    head = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODID}",
        "CALSCALE:GREGORIAN",
        f"METHOD:{Method.PUBLISH}",
        f"NAME:{text(name)}",
        f"X-WR-CALNAME:{text(name)}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}",
        f"X-PUBLISHED-TTL:{REFRESH}",
    )
    octets = [folded(line) for line in head]
    octets += (_published(event, speech) for event in events)
    octets.append(b"END:VCALENDAR\r\n")
    return b"".join(octets)


@lru_cache(maxsize=1_024)
def _published(event: Event, speech: Speech) -> bytes:
    """Return an entry without its people; feeds are read again and again, and change rarely."""
    before = map(folded, properties(event, Method.PUBLISH, speech))
    after = map(folded, closing(event, Method.PUBLISH))
    return b"".join((*before, _organizer(event.organizer), *after))


def check_guest(organizer: Mailbox, attendee: Attendee) -> None:
    """Raise InputError for a person who would be invited by their own mailbox."""
    if attendee.address.casefold() == organizer.address.casefold():
        raise InputError(
            N_("“%(value)s” sends the invitations, so it cannot be invited."),
            field="address",
            value=attendee.address,
        )


@lru_cache(maxsize=256)
def frame(event: Event, method: Method, speech: Speech) -> Frame:
    """Return the entry of everybody who is sent this revision in this language.

    Raises:
        InputError: Field `method`: a REQUEST of what is cancelled, which receivers misread.
    """
    if method is Method.REQUEST and event.status is Status.CANCELLED:
        # Receivers would keep the entry, struck through at best.
        raise InputError(
            N_("A cancelled sitting is taken off with CANCEL, not with %(method)s."),
            field="method",
            method=method.value,
        )
    head = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODID}",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        *properties(event, method, speech),
    )
    tail = (*closing(event, method), "END:VCALENDAR")
    return Frame(b"".join(map(folded, head)), b"".join(map(folded, tail)))


def properties(event: Event, method: Method, speech: Speech) -> Iterable[str]:
    """Yield the unfolded lines of an entry up to its people."""
    yield "BEGIN:VEVENT"
    yield f"UID:{text(event.uid)}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"DTSTAMP:{instant(event.revised_at)}"
    yield f"DTSTART:{instant(event.starts_at)}"
    yield f"DTEND:{instant(event.ends_at)}"
    yield f"SUMMARY:{text(event.title)}"
    if event.status is Status.CANCELLED:
        yield f"STATUS:{event.status}"
    elif method is not Method.CANCEL:
        # A CANCEL without STATUS takes one person off an event that goes on.
        yield f"STATUS:{event.status}"
    description = described(event, speech)
    if description:
        yield f"DESCRIPTION:{text(description)}"
    if event.url or event.phone:
        yield f"LOCATION:{text(event.url or event.phone)}"
    if event.url:
        url = ascii_url(event.url)
        yield f"URL:{url}"
        yield f"CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO:{url}"
    if event.telephone:
        yield f"CONFERENCE;VALUE=URI;FEATURE=PHONE;LABEL={quoted(event.phone)}:{event.telephone}"
    yield "TRANSP:OPAQUE"


def described(event: Event, speech: Speech) -> str:
    """Return the description as typed, and below it how to join, unless it says so itself."""
    how = joining(event, speech, unless_in=event.description)
    return "\n\n".join(part for part in (event.description, how) if part)


def joining(event: Event, speech: Speech, *, unless_in: str = "") -> str:
    """Return how to join, a line for each way that `unless_in` does not tell; or nothing."""
    how = []
    if event.url and event.url not in unless_in:
        how.append(speech.gettext("To join: %(link)s", link=event.url))
    if event.phone and event.phone not in unless_in:
        how.append(speech.gettext("By phone: %(number)s", number=event.phone))
    return "\n".join(how)


def closing(event: Event, method: Method) -> Iterable[str]:
    """Yield the unfolded lines of an entry after its people."""
    if method is not Method.CANCEL and event.status is Status.CONFIRMED:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{text(event.title)}"
        yield f"TRIGGER:{ALARM}"
        yield "END:VALARM"
    yield "END:VEVENT"


@lru_cache(maxsize=64)
def _organizer(organizer: Mailbox) -> bytes:
    """Return the ORGANIZER line (RFC 5545, section 3.8.4.3)."""
    name = f";CN={quoted(organizer.name)}" if organizer.name else ""
    return folded(f"ORGANIZER{name}:{mailto(organizer.address)}")


def attendee_line(attendee: Attendee) -> str:
    """Return the unfolded ATTENDEE line (RFC 5545, section 3.8.4.1)."""
    name = f";CN={quoted(attendee.name)}" if attendee.name else ""
    return (
        f"ATTENDEE;CUTYPE={attendee.cutype};ROLE={attendee.role};PARTSTAT={attendee.partstat}"
        f";RSVP={'TRUE' if attendee.rsvp else 'FALSE'}{name}:{mailto(attendee.address)}"
    )
