"""What becomes of an answer that came by mail: pure rules over values."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from townhall.domain.incoming.values import Said
from townhall.domain.replies import Standing
from townhall.domain.states import PartStat


class Doubt(StrEnum):
    """Why an answer waits for the organizers."""

    ATTENDEE = "attendee"
    """Nobody invited has the address that answers."""
    SENDER = "sender"
    """The mail came from an address that is not known to speak for who answers."""


class Fate(StrEnum):
    """What became of an answer."""

    COUNTED = "counted"
    NOTED = "noted"
    """It proposes another time and says neither yes nor no."""
    BEFORE_MOVE = "before-move"
    """It answers a time that was given up since."""
    OLDER = "older"
    """The person has said something newer, or the same."""
    CLOSED = "closed"
    """The sitting is cancelled or over, or the person is off its list."""
    WAITING = "waiting"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rules need to know of an invitation.

    Args:
        standing: Whether it can still be answered.
        sequence: The sitting's.
        asked_sequence: The SEQUENCE at which the person was last asked anew: by an invitation,
            by another time, or by another length. Answers to an older one are to another time.
        revised_at: When the sitting was last changed, UTC.
        starts_at: UTC.
        latest: SEQUENCE and time of the answer that counts so far; None before the first.
    """

    standing: Standing
    sequence: int
    asked_sequence: int
    revised_at: datetime
    starts_at: datetime
    latest: tuple[int, datetime] | None


def placed(said: Said, asked: Asked, received_at: datetime) -> tuple[int, datetime]:
    """Return the SEQUENCE that an answer is to, and when it was given.

    No answer is to a revision that is still to come, or was given after it arrived: a clock that
    goes wrong must not keep later answers out. Where the program does not say which revision it
    answers, the time in the answer tells, or else when it was given.
    """
    stamped_at = min(said.stamped_at or received_at, received_at)
    if said.sequence is not None:
        return min(said.sequence, asked.sequence), stamped_at
    if said.starts_at is not None and not said.counters:
        is_current = said.starts_at == asked.starts_at
    else:
        is_current = stamped_at >= asked.revised_at
    return asked.sequence if is_current else max(asked.asked_sequence - 1, 0), stamped_at


def fate(said: Said, asked: Asked, received_at: datetime) -> Fate:
    """Return what becomes of an answer of whom it is known that it is the person's.

    Source: RFC 5546, section 2.1.5: the newest by SEQUENCE, then by DTSTAMP, is what counts.
    """
    sequence, stamped_at = placed(said, asked, received_at)
    if asked.standing is not Standing.OPEN:
        return Fate.CLOSED
    if sequence < asked.asked_sequence:
        return Fate.BEFORE_MOVE
    if asked.latest is not None and (sequence, stamped_at) <= asked.latest:
        return Fate.OLDER
    return Fate.NOTED if said.partstat is PartStat.NEEDS_ACTION else Fate.COUNTED


def doubt(
    invited: str | None, own: Collection[str], sender: str, tagged: Collection[str]
) -> Doubt | None:
    """Return why an answer has to wait; None where it is the person's.

    Args:
        invited: The code of the invitation that the attendee's address belongs to; None for none.
        own: Every address, folded, that speaks for that person.
        sender: The mail's From, folded.
        tagged: The codes of the invitations whose signed tags the mail was sent to.
    """
    if invited is None:
        return Doubt.ATTENDEE
    return None if invited in tagged or sender in own else Doubt.SENDER
