"""Feeds: which sittings stand in a calendar that keeps itself up to date, and since when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from townhall.domain import tokens

CANCELLED_FOR = timedelta(days=30)
"""How long a sitting that was called off stays in as CANCELLED, until every reader has seen it."""


class Owner(StrEnum):
    """Whose feed has a secret address; a town hall's is as public as its page."""

    SERIES = "series"
    OFFICE = "office"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed asks of a sitting.

    Args:
        revised_at: When it was changed last.
        is_called_off: Whether people were told that it is off.
        left_at: When it left this feed, if it did.
    """

    revised_at: datetime
    is_called_off: bool = False
    left_at: datetime | None = None

    def stands(self, now: datetime) -> bool:
        """Return whether the sitting stands in the feed."""
        if self.left_at is not None:
            return False
        return not self.is_called_off or now < self.revised_at + CANCELLED_FOR

    def changed_at(self, now: datetime) -> datetime:
        """Return when it last changed what the feed says, up to now."""
        if self.left_at is not None:
            return max(self.revised_at, self.left_at)
        return self.revised_at if self.stands(now) else self.revised_at + CANCELLED_FOR


def changed_at(entries: Iterable[Entry], began_at: datetime, now: datetime) -> datetime:
    """Return when a feed last said something else: its Last-Modified (RFC 9110, section 8.8.2).

    Args:
        entries: Of every sitting that stands or ever stood in it.
        began_at: When it was first there to be read.
        now: UTC.
    """
    return max((began_at, *(entry.changed_at(now) for entry in entries)))


def proof(key: str, owner: Owner, number: int, renewals: int) -> str:
    """Return the secret half of a feed's address; another one each time it is renewed.

    Args:
        key: The installation's secret.
        owner: Whose kind of feed it is.
        number: The owner's id.
        renewals: How often the address was renewed.
    """
    return tokens.sign(key, "feed", owner, str(number), str(renewals))


def is_proof(key: str, given: str, owner: Owner, number: int, renewals: int) -> bool:
    """Return whether `given` is the secret half of the feed's address as it is now."""
    return tokens.same(proof(key, owner, number, renewals), given)
