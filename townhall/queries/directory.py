"""Reads of the office directory."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from townhall.errors import NotFoundError
from townhall.models.directory import Office


def offices(db: Session) -> Sequence[Office]:
    """Return every office, by name."""
    return db.scalars(select(Office).order_by(Office.name)).all()


def office(db: Session, office_id: int) -> Office:
    """Return one office.

    Raises:
        NotFoundError: There is none with this id.
    """
    found = db.get(Office, office_id)
    if found is None:
        raise NotFoundError
    return found
