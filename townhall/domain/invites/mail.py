"""Whole mails: a notice of a sitting with its calendar entry, and letters without one."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Self

from townhall.domain.invites.calendar import Frame, check_guest, frame
from townhall.domain.invites.letter import LEAVE_MARK, REPLY_MARK, Letter
from townhall.domain.invites.mime import (
    Envelope,
    calendar_parts,
    check_one_line,
    message,
    text_part,
)
from townhall.domain.invites.notice import Notice, letter
from townhall.domain.invites.page import page
from townhall.domain.invites.plain import plain
from townhall.domain.invites.values import (
    Attendee,
    Mailbox,
    Method,
    Role,
    UserType,
    check_url,
)
from townhall.domain.states import PartStat
from townhall.i18n import Speech

_ATTENDEE = tuple(field.name for field in fields(Attendee))


@dataclass(frozen=True, slots=True)
class Copy:
    """What is one person's own in a circular.

    Args:
        attendee: Whom it is for; the only person named in the mail.
        reply_url: The person's own page to answer on.
        leave_url: Where one click takes them off the list; of those who registered alone.
        written_at: Date, UTC, where it is another than the circular's.

    Raises:
        InputError: Fields `reply_url`, `leave_url` and `name`: what no mail can carry.
    """

    attendee: Attendee
    reply_url: str
    leave_url: str = ""
    written_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what would break a mail; the attendee was looked at when it was made."""
        check_url(self.reply_url, "reply_url")
        check_url(self.leave_url, "leave_url")
        check_one_line(self.attendee.name, "name")

    def stored(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        person = self.attendee
        return {
            "attendee": {name: getattr(person, name) for name in _ATTENDEE},
            "reply_url": self.reply_url,
            "leave_url": self.leave_url,
            "written_at": self.written_at and self.written_at.isoformat(),
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Return it as it was stored."""
        person = stored["attendee"]
        attendee = Attendee(
            address=person["address"],
            name=person["name"],
            role=Role(person["role"]),
            partstat=PartStat(person["partstat"]),
            rsvp=person["rsvp"],
            cutype=UserType(person["cutype"]),
            reply_tag=person["reply_tag"],
        )
        written = stored.get("written_at")  # what was stored before it could differ has none
        written_at = datetime.fromisoformat(written) if written else None
        return cls(attendee, stored["reply_url"], stored["leave_url"], written_at)


@dataclass(frozen=True, slots=True)
class Circular:
    """What everybody gets alike who is told the same in one language: all but their copies' own.

    The words are laid out and the entry is written, so that a copy made later, by a newer
    release or with other catalogues, is the same to the octet.

    Args:
        method: What it asks of the receiver's calendar; None for a mail without an entry.
        organizer: From.
        subject: One line.
        language: For Content-Language.
        written_at: Date, UTC, of copies that name no other.
        text: The plain text, with marks for the person's links.
        page: The page, with the same marks.
        entry: The calendar entry around its person, if there is one.
    """

    method: Method | None
    organizer: Mailbox
    subject: str
    language: str
    written_at: datetime
    text: str
    page: str
    entry: Frame | None

    def check(self, own: Copy) -> None:
        """Raise InputError, field `address`, for the organizer's own mailbox."""
        check_guest(self.organizer, own.attendee)

    def copy(self, own: Copy, code: str) -> bytes:
        """Return one person's whole mail; the same arguments give the same octets.

        multipart/mixed holds multipart/alternative (text, page, calendar), then the same
        calendar octets attached; without an entry, multipart/alternative is all.

        Args:
            own: The person's own part.
            code: The outbox row's, random; makes the Message-ID.

        Raises:
            InputError: Field `address`: the organizer's own mailbox; field `code`: it is none.

        Source: RFC 6047, section 2.
        """
        self.check(own)
        envelope = Envelope(
            sender=self.organizer,
            recipient=Mailbox(own.attendee.address, own.attendee.name),
            code=code,
            written_at=own.written_at or self.written_at,
            reply_to=self.organizer.tagged(own.attendee.reply_tag),
            leave_url=own.leave_url,
        )
        in_page = _with_links(self.page, _in_html(own.reply_url), _in_html(own.leave_url))
        alternatives = (
            text_part("plain", _with_links(self.text, own.reply_url, own.leave_url)),
            text_part("html", in_page),
        )
        if self.entry is None or self.method is None:
            return message(envelope, self.subject, self.language, alternatives)
        octets = self.entry.around(self.organizer, own.attendee)
        inline, attached = calendar_parts(octets, self.method)
        return message(envelope, self.subject, self.language, (*alternatives, inline), (attached,))

    def stored(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "method": self.method,
            "organizer": {"address": self.organizer.address, "name": self.organizer.name},
            "subject": self.subject,
            "language": self.language,
            "written_at": self.written_at.isoformat(),
            "text": self.text,
            "page": self.page,
            "entry": self.entry and [part.decode() for part in self.entry],
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Return it as it was stored."""
        method, entry = stored["method"], stored["entry"]
        return cls(
            method=method and Method(method),
            organizer=Mailbox(**stored["organizer"]),
            subject=stored["subject"],
            language=stored["language"],
            written_at=datetime.fromisoformat(stored["written_at"]),
            text=stored["text"],
            page=stored["page"],
            entry=entry and Frame(*(part.encode() for part in entry)),
        )


@lru_cache(maxsize=256)
def circular(
    notice: Notice, speech: Speech, *, written_at: datetime, leaves: bool = False
) -> Circular:
    """Return what tells people of a sitting, without any of them.

    Args:
        notice: What to tell.
        speech: The recipients' language.
        written_at: When the mails are written, UTC.
        leaves: Whether the recipients registered alone and are shown how to leave.

    Raises:
        InputError: The field has the name of what cannot be sent: `title`, `method`.
        TooLargeError: The page would be larger than 25,000 octets.
    """
    contents = letter(notice, speech, leaves=leaves)
    check_one_line(contents.subject, "title")
    return Circular(
        method=notice.method,
        organizer=notice.event.organizer,
        subject=contents.subject,
        language=speech.language,
        written_at=written_at,
        text=plain(contents),
        page=page(contents),
        entry=frame(notice.event, notice.method, speech),
    )


def leaflet(contents: Letter, organizer: Mailbox, *, written_at: datetime) -> Circular:
    """Return a letter that many get, with marks for their own links, without any of them.

    Args:
        contents: The letter.
        organizer: Who it comes from.
        written_at: When it is written, UTC.

    Raises:
        InputError: Field `title`: it has a line end.
        TooLargeError: The page would be larger than 25,000 octets.
    """
    check_one_line(contents.subject, "title")
    return Circular(
        method=None,
        organizer=organizer,
        subject=contents.subject,
        language=contents.language,
        written_at=written_at,
        text=plain(contents),
        page=page(contents),
        entry=None,
    )


def invite(
    notice: Notice,
    attendee: Attendee,
    speech: Speech,
    *,
    code: str,
    written_at: datetime,
    reply_url: str,
    leave_url: str = "",
) -> bytes:
    """Return the mail that tells one person of a sitting, calendar entry and all.

    Raises:
        InputError: The field has the name of what cannot be sent: `title`, `name`,
            `address`, `method`, `code`, `reply_url`, `leave_url`.
        TooLargeError: The page would be larger than 25,000 octets.
    """
    own = Copy(attendee, reply_url, leave_url)
    told = circular(notice, speech, written_at=written_at, leaves=bool(leave_url))
    return told.copy(own, code)


def post(contents: Letter, envelope: Envelope) -> bytes:
    """Return the mail of a letter: multipart/alternative of text and page.

    Raises:
        InputError: A line end in the subject or a name, or a code that is none.
        TooLargeError: The page would be larger than 25,000 octets.
    """
    alternatives = (text_part("plain", plain(contents)), text_part("html", page(contents)))
    return message(envelope, contents.subject, contents.language, alternatives)


def _with_links(body: str, reply_url: str, leave_url: str) -> str:
    """Return a body with the person's own links in their places."""
    return body.replace(REPLY_MARK, reply_url).replace(LEAVE_MARK, leave_url)


def _in_html(url: str) -> str:
    """Return a checked web address as it stands in a page; it holds no quote and no bracket."""
    return url.replace("&", "&amp;").replace("'", "&#x27;")
