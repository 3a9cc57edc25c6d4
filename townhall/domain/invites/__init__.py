"""Invitations as octets: the calendar entry and the mail around it.

`ics` and `feed` make calendar objects, `invite` the mail that carries one to a person, and
`post` a mail without a calendar from a letter of `letters`. A `circular` is what thousands of such
mails have in common, a `Copy` what is one person's own.
"""

from townhall.domain.invites.adding import WebCalendar, add_to
from townhall.domain.invites.asking import asking
from townhall.domain.invites.calendar import feed, ics
from townhall.domain.invites.letter import Letter
from townhall.domain.invites.letters import News, question_news, registering, sign_in
from townhall.domain.invites.mail import Circular, Copy, circular, invite, leaflet, post
from townhall.domain.invites.mime import Envelope
from townhall.domain.invites.notice import METHODS, Change, Notice, Part, Place, letter
from townhall.domain.invites.upcoming import Attendance, Silence, Upcoming, attendance, upcoming
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
    "METHODS",
    "Attendance",
    "Attendee",
    "Change",
    "Circular",
    "Copy",
    "Envelope",
    "Event",
    "Letter",
    "Mailbox",
    "Method",
    "News",
    "Notice",
    "Part",
    "Place",
    "Role",
    "Silence",
    "Status",
    "Upcoming",
    "UserType",
    "WebCalendar",
    "add_to",
    "asking",
    "attendance",
    "circular",
    "feed",
    "ics",
    "invite",
    "leaflet",
    "letter",
    "post",
    "question_news",
    "registering",
    "sign_in",
    "upcoming",
]
