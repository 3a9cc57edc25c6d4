"""Invitations as octets: the calendar entry and the mail around it.

`ics` and `feed` make calendar objects, `invite` the mail that carries one to a person, and
`post` a mail without a calendar from a letter of `letters`.
"""

from townhall.domain.invites.asking import asking
from townhall.domain.invites.calendar import feed, ics
from townhall.domain.invites.letter import Letter
from townhall.domain.invites.letters import News, question_news, sign_in
from townhall.domain.invites.mail import invite, post
from townhall.domain.invites.mime import Envelope
from townhall.domain.invites.notice import METHODS, Change, Notice, Part, Place, letter
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
    "Attendee",
    "Change",
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
    "Status",
    "UserType",
    "asking",
    "feed",
    "ics",
    "invite",
    "letter",
    "post",
    "question_news",
    "sign_in",
]
