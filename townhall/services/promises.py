"""Promised times that a new zone database moved: kept at the instant, told to those concerned."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import promises, zones
from townhall.domain.access import Action, Actor, require
from townhall.domain.ports import Feed
from townhall.domain.states import MailKind
from townhall.errors import ConflictError
from townhall.i18n import N_
from townhall.models.planning import Sitting
from townhall.queries import invitations, planning
from townhall.queries import promises as queries
from townhall.queries.invitations import Addressee
from townhall.services import journal, notices
from townhall.services.notices import Sender


def keep_instant(
    db: Session,
    feed: Feed,
    actor: Actor,
    code: str,
    sender: Sender,
    *,
    version: int,
    now: datetime,
) -> Sitting:
    """Promise every seat what its clock shows now; only those whose time moved get a mail.

    The calendar entry stays where it is, so its SEQUENCE does not rise and no answer is asked
    for again; the revision does.

    Args:
        sender: Who the mails come from, and what their links are made with.
        version: Of the sitting that the notice was about.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: The sitting changed since, or no promise moved.
    """
    now = now.replace(microsecond=0)  # DTSTAMP counts whole seconds
    with transaction(db) as tx:
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        sitting = planning.sitting(db, town_hall)
        if sitting is not None:
            db.refresh(sitting, with_for_update=True)
        moved = {each.promise.position: each for each in queries.moved(sitting, now=now)}
        if sitting is None or not moved or sitting.version != version:
            raise ConflictError(
                N_("The sitting changed meanwhile, or its times were settled. Look again.")
            )
        before = sitting.zone_release
        _renew(sitting, moved, now)
        concerned = [
            (Addressee(row.contact, row.seat, row.kind, MailKind.UPDATED, row), row)
            for row in invitations.live(db, sitting)
            if row.seat.position in moved and row.contact.address is not None
        ]
        told = notices.occasion(
            town_hall,
            notices.event(sitting, sender),
            promised={position: each.promised for position, each in moved.items()},
            demo=sender.demo,
        )
        mails = notices.write(db, told, sitting, concerned, sender, now=now)
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
                "moved": [each.promise.name for each in moved.values()],
                "mails": mails,
            },
        )
        tx.after_commit(lambda: feed.changed(code))
    return sitting


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
