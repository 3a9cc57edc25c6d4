"""Town halls and their seats: made and changed by the organizers' team."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import seating, tokens
from townhall.domain.access import Action, Actor, Role, require, require_account
from townhall.domain.burden import Grid
from townhall.domain.invites.values import TEXT_LIMIT, check_line, check_text, check_url
from townhall.domain.people import ContactDetails
from townhall.domain.states import ContactKind, SeatRole
from townhall.errors import ConflictError, InputError
from townhall.i18n import N_
from townhall.models.accounts import Membership
from townhall.models.directory import Office
from townhall.models.planning import Seat, SeatContact, TownHall
from townhall.models.questions import Site
from townhall.queries import planning
from townhall.services import asks, boards, contacts, journal

_CHANGED_MEANWHILE = N_("Somebody else changed this meanwhile. Look at it again, then decide.")


_LINES = {"title": 200, "topic": 200, "hashtag": 64, "phone": 100}
"""What stands on one line in mails, with the most characters."""

_FIELDS_OF_GRID = {"from": "window_from_at", "until": "window_until_at"}


@dataclass(frozen=True, slots=True)
class Details:
    """What organizers say of a town hall.

    Args:
        window_from_at: The first start that may be chosen; on a quarter hour UTC.
        window_until_at: After the last start that may be chosen.
        compare_at: An earlier hour to show beside the ranked ones.

    Raises:
        InputError: The field has the argument's name.
    """

    title: str
    minutes: int
    window_from_at: datetime
    window_until_at: datetime
    topic: str = ""
    description: str = ""
    hashtag: str = ""
    language: str = "en"
    languages: Sequence[str] = ("en",)
    join_url: str = ""
    phone: str = ""
    compare_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what no invite could carry and what could not be planned."""
        if not self.title.strip():
            raise InputError(N_("This field is empty; please fill it in."), field="title")
        for name, limit in _LINES.items():
            check_line(getattr(self, name), name, limit)
        check_text(self.description, "description", TEXT_LIMIT // 2)
        check_url(self.join_url, "join_url")
        try:
            Grid(self.window_from_at, self.window_until_at, self.minutes)
        except InputError as error:
            error.field = _FIELDS_OF_GRID.get(error.field or "", error.field)
            raise


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


def create(
    db: Session, actor: Actor, details: Details, offices: Sequence[Office], *, now: datetime
) -> TownHall:
    """Make a town hall with a seat for each of the offices; the actor owns it.

    Raises:
        SignInRequiredError: Nobody is signed in.
    """
    account_id = require_account(actor)
    with transaction(db):
        town_hall = TownHall(code=tokens.fresh_code(), created_at=now, **_columns(details))
        db.add(town_hall)
        db.flush()
        db.add(Membership(account_id=account_id, town_hall_id=town_hall.id, role=Role.OWNER))
        db.add(Site(town_hall_id=town_hall.id, seat_id=None, name=""))
        for office in offices:
            _add_seat(db, town_hall, _seat_of(office), office)
        journal.audit(db, actor, "town_hall.created", town_hall, now, after=_columns(details))
    return town_hall


def edit(
    db: Session, actor: Actor, code: str, details: Details, *, version: int, now: datetime
) -> TownHall:
    """Change what is said of a town hall. Invites that were sent stay as they are until a draft.

    Raises:
        NotAllowedError: The actor is not of its team.
        ConflictError: Somebody else changed it first.
    """
    with transaction(db):
        town_hall = boards.raised(db, code)
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
        if town_hall.version != version:
            raise ConflictError(_CHANGED_MEANWHILE)
        after = _columns(details)
        before = {name: getattr(town_hall, name) for name in after}
        for name, value in after.items():
            setattr(town_hall, name, value)
        town_hall.version += 1
        journal.audit(db, actor, "town_hall.edited", town_hall, now, before=before, after=after)
    return town_hall


def add_seat(
    db: Session,
    actor: Actor,
    code: str,
    details: SeatDetails,
    office: Office | None = None,
    *,
    now: datetime,
) -> Seat:
    """Give an office or a person a part in a town hall.

    Raises:
        NotAllowedError: The actor is not of its team.
        InputError: A value that could not be planned with; the field has the argument's name.
    """
    with transaction(db):
        town_hall = boards.raised(db, code)
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
        seat = _add_seat(db, town_hall, details, office)
        town_hall.version += 1
        journal.audit(db, actor, "seat.added", seat, now, after=_seat_columns(details))
    return seat


def edit_seat(
    db: Session,
    actor: Actor,
    code: str,
    position: int,
    details: SeatDetails,
    *,
    version: int,
    now: datetime,
) -> Seat:
    """Change a seat and its contacts; boards call its questions by the new name.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: Somebody else changed the town hall first.
        InputError: A value that could not be planned with; the field has the argument's name.
    """
    with transaction(db):
        town_hall = boards.raised(db, code)
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
        if town_hall.version != version:
            raise ConflictError(_CHANGED_MEANWHILE)
        seat = planning.seat(db, town_hall, position)
        _check_name(town_hall, details.name, seat)
        after = _seat_columns(details)
        before = {name: getattr(seat, name) for name in after}
        for name, value in after.items():
            setattr(seat, name, value)
        seating.check(planning.seat_entry(seat))
        planning.site(db, seat).name = seat.name
        _set_contacts(db, seat, details.contacts)
        town_hall.version += 1
        journal.audit(db, actor, "seat.edited", seat, now, before=before, after=after)
    return seat


def remove_seat(
    db: Session, actor: Actor, code: str, position: int, *, version: int, now: datetime
) -> None:
    """Take a seat out of a town hall that has invited nobody yet.

    Raises:
        NotAllowedError: The actor is not of its team.
        ConflictError: Somebody else changed it first, or people of the seat are invited.
    """
    with transaction(db):
        town_hall = boards.raised(db, code)
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
        if town_hall.version != version:
            raise ConflictError(_CHANGED_MEANWHILE)
        if town_hall.sittings:
            raise ConflictError(
                N_(
                    "This seat was promised an hour and stays for the record. "
                    "Make it optional instead."
                )
            )
        seat = planning.seat(db, town_hall, position)
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
        db.delete(seat)
        town_hall.version += 1


def retune(
    db: Session,
    actor: Actor,
    code: str,
    changes: planning.Trial,
    *,
    version: int,
    now: datetime,
) -> TownHall:
    """Keep what was tried of several seats at once, all of it or nothing.

    Args:
        changes: Columns of seats by position, with the planning document's values.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: Somebody else changed the town hall first.
        InputError: A value that could not be planned with; the field is `never-3` for the
            never-hours of the seat at position 3.
    """
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
        if town_hall.version != version:
            raise ConflictError(_CHANGED_MEANWHILE)
        for seat in town_hall.seats:
            after = dict(changes.get(seat.position, {}))
            if not after:
                continue
            before = {name: getattr(seat, name) for name in after}
            for name, value in after.items():
                setattr(seat, name, value)
            try:
                seating.check(planning.seat_entry(seat))
            except InputError as error:
                error.field = f"{error.field}-{seat.position}"
                raise
            journal.audit(db, actor, "seat.edited", seat, now, before=before, after=after)
        town_hall.version += 1
    return town_hall


def _columns(details: Details) -> dict[str, Any]:
    """Return the details as columns of a town hall."""
    return {**asdict(details), "languages": list(details.languages)}


def _seat_columns(details: SeatDetails) -> dict[str, Any]:
    """Return the details as columns of a seat; its contacts are rows of their own."""
    columns = asdict(details)
    del columns["contacts"]
    return columns


def _seat_of(office: Office) -> SeatDetails:
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


def _check_name(town_hall: TownHall, name: str, own: Seat | None = None) -> None:
    """Raise InputError if another seat of the town hall has the name."""
    if any(seat.name == name and seat is not own for seat in town_hall.seats):
        raise InputError(
            N_("Another seat of this town hall is called “%(value)s” already."),
            field="name",
            value=name,
        )


def _add_seat(
    db: Session, town_hall: TownHall, details: SeatDetails, office: Office | None
) -> Seat:
    """Add a seat, its site and its contacts to a town hall inside an open transaction."""
    _check_name(town_hall, details.name)
    seat = Seat(
        town_hall=town_hall,
        office=office,
        position=max((seat.position for seat in town_hall.seats), default=0) + 1,
        ledger=0,
        **_seat_columns(details),
    )
    db.add(seat)
    seating.check(planning.seat_entry(seat))
    db.flush()
    db.add(Site(town_hall_id=town_hall.id, seat_id=seat.id, name=seat.name))
    _set_contacts(db, seat, details.contacts)
    return seat


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
