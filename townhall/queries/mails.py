"""Reads of the outbox: what the rules judge by, the list of a town hall's mails, who is silent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from townhall.domain import outbox as rules
from townhall.domain import reminders
from townhall.domain.states import Delivery, PartStat
from townhall.models.accounts import Contact
from townhall.models.invitations import Invitation, MailPace, OutboxMessage
from townhall.models.planning import Sitting, TownHall

PAGE = 100
"""How many mails one page lists."""

REST = timedelta(days=1)
"""How long a person is left alone after a mail about a sitting before being reminded of it."""

RULED = (
    OutboxMessage.id,
    OutboxMessage.thread,
    OutboxMessage.contact_id,
    OutboxMessage.revision,
    OutboxMessage.state,
    OutboxMessage.fence,
    OutboxMessage.lease_until,
    OutboxMessage.method,
    OutboxMessage.kind,
    OutboxMessage.give_up_at,
)
"""What `domain/outbox` judges by."""


def siblings(
    db: Session, pairs: set[tuple[str, int]]
) -> dict[tuple[str, int], dict[int, rules.Row]]:
    """Return all rows of each thread and recipient, by id."""
    found: dict[tuple[str, int], dict[int, rules.Row]] = {pair: {} for pair in pairs}
    for row in db.execute(
        select(*RULED).where(
            # Every thread with every person, of which few are not asked for: two lists make
            # use of the index, and a list of pairs does not in SQLite.
            OutboxMessage.thread.in_({thread for thread, _ in pairs}),
            OutboxMessage.contact_id.in_({contact_id for _, contact_id in pairs}),
        )
    ):
        if (row.thread, row.contact_id) in found:
            found[row.thread, row.contact_id][row.id] = ruled(row)
    return found


def ruled(row: Any) -> rules.Row:
    """Return a row as the rules see it."""
    return rules.Row(
        id=row.id,
        revision=row.revision,
        state=row.state,
        handed=row.fence > 0,
        lease_until=row.lease_until,
        cancels=row.method == "CANCEL",
        give_up_at=row.give_up_at,
        reminds=row.kind in reminders.KINDS,
    )


def paces(db: Session, domains: set[str]) -> dict[str, rules.Pace]:
    """Return how far each domain's pace is used up, held until the transaction ends."""
    hold_paces(db)
    found = dict.fromkeys(sorted(domains), rules.NEVER_USED)
    for row in db.execute(
        select(MailPace.domain, MailPace.free_at, MailPace.promised_at).where(
            MailPace.domain.in_(domains)
        )
    ):
        found[row.domain] = rules.Pace(row.free_at, row.promised_at)
    return found


def hold_paces(db: Session) -> None:
    """Wait until no other transaction changes paces, and keep others out.

    SQLite lets one writer in at a time as it is.
    """
    if db.get_bind().dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(_PACES, 0)))


_PACES = 0x6D70
"""Sets this lock apart from any others in the same database."""


def page(
    db: Session, town_hall: TownHall, *, state: Delivery | None = None, after: str = ""
) -> tuple[Sequence[OutboxMessage], str]:
    """Return a page of the town hall's mails, the newest first, and what the next comes after.

    Args:
        state: Only mails that are in this one.
        after: The code of the last mail of the page before; empty for the first page.

    Returns:
        The mails, and the code to go on with; empty on the last page.
    """
    wanted = select(OutboxMessage).where(OutboxMessage.town_hall_id == town_hall.id)
    if state is not None:
        wanted = wanted.where(OutboxMessage.state == state)
    if after:
        last = select(OutboxMessage.id).where(OutboxMessage.code == after).scalar_subquery()
        wanted = wanted.where(OutboxMessage.id < last)
    found = db.scalars(wanted.order_by(OutboxMessage.id.desc()).limit(PAGE + 1)).all()
    return found[:PAGE], found[PAGE - 1].code if len(found) > PAGE else ""


def lost(db: Session, town_hall: TownHall) -> Sequence[int]:
    """Return the ids of a town hall's mails that failed or came back, the oldest first."""
    return db.scalars(
        select(OutboxMessage.id)
        .where(OutboxMessage.town_hall_id == town_hall.id, OutboxMessage.state.in_(rules.LOST))
        .order_by(OutboxMessage.id)
    ).all()


def some(db: Session, keys: Sequence[int]) -> Sequence[Any]:
    """Return what the rules judge by, of the mails with these ids."""
    return db.execute(select(*RULED).where(OutboxMessage.id.in_(keys))).all()


def silent(db: Session, sitting: Sitting, *, now: datetime) -> frozenset[int]:
    """Return the ids of the invitations to remind of: sent a day ago or more, and not answered.

    Whose newest mail still waits, failed or came back is not reminded: there is nothing that
    they could have answered, and a reminder would take the place of that mail.
    """
    newest = (
        select(func.max(OutboxMessage.id))
        .where(OutboxMessage.thread == sitting.uid, OutboxMessage.kind.not_in(reminders.KINDS))
        .group_by(OutboxMessage.contact_id)
    )
    rows = db.scalars(
        select(Invitation.id)
        .join(OutboxMessage, OutboxMessage.invitation_id == Invitation.id)
        .join(Contact, Contact.id == Invitation.contact_id)
        .where(
            Invitation.sitting_id == sitting.id,
            Invitation.removed_at.is_(None),
            Invitation.registration_id.is_(None),
            Invitation.partstat == PartStat.NEEDS_ACTION,
            Contact.address.is_not(None),
            OutboxMessage.id.in_(newest),
            OutboxMessage.state == Delivery.SENT,
            OutboxMessage.sent_at <= now - REST,
        )
    )
    return frozenset(rows)
