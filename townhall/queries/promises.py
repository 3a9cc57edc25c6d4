"""Reads of what seats were promised, against the zone database in use now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from townhall.domain import document, options, promises, zones
from townhall.domain.burden import utc
from townhall.domain.promises import Moved
from townhall.domain.states import MailKind, SittingState
from townhall.models.planning import Sitting
from townhall.queries import invitations, planning
from townhall.queries.drafts import Addressee


@dataclass(frozen=True, slots=True)
class Finding:
    """A sitting with the seats, at least one, whose clocks no longer show the promised time."""

    sitting: Sitting
    seats: tuple[Moved, ...]


def findings(db: Session, *, now: datetime) -> list[Finding]:
    """Return the sittings to come of which a seat's promised time moved, the earliest first."""
    waiting = db.scalars(
        select(Sitting)
        .where(
            Sitting.state == SittingState.SCHEDULED,
            Sitting.starts_at > now,
            Sitting.zone_release != zones.release(),
        )
        .order_by(Sitting.starts_at, Sitting.id)
    )
    looked_at = (Finding(sitting, moved(sitting, now=now)) for sitting in waiting)
    return [finding for finding in looked_at if finding.seats]


def moved(sitting: Sitting | None, *, now: datetime) -> tuple[Moved, ...]:
    """Return the seats whose promised time moved since the sitting was sent, in their order.

    None of a sitting that is over or off, and none while the zone database is the one that the
    promises were made by. The clock is the one that a promise was made by, whatever zone the
    seat has now.
    """
    if sitting is None or sitting.state is not SittingState.SCHEDULED:
        return ()
    if sitting.starts_at <= now or sitting.zone_release == zones.release():
        return ()
    burdens = costs(sitting)
    kept = sorted(sitting.promises, key=lambda promise: promise.seat.position)
    return tuple(
        promises.moved(
            sitting.starts_at,
            (
                (
                    promises.Promise(
                        row.seat.position, row.seat.name, row.zone, row.local_start, row.burden
                    ),
                    burdens[row.seat.name],
                )
                for row in kept
            ),
        )
    )


def concerned(db: Session, sitting: Sitting, moved: Sequence[Moved]) -> list[Addressee]:
    """Return who would hear that the moment is kept: the invited people of those seats."""
    positions = {each.promise.position for each in moved}
    seats = {seat.id: seat for seat in sitting.town_hall.seats if seat.position in positions}
    return [
        Addressee(row.contact, seats[row.seat_id], row.kind, MailKind.UPDATED, row)
        for row in invitations.invited(db, sitting)
        if row.seat_id in seats and row.contact.address is not None
    ]


def costs(sitting: Sitting) -> dict[str, int]:
    """Return what the sitting's start costs each seat now, by name."""
    request = document.parse(planning.plan_document(sitting.town_hall))
    option = options.cost_of(request.seats, sitting.starts_at, sitting.minutes)
    return {part.seat.name: part.cost.burden for part in option.parts}


def told(found: Sequence[Finding]) -> dict[str, Any]:
    """Return findings ready for JSON: keys are stable, times carry their offsets."""
    return {
        "tz_release": zones.release(),
        "sittings": [
            {
                "code": finding.sitting.town_hall.code,
                "title": finding.sitting.town_hall.title,
                "start": utc(finding.sitting.starts_at),
                "tz_release": finding.sitting.zone_release,
                "seats": [
                    {
                        "name": each.promise.name,
                        "zone": each.promise.zone,
                        "promised": each.promise.wall,
                        "start": each.shown.isoformat(timespec="minutes"),
                        "burden_before": each.promise.burden,
                        "burden": each.burden,
                    }
                    for each in finding.seats
                ],
            }
            for finding in found
        ],
    }
