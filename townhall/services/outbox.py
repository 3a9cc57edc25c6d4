"""The outbox: mails are claimed, handed on, and marked; nothing is lost, nothing overtakes.

A mail in flight cannot be part of a transaction. So there are three short ones around it:
`claim` takes rows with a short lease and a fence; `advance` marks the mail before, looks at the
next one once more and holds it for as long as its delivery may take; what a dead worker held
comes back when its lease runs out. A mail that was handed on and not marked is the only one that
can ever be repeated, octet for octet.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, and_, bindparam, exists, or_, select, tuple_, update
from sqlalchemy.orm import Session, sessionmaker

from townhall import clock
from townhall.db import transaction
from townhall.domain import outbox as rules
from townhall.domain.access import Action, Actor, require
from townhall.domain.outbox import DeferredError, DeliveryError, RefusedError, Verdict
from townhall.domain.ports import Mailer
from townhall.domain.states import Delivery, MailKind
from townhall.errors import ConflictError, TransitionError, UnavailableError
from townhall.i18n import N_
from townhall.models.accounts import Contact
from townhall.models.invitations import OutboxMessage
from townhall.models.planning import TownHall
from townhall.queries import invitations
from townhall.services import journal

BATCH = 50

_RULED = (
    OutboxMessage.id,
    OutboxMessage.thread,
    OutboxMessage.contact_id,
    OutboxMessage.revision,
    OutboxMessage.state,
    OutboxMessage.fence,
    OutboxMessage.lease_until,
    OutboxMessage.method,
    OutboxMessage.give_up_at,
)
"""What `domain/outbox` judges by."""

# Four statements are built once and not for each mail: the outbox's own cost is what limits
# how many mails a second a worker can hand on.
_PAIR = select(*_RULED).where(
    OutboxMessage.thread == bindparam("of_thread"),
    OutboxMessage.contact_id == bindparam("of_contact"),
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
_GO = (
    update(OutboxMessage)
    .where(
        OutboxMessage.id == bindparam("of_id"),
        OutboxMessage.fence == bindparam("held"),
        OutboxMessage.state == Delivery.SENDING,
    )
    .values(lease_until=bindparam("until"), attempts=bindparam("tries"))
)
_TAKEN = (
    update(OutboxMessage)
    .where(
        OutboxMessage.id == bindparam("of_id"),
        OutboxMessage.fence == bindparam("held"),
        OutboxMessage.state == Delivery.SENDING,
    )
    .values(state=Delivery.SENT, lease_until=None, last_error="", sent_at=bindparam("at"))
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that this worker alone may hand on, as long as its fence stands.

    `attempts` counts the tries up to the one to come. `octets` and `recipient` are None where
    they were erased. `is_secret` tells that whoever reads the octets could sign in.
    """

    id: int
    code: str
    thread: str
    contact_id: int
    fence: int
    attempts: int
    give_up_at: datetime
    recipient: str | None
    octets: bytes | None
    is_secret: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail that was handed on; no error means that it was taken."""

    claimed: Claimed
    error: DeliveryError | None = None


def claim(db: Session, *, now: datetime, limit: int = BATCH) -> list[Claimed]:
    """Return mails to hand on now, each held for this worker by a lease and a fence.

    Rows that are overtaken or too late are marked so on the way. Two workers never get the
    same row: SQLite lets one in at a time, PostgreSQL skips what another has locked.
    """
    with transaction(db):
        due = _due(db, now, limit)
        siblings = _siblings(db, {(row.thread, row.contact_id) for row in due})
        taken = []
        for row in due:
            own = siblings[row.thread, row.contact_id]
            verdict = rules.judge(own[row.id], _without(own, row.id), now)
            if verdict is Verdict.SEND:
                taken.append(_claimed(row))
            else:
                _write(db, row.id, **_dismissal(verdict, now))
        if taken:
            until = now + rules.HOLD
            held = [{"of_id": each.id, "until": until} for each in taken]
            db.connection().execute(_HOLD, held)
        return taken


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


def release(db: Session, claims: Iterable[Claimed], *, now: datetime) -> None:
    """Put back mails that were claimed but not handed on, so that others need not wait."""
    claims = tuple(claims)
    if claims:
        with transaction(db):
            for each in claims:
                _write(
                    db,
                    each.id,
                    fence_is=each.fence,
                    state=Delivery.QUEUED,
                    lease_until=None,
                    due_at=now,
                )


def resend(
    db: Session, actor: Actor, town_hall: TownHall, code: str, *, now: datetime
) -> OutboxMessage:
    """Queue a mail again that had failed, as it was.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        NotFoundError: The town hall has no such mail.
        TransitionError: The mail has not failed.
        ConflictError: A newer mail told the person more than this one would.
    """
    with transaction(db):
        require(actor, Action.SEND_INVITES, town_hall.id)
        row = invitations.mail(db, town_hall, code)
        if row.state is not Delivery.FAILED:
            raise TransitionError(N_("Only a mail that has failed can be sent again."))
        own = _siblings(db, {(row.thread, row.contact_id)})[row.thread, row.contact_id]
        if rules.judge(own[row.id], _without(own, row.id), now) is Verdict.SUPERSEDE:
            raise ConflictError(N_("A newer mail to this person has taken the place of this one."))
        row.state = Delivery.QUEUED
        row.attempts = 0
        row.due_at = now
        row.give_up_at = max(row.give_up_at, now + rules.SECOND_CHANCE)
        journal.audit(
            db,
            actor,
            "mail.resent",
            row,
            now,
            before={"state": Delivery.FAILED.value},
            after={"state": Delivery.QUEUED.value},
        )
        return row


def drain(
    sessions: sessionmaker[Session],
    mailer: Mailer,
    sender: str,
    *,
    now: Callable[[], datetime],
    draw: Callable[[], float],
    stopped: Callable[[], bool] = lambda: False,
    pause: Callable[[float], None] = clock.sleep,
) -> int:
    """Hand on every mail that is due, and return how many were taken.

    Args:
        sessions: The maker of sessions; one is used throughout.
        mailer: What carries the mails.
        sender: The envelope's sender, who hears of bounces.
        now: The clock, UTC; time passes while servers answer.
        draw: Random numbers from 0 up to 1, for the jitter.
        stopped: Asked before each mail; once it says so, the rest is put back.
        pause: Waits some seconds for a database that is away.

    Raises:
        UnavailableError: The database is away; what was claimed comes back with its lease.
    """
    count = 0
    with sessions() as db:

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

        while _has_due(db, now()) and not stopped():
            waiting = claim(db, now=now())
            outcome: Outcome | None = None
            while waiting and not stopped():
                upcoming = waiting.pop(0)
                may_go = patiently(outcome, upcoming)
                outcome = _handed_on(upcoming, mailer, sender) if may_go else None
                count += outcome is not None and outcome.error is None
            if outcome is not None:
                patiently(outcome, None)
            release(db, waiting, now=now())
    return count


def _handed_on(claimed: Claimed, mailer: Mailer, sender: str) -> Outcome:
    """Return what the mailer made of one mail."""
    if claimed.recipient is None or claimed.octets is None:
        return Outcome(claimed, RefusedError(""))  # erased at the retention time
    try:
        mailer.send(claimed.code, sender, claimed.recipient, claimed.octets)
    except DeliveryError as error:
        return Outcome(claimed, error)
    return Outcome(claimed)


def _mark(db: Session, outcome: Outcome, now: datetime, draw: float) -> None:
    """Write what became of a mail, unless another worker holds the row by now."""
    claimed, error = outcome.claimed, outcome.error
    if error is None:
        values = {"of_id": claimed.id, "held": claimed.fence, "at": now}
        db.connection().execute(_TAKEN, values)
        if claimed.is_secret:
            _write(db, claimed.id, octets=None)
        return
    values = {"lease_until": None, "last_error": error.words}
    again = (
        rules.next_try(claimed.attempts, now, claimed.give_up_at, draw)
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
    held = {
        "of_id": claimed.id,
        "held": claimed.fence,
        "until": now + rules.IN_HAND,
        "tries": claimed.attempts,
    }
    if not db.connection().execute(_GO, held).rowcount:
        return False
    pair = {"of_thread": claimed.thread, "of_contact": claimed.contact_id}
    rows = {row.id: _ruled(row) for row in db.connection().execute(_PAIR, pair)}
    verdict = rules.judge(rows[claimed.id], _without(rows, claimed.id), now)
    if verdict is not Verdict.SEND:
        dismissal = _dismissal(verdict, now)
        _write(db, claimed.id, fence_is=claimed.fence, attempts=claimed.attempts - 1, **dismissal)
        return False
    return True


def _dismissal(verdict: Verdict, now: datetime) -> dict[str, Any]:
    """Return the columns of a row that is not to be sent now."""
    if verdict is Verdict.WAIT:
        return {"state": Delivery.QUEUED, "due_at": now + rules.SHORTLY, "lease_until": None}
    given_up = verdict is Verdict.GIVE_UP
    state = Delivery.FAILED if given_up else Delivery.SUPERSEDED
    return {"state": state, "lease_until": None}


def _is_due(now: datetime) -> Any:
    """Return the condition of rows that a worker may take."""
    return or_(
        and_(OutboxMessage.state == Delivery.QUEUED, OutboxMessage.due_at <= now),
        and_(OutboxMessage.state == Delivery.SENDING, OutboxMessage.lease_until <= now),
    )


def _has_due(db: Session, now: datetime) -> bool:
    """Return whether there is anything to claim, without keeping writers waiting."""
    found = db.scalar(select(exists().where(_is_due(now))))
    db.rollback()
    return bool(found)


def _due(db: Session, now: datetime, limit: int) -> Sequence[Any]:
    """Return the rows that may be taken, the longest due first, locked on PostgreSQL."""
    return db.execute(
        select(
            *_RULED,
            OutboxMessage.code,
            OutboxMessage.kind,
            OutboxMessage.attempts,
            OutboxMessage.octets,
            Contact.address,
        )
        .join(Contact, Contact.id == OutboxMessage.contact_id)
        .where(_is_due(now))
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=OutboxMessage)
    ).all()


def _siblings(
    db: Session, pairs: set[tuple[str, int]]
) -> dict[tuple[str, int], dict[int, rules.Row]]:
    """Return all rows of each thread and recipient, by id."""
    found: dict[tuple[str, int], dict[int, rules.Row]] = {pair: {} for pair in pairs}
    for row in db.execute(
        select(*_RULED).where(
            tuple_(OutboxMessage.thread, OutboxMessage.contact_id).in_(sorted(pairs))
        )
    ):
        found[row.thread, row.contact_id][row.id] = _ruled(row)
    return found


def _ruled(row: Any) -> rules.Row:
    """Return a row as the rules see it."""
    return rules.Row(
        id=row.id,
        revision=row.revision,
        state=row.state,
        handed=row.fence > 0,
        lease_until=row.lease_until,
        cancels=row.method == "CANCEL",
        give_up_at=row.give_up_at,
    )


def _without(rows: dict[int, rules.Row], key: int) -> list[rules.Row]:
    """Return every row but one."""
    return [row for each, row in rows.items() if each != key]


def _claimed(row: Any) -> Claimed:
    """Return a row as its worker holds it from now on."""
    return Claimed(
        id=row.id,
        code=row.code,
        thread=row.thread,
        contact_id=row.contact_id,
        fence=row.fence + 1,
        attempts=row.attempts + 1,
        give_up_at=row.give_up_at,
        recipient=row.address,
        octets=row.octets,
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
