"""Reads that tell whether the installation works."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from townhall.domain.states import Delivery
from townhall.models.invitations import OutboxMessage

UNDER_WAY = (Delivery.QUEUED, Delivery.SENDING)


def outbox_age(db: Session, *, now: datetime) -> timedelta:
    """Return how long the mail that waits longest has been due; zero if none is."""
    due_at = db.scalar(
        select(func.min(OutboxMessage.due_at)).where(
            OutboxMessage.state.in_(UNDER_WAY), OutboxMessage.due_at <= now
        )
    )
    return now - due_at if due_at else timedelta()
