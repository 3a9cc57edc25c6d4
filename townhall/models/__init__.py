"""Tables, by noun. Importing this package knows them all."""

from townhall.models import (
    accounts,
    availability,
    directory,
    invitations,
    own_calendars,
    planning,
    questions,
    registrations,
    reminders,
    replies,
    series,
    staff,
    stage,
)

__all__ = [
    "accounts",
    "availability",
    "directory",
    "invitations",
    "own_calendars",
    "planning",
    "questions",
    "registrations",
    "reminders",
    "replies",
    "series",
    "staff",
    "stage",
]
