"""Town halls as an account's first page shows them: those of a series in one bundle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from townhall.domain.states import SittingState, SolveState
from townhall.models.planning import TownHall
from townhall.models.series import Solve
from townhall.queries import planning
from townhall.queries import series as queries


@dataclass(frozen=True, slots=True)
class Coming:
    """The hour of a bundle that comes next; planned as long as nobody was invited to it."""

    town_hall: TownHall
    starts_at: datetime
    is_planned: bool


@dataclass(frozen=True, slots=True)
class Bundle:
    """A town hall, or those of a series of which the account has a part.

    Args:
        town_halls: In the order of the series.
        coming: The next hour; None where none is agreed or planned.
        over: Sittings that are over, of which nobody has said whether they took place.
        drafts: Drafts that wait to be sent.
        is_searching: Whether a search for the hours of the series waits or runs.
        has_failed: Whether the newest search has, while a town hall is left to plan.
        stuck: The number of the town hall that fits nowhere; None where none is known, or none is
            left to plan.
    """

    town_halls: Sequence[TownHall]
    coming: Coming | None
    over: int
    drafts: int
    is_searching: bool
    has_failed: bool
    stuck: int | None


def bundles(db: Session, account_id: int, *, now: datetime) -> list[Bundle]:
    """Return the town halls that an account has a part in, the newest first."""
    groups: dict[str, list[TownHall]] = {}
    for hall in planning.town_halls(db, account_id):
        place = hall.occurrence
        groups.setdefault(f"series {place.series_id}" if place else hall.code, []).append(hall)
    solves = _newest(db, [hall for group in groups.values() for hall in group])
    return [_bundle(group, solves, now) for group in groups.values()]


def _bundle(group: Sequence[TownHall], solves: Mapping[int, Solve], now: datetime) -> Bundle:
    """Return the town halls of a series, or the only one, with what is known of them."""
    halls = sorted(group, key=lambda hall: hall.occurrence.number if hall.occurrence else 0)
    coming = [each for hall in halls for each in _coming(hall, now)]
    place = halls[0].occurrence
    solve = solves.get(place.series_id) if place else None
    # What became of a search is nobody's business once there is nothing left to plan.
    is_left = any(queries.is_left(hall, now) for hall in halls)
    ended = solve if is_left else None
    return Bundle(
        town_halls=halls,
        coming=min(coming, key=lambda each: each.starts_at, default=None),
        over=sum(
            sitting.state is SittingState.SCHEDULED and sitting.ends_at <= now
            for hall in halls
            for sitting in hall.sittings
        ),
        drafts=sum(hall.draft is not None for hall in halls),
        is_searching=solve is not None and solve.state in queries.LIVING,
        has_failed=ended is not None and ended.state is SolveState.FAILED,
        stuck=_stuck(ended),
    )


def _stuck(solve: Solve | None) -> int | None:
    """Return the number of the town hall for which a search has found no hour."""
    if solve is None or solve.state is not SolveState.DONE or not solve.stuck:
        return None
    number: int = solve.stuck["number"]
    return number


def _coming(hall: TownHall, now: datetime) -> list[Coming]:
    """Return the hours of a town hall that are still to come; none of one without seats."""
    if not hall.seats:
        return []
    standing = queries.standing(hall)
    planned = hall.occurrence.planned_at if hall.occurrence and not standing else None
    found = [Coming(hall, each.starts_at, False) for each in standing if each.ends_at > now]
    if planned is not None and planned > now:
        found.append(Coming(hall, planned, True))
    return found


def _newest(db: Session, town_halls: Sequence[TownHall]) -> dict[int, Solve]:
    """Return the newest search for each series of town halls, by the id of the series."""
    ids = {hall.occurrence.series_id for hall in town_halls if hall.occurrence}
    newest = select(func.max(Solve.id)).where(Solve.series_id.in_(ids)).group_by(Solve.series_id)
    found = db.scalars(select(Solve).where(Solve.id.in_(newest)))
    return {solve.series_id: solve for solve in found}
