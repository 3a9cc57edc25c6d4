"""Reads of invitations and of the mail that carries them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from townhall.domain.invites import Change, Part
from townhall.domain.states import ContactKind, Delivery, DraftAction, MailKind
from townhall.errors import NotFoundError
from townhall.models.accounts import Contact
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Draft, Seat, Sitting, TownHall


@dataclass(frozen=True, slots=True)
class Addressee:
    """One person of a draft: who gets which mail, and for which seat.

    `invitation` is None for a person who was not invited before.
    """

    contact: Contact
    seat: Seat
    kind: ContactKind
    mail: MailKind
    invitation: Invitation | None


def live(db: Session, sitting: Sitting) -> Sequence[Invitation]:
    """Return the invitations of a sitting that were not taken back, in order of seats."""
    return db.scalars(
        select(Invitation)
        .join(Seat, Seat.id == Invitation.seat_id)
        .where(Invitation.sitting_id == sitting.id, Invitation.removed_at.is_(None))
        .order_by(Seat.position, Invitation.id)
    ).all()


def former(db: Session, sitting: Sitting) -> Sequence[Invitation]:
    """Return the invitations of a sitting that were taken back."""
    return db.scalars(
        select(Invitation).where(
            Invitation.sitting_id == sitting.id, Invitation.removed_at.is_not(None)
        )
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


def has_news(db: Session, sitting: Sitting) -> bool:
    """Return whether an update would tell anybody anything."""
    told = {row.contact_id for row in live(db, sitting)}
    wanted = {
        row.contact_id
        for seat in sitting.town_hall.seats
        for row in seat.contacts
        if row.contact.address is not None
    }
    return bool(changes(sitting)) or told != wanted


def addressees(db: Session, draft: Draft) -> list[Addressee]:
    """Return who will get a mail when the draft is sent, in order of seats, each person once.

    A person of two seats is invited for the first of them, and as a speaker if either says so.
    An update that is about people alone is no news to those who stay.
    """
    invited = {row.contact_id: row for row in live(db, draft.sitting)} if draft.sitting else {}
    if draft.action is DraftAction.CANCEL:
        return [
            Addressee(row.contact, row.seat, row.kind, MailKind.CANCELLED, row)
            for row in invited.values()
        ]
    again = MailKind.UPDATED if draft.action is DraftAction.UPDATE else MailKind.MOVED
    wanted: dict[int, Addressee] = {}
    for seat in draft.town_hall.seats:
        for row in seat.contacts:
            if row.contact.address is None:
                continue
            before = invited.get(row.contact_id)
            mail = again if before else MailKind.INVITE
            first = wanted.get(row.contact_id)
            if first is None:
                wanted[row.contact_id] = Addressee(row.contact, seat, row.kind, mail, before)
            elif row.kind is ContactKind.SPEAKER:
                wanted[row.contact_id] = Addressee(row.contact, first.seat, row.kind, mail, before)
    gone = [row for key, row in invited.items() if key not in wanted]
    if draft.sitting and draft.action is DraftAction.UPDATE and not changes(draft.sitting):
        wanted = {key: each for key, each in wanted.items() if each.mail is MailKind.INVITE}
    return [
        *wanted.values(),
        *(Addressee(row.contact, row.seat, row.kind, MailKind.REMOVED, row) for row in gone),
    ]


def attendance(db: Session, sitting: Sitting) -> dict[int, list[Invitation]]:
    """Return the people invited to a sitting by the id of their seat."""
    by_seat: dict[int, list[Invitation]] = {}
    for row in live(db, sitting):
        by_seat.setdefault(row.seat_id, []).append(row)
    return by_seat


def mail_counts(db: Session, town_hall: TownHall) -> dict[Delivery, int]:
    """Return how many mails of a town hall are in each state."""
    rows = db.execute(
        select(OutboxMessage.state, func.count())
        .where(OutboxMessage.town_hall_id == town_hall.id)
        .group_by(OutboxMessage.state)
    )
    return {state: count for state, count in rows}  # noqa: C416  rows are not pairs to mypy


def mails(db: Session, town_hall: TownHall, *, limit: int = 500) -> Sequence[OutboxMessage]:
    """Return the town hall's mails, the newest first."""
    return db.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.town_hall_id == town_hall.id)
        .order_by(OutboxMessage.id.desc())
        .limit(limit)
    ).all()


def mail(db: Session, town_hall: TownHall, code: str) -> OutboxMessage:
    """Return one mail of a town hall, with its octets.

    Raises:
        NotFoundError: The town hall has no such mail.
    """
    found = db.scalar(
        select(OutboxMessage)
        .where(OutboxMessage.town_hall_id == town_hall.id, OutboxMessage.code == code)
        .options(undefer(OutboxMessage.octets))
    )
    if found is None:
        raise NotFoundError
    return found
