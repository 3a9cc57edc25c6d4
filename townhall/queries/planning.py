"""Reads of town halls, seats and sittings."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from townhall.errors import NotFoundError
from townhall.models.accounts import Membership
from townhall.models.planning import Seat, Sitting, TownHall


def town_hall(db: Session, code: str) -> TownHall:
    """Return a town hall by its public code.

    Raises:
        NotFoundError: No town hall has this code.
    """
    found = db.scalar(select(TownHall).where(TownHall.code == code))
    if found is None:
        raise NotFoundError
    return found


def town_halls(db: Session, account_id: int) -> Sequence[TownHall]:
    """Return the town halls that an account has a part in, the newest first."""
    return db.scalars(
        select(TownHall)
        .join(Membership, Membership.town_hall_id == TownHall.id)
        .where(Membership.account_id == account_id)
        .order_by(TownHall.created_at.desc(), TownHall.id.desc())
    ).all()


def seat(db: Session, town_hall: TownHall, position: int) -> Seat:
    """Return the seat at a position of a town hall.

    Raises:
        NotFoundError: There is no such seat.
    """
    found = db.scalar(
        select(Seat).where(Seat.town_hall_id == town_hall.id, Seat.position == position)
    )
    if found is None:
        raise NotFoundError
    return found


def sitting(db: Session, town_hall: TownHall) -> Sitting | None:
    """Return the town hall's newest sitting, whatever its state."""
    return db.scalar(
        select(Sitting)
        .where(Sitting.town_hall_id == town_hall.id)
        .order_by(Sitting.number.desc())
        .limit(1)
    )
