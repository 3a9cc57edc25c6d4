"""Reads of town halls that repeat: who belongs together, what is left to plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, selectinload

from townhall.domain import document
from townhall.domain import windows as opening
from townhall.domain.burden import Grid
from townhall.domain.document import WEEKDAYS
from townhall.domain.series import request
from townhall.domain.series.ledger import folded
from townhall.domain.series.request import EVERY_DAY, Fixed
from townhall.domain.slots import Seat
from townhall.domain.states import SolveState
from townhall.models.accounts import Link
from townhall.models.availability import Shortlist
from townhall.models.invitations import OutboxMessage
from townhall.models.planning import Draft, Sitting, TownHall
from townhall.models.questions import Person
from townhall.models.registrations import Registration
from townhall.models.series import Occurrence, Series, Solve
from townhall.queries import ledgers, planning

LIVING = (SolveState.WAITING, SolveState.RUNNING)
"""States of a search that has not ended."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is left to plan of a series.

    Args:
        left: The town halls that have no hour yet and can still be held, by kin of their seats.
        occurrences: The ids of their places in the series, in the order of `left`.
        numbers: Their numbers.
        whole: All town halls of the series with nothing fixed or paid, for comparison with an
            hour that never changes.
        names: What each seat is called, by its kin.
    """

    left: request.Series
    occurrences: tuple[int, ...]
    numbers: tuple[int, ...]
    whole: request.Series
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A draft for one hour, and the other hour that the series plans by now."""

    drafted: datetime
    planned: datetime


def overtaken(place: Occurrence | None) -> Overtaken | None:
    """Return the hours of a waiting draft and of the plan if they differ; None if they do not."""
    draft = place.town_hall.draft if place else None
    if place is None or place.planned_at is None or draft is None:
        return None
    drafted = [step.starts_at for step in draft.steps if step.starts_at is not None]
    if not drafted or place.planned_at in drafted:
        return None
    return Overtaken(drafted[0], place.planned_at)


def town_hall_ids(db: Session, town_hall: TownHall) -> Sequence[int]:
    """Return the ids of all town halls of a town hall's series; none where it is in none."""
    if town_hall.occurrence is None:
        return ()
    series_id = town_hall.occurrence.series_id
    return db.scalars(
        select(Occurrence.town_hall_id).where(Occurrence.series_id == series_id)
    ).all()


def occurrences(db: Session, series_id: int) -> Sequence[Occurrence]:
    """Return the places of a series in order, with their town halls, seats and sittings."""
    hall = selectinload(Occurrence.town_hall)
    return db.scalars(
        select(Occurrence)
        .where(Occurrence.series_id == series_id)
        .order_by(Occurrence.number)
        .options(
            hall.selectinload(TownHall.seats),
            hall.selectinload(TownHall.sittings),
            hall.selectinload(TownHall.shortlists),
            hall.selectinload(TownHall.calendars),
            hall.selectinload(TownHall.draft).selectinload(Draft.steps),
        )
    ).all()


def standing(town_hall: TownHall) -> list[Sitting]:
    """Return the sittings of a town hall that are scheduled or were held, by their starts."""
    found = (each for each in town_hall.sittings if each.state in ledgers.STANDING)
    return sorted(found, key=lambda each: each.starts_at)


def window(town_hall: TownHall, now: datetime) -> Grid | None:
    """Return the starts of a town hall that have not passed; None where all have."""
    return opening.still_open(
        town_hall.window_from_at, town_hall.window_until_at, town_hall.minutes, now
    )


def later(db: Session, town_hall: TownHall) -> list[TownHall]:
    """Return the town halls after one in its series for which no hour stands yet."""
    place = town_hall.occurrence
    if place is None:
        return []
    after = (each for each in occurrences(db, place.series_id) if each.number > place.number)
    return [each.town_hall for each in after if not standing(each.town_hall)]


