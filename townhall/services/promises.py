"""Promised times that a new zone database moved: kept at the instant, told to those concerned."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import promises, zones
from townhall.domain.access import Action, Actor, require
from townhall.domain.ports import Feed
from townhall.domain.promises import Moved
from townhall.domain.states import PartStat
from townhall.errors import ConflictError
from townhall.i18n import N_
from townhall.models.planning import Sitting
from townhall.queries import planning
from townhall.queries import promises as queries
from townhall.queries.drafts import Addressee
from townhall.services import entries, journal, notices, occasions, own_entries, replans
from townhall.services.occasions import Occasion
from townhall.services.senders import Sender


def keep_instant(
    db: Session,
    feed: Feed,
    actor: Actor,
    code: str,
    sender: Sender,
    *,
    number: int,
    version: int,
    now: datetime,
) -> Sitting:
    """Promise everybody what their clock shows now; only those whose time moved get a mail.

    The calendar entry stays where it is, so its SEQUENCE does not rise and no answer is asked
    for again; the revision does.

    Args:
        sender: Who the mails come from, and what their links are made with.
        number: The sitting's.
        version: Of the sitting that the notice was about.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        NotFoundError: There is no such sitting.
        ConflictError: The sitting changed since, or no promise moved.
    """
    now = now.replace(microsecond=0)  # DTSTAMP counts whole seconds
    with transaction(db) as tx:
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        sitting = planning.sitting(db, town_hall, number)
        db.refresh(sitting, with_for_update=True)
        found = queries.finding(db, sitting, now=now)
        moved = found.seats
        if not (moved or found.clocks) or sitting.version != version:
            raise ConflictError(
                N_("The sitting changed meanwhile, or its times were settled. Look again.")
            )
        before = sitting.zone_release
        people = queries.concerned(db, found)
        entries.promise_clocks(db, sitting, people)
        _renew(sitting, {each.promise.position for each in moved}, now)
        told = _told(db, sitting, moved, sender, now)
        invited = [(person, person.invitation) for person in people if person.invitation]
        mails = notices.write(db, told, sitting, invited, sender, now=now)
        own_entries.changed(db, sitting, now)
        replans.changed(db, town_hall, now)
        town_hall.board_version += 1
        journal.audit(
            db,
            actor,
            "sitting.promised",
            sitting,
            now,
            before={"zone_release": before},
            after={
                "zone_release": sitting.zone_release,
                "moved": [each.promise.name for each in moved],
                "clocks": [each.zone for each in found.clocks],
                "mails": mails,
            },
        )
        tx.after_commit(lambda: feed.changed(code))
    return sitting


def preview(
    db: Session, sitting: Sitting, person: Addressee, sender: Sender, *, now: datetime
) -> bytes:
    """Return the mail that keeping the moment would write to one of those concerned.

    Its link leads nowhere.
    """
    now = now.replace(microsecond=0)
    moved = queries.moved(sitting, now=now)
    told = _told(db, sitting, moved, sender, now)
    link = f"{sender.base_url}/i/preview"
    return occasions.compose(
        told,
        person,
        link,
        PartStat.NEEDS_ACTION,
        code="preview",
        now=now,
        leave_url=f"{link}/leave" if occasions.leaves(person) else "",
    )[1]


def _told(
    db: Session, sitting: Sitting, moved: Sequence[Moved], sender: Sender, now: datetime
) -> Occasion:
    """Return what the mails tell: the entry as it is, and what clocks it was promised by."""
    town_hall = sitting.town_hall
    live = planning.live_sittings(db, town_hall, now=now)
    return occasions.occasion(
        town_hall,
        replace(occasions.event(sitting, sender), revised_at=now),
        occasions.fairness(town_hall, [each.starts_at for each in live]),
        promised={each.promise.position: each.promised for each in moved},
        demo=sender.demo,
    )


def _renew(sitting: Sitting, moved: Collection[int], now: datetime) -> None:
    """Write down what each clock shows at the sitting's start by the zones in use now.

    Args:
        sitting: With its promises.
        moved: The positions of the seats that are told, by the clocks that they have now.
        now: On a whole second.
    """
    burdens = queries.costs(sitting)
    for row in sitting.promises:
        if row.seat.position in moved:
            row.zone = row.seat.zone
        row.local_start = promises.written(sitting.starts_at, row.zone)
        row.burden = burdens[row.seat.name]
    sitting.zone_release = zones.release()
    sitting.revision += 1
    sitting.version += 1
    sitting.revised_at = now
