"""Sittings put into organizers' own calendars: claimed, put, marked; the newest alone.

A server in the middle of its answer cannot be part of a transaction, so there are short ones around
it: `claim` takes one entry with a lease and a fence, `holds` looks once more just before the object
is written, `mark` notes what came of it. What stands in the calendar is read before anything is
written, and written on the condition that it is still the same; so whoever comes late finds a newer
revision there and lets it be.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from townhall.db import transaction
from townhall.domain import invites, outbox
from townhall.domain import own_calendar as rules
from townhall.domain.invites import resource
from townhall.domain.own_calendar import Access, ChangedError, Keeping, KeepingError
from townhall.domain.ports import CalendarServer, Stored
from townhall.domain.states import MailKind
from townhall.errors import InputError
from townhall.i18n import N_, speech
from townhall.models.own_calendars import OwnCalendar, OwnEntry
from townhall.queries import own_calendars as queries
from townhall.queries.drafts import Addressee
from townhall.queries.invitations import Recipient, Staffed
from townhall.services import occasions, own_entries
from townhall.services.senders import Sender

_ELSEWHERE = {"synchronize_session": False}
"""No such row is looked at after it."""


@dataclass(frozen=True, slots=True)
class Task:
    """An entry that this worker alone may put, as long as its fence stands.

    Args:
        entry_id: Of its row.
        fence: The claim's number.
        wanted: Which change it is.
        attempts: Tries up to the one to come.
        give_up_at: No try from then on.
        access: Of the calendar.
        uid: Of the sitting.
        event: What is put; None where the entry is taken out.
        revision: Of the sitting.
        people: Who is listed.
        language: In which the entry says how to join.
    """

    entry_id: int
    fence: int
    wanted: int
    attempts: int
    give_up_at: datetime
    access: Access
    uid: str
    event: invites.Event | None
    revision: int
    people: tuple[invites.Attendee, ...]
    language: str


def work(
    sessions: sessionmaker[Session],
    server: CalendarServer,
    sender: Sender,
    *,
    now: Callable[[], datetime],
    draw: Callable[[], float],
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Put every entry that is due, and return how many are in step by that.

    Args:
        sessions: The maker of sessions.
        server: Keeps the objects.
        sender: Who the entries name as their organizer.
        now: The clock, UTC; time passes while servers answer.
        draw: Random numbers from 0 up to 1, for the jitter.
        stopped: Asked before each entry.

    Raises:
        UnavailableError: The database is away; what was claimed comes back with its lease.
    """
    count = 0
    with sessions() as db:
        while not stopped() and _has_due(db, now()):
            task = claim(db, sender, now=now())
            if task is None:
                continue
            error = _kept(db, server, task)
            mark(db, task, error, now=now(), draw=draw())
            count += error is None
    return count


def catch_up(db: Session, *, now: datetime) -> int:
    """Have sittings put that belong in a calendar by now and are not there; return how many.

    Whoever joins a town hall's team, or comes back to it, finds its sittings so.
    """
    if not queries.missing(db, now=now):
        return 0  # looked at first, since what only reads makes no writer wait
    with transaction(db):
        return own_entries.fill(db, now)


def claim(db: Session, sender: Sender, *, now: datetime) -> Task | None:
    """Return an entry to put now, held for this worker; None if the one that was due is not to be.

    Two workers never get the same: SQLite lets one in at a time, PostgreSQL skips what another has
    locked.
    """
    with transaction(db):
        row = _due(db, now)
        if row is None:
            return None
        if not row.leaves and not queries.belongs(db, row):
            calendar = row.calendar
            db.delete(row)
            _end(db, calendar)
            return None
        if row.give_up_at <= now:
            _give_up(db, row, row.problem)
            return None
        try:
            task = _task(db, row, sender)
        except InputError as error:
            _give_up(db, row, {"message": error.message, "values": error.values})
            return None
        row.state, row.lease_until = Keeping.IN_HAND, now + rules.LEASE
        row.fence, row.attempts = task.fence, task.attempts
        return task


def holds(db: Session, task: Task) -> bool:
    """Return whether the entry is still this worker's, just before it is written."""
    found = db.scalar(
        select(OwnEntry.id).where(
            OwnEntry.id == task.entry_id,
            OwnEntry.fence == task.fence,
            OwnEntry.state == Keeping.IN_HAND,
        )
    )
    db.rollback()
    return found is not None


def mark(
    db: Session, task: Task, error: KeepingError | None, *, now: datetime, draw: float
) -> None:
    """Write what became of an entry, unless another worker holds it by now.

    What its server does to all alike is written down for the others that wait, so that one of them
    at a time finds out whether it is over.
    """
    with transaction(db):
        row = db.scalar(
            select(OwnEntry)
            .where(
                OwnEntry.id == task.entry_id,
                OwnEntry.fence == task.fence,
                OwnEntry.state == Keeping.IN_HAND,
            )
            .with_for_update(of=OwnEntry)
        )
        if row is None:
            return
        row.lease_until = None
        if error is None:
            _settle(db, row, task, now)
            return
        again = outbox.next_try(task.attempts, now, task.give_up_at, draw) if error.again else None
        _put_off(db, row, error, now if again is None and row.wanted > task.wanted else again)
        if error.whole:
            others = and_(OwnEntry.calendar_id == row.calendar_id, OwnEntry.id != row.id)
            _put_off_all(db, others, error, again)
            _end(db, row.calendar)


