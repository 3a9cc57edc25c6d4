"""Mails that failed or came back, sent again by a person, one or all of them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import outbox as rules
from townhall.domain.access import Action, Actor, require
from townhall.domain.outbox import Verdict
from townhall.domain.states import Delivery
from townhall.errors import ConflictError, TransitionError
from townhall.i18n import N_
from townhall.models.invitations import OutboxMessage
from townhall.models.planning import TownHall
from townhall.queries import invitations, mails
from townhall.services import journal

_AT_ONCE = 500
"""How many mails are judged at once: neither memory nor a statement grows with their number."""


def resend(
    db: Session, actor: Actor, town_hall: TownHall, code: str, *, now: datetime
) -> OutboxMessage:
    """Queue a mail again that had failed or come back, as it was.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        NotFoundError: The town hall has no such mail.
        TransitionError: The mail has neither failed nor come back.
        ConflictError: A newer mail told the person more than this one would.
    """
    with transaction(db):
        require(actor, Action.SEND_INVITES, town_hall.id)
        row = invitations.mail(db, town_hall, code)
        before = row.state
        if before not in rules.LOST:
            raise TransitionError(N_("Only a mail that has failed or come back can be sent again."))
        if not _queue(db, [row.id], now):
            raise ConflictError(N_("A newer mail to this person has taken the place of this one."))
        db.refresh(row)
        journal.audit(
            db,
            actor,
            "mail.resent",
            row,
            now,
            before={"state": before.value},
            after={"state": Delivery.QUEUED.value},
        )
        return row


def resend_all(db: Session, actor: Actor, town_hall: TownHall, *, now: datetime) -> int:
    """Queue every mail again that had failed or come back, and return how many there were.

    Those that a newer mail to the same person has overtaken stay where they are.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: There is no such mail.
    """
    with transaction(db):
        require(actor, Action.SEND_INVITES, town_hall.id)
        lost = mails.lost(db, town_hall)
        count = sum(
            _queue(db, lost[first : first + _AT_ONCE], now)
            for first in range(0, len(lost), _AT_ONCE)
        )
        if not count:
            raise ConflictError(N_("No mail has failed or come back that could be sent again."))
        journal.audit(db, actor, "mail.resent", town_hall, now, after={"mails": count})
        return count


def _queue(db: Session, keys: Sequence[int], now: datetime) -> int:
    """Queue some lost mails again and return how many; not those that a newer one overtook."""
    rows = mails.some(db, keys)
    siblings = mails.siblings(db, {(row.thread, row.contact_id) for row in rows})
    again = []
    for row in rows:
        others = dict(siblings[row.thread, row.contact_id])
        own = others.pop(row.id)
        if rules.judge(own, others.values(), now) is not Verdict.SUPERSEDE:
            again.append(row.id)
    patience = now + rules.SECOND_CHANCE
    later = case((OutboxMessage.give_up_at < patience, patience), else_=OutboxMessage.give_up_at)
    db.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(again))
        .values(state=Delivery.QUEUED, attempts=0, due_at=now, give_up_at=later)
        .execution_options(synchronize_session=False)
    )
    return len(again)
