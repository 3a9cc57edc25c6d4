"""Mail octets: headers and parts (RFC 5322, RFC 2045 to 2047, RFC 6047).

Every octet sent is ASCII, so that no server on the way needs 8BITMIME or SMTPUTF8.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from townhall.domain.invites.octets import pieces
from townhall.domain.invites.values import Mailbox
from townhall.errors import InputError
from townhall.i18n import N_

LINE_OCTETS = 76
"""The longest header line with an encoded word (RFC 2047, section 2)."""

WORD_OCTETS = 45
"""What one encoded word of 75 characters holds: `=?utf-8?b?`, 60 of base64, `?=`."""

BODY_LINE_OCTETS = 998
"""The longest line that a server must take (RFC 5322, section 2.1.1)."""

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom, and which message this is.

    Args:
        sender: From.
        recipient: To.
        code: Random and unique; makes the Message-ID and the boundaries, so that the same
            message is the same to the octet whenever it is made.
        written_at: Date, UTC.
        reply_to: Where answers go, if not to the sender.
        leave_url: A link at which one POST takes the recipient off the list (RFC 8058).
    """

    sender: Mailbox
    recipient: Mailbox
    code: str
    written_at: datetime
    reply_to: Mailbox | None = None
    leave_url: str = ""


def message(
    envelope: Envelope,
    subject: str,
    language: str,
    alternatives: Sequence[bytes],
    attachments: Sequence[bytes] = (),
) -> bytes:
    """Return a whole mail: CRLF, ASCII.

    Args:
        envelope: Who writes to whom.
        subject: One line.
        language: For Content-Language.
        alternatives: Parts that say the same, the richest last (RFC 2046, section 5.1.4).
        attachments: Further parts.

    Raises:
        InputError: A line end in a subject or name: fields `title` and `name`; a code
            that is none: field `code`.
    """
    if not _ID.fullmatch(envelope.code):
        raise InputError(
            N_("“%(value)s” does not name a message: 1 to 64 letters, digits, “-” and “_”."),
            field="code",
            value=ascii(envelope.code),
        )
    host = envelope.sender.address.rpartition("@")[2]
    lines = [
        f"From: {_mailbox('From', envelope.sender)}",
        f"To: {_mailbox('To', envelope.recipient)}",
        f"Subject: {_unstructured('Subject', subject, 'title')}",
        f"Date: {format_datetime(envelope.written_at)}",
        f"Message-ID: <{envelope.code}@{host}>",
        "MIME-Version: 1.0",
        "Auto-Submitted: auto-generated",
        f"Content-Language: {language}",
    ]
    if envelope.reply_to and envelope.reply_to != envelope.sender:
        lines.append(f"Reply-To: {_mailbox('Reply-To', envelope.reply_to)}")
    if envelope.leave_url:
        lines.append(f"List-Unsubscribe: <{envelope.leave_url}>")
        lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    # The code is random, so that no text can hold a boundary made of it.
    body = _multipart("alternative", f"=_a_{envelope.code}", alternatives)
    if attachments:
        body = _multipart("mixed", f"=_m_{envelope.code}", [body, *attachments])
    return "\r\n".join(lines).encode("ascii") + b"\r\n" + body


def check_one_line(text: str, field: str) -> None:
    """Raise InputError for a line end, which would begin another header."""
    if "\n" in text or "\r" in text:
        raise InputError(
            N_("“%(value)s” goes on one line of a mail; take the line ends out."),
            field=field,
            value=" ".join(text.split())[:80],
        )


def text_part(subtype: str, text: str) -> bytes:
    """Return a text part, as it is where that is ASCII with short lines, else in base64."""
    octets = text.encode()
    kind = f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
    if text.isascii() and max(map(len, text.split("\n"))) <= BODY_LINE_OCTETS:
        head = f"{kind}Content-Transfer-Encoding: 7bit\r\n\r\n"
        return head.encode() + octets.replace(b"\n", b"\r\n")
    return f"{kind}Content-Transfer-Encoding: base64\r\n\r\n".encode() + _base64(
        octets.replace(b"\n", b"\r\n")
    )


def calendar_parts(octets: bytes, method: str) -> tuple[bytes, bytes]:
    """Return a calendar object as the part that mailers act on and as the same attached.

    Source: RFC 6047, section 2.4. Outlook reads the alternative, others the attachment.
    """
    encoded = b"Content-Transfer-Encoding: base64\r\n\r\n" + _base64(octets)
    inline = (
        f"Content-Type: text/calendar; method={method}; charset=UTF-8\r\n"
        "Content-Disposition: inline\r\n"
    )
    attached = (
        'Content-Type: application/ics; name="invite.ics"\r\n'
        'Content-Disposition: attachment; filename="invite.ics"\r\n'
    )
    return inline.encode() + encoded, attached.encode() + encoded


def _base64(octets: bytes) -> bytes:
    """Return base64 in lines of 76 with CRLF (RFC 2045, section 6.8)."""
    encoded = b64encode(octets)
    lines = [encoded[at : at + LINE_OCTETS] for at in range(0, len(encoded), LINE_OCTETS)]
    return b"\r\n".join(lines) + b"\r\n"


def _multipart(subtype: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """Return parts between boundaries, with the Content-Type that tells the boundary."""
    rule = f"--{boundary}".encode()
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    inner = b"".join(rule + b"\r\n" + part + b"\r\n" for part in parts)
    return head + inner + rule + b"--\r\n"


def _mailbox(header: str, box: Mailbox) -> str:
    """Return `name <address>` for a header, folded (RFC 5322, section 3.4)."""
    if not box.name:
        return box.address
    if _ATOMS.fullmatch(box.name) and "=?" not in box.name:
        name = box.name
    elif box.name.isascii() and box.name.isprintable() and "=?" not in box.name:
        inside = box.name.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{inside}"'
    else:
        return f"{_words(header, box.name, 'name')}\r\n <{box.address}>"
    fits = len(header) + len(name) + len(box.address) + 5 <= LINE_OCTETS
    if fits:
        return f"{name} <{box.address}>"
    if len(header) + len(name) + 2 <= LINE_OCTETS:
        return f"{name}\r\n <{box.address}>"
    return f"{_words(header, box.name, 'name')}\r\n <{box.address}>"


def _unstructured(header: str, text: str, field: str) -> str:
    """Return text for a header, in encoded words unless it is short, plain ASCII."""
    plain = text.isascii() and text.isprintable() and text == text.strip() and "=?" not in text
    if plain and len(header) + 2 + len(text) <= LINE_OCTETS:
        return text
    return _words(header, text, field)


def _words(header: str, text: str, field: str) -> str:
    """Return encoded words, one a line, none of which cuts a character (RFC 2047, section 5).

    Raises:
        InputError: A line end.
    """
    check_one_line(text, field)
    first = (LINE_OCTETS - len(header) - 2 - 12) // 4 * 3
    words = pieces(text.encode(), min(first, WORD_OCTETS), WORD_OCTETS)
    return "\r\n ".join(f"=?utf-8?b?{b64encode(word).decode()}?=" for word in words)
