"""Sittings: hours chosen, looked at, sent; moved and cancelled the same way."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import combinations

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import document, options, several
from townhall.domain.access import Action, Actor, require
from townhall.domain.invites import Part
from townhall.domain.options import Option
from townhall.domain.ports import Feed
from townhall.domain.states import DraftAction, SittingState
from townhall.errors import ConflictError, InputError, NotFoundError
from townhall.i18n import N_
from townhall.models.planning import Draft, DraftStep, Sitting, TownHall
from townhall.queries import drafts, invitations, planning
from townhall.queries.drafts import Outlook, Prospect
from townhall.services import asks, entries, journal, notices, occasions, own_entries, replans
from townhall.services.occasions import Fairness
from townhall.services.senders import Sender

_NOTE_LIMIT = 2_000


def choose(db: Session, actor: Actor, code: str, *starts: datetime, now: datetime) -> Draft:
    """Make a draft that puts the sittings on these starts; an older draft makes room for it.

    Scheduled sittings that are not over move to the starts, as little as can be; one that is on
    a start already stays, and one for which no start is left is cancelled.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        InputError: A start is past, off a quarter hour, or one at which a required seat cannot
            take part; or two are too near each other; field `start`.
    """
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        live = planning.live_sittings(db, town_hall, now=now)
        steps = _steps(live, sorted(set(starts)))
        if not steps:
            raise InputError(N_("The sitting is at this hour already."), field="start")
        _check(drafts.outlook(db, town_hall, steps, now=now), now)
        return _draft(db, actor, town_hall, steps, now)


def choose_planned(db: Session, actor: Actor, code: str, *, now: datetime) -> list[Draft]:
    """Make a draft of every hour that a town hall's series plans; drafts that wait stay.

    Raises:
        NotAllowedError: The actor is not of the team of each town hall of the series.
        NotFoundError: The town hall is part of no series.
        InputError: As for `choose`; then no draft is made.
    """
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        if town_hall.occurrence is None:
            raise NotFoundError
        made = []
        for place in town_hall.occurrence.series.occurrences:
            hall = place.town_hall
            require(actor, Action.SEND_INVITES, hall.id)
            if place.planned_at is not None and hall.draft is None:
                steps = [DraftStep(action=DraftAction.SCHEDULE, starts_at=place.planned_at)]
                _check(drafts.outlook(db, hall, steps, now=now), now)
                made.append(_draft(db, actor, hall, steps, now))
        return made


def revise(db: Session, actor: Actor, code: str, *, now: datetime) -> Draft:
    """Make a draft that tells people what the town hall says by now; the hours stay.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: No sitting is scheduled, or everybody knows all of it.
    """
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        steps = drafts.news(db, town_hall, now=now)
        if not steps:
            raise ConflictError(N_("There is nothing new to tell the people who are invited."))
        return _draft(db, actor, town_hall, steps, now)


def call_off(
    db: Session, actor: Actor, code: str, number: int | None = None, *, now: datetime
) -> Draft:
    """Make a draft that cancels a sitting, or all that are not over.

    Args:
        number: The sitting's; None for all.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: There is no sitting to cancel.
    """
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        live = planning.live_sittings(db, town_hall, now=now)
        steps = [
            DraftStep(sitting=sitting, action=DraftAction.CANCEL)
            for sitting in live
            if number in {None, sitting.number}
        ]
        if not steps:
            raise ConflictError(N_("No sitting is scheduled, so there is none to cancel."))
        return _draft(db, actor, town_hall, steps, now)


def reopen(db: Session, actor: Actor, code: str, number: int, *, now: datetime) -> Draft:
    """Make a draft that holds a cancelled sitting after all, at its hour, as the same entry.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        NotFoundError: There is no such sitting.
        ConflictError: It is not cancelled.
        InputError: As for `choose`.
    """
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        sitting = planning.sitting(db, town_hall, number)
        if sitting.state is not SittingState.CANCELLED:
            raise ConflictError(N_("This sitting is not cancelled, so it cannot be held again."))
        steps = [
            DraftStep(sitting=sitting, action=DraftAction.SCHEDULE, starts_at=sitting.starts_at)
        ]
        _check(drafts.outlook(db, town_hall, steps, now=now), now)
        return _draft(db, actor, town_hall, steps, now)


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
) -> tuple[Sitting, ...]:
    """Apply the draft and write every mail about it, in one transaction.

    Args:
        sender: Who the mails come from, and what their links are made with.
        version: Of the draft that the preview showed.
        note: The organizer's words to everyone who gets a mail.

    Returns:
        The sittings that changed, or whose people did, by their starts.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: The draft is gone or was changed since the preview.
        InputError: A start has passed meanwhile, or a seat can no longer take part.
    """
    now = now.replace(microsecond=0)  # DTSTAMP counts whole seconds
    with transaction(db) as tx:
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        invitations.hold(db, town_hall)  # else somebody could register unseen meanwhile
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
        outlook = drafts.outlook(db, town_hall, draft.steps, now=now)
        _check(outlook, now)
        if any(step.starts_at is not None for step in draft.steps):
            asks.stop(db, actor, town_hall, now)
        db.delete(draft)
        fairness = occasions.fairness(town_hall, outlook.starts)
        sent = tuple(
            _send(
                db,
                actor,
                town_hall,
                each,
                fairness=fairness,
                sender=sender,
                note=note,
                now=now,
            )
            for each in outlook.prospects
            if each.action is not None or each.people
        )
        replans.changed(db, town_hall, now)
        town_hall.board_version += 1
        tx.after_commit(lambda: feed.changed(code))
    return sent


def cost(town_hall: TownHall, starts_at: datetime, previous: datetime | None = None) -> Option:
    """Return what a start costs each seat of a town hall, past starts included."""
    request = document.parse(planning.plan_document(town_hall))
    return options.cost_of(request.seats, starts_at, town_hall.minutes, previous=previous)


def _send(
    db: Session,
    actor: Actor,
    town_hall: TownHall,
    prospect: Prospect,
    *,
    fairness: Fairness,
    sender: Sender,
    note: str,
    now: datetime,
) -> Sitting:
    """Change one sitting as the draft says and write the mails about it."""
    before = prospect.sitting.starts_at if prospect.sitting else None
    changes = entries.told_changes(prospect)
    sitting = entries.apply(db, town_hall, prospect, now)
    lasts_otherwise = any(change.part is Part.MINUTES for change in changes)
    db.flush()
    invited = entries.invite(db, sitting, prospect.people, now, is_asked_anew=lasts_otherwise)
    told = occasions.occasion(
        town_hall,
        occasions.event(sitting, sender),
        fairness,
        note=note,
        moved_from=before if before != sitting.starts_at else None,
        changes=changes,
        demo=sender.demo,
    )
    mails = notices.write(db, told, sitting, invited, sender, now=now)
    own_entries.changed(db, sitting, now)
    journal.audit(
        db,
        actor,
        f"sitting.{prospect.action.value if prospect.action else 'people'}",
        sitting,
        now,
        before={"starts_at": before} if before else None,
        after={
            "starts_at": sitting.starts_at,
            "state": sitting.state.value,
            "mails": mails,
        },
    )
    return sitting


def _check(outlook: Outlook, now: datetime) -> None:
    """Raise InputError for hours at which the sittings could not be held."""
    renewed = [each for each in outlook.prospects if each.is_new_time]
    for each in renewed:
        if each.starts_at <= now:
            raise InputError(
                N_("%(value)s has passed; choose a later start."),
                field="start",
                value=f"{each.starts_at:%Y-%m-%d %H:%M} UTC",
            )
    if renewed and outlook.gathering is not None:
        several.check(outlook.gathering)


def _steps(live: Sequence[Sitting], starts: Sequence[datetime]) -> list[DraftStep]:
    """Return what brings the sittings that there are onto these starts.

    Those that are on one stay. The others keep their order and move as little as can be in all.

    Args:
        live: By their starts.
        starts: Ascending, each once.
    """
    taken = {sitting.starts_at for sitting in live}
    free = [start for start in starts if start not in taken]
    sittings = [sitting for sitting in live if sitting.starts_at not in starts]
    count = min(len(sittings), len(free))
    pairs = min(
        (
            tuple(zip(some, hours, strict=True))
            for some in combinations(sittings, count)
            for hours in combinations(free, count)
        ),
        key=lambda pairs: sum((abs(each.starts_at - start) for each, start in pairs), timedelta()),
    )
    moving, reached = [each for each, _ in pairs], [start for _, start in pairs]
    return [
        *(
            DraftStep(sitting=each, action=DraftAction.MOVE, starts_at=start)
            for each, start in pairs
        ),
        *(
            DraftStep(action=DraftAction.SCHEDULE, starts_at=start)
            for start in free
            if start not in reached
        ),
        *(
            DraftStep(sitting=each, action=DraftAction.CANCEL)
            for each in sittings
            if each not in moving
        ),
    ]


def _draft(
    db: Session, actor: Actor, town_hall: TownHall, steps: Sequence[DraftStep], now: datetime
) -> Draft:
    """Put a draft in the place of an older one; its version goes on, so old previews are stale."""
    draft = town_hall.draft
    if draft is None:
        draft = Draft(town_hall=town_hall, created_at=now, version=0)
        db.add(draft)
    draft.steps.clear()
    db.flush()  # the old steps make room before the new ones come
    draft.steps.extend(steps)
    draft.created_at = now
    draft.version += 1
    journal.audit(
        db,
        actor,
        "draft.made",
        draft,
        now,
        after={"steps": [_written(step) for step in steps]},
    )
    return draft


def _written(step: DraftStep) -> dict[str, object]:
    """Return a step as the audit log keeps it."""
    number = step.sitting.number if step.sitting else None
    start = step.starts_at.isoformat() if step.starts_at else None
    return {"action": step.action.value, "sitting": number, "starts_at": start}