def _kept(db: Session, server: CalendarServer, task: Task) -> KeepingError | None:
    """Bring one object in step, and return what stood in the way."""
    name = rules.object_name(task.uid)
    for _ in range(rules.TRIES_AT_ONCE):
        try:
            stored = server.read(task.access, name)
            if task.event is None:
                if stored is not None and holds(db, task):
                    server.delete(task.access, name, stored.etag)
                return None
            octets = _octets(task, task.event, stored)
            if octets is not None and holds(db, task):
                server.write(task.access, name, octets, stored.etag if stored else None)
        except ChangedError:
            continue
        except KeepingError as error:
            return error
        return None
    return KeepingError(
        N_("The entry is being changed by another program all the time."), again=True, whole=False
    )


def _octets(task: Task, event: invites.Event, stored: Stored | None) -> bytes | None:
    """Return what is to stand in the calendar; None where it is right as it is.

    A sitting that is off is not put where it never stood, or whence the organizer took it.

    Raises:
        KeepingError: A newer revision stands there.
    """
    if stored is None:
        if event.status is invites.Status.CANCELLED:
            return None
        return resource.octets(event, task.revision, task.people, None, speech(task.language))
    found = resource.found(stored.octets, task.uid)
    if found is not None and found.is_newer(event, task.revision):
        raise KeepingError(
            N_(
                "The calendar has a newer version of this entry than townhall. Delete it there to "
                "have it put anew."
            ),
            again=False,
            whole=False,
        )
    octets = resource.octets(event, task.revision, task.people, found, speech(task.language))
    return None if octets == stored.octets else octets


def _task(db: Session, row: OwnEntry, sender: Sender) -> Task:
    """Return a row as its worker holds it from now on.

    Raises:
        InputError: What no calendar can carry.
    """
    sitting, calendar = row.sitting, row.calendar
    people: list[invites.Attendee] = []
    if calendar.lists_people and not row.leaves:
        for each in queries.people(db, sitting):
            contact = each.contact
            recipient = Recipient(contact.id, contact.name, contact.address, contact.language)
            staffed = None
            if each.staffer is not None:
                staffed = Staffed(each.staffer.id, "UTC", False, each.staffer.required)
            person = Addressee(
                recipient, each.seat, each.kind, MailKind.INVITE, None, staffed=staffed
            )
            people.append(occasions.attendee_of(person, each.partstat))
    return Task(
        entry_id=row.id,
        fence=row.fence + 1,
        wanted=row.wanted,
        attempts=row.attempts + 1,
        give_up_at=row.give_up_at,
        access=calendar.access,
        uid=sitting.uid,
        event=None if row.leaves else occasions.event(sitting, sender),
        revision=sitting.revision,
        people=tuple(people),
        language=calendar.account.contact.language,
    )


def _settle(db: Session, row: OwnEntry, task: Task, now: datetime) -> None:
    """Note that an entry is in step, or gone; a change that came meanwhile is due now."""
    if row.leaves and task.event is None:
        db.delete(row)
        _end(db, row.calendar)
        return
    row.kept, row.kept_at, row.attempts, row.problem = task.wanted, now, 0, None
    is_newest = row.wanted == task.wanted
    row.state, row.due_at = Keeping.KEPT if is_newest else Keeping.WAITING, now


def _put_off(db: Session, row: OwnEntry, error: KeepingError, again: datetime | None) -> None:
    """Note why an entry is not in step, and when it is tried again, if it is."""
    if again is None:
        _give_up(db, row, error.problem)
        return
    row.state, row.due_at, row.problem = Keeping.WAITING, again, error.problem


def _put_off_all(
    db: Session, others: ColumnElement[bool], error: KeepingError, again: datetime | None
) -> None:
    """Note the same of the entries that wait beside it."""
    waiting = and_(others, OwnEntry.state == Keeping.WAITING)
    values: dict[str, Any] = {"problem": error.problem}
    if again is None:
        gone = delete(OwnEntry).where(waiting, OwnEntry.leaves.is_(True))
        db.execute(gone, execution_options=_ELSEWHERE)
        values["state"] = Keeping.FAILED
    else:
        waiting = and_(waiting, OwnEntry.due_at <= again)
        values["due_at"] = again
    change = update(OwnEntry).where(waiting).values(**values)
    db.execute(change, execution_options=_ELSEWHERE)


def _give_up(db: Session, row: OwnEntry, problem: dict[str, Any] | None) -> None:
    """Try an entry no more; one that was to be taken out is left where it is."""
    if row.leaves:
        db.delete(row)
        _end(db, row.calendar)
        return
    row.state, row.problem, row.lease_until = Keeping.FAILED, problem, None


def _end(db: Session, calendar: OwnCalendar) -> None:
    """Forget a calendar that was given up, with its password, once nothing is left to take out."""
    db.flush()
    if calendar.ended_at is not None and not queries.entries(db, calendar):
        own_entries.forget(db, calendar.account_id)


def _due_conditions(now: datetime) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of rows that a worker may take, each one that an index finds.

    A lease that ends later than any could was written by a clock that has been put back since.
    """
    yield and_(OwnEntry.state == Keeping.WAITING, OwnEntry.due_at <= now)
    yield and_(
        OwnEntry.state == Keeping.IN_HAND,
        or_(OwnEntry.lease_until <= now, OwnEntry.lease_until > now + rules.LEASE),
    )


def _has_due(db: Session, now: datetime) -> bool:
    """Return whether there is anything to claim, without keeping writers waiting."""
    found = any(
        db.scalar(select(OwnEntry.id).where(condition).limit(1))
        for condition in _due_conditions(now)
    )
    db.rollback()
    return found


def _due(db: Session, now: datetime) -> OwnEntry | None:
    """Return the row that was due first, locked on PostgreSQL."""
    for condition in _due_conditions(now):
        found = db.scalar(
            select(OwnEntry)
            .where(condition)
            .order_by(OwnEntry.due_at, OwnEntry.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=OwnEntry)
        )
        if found is not None:
            return found
    return None
