"""Reads of the people who registered with a mail address."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Result, Row, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, lazyload

from townhall.domain.states import SeatRole
from townhall.errors import ExpiredLinkError
from townhall.i18n import N_
from townhall.models.accounts import Account, Contact
from townhall.models.availability import Asked
from townhall.models.directory import OfficeContact
from townhall.models.invitations import Invitation
from townhall.models.planning import Seat, SeatContact, Sitting, TownHall
from townhall.models.registrations import Registration
from townhall.models.replies import ContactAlias
from townhall.models.staff import Staffer
from townhall.queries.invitations import REGISTERED, Recipient, Registered

PAGE = 100
"""How many people one page lists."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many people are told of a town hall by mail, in all, by language and by zone."""

    total: int
    languages: Sequence[tuple[str, int]]
    zones: Sequence[tuple[str, int]]


def registration(db: Session, code: str) -> Registration:
    """Return a registration by its code, with its town hall.

    Raises:
        ExpiredLinkError: It was forgotten.
    """
    found = db.scalar(
        select(Registration)
        .where(Registration.code == code)
        .options(joinedload(Registration.town_hall))
    )
    if found is None or found.contact.address is None:
        raise ExpiredLinkError(
            N_("This link has run out, and your address was forgotten. Register again.")
        )
    return found


def confirmed(db: Session, town_hall: TownHall) -> Iterator[tuple[Registered, Recipient]]:
    """Yield those who are told of a town hall, in the order in which they registered."""
    for row in db.execute(
        select(*REGISTERED, Contact.id, Contact.name, Contact.address, Registration.language)
        .join(Contact, Contact.id == Registration.contact_id)
        .where(*_are_told(town_hall))
        .order_by(Registration.id)
    ):
        yield Registered(*row[:4]), Recipient(*row[4:])


def counts(db: Session, town_hall: TownHall) -> Counts:
    """Return how many are told of a town hall, the most frequent first."""
    by_language = _counted(db, town_hall, Registration.language)
    by_zone = _counted(db, town_hall, Registration.zone)
    return Counts(sum(count for _, count in by_language), by_language, by_zone)


def page(db: Session, town_hall: TownHall, *, after: int = 0) -> tuple[Sequence[Registration], int]:
    """Return a page of those who are told, in the order in which they registered.

    Args:
        after: The id of the last person of the page before; 0 for the first page.

    Returns:
        The people, and the id to go on after; 0 on the last page.
    """
    found = db.scalars(
        _told(town_hall)
        .where(Registration.id > after)
        .options(joinedload(Registration.sitting))
        .limit(PAGE + 1)
    ).all()
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else 0


def listed(db: Session, town_hall: TownHall) -> Iterator[Row[Any]]:
    """Return everybody who is told, once for each sitting that they are invited to.

    Returns:
        Rows of `address`, `language`, `zone`, `confirmed_at`, `starts_at` and `partstat`; the last
        two are null for who is invited to none yet.
    """
    rows: Result[Any] = db.execute(
        select(
            Contact.address,
            Registration.language,
            Registration.zone,
            Registration.confirmed_at,
            Sitting.starts_at,
            Invitation.partstat,
        )
        .join(Contact, Contact.id == Registration.contact_id)
        .outerjoin(
            Invitation,
            (Invitation.registration_id == Registration.id) & Invitation.removed_at.is_(None),
        )
        .outerjoin(Sitting, Sitting.id == Invitation.sitting_id)
        .where(*_are_told(town_hall))
        .order_by(Registration.id, Sitting.number)
    )
    return iter(rows)


def has_a_part(db: Session, registration: Registration) -> bool:
    """Return whether the person is invited for a seat of the town hall, or as one of the team."""
    of_seat = (
        select(SeatContact.id)
        .join(Seat, Seat.id == SeatContact.seat_id)
        .where(
            Seat.town_hall_id == registration.town_hall_id,
            SeatContact.contact_id == registration.contact_id,
        )
    )
    of_team = select(Staffer.id).where(
        Staffer.town_hall_id == registration.town_hall_id,
        Staffer.contact_id == registration.contact_id,
        Staffer.removed_at.is_(None),
    )
    return any(db.scalar(part.limit(1)) is not None for part in (of_seat, of_team))


