"""The outbox: mails are claimed, handed on, and marked; nothing is lost, nothing overtakes.

A mail in flight cannot be part of a transaction. So there are three short ones around it:
`claim` takes rows with a short lease and a fence; `advance` marks the mail before, looks at the
next one once more and holds it for as long as its delivery may take; what a dead worker held
comes back when its lease runs out. A mail that was handed on and not marked is the only one that
can ever be repeated, octet for octet.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Row,
    and_,
    bindparam,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, sessionmaker

from townhall import clock
from townhall.db import Ready, kept, transaction
from townhall.domain import invites
from townhall.domain import outbox as rules
from townhall.domain.outbox import DeferredError, DeliveryError, RefusedError, Verdict
from townhall.domain.ports import Mailer
from townhall.domain.states import Delivery, MailKind
from townhall.errors import InputError, UnavailableError
from townhall.models.accounts import Contact
from townhall.models.invitations import Circular, MailPace, OutboxMessage
from townhall.queries import mails, reminders

BATCH = 50

_MAILS = select(
    *mails.RULED,
    OutboxMessage.code,
    OutboxMessage.attempts,
    OutboxMessage.whole,
    OutboxMessage.circular_id,
    OutboxMessage.own,
    Contact.address,
).join(Contact, Contact.id == OutboxMessage.contact_id)
"""What a worker needs of a mail to hand it on."""

Siblings = Mapping[tuple[str, int], Mapping[int, rules.Row]]
"""All mails of a thread and a recipient, by id."""

_NEWEST = select(OutboxMessage.created_at).order_by(OutboxMessage.id.desc()).limit(1)

# Three statements run for each mail and are put into words once: the outbox's own cost is what
# limits how many mails a second a worker can hand on.
_GO = Ready(
    update(OutboxMessage)
    .where(
        OutboxMessage.id == bindparam("of_id"),
        OutboxMessage.fence == bindparam("held"),
        OutboxMessage.state == Delivery.SENDING,
    )
    .values(lease_until=bindparam("until"), attempts=bindparam("tries"))
)
_OTHERS = Ready(
    select(OutboxMessage.id).where(
        OutboxMessage.thread == bindparam("of_thread"),
        OutboxMessage.contact_id == bindparam("of_contact"),
        OutboxMessage.id != bindparam("of_id"),
    )
)
_TAKEN = Ready(
    update(OutboxMessage)
    .where(
        OutboxMessage.id == bindparam("of_id"),
        OutboxMessage.fence == bindparam("held"),
        OutboxMessage.state == Delivery.SENDING,
    )
    .values(state=Delivery.SENT, lease_until=None, last_error="", sent_at=bindparam("at"))
)
_HOLD = (
    update(OutboxMessage)
    .where(OutboxMessage.id == bindparam("of_id"))
    .values(
        state=Delivery.SENDING,
        lease_until=bindparam("until"),
        fence=OutboxMessage.fence + 1,
    )
)


class Told:
    """A circular as it is stored, read once for all its mails that are claimed together."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self._stored = stored

    @cached_property
    def circular(self) -> invites.Circular:
        """What its mails have in common."""
        return invites.Circular.read(self._stored)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that this worker alone may hand on, as long as its fence stands.

    `rule` is what it was claimed by. `attempts` counts the tries up to the one to come.
    `recipient` is None where it was erased; so are `whole` and `own`, one of which is there
    otherwise. `is_secret` tells that whoever reads the mail could sign in.
    """

    rule: rules.Row
    code: str
    thread: str
    contact_id: int
    fence: int
    attempts: int
    recipient: str | None
    whole: bytes | None
    told: Told | None
    own: Mapping[str, Any] | None
    is_secret: bool

    @property
    def id(self) -> int:
        """The row's."""
        return self.rule.id

    def octets(self) -> bytes | None:
        """Return the whole message, the same however often it is made; None if it was erased.

        Raises:
            InputError: What is stored does not make a mail.
        """
        if self.told is None or self.own is None:
            return self.whole
        return self.told.circular.copy(invites.Copy.read(self.own), self.code)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail that was handed on; no error means that it was taken."""

    claimed: Claimed
    error: DeliveryError | None = None


def claim(db: Session, *, now: datetime, per_minute: int = 0, limit: int = BATCH) -> list[Claimed]:
    """Return mails to hand on now, each held for this worker by a lease and a fence.

    Rows that are overtaken or too late are marked so on the way, and those that are too fast for
    their domain are due later. Two workers never get the same row: SQLite lets one in at a time,
    PostgreSQL skips what another has locked.

    Args:
        per_minute: Mails that may go to one domain, by all workers together; 0 for no limit.
    """
    with transaction(db):
        due = _due(db, now, limit)
        circulars = _circulars(db, {row.circular_id for row in due})
        siblings = mails.siblings(db, {(row.thread, row.contact_id) for row in due})
        wanted = []
        for row in due:
            own = siblings[row.thread, row.contact_id]
            verdict = rules.judge(own[row.id], _without(own, row.id), now)
            if verdict is Verdict.SEND:
                wanted.append(row)
            else:
                _write(db, row.id, **_dismissal(verdict, now))
        if per_minute:
            wanted = _paced(db, wanted, siblings, per_minute, now)
        taken = [
            _claimed(row, siblings[row.thread, row.contact_id][row.id], circulars) for row in wanted
        ]
        if taken:
            until = now + rules.HOLD
            held = [{"of_id": each.id, "until": until} for each in taken]
            db.connection().execute(_HOLD, held)
        return taken


def _paced(
    db: Session, rows: Sequence[Row[Any]], siblings: Siblings, per_minute: int, now: datetime
) -> list[Row[Any]]:
    """Return the mails that may go now; the others are due when their domain's pace allows."""
    known = mails.paces(db, {rules.domain(row.address) for row in rows if row.address})
    before, going = dict(known), []
    older = {row.id: _overtaken(siblings[row.thread, row.contact_id], row.id) for row in rows}
    places = _places(db, [key for keys in older.values() for key in keys], now)
    for row in rows:
        if not row.address or row.kind in rules.HASTY:
            going.append(row)
            continue
        name = rules.domain(row.address)
        pace, place = known[name].placed(per_minute, now)
        if place <= now:
            going.append(row)
            known[name] = pace
            continue
        waiting = [key for key in older[row.id] if key in places]
        soonest = min((places[key] for key in waiting), default=place)
        if soonest < place:
            place = soonest
            for key in waiting:
                _write(db, key, state=Delivery.SUPERSEDED, lease_until=None)
        else:
            known[name] = pace
        _write(db, row.id, state=Delivery.QUEUED, due_at=place, lease_until=None)
    for name, pace in known.items():
        if pace != before[name]:
            db.merge(MailPace(domain=name, free_at=pace.free_at, promised_at=pace.promised_at))
    return going


