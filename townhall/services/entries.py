"""What sending a draft does to one sitting: its row, its promises, its invitations.

Shared by the services that send; a use case of nobody. It works in their transaction.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from townhall.domain import promises, reminders, zones
from townhall.domain.invites import Change, Part
from townhall.domain.states import Delivery, DraftAction, MailKind, PartStat, SittingState
from townhall.domain.tokens import fresh_code
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Promise, Sitting, TownHall
from townhall.models.reminders import Reminder
from townhall.queries import invitations
from townhall.queries import promises as promise_queries
from townhall.queries.drafts import Addressee, Prospect
from townhall.queries.invitations import Invited
from townhall.services.occasions import TAKES_BACK

_AT_ONCE = 1_000
"""How many invitations are made before they are written: memory does not grow with their number."""

_AS_TOLD = ("minutes", "title", "description", "join_url", "phone")
"""What a sitting takes over from its town hall whenever people are told of it."""


def apply(db: Session, town_hall: TownHall, prospect: Prospect, now: datetime) -> Sitting:
    """Make a sitting, or change it, as it is to be; SEQUENCE rises where calendars need it.

    Args:
        town_hall: Whose sitting it is.
        prospect: With the people who hear of it.
        now: On a whole second.
    """
    sitting, changes = prospect.sitting, told_changes(prospect)
    if sitting is None:
        sitting = _new(db, town_hall)
    else:
        sitting.revision += 1
        sitting.version += 1
        sitting.sequence += _is_another_entry(prospect, changes)
    sitting.revised_at = now
    if prospect.is_off:
        sitting.state = SittingState.CANCELLED
        _take_back_reminders(db, sitting)
        return sitting
    if prospect.action is not None:
        sitting.state = SittingState.SCHEDULED
        sitting.starts_at = prospect.starts_at
        for name in _AS_TOLD:
            setattr(sitting, name, getattr(town_hall, name))
    if prospect.action in {DraftAction.SCHEDULE, DraftAction.MOVE}:
        sitting.zone_release = zones.release()
        sitting.promises.clear()
        db.flush()  # the old promises make room before the new ones come
        _take_back_reminders(db, sitting)
        db.add_all(
            Reminder(sitting=sitting, sequence=sitting.sequence, **asdict(moment))
            for moment in reminders.ahead(sitting.starts_at, now)
        )
    _promise(sitting, prospect)
    if prospect.sitting is not None and prospect.action is DraftAction.SCHEDULE:
        _let_go(db, sitting, prospect, now)
    return sitting


def told_changes(prospect: Prospect) -> tuple[Change, ...]:
    """Return what the people of a sitting are told anew besides its time."""
    if prospect.sitting is None or prospect.action is None:
        return ()
    return invitations.changes(prospect.sitting)


def invite(
    db: Session,
    sitting: Sitting,
    people: Iterable[Addressee],
    now: datetime,
    *,
    is_asked_anew: bool,
) -> list[tuple[Addressee, Invited]]:
    """Return people with their places in the sitting as these are after the change.

    An answer to another time is none, so it is asked for again; one to other words stays. Of who
    registered nothing is asked.
    """
    people = iter(people)
    former = {row.contact.id: row for row in invitations.invited(db, sitting, formerly=True)}
    places: list[tuple[Addressee, Invited]] = []
    while some := list(islice(people, _AT_ONCE)):
        walls = _walls(sitting, {person.zone for person in some if person.seat is None})
        new: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        for person in some:
            row = person.invitation or former.get(person.contact.id)
            seat_id = person.seat.id if person.seat else None
            values: dict[str, Any] = {"seat_id": seat_id, "kind": person.kind}
            values["staffer_id"] = person.staffed.id if person.staffed else None
            values["registration_id"] = person.registered.id if person.registered else None
            values["removed_at"] = now if person.mail is MailKind.REMOVED else None
            if person.mail in {MailKind.INVITE, MailKind.MOVED} or is_asked_anew or row is None:
                values |= {"partstat": _unanswered(person), "answered_at": None, "note": ""}
                values["asked_sequence"] = sitting.sequence
                values |= walls[person.zone] if person.seat is None else _BY_SEAT
            elif _hears_by_another_clock(person, row):
                values |= walls[person.zone] if person.seat is None else _BY_SEAT
            if row is None:
                code = fresh_code(16)
                key = {"code": code, "sitting_id": sitting.id, "contact_id": person.contact.id}
                new.append(key | values)
                row = Invited(
                    0,
                    code,
                    seat_id,
                    person.kind,
                    values["partstat"],
                    person.contact,
                    person.registered,
                    person.staffed,
                )
            else:
                changed.append({"id": row.id} | values)
                row = replace(row, partstat=values.get("partstat", row.partstat))
            places.append((person, row))
        _write(db, new, changed)
    return _numbered(db, sitting, places)


def promise_clocks(db: Session, sitting: Sitting, people: Iterable[Addressee]) -> None:
    """Write down what people without a seat are told that their clocks show at the start."""
    own = [person for person in people if person.invitation and person.promised]
    walls = _walls(sitting, {person.zone for person in own})
    rows = [
        {"id": person.invitation.id, **walls[person.zone]} for person in own if person.invitation
    ]
    for first in range(0, len(rows), _AT_ONCE):
        _write(db, [], rows[first : first + _AT_ONCE])


def _walls(sitting: Sitting, clocks: Collection[str]) -> dict[str, dict[str, str]]:
    """Return the columns that keep what each clock shows at a sitting's start."""
    start = sitting.starts_at
    return {
        zone: {"told_zone": zone, "told_start": promises.written(start, zone)} for zone in clocks
    }


