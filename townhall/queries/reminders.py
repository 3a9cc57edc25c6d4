"""Reads of reminders: which are due, whom they are for, whether one still stands."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from townhall.domain.access import Role
from townhall.domain.invites import Attendance, Silence
from townhall.domain.reminders import KINDS
from townhall.domain.states import Delivery, PartStat, SittingState
from townhall.models.accounts import Account, Contact, Membership
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Seat, SeatContact, Sitting
from townhall.models.registrations import Registration
from townhall.models.reminders import Reminder
from townhall.models.staff import Staffer
from townhall.queries.invitations import INVITED, Invited, of_row

NAMES_LISTED = 10
"""How many of a place's silent people are named to the others."""

_TEAM = (Role.OWNER, Role.PRODUCER)

_COUNTS = {
    PartStat.ACCEPTED: "come",
    PartStat.TENTATIVE: "perhaps",
    PartStat.DECLINED: "decline",
    PartStat.NEEDS_ACTION: "silent",
}


def is_due(db: Session, now: datetime) -> bool:
    """Return whether a reminder is due; nothing is locked for the look."""
    return db.scalar(select(Reminder.id).where(_due(now)).limit(1)) is not None


def due(db: Session, now: datetime) -> Reminder | None:
    """Return a reminder that is due, locked against other workers; None if they have them all."""
    return db.scalar(
        select(Reminder)
        .where(_due(now))
        .order_by(Reminder.due_at, Reminder.id)
        .limit(1)
        .options(joinedload(Reminder.sitting, innerjoin=True))
        .with_for_update(of=Reminder, skip_locked=True)
    )


def _due(now: datetime) -> ColumnElement[bool]:
    """Return the condition of reminders that are due and not too late.

    What is too late by a clock that runs ahead is due again once that is put right.
    """
    return and_(Reminder.done_at.is_(None), Reminder.due_at <= now, Reminder.until_at > now)


def people(
    db: Session, sitting: Sitting, *, after: int, most: int
) -> tuple[Sequence[Invited], int | None]:
    """Return whom to remind of a sitting, by the id of their invitation, and where to go on.

    These are the invited who have not declined and of whom a mail about it was sent: whose
    invitation still waits will be told all by that, and to whom none could be brought, no other
    can. Nobody is reminded whose mails come back.

    Args:
        after: The id of the last invitation that was looked at.
        most: How many to look at.

    Returns:
        The people, and the id of the last invitation that was looked at; None after the last.
    """
    rows = db.execute(
        select(*INVITED)
        .join(Contact, Contact.id == Invitation.contact_id)
        .outerjoin(Staffer, Staffer.id == Invitation.staffer_id)
        .outerjoin(Registration, Registration.id == Invitation.registration_id)
        .where(
            Invitation.sitting_id == sitting.id,
            Invitation.id > after,
            Invitation.removed_at.is_(None),
            Invitation.partstat != PartStat.DECLINED,
            Contact.address.is_not(None),
        )
        .order_by(Invitation.id)
        .limit(most)
    )
    found = [of_row(row) for row in rows]
    reached = _reached(db, sitting, [row.contact.id for row in found])
    last = found[-1].id if len(found) == most else None
    return [row for row in found if row.contact.id in reached], last


def _reached(db: Session, sitting: Sitting, people: Sequence[int]) -> frozenset[int]:
    """Return to which of these people a mail about a sitting was sent, and none came back."""
    # Chosen by state here and not there: SQLite would look through all mails that were sent.
    states: dict[int, set[Delivery]] = {}
    for row in db.execute(
        select(OutboxMessage.contact_id, OutboxMessage.state).where(
            OutboxMessage.thread == sitting.uid, OutboxMessage.contact_id.in_(people)
        )
    ):
        states.setdefault(row.contact_id, set()).add(row.state)
    return frozenset(
        key
        for key, known in states.items()
        if Delivery.SENT in known and Delivery.BOUNCED not in known
    )


def attendance(db: Session, sitting: Sitting) -> dict[int | None, Attendance]:
    """Return who comes to a sitting, counted by the id of the seat; the team under None."""
    counts: dict[int | None, dict[str, int]] = {}
    for seat_id, partstat, count in db.execute(
        select(Invitation.seat_id, Invitation.partstat, func.count())
        .where(
            Invitation.sitting_id == sitting.id,
            Invitation.registration_id.is_(None),
            Invitation.removed_at.is_(None),
        )
        .group_by(Invitation.seat_id, Invitation.partstat)
    ):
        counts.setdefault(seat_id, {})[_COUNTS[partstat]] = count
    return {seat_id: Attendance(**each) for seat_id, each in counts.items()}


def colleagues(db: Session, seats: Collection[int]) -> frozenset[tuple[int, int]]:
    """Return the ids of some seats, each with the id of a person whom the organizers put there."""
    rows = db.execute(
        select(SeatContact.seat_id, SeatContact.contact_id).where(SeatContact.seat_id.in_(seats))
    )
    return frozenset((row.seat_id, row.contact_id) for row in rows)


def silence(db: Session, sitting: Sitting, seat_id: int, counted: Attendance) -> Silence:
    """Return who of a seat has not answered, with the names of the first of them."""
    names = db.scalars(
        select(Contact.name)
        .join(Invitation, Invitation.contact_id == Contact.id)
        .where(
            Invitation.sitting_id == sitting.id,
            Invitation.seat_id == seat_id,
            Invitation.removed_at.is_(None),
            Invitation.partstat == PartStat.NEEDS_ACTION,
        )
        .order_by(Invitation.id)
        .limit(NAMES_LISTED)
    ).all()
    return Silence(tuple(names), counted.silent, counted.invited)


def team(db: Session, sitting: Sitting) -> Sequence[Contact]:
    """Return the owners and producers of a sitting's town hall who have an address."""
    return db.scalars(
        select(Contact)
        .join(Account, Account.contact_id == Contact.id)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.town_hall_id == sitting.town_hall_id,
            Membership.role.in_(_TEAM),
            Account.closed_at.is_(None),
            Contact.address.is_not(None),
        )
        .group_by(Contact.id)
        .order_by(Contact.id)
    ).all()


def stands(db: Session, mail_id: int, now: datetime) -> bool:
    """Return whether what a mail reminds of still stands, just before it goes.

    The sitting is at the hour that it had, it has not begun, and the person is still invited and
    has not declined.
    """
    return db.scalars(
        select(
            exists()
            .where(
                OutboxMessage.id == mail_id,
                OutboxMessage.kind.in_(KINDS),
                Sitting.uid == OutboxMessage.thread,
                Sitting.state == SittingState.SCHEDULED,
                Sitting.starts_at > now,
                Reminder.sitting_id == Sitting.id,
                Reminder.sequence <= OutboxMessage.sequence,
            )
            .where(
                or_(
                    OutboxMessage.invitation_id.is_(None),
                    exists().where(
                        Invitation.id == OutboxMessage.invitation_id,
                        Invitation.removed_at.is_(None),
                        Invitation.partstat != PartStat.DECLINED,
                    ),
                )
            )
        )
    ).one()


def seats(sitting: Sitting) -> Sequence[Seat]:
    """Return the seats that a sitting was promised to, in their order."""
    return sorted((each.seat for each in sitting.promises), key=lambda seat: seat.position)
