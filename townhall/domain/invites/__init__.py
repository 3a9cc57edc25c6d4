"""Invitations as octets: the calendar entry and the mail around it."""

from townhall.domain.invites.calendar import feed, ics
from townhall.domain.invites.values import (
    Attendee,
    Event,
    Mailbox,
    Method,
    Role,
    Status,
    UserType,
)

__all__ = [
    "Attendee",
    "Event",
    "Mailbox",
    "Method",
    "Role",
    "Status",
    "UserType",
    "feed",
    "ics",
]
