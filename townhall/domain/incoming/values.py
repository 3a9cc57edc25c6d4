"""What can be read from a mail that comes in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from townhall.domain.states import PartStat


class Kind(StrEnum):
    """What a mail is to the events."""

    REPLY = "reply"
    """A calendar's answer, REPLY or COUNTER (RFC 5546, sections 3.2.3 and 3.2.7)."""
    RETURNED = "returned"
    """A server's report that a mail could not be delivered (RFC 3464)."""
    AUTOMATIC = "automatic"
    """Written by a program: out of office, read receipts, delays, lists."""
    OTHER = "other"
    """Somebody's own words; people read those."""
    UNREADABLE = "unreadable"
    """Too large, or no mail."""


@dataclass(frozen=True, slots=True)
class Said:
    """One person's answer to one calendar entry.

    Args:
        uid: The entry's, as it was written.
        attendee: The mail address that answers, folded; empty where none is named.
        name: The attendee's CN; may be empty.
        partstat: The answer; NEEDS-ACTION for a counter-proposal that says neither yes nor no.
        sequence: Which revision is answered; None where the program does not say.
        stamped_at: DTSTAMP, when the answer was given, UTC; None where it is not said.
        starts_at: DTSTART, UTC: the time that is answered, or what a counter-proposal wants
            instead; None where it is not said or its zone is not known.
        counters: Whether another time is proposed.
        note: The person's words, at most 500 characters.
    """

    uid: str
    attendee: str
    name: str
    partstat: PartStat
    sequence: int | None
    stamped_at: datetime | None
    starts_at: datetime | None
    counters: bool
    note: str


@dataclass(frozen=True, slots=True)
class Returned:
    """One mail that could not be delivered.

    Args:
        code: The left side of its Message-ID; empty where the report does not tell.
        recipient: Whom it did not reach, folded; empty where the report does not tell.
        words: What the server said, on one line, at most 500 characters.
    """

    code: str
    recipient: str
    words: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail, read.

    Args:
        kind: What it is.
        digest: Hex SHA-256 of Message-ID and body: the same however often it is delivered.
        sender: The one address of From, folded; empty where there is none, or several.
        sender_name: The name beside it; may be empty.
        tags: What stands behind `+` in the addresses that it was sent to, folded, each once.
        answers_to: The left sides of the Message-IDs that it answers or comes after.
        said: The answers of a REPLY.
        returned: The mails of a report.
    """

    kind: Kind
    digest: str
    sender: str = ""
    sender_name: str = ""
    tags: tuple[str, ...] = ()
    answers_to: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()
    returned: tuple[Returned, ...] = ()