def of_contact(db: Session, town_hall: TownHall, contact: Contact) -> Registration | None:
    """Return how a person registered for a town hall, if they did."""
    db.flush()  # a new contact has no id before
    return db.scalar(
        select(Registration).where(
            Registration.town_hall_id == town_hall.id, Registration.contact_id == contact.id
        )
    )


def letters(db: Session, contact_id: int, *, since: datetime) -> int:
    """Return how many letters with a link were written to a person since an instant."""
    found = db.scalar(
        select(func.count()).where(
            Registration.contact_id == contact_id, Registration.mailed_at > since
        )
    )
    return found or 0


def places(
    db: Session, registration: Registration, sittings: Sequence[Sitting]
) -> dict[int, Invitation]:
    """Return a person's places in some sittings by the sitting's id, those taken back, too."""
    rows = db.scalars(
        select(Invitation).where(
            Invitation.contact_id == registration.contact_id,
            Invitation.sitting_id.in_({sitting.id for sitting in sittings}),
        )
    )
    return {row.sitting_id: row for row in rows}


def headquarters(db: Session, town_hall: TownHall) -> Seat:
    """Return the host's seat, or else the first, without the people of any."""
    return db.scalars(
        select(Seat)
        .where(Seat.town_hall_id == town_hall.id)
        .order_by(Seat.role != SeatRole.HOST, Seat.position)
        .options(lazyload(Seat.contacts))
        .limit(1)
    ).one()


def to_forget(db: Session, *, now: datetime, limit: int) -> Sequence[Registration]:
    """Return registrations whose address is due to be forgotten, locked, the oldest first."""
    return db.scalars(
        select(Registration)
        .where(Registration.forget_at <= now)
        .order_by(Registration.forget_at, Registration.id)
        .limit(limit)
        .with_for_update(of=Registration, skip_locked=True)
    ).all()


def is_needed(db: Session, registration: Registration) -> bool:
    """Return whether a person's address stands for anything but this registration."""
    person = registration.contact_id
    uses = (
        select(Account.id).where(Account.contact_id == person),
        select(SeatContact.id).where(SeatContact.contact_id == person),
        select(OfficeContact.contact_id).where(OfficeContact.contact_id == person),
        select(Asked.id).where(Asked.contact_id == person),
        select(ContactAlias.id).where(
            (ContactAlias.contact_id == person) | (ContactAlias.alias_id == person)
        ),
        select(Staffer.id).where(Staffer.contact_id == person),
        select(Invitation.id).where(
            Invitation.contact_id == person, Invitation.seat_id.is_not(None)
        ),
        select(Registration.id).where(
            Registration.contact_id == person,
            Registration.id != registration.id,
            # Of who left and was forgotten there the row alone is left.
            or_(Registration.left_at.is_(None), Registration.forget_at.is_not(None)),
        ),
    )
    return any(db.scalar(use.limit(1)) is not None for use in uses)


def _told(town_hall: TownHall) -> Select[Registration]:
    """Select those who are told of a town hall, in the order in which they registered."""
    return (
        select(Registration)
        .join(Contact, Contact.id == Registration.contact_id)
        .where(*_are_told(town_hall))
        .order_by(Registration.id)
    )


def _are_told(town_hall: TownHall) -> Sequence[ColumnElement[bool]]:
    """Return the conditions of those who confirmed and have not left."""
    return (
        Registration.town_hall_id == town_hall.id,
        Registration.confirmed_at.is_not(None),
        Registration.left_at.is_(None),
        Contact.address.is_not(None),
    )


def _counted(
    db: Session, town_hall: TownHall, column: InstrumentedAttribute[str]
) -> list[tuple[str, int]]:
    """Return each value of a column with how many people have it, the most frequent first."""
    rows = db.execute(
        select(column, func.count())
        .join(Contact, Contact.id == Registration.contact_id)
        .where(*_are_told(town_hall))
        .group_by(column)
        .order_by(func.count().desc(), column)
    )
    return [(row[0], row[1]) for row in rows]