def _overtaken(rows: Mapping[int, rules.Row], key: int) -> list[int]:
    """Return the ids of the waiting mails that one with news makes useless."""
    return [
        each.id
        for each in rows.values()
        if each.state is Delivery.QUEUED and rules.overtakes(rows[key], each)
    ]


def _places(db: Session, keys: Sequence[int], now: datetime) -> dict[int, datetime]:
    """Return when those of these mails are due that still wait for it, locked on PostgreSQL.

    One that another transaction has locked is left to it: to wait for that one while holding
    the paces could be for ever.
    """
    if not keys:
        return {}
    rows = db.execute(
        select(OutboxMessage.id, OutboxMessage.due_at)
        .where(
            OutboxMessage.id.in_(keys),
            OutboxMessage.state == Delivery.QUEUED,
            OutboxMessage.due_at > now,
        )
        .with_for_update(skip_locked=True)
    )
    return {row.id: row.due_at for row in rows}


def forget_paces(db: Session, *, now: datetime) -> int:
    """Forget the domains whose pace was not used for a while, and return how many."""
    with transaction(db):
        mails.hold_paces(db)
        gone: CursorResult[Any] = db.execute(  # type: ignore[assignment]  # a DELETE has a count
            delete(MailPace).where(
                MailPace.free_at < now - rules.BURST, MailPace.promised_at < now - rules.BURST
            )
        )
        return gone.rowcount


def advance(
    db: Session,
    outcome: Outcome | None,
    upcoming: Claimed | None,
    *,
    now: datetime,
    draw: Callable[[], float],
) -> bool:
    """Mark the mail before, and return whether the next one may still be handed on.

    One transaction for both, so that no more than one handed-on mail is ever unmarked.

    Args:
        outcome: Of the mail before.
        upcoming: The mail to hand on next; it is held for as long as that may take.
        now: UTC.
        draw: Random numbers from 0 up to 1, for the jitter.
    """
    with transaction(db):
        if outcome is not None:
            _mark(db, outcome, now, draw())
        return upcoming is not None and _may_go(db, upcoming, now)


def release(db: Session, claims: Iterable[Claimed]) -> None:
    """Put back mails that were claimed but not handed on, so that others need not wait."""
    claims = tuple(claims)
    if claims:
        with transaction(db):
            for each in claims:
                values = {"state": Delivery.QUEUED, "lease_until": None}
                _write(db, each.id, fence_is=each.fence, **values)


