"""Reports of mails that came back (RFC 3461, RFC 3464, RFC 6522), and those without their form."""

import re
from collections.abc import Iterator, Sequence
from email.message import Message
from email.parser import HeaderParser

from townhall.domain.incoming.values import Returned

WORDS_LIMIT = 500
MOST_RETURNED = 100

_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_WHOLE = frozenset({"message/rfc822", "message/global"})
_HEADERS = frozenset({"text/rfc822-headers", "message/global-headers"})
_ID = re.compile(r"<?([A-Za-z0-9_-]{1,64})@[^<>\s]{1,253}>?")
_OLD_ID = re.compile(r"^[ >]*Message-ID:\s*<([A-Za-z0-9_-]{1,64})@", re.IGNORECASE | re.MULTILINE)
_REFUSAL = re.compile(r"^.*\b5(?:\.\d{1,3}\.\d{1,3}\b|\d\d[ -]).*$", re.MULTILINE)
_DAEMON = re.compile(r"\b(mailer-daemon|postmaster|maildelivery)@", re.IGNORECASE)


def read(mail: Message, parts: Sequence[Message]) -> tuple[Returned, ...] | None:
    """Return the mails that a report says were lost; None for a mail that is no report.

    Empty for a report that nothing is lost: a delay, a delivery, a receipt.
    """
    kinds = [part.get_content_type() for part in parts]
    if mail.get_content_type() != "multipart/report" and not _STATUS.intersection(kinds):
        return _without_form(mail, parts)
    blocks = [
        block for part in parts if part.get_content_type() in _STATUS for block in _blocks(part)
    ]
    told = (_id(block.get("Original-Message-ID", "")) for block in blocks)
    code = _returned_id(parts) or next((each for each in told if each), "")
    lost = [block for block in blocks if _says(block, "Action").lower() == "failed"]
    return tuple(Returned(code, _recipient(block), _words(block)) for block in lost[:MOST_RETURNED])


def _blocks(part: Message) -> Iterator[Message]:
    """Yield the groups of fields of a report: those of the mail, then those of each recipient."""
    for block in inner(part):
        yield block
        if part.get_content_type() != "message/delivery-status":
            # The library takes the groups of an international report for a mail with a body.
            rest = str(block.get_payload()).replace("\r\n", "\n").split("\n\n")
            yield from (HeaderParser().parsestr(group) for group in rest[:MOST_RETURNED])


def _returned_id(parts: Sequence[Message]) -> str:
    """Return the left side of the Message-ID of the mail that is sent back with the report."""
    for part in parts:
        kind = part.get_content_type()
        headers = inner(part)[:1] if kind in _HEADERS | _WHOLE else []
        if kind in _HEADERS:
            octets = part.get_payload(decode=True)
            text = octets.decode("utf-8", "replace") if isinstance(octets, bytes) else ""
            headers.append(HeaderParser().parsestr(text.lstrip()))
        found = next((code for each in headers if (code := _id(each.get("Message-ID", "")))), "")
        if found:
            return found
    return ""


def inner(part: Message) -> list[Message]:
    """Return the messages that a part is made of; none for one that is made of text."""
    inner = part.get_payload()
    return [each for each in inner if isinstance(each, Message)] if part.is_multipart() else []


def _without_form(mail: Message, parts: Sequence[Message]) -> tuple[Returned, ...] | None:
    """Return what a server's report says that is written for people alone; None for no report.

    It has to come from a server, name a refusal, and quote the headers of what it sends back.
    """
    if not _DAEMON.search(str(mail.get("From", ""))):
        return None
    for part in parts:
        octets = part.get_payload(decode=True)
        text = octets[:50_000].decode("utf-8", "replace") if isinstance(octets, bytes) else ""
        code = _OLD_ID.search(text)
        refusal = _REFUSAL.search(text)
        if code and refusal:
            recipient = str(mail.get("X-Failed-Recipients", "")).split(",")[0]
            return (Returned(code[1], recipient.strip().casefold()[:254], _line(refusal[0])),)
    return None


def _recipient(block: Message) -> str:
    """Return whom a group of a report is about: as we wrote it, or else as the server knew it."""
    said = _says(block, "Original-Recipient") or _says(block, "Final-Recipient")
    return said.partition(";")[2].strip().strip("<>").casefold()[:254]


def _words(block: Message) -> str:
    """Return a server's words on one line, with the status before them unless they hold it."""
    status = _says(block, "Status").partition(" ")[0]
    code = _says(block, "Diagnostic-Code")
    words = _line(re.sub(r"^\s*[\w-]{1,20}\s*;", "", code))
    return words if status in words else _line(f"{status} {words}")


def _says(block: Message, name: str) -> str:
    """Return the value of a field; empty where there is none."""
    return str(block.get(name, "")).strip()


def _id(value: object) -> str:
    """Return the left side of a Message-ID; empty for what is none of ours."""
    found = _ID.fullmatch(str(value).strip())
    return found[1] if found else ""


def _line(text: str) -> str:
    """Return text on one line, as much of it as is kept, without what cannot be shown."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())[:WORDS_LIMIT]
