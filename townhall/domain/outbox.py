"""When a mail is tried, tried again, or no more; pure rules over rows of the outbox.

Receivers let an older revision overwrite a newer one, so order is the sender's duty: for one
person and one thread, only the newest row is ever sent, and only while no other is in flight.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from townhall.domain.states import Delivery, MailKind

HOLD = timedelta(seconds=30)
"""How long a worker holds a row that only waits for its turn: so long do mails wait that a dead
worker had claimed."""

IN_HAND = timedelta(seconds=90)
"""How long it holds the mail that it hands on now; no delivery may take as long."""

SHORTLY = timedelta(seconds=5)
"""How long a row waits that may not be sent while another one is in flight."""

SECOND_CHANCE = timedelta(hours=1)
"""The least time that a mail is tried once more when a person has it resent."""

PATIENCE = (1, 5, 15, 60)
"""Minutes from a failed try to the next; the last one repeats."""

JITTER = 0.2
"""The share by which a wait may be shorter or longer, so that tries do not come at once."""

BURST = timedelta(seconds=10)
"""For how long a pace that was not used may be made up."""

HASTY = frozenset({MailKind.SIGN_IN, MailKind.REGISTER})
"""Letters that a person waits for at a form. They are few, and of use for a while only: no pace
holds them up, nor do they use one up, lest a mail that waited lose its place."""

RESERVED = ("invalid", "test", "example")
"""Top-level names that no mail server serves (RFC 2606, section 2)."""

MOVES: dict[Delivery, frozenset[Delivery]] = {
    Delivery.QUEUED: frozenset(
        {
            Delivery.SENDING,
            Delivery.SUPERSEDED,
            Delivery.FAILED,
            Delivery.QUEUED,  # put off while another mail is in flight
        }
    ),
    Delivery.SENDING: frozenset(
        {
            Delivery.SENT,
            Delivery.QUEUED,
            Delivery.FAILED,
            Delivery.SUPERSEDED,
            Delivery.SENDING,  # another worker's, once the lease has run out
        }
    ),
    Delivery.FAILED: frozenset({Delivery.QUEUED}),  # resent by a person
    Delivery.SENT: frozenset({Delivery.BOUNCED}),
    Delivery.BOUNCED: frozenset({Delivery.QUEUED}),  # resent by a person
    Delivery.SUPERSEDED: frozenset(),
}
"""From each state, those a row can move to."""

ORIGINS: dict[Delivery, frozenset[Delivery]] = {
    target: frozenset(origin for origin, targets in MOVES.items() if target in targets)
    for target in Delivery
}
"""For each state, those that a row can come from."""


_TO_GO = frozenset({Delivery.QUEUED, Delivery.SENDING})

LOST = frozenset({Delivery.FAILED, Delivery.BOUNCED})
"""States of a mail that did not arrive, so that a person may have it sent again."""


WORDS_LIMIT = 1_000
"""Characters of a server's words that are kept."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""What a database may refuse in a text: the mark of it must not fail for a server's words."""


class DeliveryError(Exception):
    """A mail was not taken; `words` are the server's own, for the organizer to read."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", words[:WORDS_LIMIT])


class DeferredError(DeliveryError):
    """Not now: the server was away, busy or full, or the line broke. Try again."""


class RefusedError(DeliveryError):
    """Never: the server will not take this mail for this address."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the rules need to know of a row of the outbox.

    Args:
        id: Rises with every row; decides between rows of one revision.
        revision: Of the sitting that the row tells of.
        state: Where it is on its way.
        handed: Whether a worker ever had it, so that it may have arrived.
        lease_until: Until when a worker holds it.
        cancels: Whether it takes an entry out of a calendar.
        give_up_at: No try from then on.
        reminds: Whether it says once more what was told before. It takes no other mail's place.
    """

    id: int
    revision: int
    state: Delivery
    handed: bool
    lease_until: datetime | None
    cancels: bool
    give_up_at: datetime
    reminds: bool = False


