"""Asks for a series to be planned anew: shared by the services, a use case of nobody.

Whatever changes what is left of a series writes the request in its own transaction, so that no
plan outlives what it was made for. A worker finds the hours (services/solving.py).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from townhall.domain.states import SolveState
from townhall.models.planning import TownHall
from townhall.models.series import Occurrence, Series, Solve
from townhall.queries import series as queries


def changed(db: Session, town_hall: TownHall, now: datetime) -> None:
    """Ask for what is left of a town hall's series to be planned anew, if it is part of one.

    An hour that was planned for a town hall which has one by now is forgotten.
    """
    if town_hall.occurrence is not None:
        ask(db, town_hall.occurrence.series, now)


def heard(db: Session, *town_halls: TownHall, now: datetime) -> None:
    """Ask for new plans of the series whose places said when they can, or whose calendars did.

    Only of town halls without an hour: one that has its hour keeps it, whatever is said.
    """
    waiting = (each for each in town_halls if each.occurrence and not queries.standing(each))
    asked = {each.occurrence.series_id: each for each in waiting if each.occurrence}
    for _, town_hall in sorted(asked.items()):
        changed(db, town_hall, now)


def ask(db: Session, series: Series, now: datetime) -> None:
    """Ask for what is left of a series to be planned; a search that is on its way is outdated.

    The row of the series is locked until the end of the transaction, so that two who ask at the
    same time leave one search behind, not two.
    """
    db.flush()
    db.execute(select(Series.id).where(Series.id == series.id).with_for_update())
    db.execute(
        update(Solve)
        .where(Solve.series_id == series.id, Solve.state.in_(queries.LIVING))
        .values(state=SolveState.OUTDATED, ended_at=now),
        execution_options={"synchronize_session": "fetch"},
    )
    _forget(queries.occurrences(db, series.id), now)
    if queries.has_left(db, series.id, now=now):
        db.add(Solve(series_id=series.id, time_limit_s=series.time_limit_s, asked_at=now))


def _forget(places: Sequence[Occurrence], now: datetime) -> None:
    """Forget the planned hours of town halls that have one, or for which it is too late."""
    for place in places:
        if place.planned_at and (queries.standing(place.town_hall) or place.planned_at <= now):
            place.planned_at = None
