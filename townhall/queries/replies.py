"""Reads of invitations from the side of who was invited, and of what came back by mail."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from townhall.domain.incoming import Asked, Fate, Kind
from townhall.domain.replies import standing
from townhall.domain.states import Delivery, PartStat
from townhall.errors import NotFoundError
from townhall.models.accounts import Contact
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Seat, Sitting, TownHall
from townhall.models.replies import ContactAlias, IncomingMail, MailedReply

PAGE = 100
"""How many answers one page lists."""

WAITING = 50
"""How many of those that wait are shown at once; the next come up as these are decided on."""


def invitation(db: Session, code: str) -> Invitation:
    """Return an invitation by its code, with its sitting and town hall.

    Raises:
        NotFoundError: There is no such invitation.
    """
    found = db.scalar(
        select(Invitation)
        .where(Invitation.code == code)
        .options(joinedload(Invitation.sitting).joinedload(Sitting.town_hall))
    )
    if found is None:
        raise NotFoundError
    return found


def of_seat(db: Session, sitting: Sitting, seat: Seat) -> Sequence[Invitation]:
    """Return who is invited to a sitting for a seat, in the order in which they were."""
    return db.scalars(
        select(Invitation)
        .where(
            Invitation.sitting_id == sitting.id,
            Invitation.seat_id == seat.id,
            Invitation.removed_at.is_(None),
        )
        .order_by(Invitation.id)
    ).all()


def is_taken(db: Session, digest: str) -> bool:
    """Return whether a mail came before."""
    return db.scalar(select(IncomingMail.id).where(IncomingMail.digest == digest)) is not None


def town_hall_id(db: Session, codes: Collection[str]) -> int | None:
    """Return the id of the town hall that one of these mails of ours was about."""
    return db.scalar(
        select(OutboxMessage.town_hall_id)
        .where(OutboxMessage.code.in_(codes), OutboxMessage.town_hall_id.is_not(None))
        .limit(1)
    )


def sitting(db: Session, uid: str) -> Sitting | None:
    """Return the sitting of a calendar entry; calendars may change the case of its UID."""
    return db.scalar(select(Sitting).where(func.lower(Sitting.uid) == uid.lower()).limit(1))


def invited(db: Session, sitting: Sitting, address: str) -> Invitation | None:
    """Return the invitation that an address, folded, answers for; None for none, or for several.

    The person's own address goes before one that speaks for them.
    """
    of_sitting = select(Invitation).join(Contact).where(Invitation.sitting_id == sitting.id)
    own = db.scalar(of_sitting.where(Contact.address_key == address))
    if own is not None:
        return own
    alias = aliased(Contact)
    others = db.scalars(
        of_sitting.join(ContactAlias, ContactAlias.contact_id == Invitation.contact_id)
        .join(alias, alias.id == ContactAlias.alias_id)
        .where(alias.address_key == address)
        .limit(2)
    ).all()
    return others[0] if len(others) == 1 else None


def tagged(db: Session, sitting: Sitting, codes: Collection[str]) -> Invitation | None:
    """Return the sitting's invitation that one of these codes names."""
    return db.scalar(
        select(Invitation)
        .where(Invitation.sitting_id == sitting.id, Invitation.code.in_(codes))
        .limit(1)
    )


def addresses(db: Session, contact: Contact) -> frozenset[str]:
    """Return every address, folded, that speaks for a person."""
    others = db.scalars(
        select(Contact.address_key)
        .join(ContactAlias, ContactAlias.alias_id == Contact.id)
        .where(ContactAlias.contact_id == contact.id)
    )
    return frozenset(key for key in (contact.address_key, *others) if key is not None)


def asked(invitation: Invitation, *, now: datetime) -> Asked:
    """Return what the rules of answers by mail need to know of an invitation."""
    sitting = invitation.sitting
    latest = None
    if invitation.said_sequence is not None and invitation.said_at is not None:
        latest = invitation.said_sequence, invitation.said_at
    return Asked(
        standing=standing(sitting.state, sitting.ends_at, invitation.removed_at, now=now),
        sequence=sitting.sequence,
        asked_sequence=invitation.asked_sequence,
        revised_at=sitting.revised_at,
        starts_at=sitting.starts_at,
        latest=latest,
    )


def lost(db: Session, code: str, recipient: str, *, since: datetime) -> OutboxMessage | None:
    """Return the mail that a report is about.

    By its Message-ID; where the report tells none of ours, the newest mail to the recipient that
    was sent since then.
    """
    if code:
        return db.scalar(select(OutboxMessage).where(OutboxMessage.code == code))
    return db.scalar(
        select(OutboxMessage)
        .join(Contact, Contact.id == OutboxMessage.contact_id)
        .where(
            Contact.address_key == recipient,
            OutboxMessage.state == Delivery.SENT,
            OutboxMessage.sent_at >= since,
        )
        .order_by(OutboxMessage.id.desc())
        .limit(1)
    )


def mailed(db: Session, town_hall: TownHall, number: int) -> MailedReply:
    """Return an answer by mail to a sitting of a town hall.

    Raises:
        NotFoundError: There is none of this number.
    """
    found = db.scalar(
        select(MailedReply)
        .join(Sitting)
        .where(MailedReply.id == number, Sitting.town_hall_id == town_hall.id)
    )
    if found is None:
        raise NotFoundError
    return found


def waiting(db: Session, town_hall: TownHall) -> Sequence[MailedReply]:
    """Return the first answers by mail that wait for the organizers, the oldest first."""
    return db.scalars(
        _mailed(town_hall)
        .where(MailedReply.fate == Fate.WAITING)
        .order_by(MailedReply.id)
        .limit(WAITING)
    ).all()


