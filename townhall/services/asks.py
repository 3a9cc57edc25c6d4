"""The mails that ask places when they can: shared by services, a use case of nobody.

A reminder is written together with the mail that asks, due a day before the deadline, and
superseded when there is nothing left to remind of.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from townhall.domain import invites, tokens
from townhall.domain.access import Actor
from townhall.domain.availability import REMINDED_BEFORE
from townhall.domain.invites import Mailbox, Place
from townhall.domain.states import Delivery, MailKind
from townhall.i18n import speech
from townhall.models.availability import Asked, Shortlist
from townhall.models.invitations import OutboxMessage
from townhall.models.planning import Seat, TownHall
from townhall.queries import availability
from townhall.queries.availability import Voice
from townhall.services import journal
from townhall.services.senders import Sender

_REMINDER = "remind-"
"""Begins a reminder's thread: within one thread a newer mail would take the first one's place."""


def address(code: str, sender: Sender) -> str:
    """Return the page on which an asked person answers."""
    return f"{sender.base_url}/a/{code}/{tokens.sign(sender.key, 'when', code)}"


def preview(shortlist: Shortlist, voice: Voice, sender: Sender, *, now: datetime) -> bytes:
    """Return the mail that asking would write to one person; its link leads nowhere."""
    link = f"{sender.base_url}/a/preview"
    return _composed(shortlist, voice, link, sender, code="preview", now=now)[1]


def write(db: Session, shortlist: Shortlist, asked: Asked, sender: Sender, now: datetime) -> None:
    """Write the mail that asks one person, and the reminder if there is a day left for one."""
    db.add(_message(shortlist, asked, sender, due_at=now, now=now))
    due_at = shortlist.deadline_at - REMINDED_BEFORE
    if due_at > now:
        db.add(_message(shortlist, asked, sender, reminds=True, due_at=due_at, now=now))


def forget_reminders(db: Session, asked: Sequence[Asked]) -> None:
    """Supersede the reminders that still wait, since the seat has answered."""
    _supersede(db, [f"{_REMINDER}{each.code}" for each in asked])


def forget_seat(db: Session, seat: Seat) -> None:
    """Supersede the mails to a seat's people that still wait, since the seat goes."""
    codes = db.scalars(select(Asked.code).where(Asked.seat_id == seat.id)).all()
    _supersede(db, _threads(codes))


def stop(db: Session, actor: Actor, town_hall: TownHall, now: datetime) -> None:
    """End the asking about a shortlist, if one is asked about; mails that wait are superseded."""
    shortlist = availability.current(town_hall)
    if shortlist is None or shortlist.sent_at is None:
        return
    _supersede(db, _threads([each.code for each in shortlist.asked]))
    shortlist.ended_at = now
    shortlist.version += 1
    journal.audit(db, actor, "shortlist.ended", shortlist, now, after={"ended_at": now})


def _threads(codes: Sequence[str]) -> list[str]:
    """Return the threads of the mails to some people, and of their reminders."""
    return [*codes, *(f"{_REMINDER}{code}" for code in codes)]


def _supersede(db: Session, threads: Sequence[str]) -> None:
    """Supersede the queued mails of some threads; what a worker holds goes its way."""
    for row in db.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.thread.in_(threads), OutboxMessage.state == Delivery.QUEUED)
        .with_for_update(of=OutboxMessage)
    ):
        row.state = Delivery.SUPERSEDED


def _message(
    shortlist: Shortlist,
    asked: Asked,
    sender: Sender,
    *,
    reminds: bool = False,
    due_at: datetime,
    now: datetime,
) -> OutboxMessage:
    """Return a mail to one person as a row of the outbox."""
    code = tokens.fresh_code(24)
    subject, octets = _composed(
        shortlist,
        Voice(asked.seat, asked.contact),
        address(asked.code, sender),
        sender,
        code=code,
        now=now,
        reminds=reminds,
    )
    return OutboxMessage(
        code=code,
        kind=MailKind.REMINDER if reminds else MailKind.ASK,
        town_hall_id=shortlist.town_hall_id,
        contact=asked.contact,
        thread=f"{_REMINDER}{asked.code}" if reminds else asked.code,
        subject=subject,
        octets=octets,
        due_at=due_at,
        give_up_at=shortlist.deadline_at,
        created_at=now,
    )


def _composed(
    shortlist: Shortlist,
    voice: Voice,
    link: str,
    sender: Sender,
    *,
    code: str,
    now: datetime,
    reminds: bool = False,
) -> tuple[str, bytes]:
    """Return subject and octets of a mail, in the person's language and on the seat's clock."""
    hall, contact = shortlist.town_hall, voice.contact
    letter = invites.asking(
        hall.title,
        Place(voice.seat.name, voice.seat.zone),
        shortlist.instants,
        link,
        speech(contact.language),
        minutes=hall.minutes,
        deadline_at=shortlist.deadline_at,
        note=shortlist.note,
        reminds=reminds,
        demo=sender.demo,
    )
    recipient = Mailbox(contact.address or "", contact.name)
    return letter.subject, invites.post(
        letter, invites.Envelope(sender.organizer, recipient, code, now)
    )
