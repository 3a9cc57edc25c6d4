"""Reads of what seats and people were promised, against the zone database in use now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from townhall.domain import document, options, promises, zones
from townhall.domain.burden import utc
from townhall.domain.promises import Moved, MovedClock
from townhall.domain.states import MailKind, SittingState
from townhall.models.accounts import Contact
from townhall.models.invitations import Invitation
from townhall.models.planning import Sitting
from townhall.queries import invitations, planning
from townhall.queries.drafts import Addressee


@dataclass(frozen=True, slots=True)
class Finding:
    """A sitting of which a clock, at least one, no longer shows the promised time.

    Args:
        seats: Those whose clock it is.
        clocks: Those of people without a seat: who registered, and the team.
    """

    sitting: Sitting
    seats: tuple[Moved, ...]
    clocks: tuple[MovedClock, ...]


def findings(db: Session, *, now: datetime) -> list[Finding]:
    """Return the sittings to come of which a promised time moved, the earliest first."""
    waiting = db.scalars(
        select(Sitting)
        .where(
            Sitting.state == SittingState.SCHEDULED,
            Sitting.starts_at > now,
            Sitting.zone_release != zones.release(),
        )
        .order_by(Sitting.starts_at, Sitting.id)
    )
    looked_at = [finding(db, sitting, now=now) for sitting in waiting]
    return [each for each in looked_at if each.seats or each.clocks]


def finding(db: Session, sitting: Sitting, *, now: datetime) -> Finding:
    """Return what of a sitting moved, which may be nothing."""
    return Finding(sitting, moved(sitting, now=now), moved_clocks(db, sitting, now=now))


def moved(sitting: Sitting | None, *, now: datetime) -> tuple[Moved, ...]:
    """Return the seats whose promised time moved since the sitting was sent, in their order.

    None of a sitting that is over or off, and none while the zone database is the one that the
    promises were made by. The clock is the one that a promise was made by, whatever zone the
    seat has now.
    """
    if sitting is None or not _may_move(sitting, now):
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


def moved_clocks(db: Session, sitting: Sitting, *, now: datetime) -> tuple[MovedClock, ...]:
    """Return the clocks of people without a seat that moved since they were told, by zone.

    As for seats, none while the zone database is the one that the sitting was sent by.
    """
    if not _may_move(sitting, now):
        return ()
    told: Iterable[Any] = db.execute(
        select(Invitation.told_zone, Invitation.told_start, func.count())
        .join(Contact, Contact.id == Invitation.contact_id)
        .where(*_told(sitting), Contact.address.is_not(None))
        .group_by(Invitation.told_zone, Invitation.told_start)
        .order_by(Invitation.told_zone, Invitation.told_start)
    )
    rows = [(row[0], row[1], row[2]) for row in told]
    return tuple(promises.moved_clocks(sitting.starts_at, rows))


def _may_move(sitting: Sitting, now: datetime) -> bool:
    """Return whether a clock can show another time than was promised for a sitting."""
    is_to_come = sitting.state is SittingState.SCHEDULED and sitting.starts_at > now
    return is_to_come and sitting.zone_release != zones.release()


def _told(sitting: Sitting) -> Sequence[ColumnElement[bool]]:
    """Return the conditions of invitations to a sitting that tell a clock of its person's own."""
    return (
        Invitation.sitting_id == sitting.id,
        Invitation.removed_at.is_(None),
        Invitation.seat_id.is_(None),  # else the seat's clock is what they read
        Invitation.told_start.is_not(None),
    )


def concerned(db: Session, found: Finding) -> list[Addressee]:
    """Return who would hear that the moment is kept: the invited people of those clocks."""
    positions = {each.promise.position for each in found.seats}
    hall = found.sitting.town_hall
    seats = {seat.id: seat for seat in hall.seats if seat.position in positions}
    told = _told_before(db, found)
    return [
        Addressee(
            row.contact,
            seats.get(row.seat_id or 0),
            row.kind,
            MailKind.UPDATED,
            row,
            registered=row.registered,
            staffed=row.staffed,
            promised=told.get(row.id),
        )
        for row in invitations.invited(db, found.sitting)
        if (row.seat_id in seats or row.id in told) and row.contact.address is not None
    ]


def _told_before(db: Session, found: Finding) -> dict[int, datetime]:
    """Return what those were told whose own clock moved, by the id of their invitation."""
    if not found.clocks:
        return {}
    walls = {(each.zone, each.wall): each.promised for each in found.clocks}
    rows: Iterable[Any] = db.execute(
        select(Invitation.id, Invitation.told_zone, Invitation.told_start).where(
            *_told(found.sitting)
        )
    )
    return {row.id: walls[row[1], row[2]] for row in rows if (row[1], row[2]) in walls}


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
                "clocks": [
                    {
                        "zone": each.zone,
                        "promised": each.wall,
                        "start": each.shown.isoformat(timespec="minutes"),
                        "people": each.people,
                    }
                    for each in finding.clocks
                ],
            }
            for finding in found
        ],
    }
