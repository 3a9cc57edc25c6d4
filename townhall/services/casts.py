"""The one writer of seats, their sites and contacts: shared by services, a use case of nobody."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from townhall.domain import fields, seating, tokens
from townhall.domain.access import Actor
from townhall.domain.people import ContactDetails
from townhall.domain.states import ContactKind, SeatRole
from townhall.errors import ConflictError, InputError
from townhall.i18n import N_
from townhall.models.directory import Office
from townhall.models.planning import Seat, SeatContact, TownHall
from townhall.models.questions import Site
from townhall.queries import planning
from townhall.services import asks, contacts, journal


@dataclass(frozen=True, slots=True)
class SeatDetails:
    """What organizers say of a seat; calendar values have the planning document's shapes.

    A None among them means what the office says, then the country.
    """

    name: str
    zone: str
    country: str | None = None
    region: str | None = None
    role: SeatRole = SeatRole.OFFICE
    people: int = 1
    weight: int = 1
    required: bool = True
    everywhere: bool = False
    bands: list[Any] | None = None
    rest_days: list[Any] | None = None
    never: list[Any] | None = None
    busy: list[Any] | None = None
    extra_holidays: list[Any] | None = None
    struck_holidays: list[Any] | None = None
    contacts: Sequence[ContactDetails] = field(default=())


def of_office(office: Office) -> SeatDetails:
    """Return the seat that an office has by default."""
    return SeatDetails(
        name=office.name,
        zone=office.zone,
        country=office.country,
        region=office.region,
        people=office.people,
        contacts=[
            ContactDetails(contact.name, contact.address, contact.language)
            for contact in office.contacts
            if contact.address
        ],
    )


def add(
    db: Session,
    town_hall: TownHall,
    details: SeatDetails,
    office: Office | None,
    kin: str | None = None,
) -> Seat:
    """Add a seat, its site and its contacts to a town hall inside an open transaction."""
    _check_name(town_hall, details.name)
    seat = Seat(
        town_hall=town_hall,
        office=office,
        position=max((seat.position for seat in town_hall.seats), default=0) + 1,
        ledger=0,
        kin=kin or (tokens.fresh_code(16) if town_hall.occurrence else None),
        **columns(details),
    )
    db.add(seat)
    seating.check(planning.seat_entry(seat))
    db.flush()
    db.add(Site(town_hall_id=town_hall.id, seat_id=seat.id, name=seat.name))
    _set_contacts(db, seat, details.contacts)
    return seat


def edit(db: Session, actor: Actor, seat: Seat, details: SeatDetails, now: datetime) -> None:
    """Change a seat, its site's name and its contacts inside an open transaction."""
    _check_name(seat.town_hall, details.name, seat)
    after = columns(details)
    before = {name: getattr(seat, name) for name in after}
    for name, value in after.items():
        setattr(seat, name, value)
    seating.check(planning.seat_entry(seat))
    planning.site(db, seat).name = seat.name
    _set_contacts(db, seat, details.contacts)
    seat.town_hall.version += 1
    journal.audit(db, actor, "seat.edited", seat, now, before=before, after=after)


def remove(db: Session, actor: Actor, seat: Seat, now: datetime) -> None:
    """Take a seat out of its town hall inside an open transaction.

    Raises:
        ConflictError: People of the seat are invited, or were heard.
    """
    if seat.town_hall.sittings:
        raise ConflictError(
            N_("This seat was promised an hour and stays for the record. Make it optional instead.")
        )
    if planning.is_heard(db, seat):
        raise ConflictError(
            N_("People of this seat have asked or were asked already; it has to stay.")
        )
    journal.audit(db, actor, "seat.removed", seat, now, before={"name": seat.name})
    for link in planning.links(db, seat):
        link.revoked_at = link.revoked_at or now
        link.seat_id = None
    asks.forget_seat(db, seat)
    db.delete(planning.site(db, seat))
    db.flush()
    seat.town_hall.seats.remove(seat)


def columns(details: SeatDetails) -> dict[str, Any]:
    """Return the details as columns of a seat; its contacts are rows of their own."""
    columns = asdict(details)
    del columns["contacts"]
    return columns


def _check_name(town_hall: TownHall, name: str, own: Seat | None = None) -> None:
    """Raise InputError if another seat of the town hall has the name."""
    same = fields.folded(name)
    if any(fields.folded(seat.name) == same and seat is not own for seat in town_hall.seats):
        raise InputError(
            N_("Another seat of this town hall is called “%(value)s” already."),
            field="name",
            value=name,
        )


def _set_contacts(db: Session, seat: Seat, wanted: Sequence[ContactDetails]) -> None:
    """Make the seat's contacts those that are wanted; the first of a speaker's seat speaks."""
    rows = {row.contact.address_key: row for row in seat.contacts}
    kept: list[SeatContact] = []
    for number, details in enumerate({each.key: each for each in wanted}.values()):
        contact = contacts.known(db, details)
        row = rows.get(details.key) or SeatContact(contact=contact)
        speaks = number == 0 and seat.role in {SeatRole.SPEAKER, SeatRole.HOST}
        row.kind = ContactKind.SPEAKER if speaks else ContactKind.CONTACT
        kept.append(row)
    seat.contacts = kept