def drain(
    sessions: sessionmaker[Session],
    mailer: Mailer,
    sender: str,
    *,
    now: Callable[[], datetime],
    draw: Callable[[], float],
    per_minute: int = 0,
    stopped: Callable[[], bool] = lambda: False,
    pause: Callable[[float], None] = clock.sleep,
    report: Callable[[str, Exception], None] = lambda _code, _fault: None,
) -> int:
    """Hand on every mail that is due, and return how many were taken.

    What fails with one mail, whatever it is, is that mail's and stops no other.

    Args:
        sessions: The maker of sessions; one looks and one writes, throughout.
        mailer: What carries the mails.
        sender: The envelope's sender, who hears of bounces.
        now: The clock, UTC; time passes while servers answer.
        draw: Random numbers from 0 up to 1, for the jitter.
        per_minute: Mails that may go to one domain, by all workers together; 0 for no limit.
        stopped: Asked before each mail; once it says so, the rest is put back.
        pause: Waits some seconds for a database that is away.
        report: Hears of a fault that is no answer of a server, with the code of the mail.

    Raises:
        UnavailableError: The database is away; what was claimed comes back with its lease.
    """
    count = 0
    with sessions() as eyes, kept(sessions) as db:

        def patiently(outcome: Outcome | None, upcoming: Claimed | None) -> bool:
            """Advance; wait for the database while a mail it should know of is unmarked."""
            give_up = now() + rules.IN_HAND
            while True:
                try:
                    return advance(db, outcome, upcoming, now=now(), draw=draw)
                except UnavailableError:
                    if outcome is None or now() > give_up:
                        raise
                    pause(1.0)

        while _has_due(eyes, now()) and not stopped():
            waiting = claim(db, now=now(), per_minute=per_minute)
            outcome: Outcome | None = None
            while waiting and not stopped():
                upcoming = waiting.pop(0)
                may_go = patiently(outcome, upcoming)
                outcome = _handed_on(upcoming, mailer, sender, report) if may_go else None
                count += outcome is not None and outcome.error is None
            if outcome is not None:
                patiently(outcome, None)
            release(db, waiting)
    return count


def _handed_on(
    claimed: Claimed, mailer: Mailer, sender: str, report: Callable[[str, Exception], None]
) -> Outcome:
    """Return what the mailer made of one mail; a fault of our own is put off like a server's."""
    try:
        octets = claimed.octets()
        if claimed.recipient is None or octets is None:
            return Outcome(claimed, RefusedError(""))  # erased at the retention time
        mailer.send(claimed.code, sender, claimed.recipient, octets)
    except DeliveryError as error:
        return Outcome(claimed, error)
    except InputError as error:
        return Outcome(claimed, RefusedError(str(error)))
    except Exception as fault:  # noqa: BLE001  it is told, and the mail tried again
        report(claimed.code, fault)
        return Outcome(claimed, DeferredError(f"{type(fault).__name__}: {fault}"))
    return Outcome(claimed)


def _mark(db: Session, outcome: Outcome, now: datetime, draw: float) -> None:
    """Write what became of a mail, unless another worker holds the row by now."""
    claimed, error = outcome.claimed, outcome.error
    if error is None:
        _TAKEN.run(db.connection(), of_id=claimed.id, held=claimed.fence, at=now)
        if claimed.is_secret:
            _write(db, claimed.id, whole=None)
        return
    values: dict[str, Any] = {"lease_until": None, "last_error": error.words}
    again = (
        rules.next_try(claimed.attempts, now, claimed.rule.give_up_at, draw)
        if isinstance(error, DeferredError)
        else None
    )
    if again is None:
        values["state"] = Delivery.FAILED
    else:
        values |= {"state": Delivery.QUEUED, "due_at": again}
    _write(db, claimed.id, fence_is=claimed.fence, **values)


