"""Sittings in organizers' own calendars, marked for the worker: shared, a use case of nobody.

Whatever changes a sitting marks its entries in its own transaction, so that no change is forgotten
and none that was rolled back is put. A worker puts them (services/keeping.py).
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, delete, select, update
from sqlalchemy.orm import Session

from townhall.domain import own_calendar as rules
from townhall.domain.own_calendar import Keeping
from townhall.models.own_calendars import OwnCalendar, OwnEntry
from townhall.models.planning import Sitting
from townhall.queries import own_calendars as queries

_ELSEWHERE = {"synchronize_session": False}
"""No such row is looked at after it."""


def changed(db: Session, sitting: Sitting, now: datetime) -> None:
    """Have a sitting that was made or changed put into the calendars of its organizers, at once.

    One that is off is put where it stood before, and nowhere else.
    """
    db.flush()
    calendars = queries.of_town_hall(db, sitting.town_hall_id)
    if not calendars:
        return
    _hold(db, [calendar.id for calendar in calendars])
    known = {
        row.calendar_id: row
        for row in db.scalars(
            select(OwnEntry)
            .where(OwnEntry.sitting_id == sitting.id)
            .order_by(OwnEntry.id)
            .with_for_update(of=OwnEntry)
        )
    }
    for calendar in calendars:
        if calendar.id in known:
            ask(known[calendar.id], now, leaves=False)
        elif not sitting.is_called_off:
            db.add(_entry(calendar.id, sitting, now))


def answered(db: Session, sitting_id: int, now: datetime) -> None:
    """Have what somebody answered shown before long in the calendars that list people."""
    listing = select(OwnCalendar.id).where(OwnCalendar.lists_people)
    _soon(db, sitting_id, now, OwnEntry.calendar_id.in_(listing))


def renumbered(db: Session, sitting: Sitting, now: datetime) -> None:
    """Have a sitting's new SEQUENCE put before long, where nothing else of it is new."""
    db.flush()
    _soon(db, sitting.id, now)


def fill(db: Session, now: datetime, calendar: OwnCalendar | None = None) -> int:
    """Have the sittings to come put that a calendar, or any, knows nothing of; return how many."""
    db.flush()
    _hold(db, {calendar_id for calendar_id, _ in queries.missing(db, now=now, calendar=calendar)})
    found = queries.missing(db, now=now, calendar=calendar)
    db.add_all(_entry(calendar_id, sitting, now) for calendar_id, sitting in found)
    return len(found)


def ask(entry: OwnEntry, now: datetime, *, leaves: bool) -> None:
    """Have an entry put, or taken out, at once; one in hand comes again after this try."""
    entry.wanted += 1
    entry.leaves = leaves
    entry.give_up_at = rules.give_up_at(now if leaves else entry.sitting.ends_at, now)
    if entry.state is not Keeping.IN_HAND:
        entry.state, entry.due_at, entry.attempts = Keeping.WAITING, now, 0


def forget(db: Session, account_id: int) -> None:
    """Forget an account's own calendar and its password; what stands there stays."""
    calendar = OwnCalendar.account_id == account_id
    db.execute(delete(OwnCalendar).where(calendar), execution_options=_ELSEWHERE)


def _hold(db: Session, calendar_ids: Collection[int]) -> None:
    """Wait until nobody else adds entries to these calendars, and keep others out."""
    wanted = select(OwnCalendar.id).where(OwnCalendar.id.in_(calendar_ids))
    db.execute(wanted.order_by(OwnCalendar.id).with_for_update())


def _entry(calendar_id: int, sitting: Sitting, now: datetime) -> OwnEntry:
    """Return a new entry, to be put at once."""
    return OwnEntry(
        calendar_id=calendar_id,
        sitting_id=sitting.id,
        due_at=now,
        give_up_at=rules.give_up_at(sitting.ends_at, now),
    )


def _soon(db: Session, sitting_id: int, now: datetime, *conditions: ColumnElement[bool]) -> None:
    """Have entries put within a minute that are in step; others tell of it when they are put.

    A calendar that refuses, or waits longer and longer, is not asked more often by that.
    """
    is_kept, at_least = OwnEntry.state == Keeping.KEPT, rules.give_up_at(now, now)
    db.execute(
        update(OwnEntry)
        .where(OwnEntry.sitting_id == sitting_id, OwnEntry.leaves.is_(False), *conditions)
        .values(
            wanted=OwnEntry.wanted + 1,
            due_at=case((is_kept, now + rules.LULL), else_=OwnEntry.due_at),
            give_up_at=case(
                (and_(is_kept, OwnEntry.give_up_at < at_least), at_least),
                else_=OwnEntry.give_up_at,
            ),
            state=case((is_kept, Keeping.WAITING), else_=OwnEntry.state),
        ),
        execution_options=_ELSEWHERE,
    )