def is_known(db: Session, town_hall: TownHall) -> bool:
    """Return whether anybody was told of a town hall, registered for it, or came by it."""
    traces = (Sitting, OutboxMessage, Link, Shortlist, Person, Registration)
    return any(
        db.scalar(select(exists().where(table.town_hall_id == town_hall.id))) for table in traces
    )


def newest(db: Session, series_id: int) -> Solve | None:
    """Return the newest search for a series' hours, whatever became of it."""
    return db.scalar(
        select(Solve).where(Solve.series_id == series_id).order_by(Solve.id.desc()).limit(1)
    )


def last_done(db: Session, series_id: int) -> Solve | None:
    """Return the newest search that has found what it could."""
    return db.scalar(
        select(Solve)
        .where(Solve.series_id == series_id, Solve.state == SolveState.DONE)
        .order_by(Solve.id.desc())
        .limit(1)
    )


def has_left(db: Session, series_id: int, *, now: datetime) -> bool:
    """Return whether a town hall of a series has no hour yet and can still be held."""
    places = occurrences(db, series_id)
    return any(is_left(each.town_hall, now) for each in places)


def task(db: Session, series: Series, *, now: datetime, time_limit_s: float) -> Task | None:
    """Return what is left to plan of a series; None where nothing is.

    Raises:
        InputError: The seats cannot be planned with.

    Source: docs/fairness.md, rules 8 and 9.
    """
    places = occurrences(db, series.id)
    halls = [place.town_hall for place in places]
    windows = {n: window(hall, now) for n, hall in enumerate(halls) if is_left(hall, now)}
    if not windows:
        return None
    casts = [_cast(hall) for hall in halls]
    paid = folded(ledgers.charges(db, series.id, now=now))
    names = {row.kin: row.name for hall in halls for row in hall.seats if row.kin}
    seats, left = request.together(
        [casts[n] for n in windows], {kin: paid.of(kin).total for kin in names}
    )
    whole = _whole(series, halls, casts, time_limit_s)
    return Task(
        left=replace(
            whole,
            grids=tuple(grid for grid in windows.values() if grid is not None),
            seats=seats,
            casts=left,
            distinct_times=series.distinct_times,
            fixed=tuple(
                Fixed(sitting.starts_at, sitting.minutes, sum(other < n for other in windows))
                for n, hall in enumerate(halls)
                for sitting in standing(hall)
            ),
        ),
        occurrences=tuple(places[n].id for n in windows),
        numbers=tuple(places[n].number for n in windows),
        whole=whole,
        names=names,
    )


def _whole(
    series: Series,
    halls: Sequence[TownHall],
    casts: Sequence[Mapping[str, Seat]],
    time_limit_s: float,
) -> request.Series:
    """Return all town halls of a series at one hour that never changes, nothing paid yet."""
    seats, all_casts = request.together(casts, {kin: 0 for cast in casts for kin in cast})
    weekdays = series.weekdays
    return request.Series(
        grids=tuple(Grid(h.window_from_at, h.window_until_at, h.minutes) for h in halls),
        seats=seats,
        casts=all_casts,
        apart_days=series.apart_days,
        distinct_times=1,
        clock=series.clock,
        weekdays=EVERY_DAY if weekdays is None else frozenset(map(WEEKDAYS.index, weekdays)),
        time_limit_s=time_limit_s,
    )


def is_left(town_hall: TownHall, now: datetime) -> bool:
    """Return whether a town hall is still to be given an hour."""
    return bool(town_hall.seats and not standing(town_hall) and window(town_hall, now))


def _cast(town_hall: TownHall) -> dict[str, Seat]:
    """Return the seats of a town hall as a plan takes them, by their kin."""
    if not town_hall.seats:
        return {}
    planned = document.parse(planning.plan_document(town_hall, has_ledgers=False)).seats
    return {row.kin or "": seat for row, seat in zip(town_hall.seats, planned, strict=True)}