class Verdict(Enum):
    """What becomes of a row that is due."""

    SEND = auto()
    WAIT = auto()
    SUPERSEDE = auto()
    GIVE_UP = auto()


def judge(row: Row, others: Iterable[Row], now: datetime) -> Verdict:
    """Return what to do with a due row.

    Args:
        row: A row that is queued, or in sending with its lease run out.
        others: Every other row of the same thread and recipient.
        now: UTC.

    Returns:
        SUPERSEDE where a newer row exists, or where it would cancel what was never handed
        to a worker; GIVE_UP where it is too late; WAIT while another row is in flight, or, with a
        reminder, is still to go.
    """
    others = tuple(others)
    news = tuple(other for other in others if not other.reminds)
    if any(overtakes(other, row) for other in news):
        return Verdict.SUPERSEDE
    if row.cancels and not row.handed and not any(other.handed for other in news):
        return Verdict.SUPERSEDE
    if row.give_up_at <= now:
        return Verdict.GIVE_UP
    if any(is_in_flight(other, now) for other in others):
        return Verdict.WAIT
    if row.reminds and any(other.state in _TO_GO for other in news):
        return Verdict.WAIT
    return Verdict.SEND


def overtakes(row: Row, other: Row) -> bool:
    """Return whether the row is newer, so that the other of its thread and person may never go."""
    return not row.reminds and (row.revision, row.id) > (other.revision, other.id)


def is_in_flight(row: Row, now: datetime) -> bool:
    """Return whether a worker holds the row, so that it may arrive at any moment.

    A lease that ends later than any could was written before the clock was put back.
    """
    if row.state is not Delivery.SENDING or row.lease_until is None:
        return False
    return now < row.lease_until <= now + IN_HAND


def next_try(attempts: int, now: datetime, give_up_at: datetime, draw: float) -> datetime | None:
    """Return when to try again after a failed try, or None if that would be too late.

    Args:
        attempts: Tries so far, from 1.
        now: When the last one failed.
        give_up_at: No try from then on.
        draw: A random number from 0 up to 1, for the jitter.
    """
    minutes = PATIENCE[min(attempts, len(PATIENCE)) - 1]
    wait = timedelta(minutes=minutes) * (1 - JITTER + 2 * JITTER * draw)
    again = now + wait
    return again if again < give_up_at else None


@dataclass(frozen=True, slots=True)
class Pace:
    """How far the mails to one domain have used its pace up: a token bucket.

    Args:
        free_at: From when on the next mail may go, UTC; a burst before that it may, too.
        promised_at: The place in time of the next mail that has to wait.
    """

    free_at: datetime
    promised_at: datetime

    def placed(self, per_minute: int, now: datetime) -> tuple["Pace", datetime]:
        """Return the pace with one more mail, and when that one may go: now, or at its place.

        A mail that must wait is given a place of its own in the time to come, so that thousands to
        one domain are put off once each and not looked at again and again.

        Args:
            per_minute: Mails a minute, from 1.
            now: UTC.

        Source: the virtual scheduling of ITU-T I.371, annex A.
        """
        gap = timedelta(minutes=1) / per_minute
        free = max(self.free_at, now - BURST)
        if free > now + gap:
            free = now  # a clock wrote it that was put back since
        if free <= now:
            return Pace(free + gap, self.promised_at), now
        place = max(self.promised_at, free)
        return Pace(free, place + gap), place


NEVER_USED = Pace(datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))
"""The pace of a domain to which no mail has gone."""


def domain(address: str) -> str:
    """Return the mail domain of an address, as paces know it."""
    return address.rpartition("@")[2].casefold().rstrip(".")


def stays_here(address: str) -> bool:
    """Return whether no mail server could take this address, so that the Maildir does."""
    return domain(address).rpartition(".")[2] in RESERVED
