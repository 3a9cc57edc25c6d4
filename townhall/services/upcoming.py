"""Reminding of sittings a day and an hour ahead: the worker writes the mails when they are due.

A reminder is a row of its sitting, not of each person. Its mails are written some at a time, each
time in the transaction that notes how far it came: a worker that is killed loses none and repeats
none, and others work on other reminders meanwhile.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session, sessionmaker

from townhall.db import transaction
from townhall.domain import invites, tokens
from townhall.domain.invites import Attendance, Silence, Upcoming
from townhall.domain.reminders import Lead
from townhall.domain.states import Delivery, MailKind, SeatRole
from townhall.i18n import Speech, speech
from townhall.models.accounts import Contact
from townhall.models.invitations import Circular, OutboxMessage
from townhall.models.planning import TownHall
from townhall.models.reminders import Reminder
from townhall.queries import planning
from townhall.queries import reminders as queries
from townhall.queries.drafts import Addressee
from townhall.queries.invitations import Invited
from townhall.services import occasions
from townhall.services.senders import Sender

AT_ONCE = 1_000
"""How many people are reminded in one transaction: others can write in between."""


def work(
    sessions: sessionmaker[Session],
    sender: Sender,
    *,
    now: Callable[[], datetime],
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Write the mails of every reminder that is due, and return how many there are.

    Args:
        sessions: The maker of sessions; one is used throughout.
        sender: Who the mails come from, and what their links are made with.
        now: The clock, UTC.
        stopped: Asked before each transaction; the rest is left for later.
    """
    count = 0
    with sessions() as db:
        while not stopped():
            written = step(db, sender, now=now())
            if written is None:
                break
            count += written
    return count


def step(db: Session, sender: Sender, *, now: datetime) -> int | None:
    """Write some mails of one reminder that is due; None if there is nothing to do.

    The last of them are the organizers'.
    """
    now = now.replace(microsecond=0)
    is_due = queries.is_due(db, now)
    db.rollback()
    if not is_due:
        return None
    with transaction(db):
        reminder = queries.due(db, now)
        if reminder is None:
            return None
        hall = reminder.sitting.town_hall
        if not _is_wanted(hall, reminder.lead):
            reminder.done_at = now
            return 0
        people, last = queries.people(db, reminder.sitting, after=reminder.reached, most=AT_ONCE)
        counts = queries.attendance(db, reminder.sitting)
        rows = _to_people(db, reminder, people, counts, sender=sender, now=now)
        if last is not None:
            reminder.reached = last
        else:
            reminder.done_at = now
            rows += _to_team(db, reminder, counts, sender, now)
        if rows:
            db.execute(insert(OutboxMessage), rows)
        return len(rows)


def _is_wanted(hall: TownHall, lead: Lead) -> bool:
    """Return whether the organizers want this reminder."""
    return hall.reminds_day if lead is Lead.DAY else hall.reminds_hour


def _to_people(
    db: Session,
    reminder: Reminder,
    people: Sequence[Invited],
    counts: dict[int | None, Attendance],
    *,
    sender: Sender,
    now: datetime,
) -> list[dict[str, Any]]:
    """Return the rows of the mails to some people; what they have in common is written once."""
    sitting = reminder.sitting
    event = occasions.event(sitting, sender)
    seats = {seat.id: seat for seat in sitting.town_hall.seats}
    headquarters = occasions.place(planning.headquarters(sitting.town_hall))
    silences = _silences(db, reminder, people, counts)
    known: dict[tuple[Any, ...], tuple[int, invites.Circular]] = {}
    rows = []
    for row in people:
        seat = None if row.seat_id is None else seats[row.seat_id]
        person = Addressee(
            row.contact,
            seat,
            row.kind,
            MailKind.UPCOMING,
            row,
            registered=row.registered,
            staffed=row.staffed,
        )
        told = Upcoming(
            event=event,
            place=occasions.place_of(person, headquarters),
            headquarters=headquarters,
            partstat=row.partstat,
            is_soon=reminder.lead is Lead.HOUR,
            silence=silences.get((row.seat_id, row.contact.id)) if row.seat_id else None,
            demo=sender.demo,
        )
        leaves = occasions.leaves(person)
        key = (told.place, told.partstat, told.silence, row.contact.language, leaves)
        if key not in known:
            words = speech(row.contact.language)
            known[key] = _written(db, told, words, sender, leaves=leaves, now=now)
        circular_id, circular = known[key]
        attendee = occasions.attendee_of(person, row.partstat, sender.reply_tag(row))
        own = invites.Copy(attendee, sender.reply_url(row), sender.leave_url(row.registered))
        rows.append(
            {
                **_row(reminder, MailKind.UPCOMING, row.contact.id, circular.subject, now),
                "invitation_id": row.id,
                "circular_id": circular_id,
                "own": own.stored(),
            }
        )
    return rows


