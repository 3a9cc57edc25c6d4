"""Whole mails: a notice of a sitting with its calendar entry, and letters without one."""

from datetime import datetime
from functools import lru_cache

from townhall.domain.invites.calendar import ics
from townhall.domain.invites.letter import LEAVE_MARK, REPLY_MARK, Letter
from townhall.domain.invites.mime import Envelope, calendar_parts, message, text_part
from townhall.domain.invites.notice import Notice, letter
from townhall.domain.invites.page import page
from townhall.domain.invites.plain import plain
from townhall.domain.invites.values import Attendee, Mailbox, check_url
from townhall.i18n import Speech


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

    multipart/mixed holds multipart/alternative (text, page, calendar), then the same
    calendar octets attached. The same arguments give the same octets.

    Args:
        notice: What to tell.
        attendee: Whom; the only person named in the mail.
        speech: The recipient's language.
        code: The outbox row's, random; makes the Message-ID.
        written_at: When the row was written, UTC.
        reply_url: The person's own page to answer on.
        leave_url: Where one click takes them off the list; of those who registered alone.

    Raises:
        InputError: The field has the name of what cannot be sent: `title`, `name`,
            `address`, `method`, `code`, `reply_url`, `leave_url`.
        TooLargeError: The page would be larger than 25,000 octets.

    Source: RFC 6047, section 2.
    """
    check_url(reply_url, "reply_url")
    check_url(leave_url, "leave_url")
    octets = ics(notice.event, notice.method, attendee, speech)
    subject, text, html = _laid_out(notice, speech, leaves=bool(leave_url))
    inline, attached = calendar_parts(octets, notice.method)
    organizer = notice.event.organizer
    envelope = Envelope(
        sender=organizer,
        recipient=Mailbox(attendee.address, attendee.name),
        code=code,
        written_at=written_at,
        reply_to=organizer.tagged(attendee.reply_tag),
        leave_url=leave_url,
    )
    alternatives = (
        text_part("plain", _with_links(text, reply_url, leave_url)),
        text_part("html", _with_links(html, _in_html(reply_url), _in_html(leave_url))),
        inline,
    )
    return message(envelope, subject, speech.language, alternatives, (attached,))


def post(contents: Letter, envelope: Envelope) -> bytes:
    """Return the mail of a letter: multipart/alternative of text and page.

    Raises:
        InputError: A line end in the subject or a name, or a code that is none.
        TooLargeError: The page would be larger than 25,000 octets.
    """
    alternatives = (text_part("plain", plain(contents)), text_part("html", page(contents)))
    return message(envelope, contents.subject, contents.language, alternatives)


@lru_cache(maxsize=512)
def _laid_out(notice: Notice, speech: Speech, *, leaves: bool) -> tuple[str, str, str]:
    """Return subject, text and page of everybody who is told the same in one language."""
    contents = letter(notice, speech, leaves=leaves)
    return contents.subject, plain(contents), page(contents)


def _with_links(body: str, reply_url: str, leave_url: str) -> str:
    """Return a body with the person's own links in their places."""
    return body.replace(REPLY_MARK, reply_url).replace(LEAVE_MARK, leave_url)


def _in_html(url: str) -> str:
    """Return a checked web address as it stands in a page; it holds no quote and no bracket."""
    return url.replace("&", "&amp;").replace("'", "&#x27;")