def _may_go(db: Session, claimed: Claimed, now: datetime) -> bool:
    """Return whether the row is still this worker's and the newest, just before it goes."""
    # Written before the others are looked at: whoever changes the sitting locks this row too, and
    # so either has a newer mail here by now or waits until the lease is there to be seen.
    line, key = db.connection(), claimed.id
    until = now + rules.IN_HAND
    held = _GO.run(line, of_id=key, held=claimed.fence, until=until, tries=claimed.attempts)
    if not held.rowcount:
        return False
    pair = {"of_thread": claimed.thread, "of_contact": claimed.contact_id}
    if _OTHERS.run(line, **pair, of_id=key).first() is None:
        verdict = rules.judge(claimed.rule, (), now)
    else:
        rows = mails.siblings(db, {(claimed.thread, claimed.contact_id)})
        own = rows[claimed.thread, claimed.contact_id]
        verdict = rules.judge(own[key], _without(own, key), now)
    if verdict is Verdict.SEND and claimed.rule.reminds and not reminders.stands(db, key, now):
        verdict = Verdict.SUPERSEDE
    if verdict is not Verdict.SEND:
        dismissal = _dismissal(verdict, now)
        _write(db, key, fence_is=claimed.fence, attempts=claimed.attempts - 1, **dismissal)
        return False
    return True


def _dismissal(verdict: Verdict, now: datetime) -> dict[str, Any]:
    """Return the columns of a row that is not to be sent now."""
    if verdict is Verdict.WAIT:
        return {"state": Delivery.QUEUED, "due_at": now + rules.SHORTLY, "lease_until": None}
    given_up = verdict is Verdict.GIVE_UP
    state = Delivery.FAILED if given_up else Delivery.SUPERSEDED
    return {"state": state, "lease_until": None}


def _due_conditions(db: Session, now: datetime) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of rows that a worker may take, each one that an index finds.

    A lease that ends later than any could was written by a clock that has been put back since;
    and so was a mail that is not due although it was when it was written.
    """
    yield and_(
        OutboxMessage.state == Delivery.SENDING,
        or_(OutboxMessage.lease_until <= now, OutboxMessage.lease_until > now + rules.IN_HAND),
    )
    waits = OutboxMessage.state == Delivery.QUEUED
    yield and_(waits, OutboxMessage.due_at <= now)
    newest = db.scalar(_NEWEST)
    if newest is not None and newest > now:
        was_due = OutboxMessage.due_at <= OutboxMessage.created_at
        yield and_(waits, OutboxMessage.due_at > now, was_due)


def _has_due(db: Session, now: datetime) -> bool:
    """Return whether there is anything to claim, without keeping writers waiting."""
    conditions = _due_conditions(db, now)
    found = any(db.scalar(select(OutboxMessage.id).where(each).limit(1)) for each in conditions)
    db.rollback()
    return found


def _due(db: Session, now: datetime, limit: int) -> list[Row[Any]]:
    """Return the rows that may be taken, the longest due first, locked on PostgreSQL."""
    found: list[Row[Any]] = []
    for condition in _due_conditions(db, now):
        found += db.execute(
            _MAILS.where(condition)
            .order_by(OutboxMessage.due_at, OutboxMessage.id)
            .limit(limit - len(found))
            .with_for_update(skip_locked=True, of=OutboxMessage)
        )
    return found


def _circulars(db: Session, keys: set[int | None]) -> dict[int | None, Told]:
    """Return circulars by their id."""
    rows = db.execute(select(Circular.id, Circular.contents).where(Circular.id.in_(keys - {None})))
    return {row.id: Told(row.contents) for row in rows}


def _without(rows: dict[int, rules.Row], key: int) -> list[rules.Row]:
    """Return every row but one."""
    return [row for each, row in rows.items() if each != key]


def _claimed(row: Any, rule: rules.Row, circulars: Mapping[int | None, Told]) -> Claimed:
    """Return a row as its worker holds it from now on."""
    return Claimed(
        rule=rule,
        code=row.code,
        thread=row.thread,
        contact_id=row.contact_id,
        fence=row.fence + 1,
        attempts=row.attempts + 1,
        recipient=row.address,
        whole=row.whole,
        told=circulars.get(row.circular_id),
        own=row.own,
        is_secret=row.kind is MailKind.SIGN_IN,
    )


def _write(db: Session, key: int, *, fence_is: int | None = None, **values: Any) -> bool:
    """Change one row, and return whether it was there to change.

    A state is only written over one that it can come from. With `fence_is`, the row changes
    only while that claim holds: a worker that slept through its lease must not overwrite what
    its successor knows.
    """
    change = update(OutboxMessage).where(OutboxMessage.id == key)
    if "state" in values:
        change = change.where(OutboxMessage.state.in_(rules.ORIGINS[values["state"]]))
    if fence_is is not None:
        change = change.where(
            OutboxMessage.fence == fence_is, OutboxMessage.state == Delivery.SENDING
        )
    result: CursorResult[Any] = db.execute(  # type: ignore[assignment]  # an UPDATE has a count
        change.values(**values).execution_options(synchronize_session=False)
    )
    return result.rowcount == 1
