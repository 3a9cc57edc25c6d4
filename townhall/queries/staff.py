"""Reads of the people who run a town hall: who of them is invited, and who could be."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from townhall.domain import staff
from townhall.domain.staff import StaffRole
from townhall.domain.states import ContactKind
from townhall.errors import NotFoundError
from townhall.models.accounts import Account, Contact, Membership
from townhall.models.planning import Seat, SeatContact, TownHall
from townhall.models.staff import Staffer
from townhall.queries.invitations import RECIPIENT, STAFFED, Recipient, Staffed


def invited(db: Session, town_hall: TownHall) -> list[tuple[Staffed, ContactKind, Recipient]]:
    """Return whom of the team to invite to every sitting, in the order in which they were named."""
    rows = db.execute(
        select(*STAFFED, Staffer.role, *RECIPIENT)
        .join(Contact, Contact.id == Staffer.contact_id)
        .where(
            Staffer.town_hall_id == town_hall.id,
            Staffer.removed_at.is_(None),
            Contact.address.is_not(None),
        )
        .order_by(Staffer.id)
    )
    return [(Staffed(*row[:4]), staff.kind_of(row[4]), Recipient(*row[5:])) for row in rows]


def named(db: Session, town_hall: TownHall) -> Sequence[Staffer]:
    """Return those of the team who are to be invited, in the order in which they were named."""
    return db.scalars(
        select(Staffer)
        .join(Contact, Contact.id == Staffer.contact_id)
        .where(
            Staffer.town_hall_id == town_hall.id,
            Staffer.removed_at.is_(None),
            Contact.address.is_not(None),
        )
        .order_by(Staffer.id)
    ).all()


def proposed(db: Session, town_hall: TownHall) -> list[tuple[Contact, StaffRole]]:
    """Return those whose accounts have a role in the town hall and who are not to be invited."""
    of_team = select(Staffer.contact_id).where(
        Staffer.town_hall_id == town_hall.id, Staffer.removed_at.is_(None)
    )
    of_seats = (
        select(SeatContact.contact_id)
        .join(Seat, Seat.id == SeatContact.seat_id)
        .where(Seat.town_hall_id == town_hall.id)
    )
    rows = db.execute(
        select(Contact, Membership.role)
        .join(Account, Account.contact_id == Contact.id)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.town_hall_id == town_hall.id,
            Account.closed_at.is_(None),
            Contact.address.is_not(None),
            Contact.id.not_in(of_team),
            Contact.id.not_in(of_seats),
        )
        .order_by(Membership.id)
    )
    return [(row.Contact, staff.part_of(row.role)) for row in rows]


def of_contact(db: Session, town_hall: TownHall, contact: Contact) -> Staffer | None:
    """Return a person's row in a town hall's team, also of who was taken off it."""
    db.flush()  # a new contact has no id before
    return db.scalar(
        select(Staffer).where(
            Staffer.town_hall_id == town_hall.id, Staffer.contact_id == contact.id
        )
    )


def staffer(db: Session, town_hall: TownHall, number: int) -> Staffer:
    """Return one of a town hall's team who is to be invited.

    Raises:
        NotFoundError: There is nobody of this number, or they were taken off.
    """
    found = db.get(Staffer, number)
    if found is None or found.town_hall_id != town_hall.id or found.removed_at is not None:
        raise NotFoundError
    return found
