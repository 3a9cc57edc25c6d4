"""Reads of invitations and of the mail that carries them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased, joinedload, undefer

from townhall.domain.invites import Change, Part
from townhall.domain.states import ContactKind, Delivery, PartStat, SeatRole
from townhall.errors import NotFoundError
from townhall.models.accounts import Contact
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Seat, SeatContact, Sitting, TownHall
from townhall.models.registrations import Registration
from townhall.models.replies import MailedReply
from townhall.models.staff import Staffer


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person as mails need one; tens of thousands weigh little."""

    id: int
    name: str
    address: str | None
    language: str


@dataclass(frozen=True, slots=True)
class Registered:
    """How a person registered: on whose clock they read, and which sitting they chose, if any."""

    id: int
    code: str
    zone: str
    sitting_id: int | None


@dataclass(frozen=True, slots=True)
class Staffed:
    """What mails need to know of one of the team.

    Args:
        zone: On whose clock they read.
        is_at_headquarters: Whether that is headquarters', since none of their own is known.
        required: Whether they have to be there.
    """

    id: int
    zone: str
    is_at_headquarters: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation as mails need it; `contact` is the person invited.

    It is for a seat, as one of the team, or as the person registered.

    Args:
        told_zone: By whose clock a person without a seat was last told the hour, if it is known.
    """

    id: int
    code: str
    seat_id: int | None
    kind: ContactKind
    partstat: PartStat
    contact: Recipient
    registered: Registered | None = None
    staffed: Staffed | None = None
    told_zone: str | None = None


RECIPIENT = (Contact.id, Contact.name, Contact.address, Contact.language)
"""The columns of a `Recipient`, in order."""

REGISTERED = (Registration.id, Registration.code, Registration.zone, Registration.sitting_id)
"""The columns of a `Registered`, in order."""

_ANY = aliased(Seat)

STAFFED = (
    Staffer.id,
    case(
        (
            Staffer.id.is_not(None),
            func.coalesce(
                Staffer.zone,
                select(_ANY.zone)
                .where(_ANY.town_hall_id == Staffer.town_hall_id)
                .order_by(_ANY.role != SeatRole.HOST, _ANY.position)
                .limit(1)
                .correlate(Staffer)
                .scalar_subquery(),
                "UTC",
            ),
        )
    ),
    Staffer.zone.is_(None),
    Staffer.required,
)
"""The columns of a `Staffed`, in order; headquarters are what `planning.headquarters` says."""

INVITED = (
    Invitation.id,
    Invitation.code,
    Invitation.seat_id,
    Invitation.kind,
    Invitation.partstat,
    Contact.id,
    Contact.name,
    Contact.address,
    func.coalesce(Registration.language, Contact.language),
    *REGISTERED,
    *STAFFED,
    Invitation.told_zone,
)
"""The columns of an `Invited`, with those of why they are, where it is for no seat."""


def of_row(row: Any) -> Invited:
    """Return an invitation from its columns."""
    key, code, seat_id, kind, partstat = row[:5]
    registered = None if row[9] is None else Registered(*row[9:13])
    staffed = None if row[13] is None else Staffed(*row[13:17])
    person = Recipient(*row[5:9])
    return Invited(key, code, seat_id, kind, partstat, person, registered, staffed, row[17])


def hold(db: Session, town_hall: TownHall) -> None:
    """Wait until no other transaction changes who is invited to a town hall, and keep others out.

    SQLite lets one writer in at a time as it is.
    """
    if db.get_bind().dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(_PEOPLE, town_hall.id)))


_PEOPLE = 0x7468
"""Sets these locks apart from any others in the same database."""


def invited(db: Session, sitting: Sitting, *, formerly: bool = False) -> Iterator[Invited]:
    """Yield the invitations of a sitting that were not taken back, in order of seats.

    The team comes after them. Those who registered come last, and are written to in the language
    that they chose.

    Args:
        formerly: Yield those that were taken back instead.
    """
    gone = Invitation.removed_at
    for row in db.execute(
        select(*INVITED)
        .join(Contact, Contact.id == Invitation.contact_id)
        .outerjoin(Seat, Seat.id == Invitation.seat_id)
        .outerjoin(Staffer, Staffer.id == Invitation.staffer_id)
        .outerjoin(Registration, Registration.id == Invitation.registration_id)
        .where(
            Invitation.sitting_id == sitting.id, gone.is_not(None) if formerly else gone.is_(None)
        )
        .order_by(
            Seat.position.nulls_last(), Invitation.registration_id.is_not(None), Invitation.id
        )
    ):
        yield of_row(row)


def contacts(db: Session, town_hall: TownHall) -> dict[int, list[tuple[ContactKind, Recipient]]]:
    """Return the people to invite for each seat that has any, by the seat's id, in their order."""
    found: dict[int, list[tuple[ContactKind, Recipient]]] = {}
    for row in db.execute(
        select(SeatContact.seat_id, SeatContact.kind, *RECIPIENT)
        .join(Contact, Contact.id == SeatContact.contact_id)
        .join(Seat, Seat.id == SeatContact.seat_id)
        .where(Seat.town_hall_id == town_hall.id, Contact.address.is_not(None))
        .order_by(SeatContact.id)
    ):
        found.setdefault(row[0], []).append((row[1], Recipient(*row[2:])))
    return found


