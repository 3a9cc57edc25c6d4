"""When a sitting is put into its organizer's own calendar, and what stands in the way.

The rules are the outbox's: a lease for each try, the newest alone, longer and longer waits.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from townhall.errors import InputError
from townhall.i18n import N_

LEASE = timedelta(seconds=150)
"""How long a worker holds an entry; one try ends long before."""

TRIES_AT_ONCE = 3
"""How often an entry is read again that somebody changed between reading and writing."""

PATIENCE = timedelta(days=1)
"""How long a change is tried at least, though the sitting be over."""

LULL = timedelta(minutes=1)
"""How long an answer waits for others, so that many of them are one change."""

LONGEST_NAME = 200


class Keeping(StrEnum):
    """Where a sitting's entry in a calendar is."""

    WAITING = "waiting"
    IN_HAND = "in-hand"
    KEPT = "kept"
    FAILED = "failed"


class KeepingError(Exception):
    """A calendar could not be brought in step.

    Args:
        message: A gettext template with `%(name)s` placeholders, marked by `N_`.
        again: Whether it is worth trying later without anybody doing anything.
        whole: Whether all entries of the calendar would fare alike.
        field: What the organizer gave that is at fault.
        values: What fills the placeholders.
    """

    def __init__(
        self, message: str, *, again: bool, whole: bool, field: str = "address", **values: Any
    ) -> None:
        super().__init__(message)
        self.message = message
        self.again = again
        self.whole = whole
        self.field = field
        self.values = values

    @property
    def problem(self) -> dict[str, Any]:
        """The sentence as it is stored, to be said in the reader's language."""
        return {"message": self.message, "values": self.values}


class ChangedError(Exception):
    """Somebody changed the object since it was read (RFC 9110, section 13.1.1)."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a calendar is reached.

    Args:
        address: Of the collection; ends in `/`.
        user: The name that its server knows.
        password: Never shown.
    """

    address: str
    user: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what Basic authentication cannot say.

        Source: RFC 7617, section 2.
        """
        for name in ("user", "password"):
            value = getattr(self, name)
            if not value:
                raise InputError(N_("This field is empty; please fill it in."), field=name)
            if len(value) > LONGEST_NAME:
                raise InputError(
                    N_("This is longer than %(limit)s characters."), field=name, limit=LONGEST_NAME
                )
            if not value.isprintable():
                raise InputError(
                    N_("This has a character that cannot be typed, such as a line end."), field=name
                )
        if ":" in self.user:
            raise InputError(
                N_("“%(value)s” has a colon, which no user name can have."),
                field="user",
                value=self.user[:80],
            )


def object_name(uid: str) -> str:
    """Return the name of a sitting's object in the collection, encoded for an address."""
    return f"{quote(uid, safe='@')}.ics"


def give_up_at(ends_at: datetime, now: datetime) -> datetime:
    """Return until when a change of a sitting is tried."""
    return max(ends_at, now + PATIENCE)
