"""Busy times out of the seats' own calendars: kept, read again, forgotten.

Others' calendars are read before a transaction begins and never inside one, since that takes
seconds. Of what was read only the busy intervals are kept.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain.access import Action, Actor, require
from townhall.domain.availability import written
from townhall.domain.busy import AHEAD
from townhall.domain.calendar_address import calendar_address
from townhall.domain.ports import CalendarSource, Read, Task
from townhall.models.availability import BusyCalendar
from townhall.models.planning import Seat, TownHall
from townhall.queries import planning
from townhall.services import journal, replans

STALE = timedelta(minutes=30)
"""How old a calendar may be before the worker reads it again."""

AT_ONCE = 16
"""How many calendars a worker takes at a time, so that several share what is many."""

_BEHIND = timedelta(days=1)


def keep(
    db: Session,
    source: CalendarSource,
    actor: Actor,
    code: str,
    position: int,
    *,
    given: str | bytes,
    now: datetime,
) -> BusyCalendar:
    """Read a seat's calendar and keep its busy times in place of those of an earlier one.

    Args:
        source: Reads it.
        actor: Of the town hall's team, or somebody who answers for the seat.
        given: The calendar's address, which is read again from time to time, or the octets
            of its file.

    Raises:
        NotFoundError, NotAllowedError: The actor may do neither.
        InputError: Field `address` or `calendar`: it cannot be read; nothing was changed.
    """
    seat = _seat(db, actor, code, position)
    if isinstance(given, str):
        given = calendar_address(given)
    (read,) = source.read([_task(given, seat.zone, now)])
    if read.problem is not None:
        raise read.problem
    with transaction(db):
        seat = _seat(db, actor, code, position)
        row = planning.calendar(db, seat) or BusyCalendar(
            seat_id=seat.id, town_hall_id=seat.town_hall_id
        )
        db.add(row)
        row.address = given if isinstance(given, str) else None
        _renew(row, read, now)
        replans.heard(db, seat.town_hall, now=now)
        kind = "file" if row.address is None else "address"
        after = {"kind": kind, "busy": len(row.busy)}
        journal.audit(db, actor, "calendar.kept", row, now, after=after)
    return row


def forget(db: Session, actor: Actor, code: str, position: int, *, now: datetime) -> None:
    """Forget a seat's calendar and its busy times.

    Raises:
        NotFoundError, NotAllowedError: The actor is neither of the team nor of the seat.
    """
    with transaction(db):
        seat = _seat(db, actor, code, position)
        row = planning.calendar(db, seat)
        if row is not None:
            journal.audit(db, actor, "calendar.forgotten", row, now)
            db.delete(row)
            replans.heard(db, seat.town_hall, now=now)


def refresh(
    db: Session, source: CalendarSource, actor: Actor, town_hall: TownHall, *, now: datetime
) -> int:
    """Read every calendar of the town hall with an address again.

    One that cannot be read keeps what it said last, and why it could not be read now.

    Returns:
        How many were tried.

    Raises:
        NotFoundError, NotAllowedError: The actor is not of the town hall's team.
    """
    require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
    return _read_again(db, source, [row for row in town_hall.calendars if row.address], now)


def refresh_stale(db: Session, source: CalendarSource, *, now: datetime) -> int:
    """Read old calendars again whose town halls may still be planned, a few at a time.

    Each is marked as tried before it is read, so that of several workers one reads it and a
    worker that dies costs it one turn.

    Returns:
        How many were tried.
    """
    if not planning.stale_calendars(db, now - STALE, now, most=1):
        return 0  # looked at first, since what only reads makes no writer wait
    with transaction(db):
        rows = planning.stale_calendars(db, now - STALE, now, most=AT_ONCE, claim=True)
        for row in rows:
            row.tried_at = now
    return _read_again(db, source, rows, now)


def _read_again(
    db: Session, source: CalendarSource, rows: Sequence[BusyCalendar], now: datetime
) -> int:
    """Read calendars with an address, outside of any transaction, and write what they say."""
    asked = [(row.id, str(row.address), row.seat.zone) for row in rows]
    db.rollback()  # seconds go by until the answers come; nothing stays open meanwhile
    if not asked:
        return 0
    found = source.read([_task(address, zone, now) for _, address, zone in asked])
    with transaction(db):
        told = set()
        for (row_id, address, _), read in zip(asked, found, strict=True):
            row = db.get(BusyCalendar, row_id, with_for_update={"of": BusyCalendar})
            if row is not None and row.address == address:  # nobody changed it meanwhile
                town_hall = row.seat.town_hall
                before = planning.near(town_hall, row)
                _renew(row, read, now)
                if planning.near(town_hall, row) != before:
                    told.add(town_hall)
        replans.heard(db, *told, now=now)
    return len(asked)


def _seat(db: Session, actor: Actor, code: str, position: int) -> Seat:
    """Return a seat whose calendar the actor may change."""
    town_hall = planning.town_hall(db, code)
    seat = planning.seat(db, town_hall, position)
    if not actor.may(Action.ANSWER_FOR_SEAT, town_hall.id, seat.id):
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
    return seat


def _task(source: str | bytes, zone: str, now: datetime) -> Task:
    """Return what is to be read of a calendar: from yesterday on for over a year."""
    return Task(source, zone, now - _BEHIND, now + AHEAD)


def _renew(row: BusyCalendar, read: Read, now: datetime) -> None:
    """Write what was read; what could not be read now leaves the busy times as they were."""
    row.tried_at = now
    if read.problem is not None:
        row.problem = {"message": read.problem.message, "values": read.problem.values}
        return
    row.busy = [[written(begin), written(end)] for begin, end in read.busy]
    row.read_at, row.problem = now, None
