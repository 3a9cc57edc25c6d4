"""Reads of invitations from the side of who was invited."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from townhall.errors import NotFoundError
from townhall.models.invitations import Invitation
from townhall.models.planning import Seat, Sitting


def invitation(db: Session, code: str) -> Invitation:
    """Return an invitation by its code, with its sitting and town hall.

    Raises:
        NotFoundError: There is no such invitation.
    """
    found = db.scalar(
        select(Invitation)
        .where(Invitation.code == code)
        .options(joinedload(Invitation.sitting).joinedload(Sitting.town_hall))
    )
    if found is None:
        raise NotFoundError
    return found


def of_seat(db: Session, sitting: Sitting, seat: Seat) -> Sequence[Invitation]:
    """Return who is invited to a sitting for a seat, in the order in which they were."""
    return db.scalars(
        select(Invitation)
        .where(
            Invitation.sitting_id == sitting.id,
            Invitation.seat_id == seat.id,
            Invitation.removed_at.is_(None),
        )
        .order_by(Invitation.id)
    ).all()