def live(db: Session, sitting: Sitting) -> Sequence[Invitation]:
    """Return the invitations of a sitting that were not taken back, in order of seats.

    The team comes after them; those who registered are not among them.
    """
    return db.scalars(
        select(Invitation)
        .outerjoin(Seat, Seat.id == Invitation.seat_id)
        .where(
            Invitation.sitting_id == sitting.id,
            Invitation.registration_id.is_(None),
            Invitation.removed_at.is_(None),
        )
        .order_by(Seat.position.nulls_last(), Invitation.id)
        .options(joinedload(Invitation.staffer))
    ).all()


_TOLD = {
    Part.TITLE: "title",
    Part.DESCRIPTION: "description",
    Part.MINUTES: "minutes",
    Part.URL: "join_url",
    Part.PHONE: "phone",
}
"""Columns that a sitting has as it was told and a town hall as it is."""


def changes(sitting: Sitting) -> tuple[Change, ...]:
    """Return what the town hall says by now that the invited were not told."""
    hall = sitting.town_hall
    return tuple(
        Change(part, str(getattr(sitting, column)))
        for part, column in _TOLD.items()
        if getattr(sitting, column) != getattr(hall, column)
    )


def attendance(db: Session, sittings: Sequence[Sitting]) -> dict[int | None, list[Invitation]]:
    """Return the people invited to some sittings by the id of their seat, sitting by sitting.

    The team stands under None.
    """
    by_seat: dict[int | None, list[Invitation]] = {}
    for sitting in sittings:
        for row in live(db, sitting):
            by_seat.setdefault(row.seat_id, []).append(row)
    return by_seat


def attendance_version(db: Session, town_hall: TownHall, language: str) -> str:
    """Return what changes whenever the page of who comes does, without reading every person.

    Args:
        language: In which the page is.
    """
    answers = db.execute(
        select(
            func.count(),
            func.count(Invitation.removed_at),
            func.max(Invitation.answered_at),
            func.max(Invitation.said_at),
            func.max(Invitation.said_sequence),
        )
        .join(Sitting, Sitting.id == Invitation.sitting_id)
        .where(Sitting.town_hall_id == town_hall.id)
    ).one()
    sittings = [(each.number, each.version, each.revision) for each in town_hall.sittings]
    mailed = db.scalar(
        select(func.count())
        .select_from(MailedReply)
        .join(Sitting, Sitting.id == MailedReply.sitting_id)
        .where(Sitting.town_hall_id == town_hall.id)
    )
    parts = (language, town_hall.version, sittings, mailed, *answers)
    return sha256(repr(parts).encode()).hexdigest()[:16]


def mail_counts(db: Session, town_hall: TownHall) -> dict[Delivery, int]:
    """Return how many mails of a town hall are in each state."""
    rows = db.execute(
        select(OutboxMessage.state, func.count())
        .where(OutboxMessage.town_hall_id == town_hall.id)
        .group_by(OutboxMessage.state)
    )
    return {state: count for state, count in rows}  # noqa: C416  rows are not pairs to mypy


def mail(db: Session, town_hall: TownHall, code: str) -> OutboxMessage:
    """Return one mail of a town hall, with its octets.

    Raises:
        NotFoundError: The town hall has no such mail.
    """
    found = db.scalar(
        select(OutboxMessage)
        .where(OutboxMessage.town_hall_id == town_hall.id, OutboxMessage.code == code)
        .options(undefer(OutboxMessage.whole), joinedload(OutboxMessage.circular))
    )
    if found is None:
        raise NotFoundError
    return found
