"""What the domain asks of the outside, as protocols; adapters implement them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from townhall.domain.own_calendar import Access
from townhall.errors import InputError


class Feed(Protocol):
    """Tells open pages that a board has changed."""

    def changed(self, code: str) -> None:
        """Say that the board of the town hall `code` has a new version."""


class SilentFeed:
    """A feed that nobody listens to, for the command line and tests."""

    def changed(self, code: str) -> None:
        """Let it pass."""


class Mailer(Protocol):
    """Hands mails to whatever carries them on."""

    def send(self, code: str, sender: str, recipient: str, octets: bytes) -> None:
        """Hand over one mail; it is out of our hands when this returns.

        Args:
            code: Names the mail; the same mail has the same code when it is sent again.
            sender: The envelope's sender, who hears of bounces.
            recipient: The envelope's only recipient.
            octets: The whole mail, CRLF.

        Raises:
            DeferredError: Not taken now; it may have been, if the line broke at the end.
            RefusedError: Not taken, and never will be.
        """


@dataclass(frozen=True, slots=True)
class Task:
    """A calendar to be read.

    Args:
        source: Its address, or the octets of its file.
        zone: The clock of all-day entries.
        first: From when on, UTC.
        until: Until when.
    """

    source: str | bytes
    zone: str
    first: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Read:
    """When a calendar is busy: UTC, ascending, none touching; or why it could not be read."""

    busy: tuple[tuple[datetime, datetime], ...]
    problem: InputError | None


class CalendarSource(Protocol):
    """Reads calendars that others keep, without trusting them."""

    def read(self, tasks: Sequence[Task]) -> Sequence[Read]:
        """Return what came of each task, in order, within some seconds for all of them."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An object of a calendar: its octets, and the tag of this state of it (RFC 9110, 8.8.3)."""

    octets: bytes
    etag: str


class CalendarServer(Protocol):
    """Keeps objects in calendars of organizers' own (RFC 4791).

    Every method raises KeepingError where the server cannot or will not, and where it cannot be
    reached.
    """

    def look(self, access: Access) -> str:
        """Return what the calendar is called; empty where it has no name."""

    def read(self, access: Access, name: str) -> Stored | None:
        """Return the object of a name; None if there is none."""

    def write(self, access: Access, name: str, octets: bytes, etag: str | None) -> None:
        """Put an object in the place of the one that has the tag; a new one without a tag.

        Raises:
            ChangedError: Another one stands there, or none.
        """

    def delete(self, access: Access, name: str, etag: str) -> None:
        """Take out the object that has the tag.

        Raises:
            ChangedError: Another one stands there.
        """
