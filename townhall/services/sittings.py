"""Sittings: an hour chosen, looked at, sent; moved and cancelled the same way."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import document, options, promises, zones
from townhall.domain.access import Action, Actor, require
from townhall.domain.invites import Change, Part
from townhall.domain.options import Option
from townhall.domain.ports import Feed
from townhall.domain.states import DraftAction, MailKind, PartStat, SittingState
from townhall.domain.tokens import fresh_code
from townhall.errors import ConflictError, InputError
from townhall.i18n import N_
from townhall.models.invitations import Invitation
from townhall.models.planning import Draft, Promise, Sitting, TownHall
from townhall.queries import invitations, planning
from townhall.services import asks, journal, notices
from townhall.services.notices import Sender

_NOTE_LIMIT = 2_000


def choose(db: Session, actor: Actor, code: str, starts_at: datetime, *, now: datetime) -> Draft:
    """Make a draft that puts the sitting on a start; an older draft makes room for it.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        InputError: The start is past, off a quarter hour, or one at which a required seat
            cannot take part; field `start`.
    """
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        _check_start(town_hall, starts_at, now)
        sitting = _scheduled(db, town_hall)
        action = DraftAction.MOVE if sitting else DraftAction.SCHEDULE
        if sitting and sitting.starts_at == starts_at:
            raise InputError(N_("The sitting is at this hour already."), field="start")
        return _draft(db, actor, town_hall, action, sitting=sitting, starts_at=starts_at, now=now)


def revise(db: Session, actor: Actor, code: str, *, now: datetime) -> Draft:
    """Make a draft that tells people what the town hall says by now; the hour stays.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: No sitting is scheduled, or everybody knows all of it.
    """
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        sitting = _scheduled(db, town_hall)
        if sitting is None or not invitations.has_news(db, sitting):
            raise ConflictError(N_("There is nothing new to tell the people who are invited."))
        return _draft(
            db, actor, town_hall, DraftAction.UPDATE, sitting=sitting, starts_at=None, now=now
        )


def call_off(db: Session, actor: Actor, code: str, *, now: datetime) -> Draft:
    """Make a draft that cancels the sitting.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: There is no sitting to cancel.
    """
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        sitting = _scheduled(db, town_hall)
        if sitting is None:
            raise ConflictError(N_("No sitting is scheduled, so there is none to cancel."))
        return _draft(
            db, actor, town_hall, DraftAction.CANCEL, sitting=sitting, starts_at=None, now=now
        )


def discard(db: Session, actor: Actor, code: str, *, now: datetime) -> None:
    """Throw the draft away; nobody was told of it.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
    """
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        if town_hall.draft is not None:
            journal.audit(db, actor, "draft.discarded", town_hall.draft, now)
            db.delete(town_hall.draft)


def send(
    db: Session,
    feed: Feed,
    actor: Actor,
    code: str,
    sender: Sender,
    *,
    version: int,
    note: str = "",
    now: datetime,
) -> Sitting:
    """Apply the draft and write every mail about it, in one transaction.

    Args:
        sender: Who the mails come from, and what their links are made with.
        version: Of the draft that the preview showed.
        note: The organizer's words to everyone who gets a mail.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: The draft is gone or was changed since the preview.
        InputError: The start has passed meanwhile, or a seat can no longer take part.
    """
    now = now.replace(microsecond=0)  # DTSTAMP counts whole seconds
    with transaction(db) as tx:
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        draft = town_hall.draft
        if draft is None or draft.version != version:
            raise ConflictError(
                N_("The draft was sent, changed or thrown away meanwhile. Look again, then decide.")
            )
        if len(note) > _NOTE_LIMIT:
            raise InputError(
                N_("“%(value)s…” has %(count)s characters; the most is %(limit)s."),
                field="note",
                value=note[:40],
                count=len(note),
                limit=_NOTE_LIMIT,
            )
        people = invitations.addressees(db, draft)
        before = draft.sitting.starts_at if draft.sitting else None
        changes = invitations.changes(draft.sitting) if draft.sitting else ()
        lasts_otherwise = any(change.part is Part.MINUTES for change in changes)
        if draft.starts_at is not None or (
            before is not None and draft.action is DraftAction.UPDATE and lasts_otherwise
        ):
            _check_start(town_hall, draft.starts_at or before or now, now)
        sitting = _apply(db, town_hall, draft, now)
        invited = [
            (each, _invite(db, sitting, each, now, is_asked_anew=lasts_otherwise))
            for each in people
        ]
        if draft.action is not DraftAction.UPDATE or _is_another_entry(changes, people):
            sitting.sequence += draft.sitting is not None
        db.flush()
        told = notices.occasion(
            town_hall,
            notices.event(sitting, sender),
            note=note,
            moved_from=before if before != sitting.starts_at else None,
            changes=changes,
            demo=sender.demo,
        )
        mails = notices.write(db, told, sitting, invited, sender, now=now)
        if draft.starts_at is not None:
            asks.stop(db, actor, town_hall, now)
        db.delete(draft)
        town_hall.board_version += 1
        journal.audit(
            db,
            actor,
            f"sitting.{draft.action.value}",
            sitting,
            now,
            before={"starts_at": before} if before else None,
            after={
                "starts_at": sitting.starts_at,
                "state": sitting.state.value,
                "mails": mails,
            },
        )
        tx.after_commit(lambda: feed.changed(code))
    return sitting


def cost(town_hall: TownHall, starts_at: datetime, previous: datetime | None = None) -> Option:
    """Return what a start costs each seat of a town hall, past starts included."""
    request = document.parse(planning.plan_document(town_hall))
    return options.cost_of(request.seats, starts_at, town_hall.minutes, previous=previous)


def _scheduled(db: Session, town_hall: TownHall) -> Sitting | None:
    """Return the town hall's sitting that people are waiting for."""
    sitting = planning.sitting(db, town_hall)
    return sitting if sitting and sitting.state is SittingState.SCHEDULED else None