def page(
    db: Session, town_hall: TownHall, *, name: str = "", after: int = 0
) -> tuple[Sequence[MailedReply], int]:
    """Return a page of the answers by mail that were decided on, the newest first.

    Args:
        name: Part of the name or address of a person who gave them; empty for everybody.
        after: The id of the last answer of the page before; 0 for the first page.

    Returns:
        The answers, and the id to go on with; 0 on the last page.
    """
    wanted = _mailed(town_hall).where(MailedReply.fate != Fate.WAITING)
    if name:
        found = select(Contact.id).where(_is_called(name))
        wanted = wanted.outerjoin(Invitation, Invitation.id == MailedReply.invitation_id).where(
            or_(
                Invitation.contact_id.in_(found),
                MailedReply.attendee_id.in_(found),
                MailedReply.sender_id.in_(found),
            )
        )
    if after:
        wanted = wanted.where(MailedReply.id < after)
    rows = db.scalars(wanted.order_by(MailedReply.id.desc()).limit(PAGE + 1)).all()
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else 0


def _mailed(town_hall: TownHall) -> Select[MailedReply]:
    """Select the answers by mail of a town hall, with who gave them."""
    return (
        select(MailedReply)
        .join(Sitting, Sitting.id == MailedReply.sitting_id)
        .where(Sitting.town_hall_id == town_hall.id)
        .options(
            joinedload(MailedReply.invitation).joinedload(Invitation.contact),
            joinedload(MailedReply.attendee),
            joinedload(MailedReply.sender),
        )
    )


def _is_called(name: str) -> ColumnElement[bool]:
    """Return the condition of contacts in whose name or address this stands, in any case.

    SQLite folds ASCII alone, so that other letters are looked for as they are mostly written.
    """
    spellings = {name, name.lower(), name.upper(), name.title()}
    return or_(
        *(Contact.name.icontains(each, autoescape=True) for each in sorted(spellings)),
        Contact.address_key.contains(name.casefold(), autoescape=True),
    )


def to_look_at(db: Session, town_hall: TownHall) -> int:
    """Return how many answers by mail wait for the organizers."""
    return db.scalars(
        select(func.count())
        .select_from(MailedReply)
        .join(Sitting)
        .where(Sitting.town_hall_id == town_hall.id, MailedReply.fate == Fate.WAITING)
    ).one()


def proposals(db: Session, sitting: Sitting) -> Sequence[MailedReply]:
    """Return the other times that invited people propose for a sitting, each one's newest."""
    newest = (
        select(func.max(MailedReply.id))
        .where(
            MailedReply.sitting_id == sitting.id,
            MailedReply.counters,
            MailedReply.starts_at.is_not(None),
            MailedReply.fate.in_([Fate.COUNTED, Fate.NOTED]),
        )
        .group_by(MailedReply.invitation_id)
    )
    return db.scalars(
        select(MailedReply).where(MailedReply.id.in_(newest)).order_by(MailedReply.id)
    ).all()


def before_move(db: Session, sitting: Sitting) -> dict[int, MailedReply]:
    """Return the newest answer to a former time, by invitation, of those who gave none since."""
    rows = db.scalars(
        select(MailedReply)
        .join(Invitation, Invitation.id == MailedReply.invitation_id)
        .where(
            MailedReply.sitting_id == sitting.id,
            MailedReply.fate == Fate.BEFORE_MOVE,
            or_(
                Invitation.said_sequence.is_(None),
                Invitation.said_sequence < Invitation.asked_sequence,
            ),
        )
        .order_by(MailedReply.id)
    )
    return {row.invitation_id: row for row in rows if row.invitation_id is not None}


def counts(db: Session, town_hall: TownHall) -> Counter[Kind]:
    """Return how many mails of each kind came in about a town hall."""
    rows = db.execute(
        select(IncomingMail.kind, func.count())
        .where(IncomingMail.town_hall_id == town_hall.id)
        .group_by(IncomingMail.kind)
    )
    return Counter({kind: count for kind, count in rows})  # noqa: C416  rows are not pairs to mypy


def declined(
    town_hall: TownHall, live: Sequence[Sitting], coming: Mapping[int | None, Sequence[Invitation]]
) -> list[tuple[Sitting, Seat]]:
    """Return the sittings and required seats for which everybody invited has declined.

    Args:
        town_hall: With its seats.
        live: Its sittings to come.
        coming: Who is invited, by the id of the seat.
    """
    found = []
    for sitting in live:
        for seat in town_hall.seats:
            people = [row for row in coming.get(seat.id, ()) if row.sitting_id == sitting.id]
            nobody = all(row.partstat is PartStat.DECLINED for row in people)
            if seat.required and people and nobody:
                found.append((sitting, seat))
    return found


def aliases(db: Session, town_hall: TownHall) -> Sequence[ContactAlias]:
    """Return the addresses that speak for people who are invited to a town hall."""
    people = select(Invitation.contact_id).join(Sitting).where(Sitting.town_hall_id == town_hall.id)
    return db.scalars(
        select(ContactAlias).where(ContactAlias.contact_id.in_(people)).order_by(ContactAlias.id)
    ).all()


def alias(db: Session, town_hall: TownHall, number: int) -> ContactAlias:
    """Return an address that speaks for somebody who is invited to a town hall.

    Raises:
        NotFoundError: There is none of this number.
    """
    found = next((row for row in aliases(db, town_hall) if row.id == number), None)
    if found is None:
        raise NotFoundError
    return found
