"""What is forgotten of an event that is over: who registered, what they answered, their mails."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Delete, Update, delete, or_, update
from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain.access import SYSTEM
from townhall.domain.states import Delivery
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.registrations import Registration
from townhall.models.replies import MailedReply
from townhall.queries import retention as queries
from townhall.services import journal

KEPT = timedelta(days=30)
"""How long the people of an event are kept after its last sitting began or its window ended."""

AGAIN = timedelta(days=7)
"""How often an event that is over is looked at for what came later, such as a late answer."""


def forget(db: Session, *, now: datetime) -> int:
    """Forget the people of one event that is over, and return 1; 0 if there is none to forget.

    Who registered is taken off the list, and their address is due to be forgotten. Answers by
    mail go, with the addresses that are known by them alone, and so do the notes beside answers,
    the octets of mails and what servers said of them. What the organizers entered stays, as
    do who was invited and whether they came.
    """
    with transaction(db):
        hall = queries.over(db, ended=now - KEPT, looked=now - AGAIN)
        if hall is None:
            return 0
        own = queries.sitting_ids(hall)
        for contact in queries.answerers(db, hall):
            contact.name, contact.address, contact.address_key = "", None, None
            contact.erased_at = now
        db.flush()
        gone = {
            "registrations": _count(
                db,
                update(Registration)
                .where(Registration.town_hall_id == hall.id, Registration.left_at.is_(None))
                .values(left_at=now, forget_at=now),
            ),
            "answers": _count(db, delete(MailedReply).where(MailedReply.sitting_id.in_(own))),
            "notes": _count(
                db,
                update(Invitation)
                .where(Invitation.sitting_id.in_(own), Invitation.note != "")
                .values(note=""),
            ),
            "mails": _count(
                db,
                update(OutboxMessage)
                .where(
                    OutboxMessage.town_hall_id == hall.id,
                    OutboxMessage.state.not_in([Delivery.QUEUED, Delivery.SENDING]),
                    or_(
                        OutboxMessage.whole.is_not(None),
                        OutboxMessage.own.is_not(None),
                        OutboxMessage.last_error != "",  # of one that came back after the erasure
                    ),
                )
                .values(whole=None, own=None, last_error=""),
            ),
        }
        hall.forgotten_at = now
        if any(gone.values()):
            journal.audit(db, SYSTEM, "town_hall.forgotten", hall, now, after=gone)
        return 1


def _count(db: Session, change: Update | Delete) -> int:
    """Return how many rows a change changes; what the session knew of them is forgotten."""
    result: CursorResult[Any] = db.execute(  # type: ignore[assignment]  # a change has a count
        change.execution_options(synchronize_session=False)
    )
    return result.rowcount