def _written(
    db: Session, told: Upcoming, words: Speech, sender: Sender, *, leaves: bool, now: datetime
) -> tuple[int, invites.Circular]:
    """Write what everybody is told alike who is told this in one language; return it and its id."""
    contents = invites.upcoming(told, words, now=now, leaves=leaves)
    circular = invites.leaflet(contents, sender.organizer, written_at=now)
    row = insert(Circular).values(contents=circular.stored()).returning(Circular.id)
    return db.execute(row).scalar_one(), circular


def _silences(
    db: Session,
    reminder: Reminder,
    people: Sequence[Invited],
    counts: dict[int | None, Attendance],
) -> dict[tuple[int, int], Silence]:
    """Return what some people hear of who has not answered, by the ids of seat and person.

    Only the people whom the organizers put on a place's seat hear of one another, and only where
    there are several.
    """
    sitting = reminder.sitting
    concerned = {row.seat_id for row in people if row.seat_id and counts[row.seat_id].invited > 1}
    places = [
        seat.id
        for seat in sitting.town_hall.seats
        if seat.id in concerned and seat.role is not SeatRole.SPEAKER
    ]
    found = {key: queries.silence(db, sitting, key, counts[key]) for key in places}
    return {
        (seat_id, contact_id): found[seat_id]
        for seat_id, contact_id in queries.colleagues(db, places)
    }


def _to_team(
    db: Session,
    reminder: Reminder,
    counts: dict[int | None, Attendance],
    sender: Sender,
    now: datetime,
) -> list[dict[str, Any]]:
    """Return the rows of the mails that tell the organizers who comes so far."""
    sitting = reminder.sitting
    places = [(seat.name, counts.get(seat.id, Attendance())) for seat in queries.seats(sitting)]
    letters = {
        contact: invites.attendance(
            occasions.event(sitting, sender),
            occasions.place(planning.headquarters(sitting.town_hall)),
            places,
            f"{sender.base_url}/organizer/t/{sitting.town_hall.code}",
            speech(contact.language),
            team=counts.get(None),
            is_soon=reminder.lead is Lead.HOUR,
            now=now,
            demo=sender.demo,
        )
        for contact in queries.team(db, sitting)
    }
    return [
        _team_row(reminder, contact, letter, sender, now) for contact, letter in letters.items()
    ]


def _team_row(
    reminder: Reminder, contact: Contact, letter: invites.Letter, sender: Sender, now: datetime
) -> dict[str, Any]:
    """Return the row of an organizer's mail."""
    row = _row(reminder, MailKind.ATTENDANCE, contact.id, letter.subject, now)
    recipient = invites.Mailbox(contact.address or "", contact.name)
    envelope = invites.Envelope(sender.organizer, recipient, row["code"], now)
    return {**row, "whole": invites.post(letter, envelope)}


def _row(
    reminder: Reminder, kind: MailKind, contact_id: int, subject: str, now: datetime
) -> dict[str, Any]:
    """Return the columns that all mails of a reminder have.

    They are of the sitting's thread, so that news of it takes their place until they go, and
    waits while they do.
    """
    sitting = reminder.sitting
    team = "-team" if kind is MailKind.ATTENDANCE else ""
    return {
        "code": tokens.fresh_code(24),
        "kind": kind,
        "town_hall_id": sitting.town_hall_id,
        "contact_id": contact_id,
        "thread": sitting.uid,
        "revision": sitting.revision,
        "sequence": sitting.sequence,
        "method": f"{reminder.lead}{team}",
        "subject": subject,
        "state": Delivery.QUEUED,
        "due_at": now,
        "give_up_at": reminder.until_at,
        "created_at": now,
    }
