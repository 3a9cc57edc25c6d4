"""When people are reminded of a sitting: a day and an hour before its start."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from townhall.domain.states import MailKind


class Lead(StrEnum):
    """Which of the two reminders one is."""

    DAY = "day"
    HOUR = "hour"


BEFORE: dict[Lead, timedelta] = {Lead.DAY: timedelta(days=1), Lead.HOUR: timedelta(hours=1)}
"""How long before the start each is due."""

KINDS = frozenset({MailKind.UPCOMING, MailKind.ATTENDANCE})
"""Mails that remind of what was told before: they take no other mail's place."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When one reminder is due, and from when on it is too late for it; UTC."""

    lead: Lead
    due_at: datetime
    until_at: datetime


def ahead(starts_at: datetime, now: datetime) -> tuple[Moment, ...]:
    """Return the reminders still to come of a sitting that is put on a start now.

    One whose moment has passed is left out, since people are told of the hour just now. The day's
    is too late once the hour's is due, the hour's once the sitting begins.

    Args:
        starts_at: UTC.
        now: UTC.
    """
    ends = {Lead.DAY: starts_at - BEFORE[Lead.HOUR], Lead.HOUR: starts_at}
    moments = (Moment(lead, starts_at - before, ends[lead]) for lead, before in BEFORE.items())
    return tuple(each for each in moments if each.due_at > now)
