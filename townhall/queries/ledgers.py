"""What the seats of a series have paid, counted from the promises of its sittings."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from townhall.domain.series.ledger import Charge, Ledger, folded
from townhall.domain.states import SittingState
from townhall.models.planning import Promise, Seat, Sitting, TownHall
from townhall.models.series import Occurrence

STANDING = (SittingState.SCHEDULED, SittingState.HELD)
"""States of sittings that count: a cancelled one adds nothing."""


def of_others(town_hall: TownHall) -> Ledger | None:
    """Return the ledger of all sittings of a town hall's series but its own; None without one."""
    db = object_session(town_hall)
    if db is None or town_hall.occurrence is None:
        return None
    return folded(charges(db, town_hall.occurrence.series_id, but=town_hall))


def charges(
    db: Session,
    series_id: int,
    *,
    but: TownHall | None = None,
    now: datetime | None = None,
) -> Sequence[Charge]:
    """Return what each sitting of a series that stands adds to the ledgers.

    Args:
        db: A session.
        series_id: Of the series.
        but: Whose sittings are left out.
        now: By which sittings nobody was asked about are over; None if that does not matter.
    """
    rows = db.execute(
        select(
            Sitting.id,
            Sitting.starts_at,
            Sitting.minutes,
            Sitting.state,
            Occurrence.number,
            Seat.kin,
            Promise.burden,
            Promise.required,
        )
        .join(Occurrence, Occurrence.town_hall_id == Sitting.town_hall_id)
        .join(Promise, Promise.sitting_id == Sitting.id)
        .join(Seat, Seat.id == Promise.seat_id)
        .where(
            Occurrence.series_id == series_id,
            Sitting.state.in_(STANDING),
            Sitting.town_hall_id != (but.id if but else 0),
        )
        .order_by(Sitting.id, Seat.position)
    )
    found = []
    for _, group in groupby(rows, key=lambda row: row.id):
        promises = list(group)
        first = promises[0]
        ends_at = first.starts_at + timedelta(minutes=first.minutes)
        found.append(
            Charge(
                starts_at=first.starts_at,
                number=first.number,
                paid={row.kin: row.burden for row in promises if row.required},
                present=[row.kin for row in promises],
                is_over=first.state is SittingState.HELD or (now is not None and ends_at <= now),
            )
        )
    return found
