"""The mails about a sitting: shared by the services that change one, a use case of nobody.

Rows are written in the transaction of the change: once what all mails have in common, and for
each person what is their own.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from townhall.domain import invites, reminders, tokens
from townhall.domain.states import Delivery
from townhall.models.invitations import Circular, OutboxMessage
from townhall.models.planning import Sitting
from townhall.queries.drafts import Addressee
from townhall.queries.invitations import Invited
from townhall.services import occasions
from townhall.services.occasions import Occasion
from townhall.services.senders import Sender

_LATE_NEWS = timedelta(days=1)
"""How long news of a sitting that has begun, such as its cancellation, is still tried."""

_AT_ONCE = 1_000
"""How many mails are made before they are written: memory does not grow with their number."""


def write(
    db: Session,
    told: Occasion,
    sitting: Sitting,
    people: Iterable[tuple[Addressee, Invited]],
    sender: Sender,
    *,
    now: datetime,
) -> int:
    """Write one outbox row for each person and return how many there are.

    Nobody is told that a sitting is off who was never told of it: the mail that still waited
    is withdrawn instead.
    """
    handed = _handed(db, sitting)
    circulars = _Circulars(db, told, sender, now)
    count = 0
    people = iter(people)
    while some := list(islice(people, _AT_ONCE)):
        unknown = [
            person.contact.id
            for person, _ in some
            if person.mail in occasions.TAKES_BACK and person.contact.id not in handed
        ]
        _withdraw(db, sitting, unknown)
        rows = [
            _row(circulars, sitting, person, invitation)
            for person, invitation in some
            if person.contact.id not in unknown
        ]
        if rows:
            db.execute(insert(OutboxMessage), rows)
        count += len(rows)
    return count


class _Circulars:
    """The circulars of one occasion, each written when the first person needs it.

    Args:
        told: What they tell.
        sender: Who they come from.
        now: When they are written.
    """

    def __init__(self, db: Session, told: Occasion, sender: Sender, now: datetime) -> None:
        self._db, self._told = db, told
        self.sender, self.now = sender, now
        # Made as if on the day of the revision, so that who is told later shares it.
        self._written_at = told.event.revised_at
        self.copied_at = None if now == self._written_at else now
        self._known: dict[tuple[Any, ...], tuple[int, invites.Circular]] = {}

    def of(self, person: Addressee) -> tuple[int, invites.Circular]:
        """Return what a person is told as everybody of the seat is in that language, and its id."""
        key = (
            person.seat.id if person.seat else occasions.place_of(person, self._told.headquarters),
            occasions.leaves(person),
            person.promised,
            person.mail,
            person.contact.language,
            person.attends,
            person.instead,
        )
        if key not in self._known:
            told = occasions.circular(self._told, person, self._written_at)
            self._known[key] = self._kept(told.stored()), told
        return self._known[key]

    def _kept(self, contents: dict[str, Any]) -> int:
        """Return the id of the row that holds a circular, made if there is none."""
        digest = tokens.digest(json.dumps(contents, sort_keys=True))
        kept = self._db.scalar(select(Circular.id).where(Circular.digest == digest))
        if kept is not None:
            return kept
        row = insert(Circular).values(digest=digest, contents=contents).returning(Circular.id)
        return self._db.execute(row).scalar_one()


def _row(
    circulars: _Circulars, sitting: Sitting, person: Addressee, invitation: Invited
) -> dict[str, Any]:
    """Return the columns of one person's mail.

    Raises:
        InputError: Field `name` or `address`: what no mail can carry.
    """
    circular_id, told = circulars.of(person)
    sender = circulars.sender
    attendee = occasions.attendee_of(person, invitation.partstat, sender.reply_tag(invitation))
    leave_url = sender.leave_url(person.registered) if occasions.leaves(person) else ""
    own = invites.Copy(attendee, sender.reply_url(invitation), leave_url, circulars.copied_at)
    told.check(own)
    return {
        "code": tokens.fresh_code(24),
        "kind": person.mail,
        "town_hall_id": sitting.town_hall_id,
        "invitation_id": invitation.id,
        "contact_id": person.contact.id,
        "thread": sitting.uid,
        "revision": sitting.revision,
        "sequence": sitting.sequence,
        "method": invites.METHODS[person.mail],
        "subject": told.subject,
        "circular_id": circular_id,
        "own": own.stored(),
        "state": Delivery.QUEUED,
        "due_at": circulars.now,
        "give_up_at": max(sitting.starts_at, circulars.now + _LATE_NEWS),
        "created_at": circulars.now,
    }


def _handed(db: Session, sitting: Sitting) -> frozenset[int]:
    """Return the ids of the people of whom a worker ever held a mail about the sitting.

    The rows are locked, so that no worker takes one between this look and what follows from it.
    """
    rows = db.execute(
        select(OutboxMessage.contact_id, OutboxMessage.fence, OutboxMessage.kind)
        .where(OutboxMessage.thread == sitting.uid)
        .order_by(OutboxMessage.id)  # as workers do, so that neither waits for the other forever
        .with_for_update(of=OutboxMessage)
    )
    return frozenset(
        row.contact_id for row in rows if row.fence and row.kind not in reminders.KINDS
    )


def _withdraw(db: Session, sitting: Sitting, contact_ids: Sequence[int]) -> None:
    """Supersede the mails that still wait for people to whom none was ever handed."""
    if contact_ids:
        db.execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.thread == sitting.uid,
                OutboxMessage.contact_id.in_(contact_ids),
                OutboxMessage.state == Delivery.QUEUED,
            )
            .values(state=Delivery.SUPERSEDED)
        )