_BY_SEAT: dict[str, Any] = {"told_zone": None, "told_start": None}
"""What is kept of the clock of a person of a seat: nothing, since the seat is promised the hour."""


def _hears_by_another_clock(person: Addressee, row: Invited) -> bool:
    """Return whether a mail tells the hour by another clock than the one that is kept.

    On the same clock the earlier promise stands: it is `zones check` that tells of moved clocks.
    """
    zone = person.zone if person.seat is None else None
    return person.mail not in TAKES_BACK and row.told_zone != zone


def _unanswered(person: Addressee) -> PartStat:
    """Return what stands for a person's answer while they have given none to this time."""
    return PartStat.ACCEPTED if person.registered else PartStat.NEEDS_ACTION


def _write(db: Session, new: list[dict[str, Any]], changed: list[dict[str, Any]]) -> None:
    """Write invitations, many at once; what the session knew of those that change is forgotten."""
    if new:
        db.execute(insert(Invitation), new)
    for columns in {tuple(sorted(values)) for values in changed}:
        db.execute(
            update(Invitation), [values for values in changed if tuple(sorted(values)) == columns]
        )
    for row in list(db.identity_map.values()):
        if isinstance(row, Invitation):
            db.expire(row)


def _numbered(
    db: Session, sitting: Sitting, places: Sequence[tuple[Addressee, Invited]]
) -> list[tuple[Addressee, Invited]]:
    """Return places with the ids that the database gave to the new ones."""
    rows = db.execute(
        select(Invitation.code, Invitation.id).where(Invitation.sitting_id == sitting.id)
    )
    ids = {row.code: row.id for row in rows}
    return [(person, replace(row, id=ids[row.code])) for person, row in places]


def _new(db: Session, town_hall: TownHall) -> Sitting:
    """Return another sitting of a town hall."""
    number = db.scalar(
        select(func.coalesce(func.max(Sitting.number), 0)).where(
            Sitting.town_hall_id == town_hall.id
        )
    )
    sitting = Sitting(
        town_hall=town_hall,
        number=(number or 0) + 1,
        uid=f"{town_hall.code}-{fresh_code(20)}@townhall",
        sequence=0,
        revision=0,
        version=1,
    )
    db.add(sitting)
    return sitting


def _let_go(db: Session, sitting: Sitting, prospect: Prospect, now: datetime) -> None:
    """Take the people off a sitting held after all who are no longer of it; they hear nothing."""
    staying = {person.contact.id for person in prospect.people}
    rows = invitations.invited(db, sitting)
    _write(
        db, [], [{"id": row.id, "removed_at": now} for row in rows if row.contact.id not in staying]
    )


def _promise(sitting: Sitting, prospect: Prospect) -> None:
    """Promise the hour to each seat that it serves and has no promise yet; count what they pay.

    What was promised stays as it was written: it is `zones check` that tells of moved clocks.
    """
    burdens = promise_queries.costs(sitting)
    served = {seat.id for seat in prospect.seats}
    kept = {row.seat_id: row for row in sitting.promises if row.seat_id in served}
    sitting.promises[:] = kept.values()
    for seat in prospect.seats:
        promise = kept.get(seat.id)
        if promise is None:
            promise = Promise(
                seat=seat,
                local_start=promises.written(sitting.starts_at, seat.zone),
                zone=seat.zone,
            )
            sitting.promises.append(promise)
        promise.burden, promise.required = burdens[seat.name], seat.required


def _take_back_reminders(db: Session, sitting: Sitting) -> None:
    """Take back the reminders of the hour that a sitting had, those to come and those that wait.

    One that a worker holds is looked at once more before it goes, and finds no hour to stand by.
    """
    db.execute(delete(Reminder).where(Reminder.sitting_id == sitting.id))
    db.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.thread == sitting.uid,
            OutboxMessage.kind.in_(reminders.KINDS),
            OutboxMessage.state == Delivery.QUEUED,
        )
        .values(state=Delivery.SUPERSEDED)
    )


def _is_another_entry(prospect: Prospect, changes: Sequence[Change]) -> bool:
    """Return whether time, place or status change, or somebody is taken off or put on.

    Source: RFC 5545, section 3.8.7.4; RFC 5546, section 2.1.4.
    """
    if prospect.action not in {None, DraftAction.UPDATE}:
        return True
    moves = {Part.MINUTES, Part.URL, Part.PHONE}
    return any(change.part in moves for change in changes) or any(
        person.mail is not MailKind.UPDATED for person in prospect.people
    )
