"""Which of the people who run a town hall are invited to its sittings."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain.access import Action, Actor, require
from townhall.domain.staff import StaffDetails
from townhall.models.accounts import Contact
from townhall.models.planning import TownHall
from townhall.models.staff import Staffer
from townhall.queries import invitations, planning, series
from townhall.queries import staff as queries
from townhall.services import contacts, journal

_COLUMNS = ("role", "zone", "required")


def enlist(
    db: Session,
    actor: Actor,
    code: str,
    details: StaffDetails,
    *,
    later: bool = False,
    now: datetime,
) -> None:
    """Put somebody of the team on the list of the invited, or change what is said of them.

    They are asked to every sitting, and hear of it when a draft is sent, as everybody does.

    Args:
        later: Whether also in the later town halls of its series that have no hour yet.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
    """
    with transaction(db):
        halls = _held(db, actor, code, later=later)
        contact = contacts.known(db, details.contact)
        for town_hall in halls:
            row = queries.of_contact(db, town_hall, contact)
            before = None
            if row is None:
                row = Staffer(town_hall_id=town_hall.id, contact=contact, added_at=now)
            elif row.removed_at is None:
                before = _told(row)
            for column in _COLUMNS:
                setattr(row, column, getattr(details, column))
            row.removed_at = None
            db.add(row)
            journal.audit(db, actor, "staff.enlisted", row, now, before=before, after=_told(row))


def dismiss(
    db: Session, actor: Actor, code: str, number: int, *, later: bool = False, now: datetime
) -> None:
    """Take one of the team off the list; who was invited hears of it when a draft is sent.

    Args:
        number: Theirs on the list.
        later: As for `enlist`.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        NotFoundError: Nobody on the list has this number.
    """
    with transaction(db):
        halls = _held(db, actor, code, later=later)
        contact = queries.staffer(db, halls[0], number).contact
        for town_hall in halls:
            _dismiss(db, actor, town_hall, contact, now)


def _dismiss(
    db: Session, actor: Actor, town_hall: TownHall, contact: Contact, now: datetime
) -> None:
    """Take a person off the list of one town hall, if they are on it."""
    row = queries.of_contact(db, town_hall, contact)
    if row is not None and row.removed_at is None:
        row.removed_at = now
        journal.audit(db, actor, "staff.dismissed", row, now, before=_told(row))


def _held(db: Session, actor: Actor, code: str, *, later: bool) -> list[TownHall]:
    """Return a town hall, and later ones of its series, whose people nobody else changes now.

    Whoever looks at a preview of a draft looks again: it may reach others.
    """
    town_hall = planning.town_hall(db, code)
    halls = [town_hall, *(series.later(db, town_hall) if later else ())]
    for each in halls:
        require(actor, Action.EDIT_TOWN_HALL, each.id)
        invitations.hold(db, each)
        each.version += 1
        if each.draft is not None:
            each.draft.version += 1
    return halls


def _told(row: Staffer) -> dict[str, Any]:
    """Return what the audit log keeps of one of the team."""
    return {column: getattr(row, column) for column in _COLUMNS}
