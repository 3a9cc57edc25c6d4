"""Reads of organizers' own calendars: which sittings belong in them, how far each is in step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, exists, select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from townhall.domain.access import PERMISSIONS, Action
from townhall.domain.invites.resource import MOST_PEOPLE
from townhall.domain.own_calendar import Keeping
from townhall.domain.states import SittingState
from townhall.models.accounts import Account, Contact, Membership
from townhall.models.invitations import Invitation
from townhall.models.own_calendars import LeftOut, OwnCalendar, OwnEntry
from townhall.models.planning import Seat, Sitting, TownHall

TEAM = PERMISSIONS[Action.SEE_ANSWERS]
"""Whose own calendar shows a town hall: who may see all that an entry can tell."""


@dataclass(frozen=True, slots=True)
class Part:
    """A town hall in an account's own calendar.

    Args:
        town_hall: With its sittings.
        is_left_out: Whether the organizer does not want it there.
        entries: By the starts of their sittings; those that are over are not listed.
    """

    town_hall: TownHall
    is_left_out: bool
    entries: Sequence[OwnEntry]


def of_account(db: Session, account_id: int | None) -> OwnCalendar | None:
    """Return an account's own calendar, if it gave one."""
    return db.scalar(select(OwnCalendar).where(OwnCalendar.account_id == account_id))


def of_town_hall(db: Session, town_hall_id: int) -> Sequence[OwnCalendar]:
    """Return the calendars into which the sittings of a town hall are put."""
    return db.scalars(_calendars().where(Membership.town_hall_id == town_hall_id)).all()


def belongs(db: Session, entry: OwnEntry) -> bool:
    """Return whether a sitting is still to be put into a calendar."""
    wanted = _calendars().where(
        OwnCalendar.id == entry.calendar_id, Membership.town_hall_id == entry.sitting.town_hall_id
    )
    return db.scalar(wanted) is not None


def missing(
    db: Session, *, now: datetime, calendar: OwnCalendar | None = None
) -> Sequence[tuple[int, Sitting]]:
    """Return the sittings to come that a calendar knows nothing of, after the calendar's id."""
    wanted = (
        _calendars()
        .with_only_columns(OwnCalendar.id, Sitting)
        .join(Sitting, Sitting.town_hall_id == Membership.town_hall_id)
        .where(
            Sitting.state == SittingState.SCHEDULED,
            Sitting.starts_at > now,
            ~exists().where(
                OwnEntry.calendar_id == OwnCalendar.id, OwnEntry.sitting_id == Sitting.id
            ),
        )
        .options(lazyload(Sitting.promises))
        .order_by(OwnCalendar.id, Sitting.id)
    )
    if calendar is not None:
        wanted = wanted.where(OwnCalendar.id == calendar.id)
    return [(row[0], row[1]) for row in db.execute(wanted)]


def is_left_out(db: Session, calendar: OwnCalendar, town_hall_id: int) -> bool:
    """Return whether a town hall is not wanted in a calendar."""
    return db.get(LeftOut, (calendar.id, town_hall_id)) is not None


def entries(db: Session, calendar: OwnCalendar) -> Sequence[OwnEntry]:
    """Return the entries of a calendar with their sittings, by their starts."""
    return db.scalars(_entries(calendar)).all()


def entries_of(db: Session, calendar: OwnCalendar, town_hall: TownHall) -> Sequence[OwnEntry]:
    """Return the entries of one town hall in a calendar, by the starts of their sittings."""
    return db.scalars(_entries(calendar).where(Sitting.town_hall_id == town_hall.id)).all()


def parts(db: Session, calendar: OwnCalendar, *, now: datetime) -> Sequence[Part]:
    """Return an account's town halls that have a sitting to come, or whose last change waits.

    They are ordered by their first such sitting; one without sittings to come is only listed while
    something of it is not in step.
    """
    found: dict[int, list[OwnEntry]] = {}
    for entry in entries(db, calendar):
        if entry.sitting.ends_at > now or entry.state is not Keeping.KEPT:
            found.setdefault(entry.sitting.town_hall_id, []).append(entry)
    left_out = set(
        db.scalars(select(LeftOut.town_hall_id).where(LeftOut.calendar_id == calendar.id))
    )
    halls = db.scalars(
        select(TownHall)
        .join(Membership, Membership.town_hall_id == TownHall.id)
        .join(Sitting, Sitting.town_hall_id == TownHall.id)
        .where(
            Membership.account_id == calendar.account_id,
            Membership.role.in_(TEAM),
            TownHall.id.in_(found)
            | and_(Sitting.state == SittingState.SCHEDULED, Sitting.starts_at > now),
        )
        .options(
            selectinload(TownHall.sittings).lazyload(Sitting.promises),
            selectinload(TownHall.seats).options(lazyload(Seat.contacts), lazyload(Seat.office)),
        )
    )
    listed = [
        Part(hall, hall.id in left_out, found.get(hall.id, ())) for hall in halls.unique().all()
    ]
    return sorted(listed, key=lambda part: (_first(part, now), part.town_hall.id))


def people(db: Session, sitting: Sitting) -> Sequence[Invitation]:
    """Return who is invited to a sitting for a seat or as one of its team, seat by seat.

    They are one more than are listed, where they are too many.

    Who registered on the public page is never among them.
    """
    return db.scalars(
        select(Invitation)
        .join(Contact, Contact.id == Invitation.contact_id)
        .outerjoin(Seat, Seat.id == Invitation.seat_id)
        .where(
            Invitation.sitting_id == sitting.id,
            Invitation.registration_id.is_(None),
            Invitation.removed_at.is_(None),
            Contact.address.is_not(None),
        )
        .order_by(Seat.position.nulls_last(), Invitation.id)
        .limit(MOST_PEOPLE + 1)
    ).all()


def _calendars() -> Select[OwnCalendar]:
    """Select calendars by the town halls that belong in them; Membership says which."""
    return (
        select(OwnCalendar)
        .join(Account, Account.id == OwnCalendar.account_id)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            OwnCalendar.ended_at.is_(None),
            Account.closed_at.is_(None),
            Membership.role.in_(TEAM),
            ~exists().where(
                LeftOut.calendar_id == OwnCalendar.id,
                LeftOut.town_hall_id == Membership.town_hall_id,
            ),
        )
        .order_by(OwnCalendar.id)
    )


def _entries(calendar: OwnCalendar) -> Select[OwnEntry]:
    """Select the entries of a calendar by the starts of their sittings."""
    return (
        select(OwnEntry)
        .join(Sitting, Sitting.id == OwnEntry.sitting_id)
        .where(OwnEntry.calendar_id == calendar.id)
        .order_by(Sitting.starts_at, Sitting.id)
        .options(
            lazyload(OwnEntry.calendar), joinedload(OwnEntry.sitting).lazyload(Sitting.promises)
        )
    )


def _first(part: Part, now: datetime) -> datetime:
    """Return when the first sitting to come of a town hall begins; now, if none is to come."""
    to_come = (
        each.starts_at
        for each in part.town_hall.sittings
        if each.state is SittingState.SCHEDULED and each.starts_at > now
    )
    return min(to_come, default=now)
