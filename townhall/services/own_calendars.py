"""Organizers' own calendars: given, tried, left out of, given up.

Servers are asked before a transaction begins and never inside one. What a server refuses is said in
its own words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain.access import Action, Actor, require, require_account
from townhall.domain.calendar_address import collection_address
from townhall.domain.own_calendar import Access, Keeping, KeepingError
from townhall.domain.ports import CalendarServer
from townhall.errors import InputError, NotFoundError
from townhall.models.accounts import Account
from townhall.models.own_calendars import LeftOut, OwnCalendar, OwnEntry
from townhall.queries import own_calendars as queries
from townhall.queries import planning
from townhall.services import journal, own_entries


@dataclass(frozen=True, slots=True)
class Given:
    """What an organizer gives.

    Args:
        address: Of the calendar's collection, as typed.
        user: The name that its server knows.
        password: An app password; empty for the one that is kept, if all else stays.
        lists_people: Whether entries name the invited, with their mail addresses and answers.
    """

    address: str
    user: str
    password: str
    lists_people: bool = False


def keep(
    db: Session, server: CalendarServer, actor: Actor, given: Given, *, now: datetime
) -> OwnCalendar:
    """Look at a calendar and have the sittings to come of the account's town halls kept in it.

    Entries stay where they are in a calendar that was given before.

    Raises:
        SignInRequiredError: Nobody is signed in.
        InputError: The field has the argument's name: it is no calendar, or its server refuses;
            nothing was changed.
    """
    account_id = require_account(actor)
    row = queries.of_account(db, account_id)
    address = collection_address(given.address)
    password = given.password
    if row is not None and not password and (row.address, row.user_name) == (address, given.user):
        password = row.password  # nobody else's server learns it
    access = Access(address, given.user, password)
    db.rollback()  # seconds go by until the answer comes; nothing stays open meanwhile
    name = _look(server, access)
    with transaction(db):
        db.get(Account, account_id, with_for_update={"of": Account})  # one page at a time
        row = queries.of_account(db, account_id)
        if row is None:
            row = OwnCalendar(account_id=account_id, address="", user_name="", created_at=now)
            db.add(row)
        is_another = row.address != access.address
        is_renewed = is_another or row.lists_people != given.lists_people
        row.address, row.user_name, row.password = access.address, access.user, access.password
        row.name, row.lists_people, row.ended_at = name, given.lists_people, None
        after = {"lists_people": given.lists_people, "is_another": is_another}
        journal.audit(db, actor, "own_calendar.kept", row, now, after=after)
        for entry in queries.entries(db, row):
            if is_another:
                entry.kept, entry.kept_at = 0, None
            hall_id = entry.sitting.town_hall_id
            if entry.leaves and not is_another and queries.is_left_out(db, row, hall_id):
                own_entries.ask(entry, now, leaves=True)
            elif entry.leaves or entry.state is not Keeping.KEPT or is_renewed:
                _ask_again(db, entry, now)
        own_entries.fill(db, now, row)
    return row


def look(db: Session, server: CalendarServer, actor: Actor) -> str:
    """Ask the server of the account's own calendar whether all is well; return the calendar's name.

    Raises:
        SignInRequiredError: Nobody is signed in.
        NotFoundError: No calendar was given.
        InputError: The server's words.
    """
    access = _own(db, actor).access
    db.rollback()
    return _look(server, access)


def leave_out(db: Session, actor: Actor, code: str, *, takes_out: bool, now: datetime) -> None:
    """Keep a town hall's sittings no longer in the account's own calendar.

    Args:
        takes_out: Whether its entries are taken out, too; else they stay as they are.

    Raises:
        SignInRequiredError: Nobody is signed in.
        NotFoundError: No calendar was given, it was given up, or the town hall is not theirs.
        NotAllowedError: The actor is not of the town hall's team.
    """
    with transaction(db):
        row = _sorted(db, actor)
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEE_ANSWERS, town_hall.id)
        if not queries.is_left_out(db, row, town_hall.id):
            db.add(LeftOut(calendar_id=row.id, town_hall_id=town_hall.id))
        _end(db, queries.entries_of(db, row, town_hall), takes_out=takes_out, now=now)
        after = {"takes_out": takes_out}
        journal.audit(
            db, actor, "own_calendar.left_out", row, now, town_hall_id=town_hall.id, after=after
        )


def take_in(db: Session, actor: Actor, code: str, *, now: datetime) -> None:
    """Keep a town hall's sittings in the account's own calendar after all.

    Raises:
        SignInRequiredError: Nobody is signed in.
        NotFoundError: No calendar was given, it was given up, or the town hall is not theirs.
        NotAllowedError: The actor is not of the town hall's team.
    """
    with transaction(db):
        row = _sorted(db, actor)
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEE_ANSWERS, town_hall.id)
        gap = db.get(LeftOut, (row.id, town_hall.id))
        if gap is not None:
            db.delete(gap)
            db.flush()
        for entry in queries.entries_of(db, row, town_hall):
            if entry.leaves:
                _ask_again(db, entry, now)
        own_entries.fill(db, now, row)
        journal.audit(db, actor, "own_calendar.taken_in", row, now, town_hall_id=town_hall.id)


def try_again(db: Session, actor: Actor, *, now: datetime) -> int:
    """Have everything tried at once that is not in step; return how many entries that are.

    Raises:
        SignInRequiredError: Nobody is signed in.
        NotFoundError: No calendar was given.
    """
    with transaction(db):
        row = _own(db, actor)
        late = [each for each in queries.entries(db, row) if each.state is not Keeping.KEPT]
        for entry in late:
            own_entries.ask(entry, now, leaves=entry.leaves)
        own_entries.fill(db, now, row)
        journal.audit(db, actor, "own_calendar.tried", row, now, after={"entries": len(late)})
    return len(late)


def remove(db: Session, actor: Actor, *, takes_out: bool, now: datetime) -> None:
    """Give up the account's own calendar; its password is forgotten with it.

    Args:
        takes_out: Whether the entries are taken out first, for a day at most; else they stay.

    Raises:
        SignInRequiredError: Nobody is signed in.
        NotFoundError: No calendar was given.
    """
    with transaction(db):
        row = _own(db, actor)
        after = {"takes_out": takes_out}
        journal.audit(db, actor, "own_calendar.removed", row, now, after=after)
        entries = queries.entries(db, row)
        _end(db, entries, takes_out=takes_out, now=now)
        row.ended_at = now
        db.flush()
        if not takes_out or not queries.entries(db, row):
            own_entries.forget(db, row.account_id)


def _own(db: Session, actor: Actor) -> OwnCalendar:
    """Return the account's own calendar.

    Raises:
        SignInRequiredError: Nobody is signed in.
        NotFoundError: No calendar was given.
    """
    row = queries.of_account(db, require_account(actor))
    if row is None:
        raise NotFoundError
    return row


def _sorted(db: Session, actor: Actor) -> OwnCalendar:
    """Return the account's own calendar, into which town halls are sorted.

    Raises:
        SignInRequiredError: Nobody is signed in.
        NotFoundError: No calendar was given, or it was given up; what leaves it leaves.
    """
    row = _own(db, actor)
    if row.ended_at is not None:
        raise NotFoundError
    return row


def _look(server: CalendarServer, access: Access) -> str:
    """Return what a calendar is called.

    Raises:
        InputError: The server's words.
    """
    try:
        return server.look(access)
    except KeepingError as error:
        raise InputError(error.message, field=error.field, **error.values) from error


def _ask_again(db: Session, entry: OwnEntry, now: datetime) -> None:
    """Have an entry put; one of a sitting that is over, or off and never put, is let go."""
    sitting = entry.sitting
    if sitting.ends_at <= now or (sitting.is_called_off and not entry.kept):
        db.delete(entry)
    else:
        own_entries.ask(entry, now, leaves=False)


def _end(db: Session, entries: Iterable[OwnEntry], *, takes_out: bool, now: datetime) -> None:
    """Have entries taken out, or let them stay as they are, unwatched."""
    for entry in entries:
        if takes_out and (entry.kept or entry.state is Keeping.IN_HAND or entry.attempts):
            own_entries.ask(entry, now, leaves=True)
        else:
            db.delete(entry)