def _check_start(town_hall: TownHall, starts_at: datetime, now: datetime) -> None:
    """Raise InputError for a start at which the sitting could not be held."""
    if starts_at <= now:
        raise InputError(
            N_("%(value)s has passed; choose a later start."),
            field="start",
            value=f"{starts_at:%Y-%m-%d %H:%M} UTC",
        )
    for part in cost(town_hall, starts_at).parts:
        if part.cost.hard_no and part.seat.required:
            raise InputError(
                N_(
                    "%(seat)s cannot take part at %(value)s. Choose another hour or make the "
                    "seat optional."
                ),
                field="start",
                seat=part.seat.name,
                value=f"{starts_at:%Y-%m-%d %H:%M} UTC",
            )


def _draft(
    db: Session,
    actor: Actor,
    town_hall: TownHall,
    action: DraftAction,
    *,
    sitting: Sitting | None,
    starts_at: datetime | None,
    now: datetime,
) -> Draft:
    """Put a draft in the place of an older one; its version goes on, so old previews are stale."""
    draft = town_hall.draft
    if draft is None:
        draft = Draft(town_hall=town_hall, created_at=now, version=0)
        db.add(draft)
    draft.action, draft.sitting, draft.starts_at = action, sitting, starts_at
    draft.created_at = now
    draft.version += 1
    journal.audit(
        db,
        actor,
        f"draft.{action.value}",
        draft,
        now,
        after={"starts_at": starts_at} if starts_at else None,
    )
    return draft


def _apply(db: Session, town_hall: TownHall, draft: Draft, now: datetime) -> Sitting:
    """Make or change the sitting as the draft says."""
    sitting = draft.sitting
    if sitting is None:
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
    else:
        sitting.revision += 1
        sitting.version += 1
    sitting.revised_at = now
    if draft.action is DraftAction.CANCEL:
        sitting.state = SittingState.CANCELLED
        return sitting
    sitting.state = SittingState.SCHEDULED
    sitting.starts_at = draft.starts_at or sitting.starts_at
    for name in ("minutes", "title", "description", "join_url", "phone"):
        setattr(sitting, name, getattr(town_hall, name))
    if draft.action is not DraftAction.UPDATE:
        sitting.zone_release = zones.release()
        sitting.promises.clear()
        db.flush()  # the old promises make room before the new ones come
    _promise(sitting)
    return sitting


def _promise(sitting: Sitting) -> None:
    """Promise the hour to each seat that has no promise of it yet, and count what all pay.

    What was promised stays as it was written: it is `zones check` that tells of moved clocks.
    """
    hall = sitting.town_hall
    kept = {promise.seat_id: promise for promise in sitting.promises}
    for seat, part in zip(hall.seats, cost(hall, sitting.starts_at).parts, strict=True):
        promise = kept.get(seat.id)
        if promise is None:
            promise = Promise(
                seat=seat,
                local_start=promises.written(sitting.starts_at, seat.zone),
                zone=seat.zone,
            )
            sitting.promises.append(promise)
        promise.burden = part.cost.burden


def _is_another_entry(changes: Sequence[Change], people: Sequence[invitations.Addressee]) -> bool:
    """Return whether an update changes time or place, or takes somebody off or on again.

    Source: RFC 5545, section 3.8.7.4; RFC 5546, section 2.1.4.
    """
    moves = {Part.MINUTES, Part.URL, Part.PHONE}
    return any(change.part in moves for change in changes) or any(
        person.mail is not MailKind.UPDATED for person in people
    )


def _invite(
    db: Session,
    sitting: Sitting,
    person: invitations.Addressee,
    now: datetime,
    *,
    is_asked_anew: bool,
) -> Invitation:
    """Return the person's place in the sitting as it is after the change.

    An answer to another time is none, so it is asked for again; one to other words stays.
    """
    row = person.invitation
    if person.mail is MailKind.INVITE:
        row = next(
            (old for old in invitations.former(db, sitting) if old.contact_id == person.contact.id),
            None,
        ) or Invitation(code=fresh_code(16), sitting=sitting, contact=person.contact)
        db.add(row)
        row.removed_at = None
    assert row is not None  # noqa: S101  every other mail goes to someone invited before
    row.seat, row.kind = person.seat, person.kind
    if person.mail in {MailKind.INVITE, MailKind.MOVED} or is_asked_anew:
        row.partstat, row.answered_at, row.note = PartStat.NEEDS_ACTION, None, ""
    if person.mail is MailKind.REMOVED:
        row.removed_at = now
    return row
