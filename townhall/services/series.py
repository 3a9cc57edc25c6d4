"""Town halls that repeat: made from one, planned together, lengthened, taken apart."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import tokens
from townhall.domain.access import Action, Actor, require
from townhall.domain.series.request import MOST_OCCURRENCES
from townhall.domain.series.rules import Rules
from townhall.domain.states import SolveState
from townhall.errors import ConflictError, InputError, NotFoundError
from townhall.i18n import N_
from townhall.models.planning import TownHall
from townhall.models.series import Occurrence, Series
from townhall.queries import planning
from townhall.queries import series as queries
from townhall.services import boards, journal, occurrences, replans


@dataclass(frozen=True, slots=True)
class Plan:
    """How a town hall is to repeat.

    Args:
        count: Of town halls, with the one that is there.
        every_days: From each window to the next.
        rules: Which hours the town halls may have.
    """

    count: int
    every_days: int
    rules: Rules = field(default_factory=Rules)


def make(db: Session, actor: Actor, code: str, plan: Plan, *, now: datetime) -> Series:
    """Make a town hall the first of a series, and the others like it.

    Raises:
        NotAllowedError: The actor is not of its team.
        ConflictError: It is part of a series already, or has no seats.
        InputError: It is planned with several sittings, or the last window cannot be planned.
    """
    with transaction(db):
        town_hall = boards.raised(db, code)
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
        if town_hall.occurrence is not None:
            raise ConflictError(N_("This town hall is part of a series already."))
        if not town_hall.seats:
            raise ConflictError(N_("Say first who takes part; then it can be repeated."))
        _check_sittings(town_hall)
        series = Series(
            every_days=plan.every_days,
            created_at=now,
            **{"clock": planning.headquarters(town_hall).zone, **_columns(plan.rules)},
        )
        db.add(series)
        for seat in town_hall.seats:
            seat.kin = tokens.fresh_code(16)
        series.occurrences.append(Occurrence(town_hall=town_hall, number=1))
        db.flush()
        occurrences.add(db, series, count=plan.count - 1, now=now)
        after = {"town_halls": plan.count, "every_days": plan.every_days}
        journal.audit(db, actor, "series.made", series, now, town_hall_id=town_hall.id, after=after)
        replans.ask(db, series, now)
    return series


def extend(db: Session, actor: Actor, code: str, count: int, *, now: datetime) -> None:
    """Add town halls at the end of a town hall's series, each like the last one.

    Raises:
        NotAllowedError: The actor is not of the team of each town hall of the series.
        NotFoundError: It is part of no series.
        InputError: The series would be longer than can be planned.
    """
    with transaction(db):
        series = _owned(db, actor, code)
        length = series.occurrences[-1].number + count
        if length > MOST_OCCURRENCES:
            raise InputError(
                N_("A series has 1 to %(most)s occurrences, not %(value)s."),
                field="count",
                most=MOST_OCCURRENCES,
                value=length,
            )
        occurrences.add(db, series, count=count, now=now)
        town_hall = planning.town_hall(db, code)
        after = {"town_halls": count}
        journal.audit(
            db, actor, "series.extended", series, now, town_hall_id=town_hall.id, after=after
        )
        replans.ask(db, series, now)


def leave(db: Session, actor: Actor, code: str, *, now: datetime) -> None:
    """Take a town hall out of its series; it stays as it is, and its burden no longer counts.

    Raises:
        NotAllowedError: The actor is not of the team of each town hall of the series.
        NotFoundError: It is part of no series.
    """
    with transaction(db):
        series = _owned(db, actor, code)
        town_hall = planning.town_hall(db, code)
        journal.audit(db, actor, "series.left", series, now, town_hall_id=town_hall.id)
        _take_out(db, town_hall)
        if series.occurrences:
            replans.ask(db, series, now)
        else:
            occurrences.delete_series(db, series)


def remove(db: Session, actor: Actor, code: str, *, now: datetime) -> None:
    """Delete a town hall of a series that nobody was told of.

    What the audit log says of it stays, without a town hall to find it by.

    Raises:
        NotAllowedError: The actor is not of the team of each town hall of the series.
        NotFoundError: It is part of no series.
        ConflictError: Somebody was told of it or has asked there, or it is the only one.
    """
    with transaction(db):
        series = _owned(db, actor, code)
        town_hall = planning.town_hall(db, code)
        if queries.is_known(db, town_hall):
            raise ConflictError(
                N_("People know of this town hall already. Take it out of the series instead.")
            )
        if len(series.occurrences) == 1:
            raise ConflictError(N_("This is the only town hall of the series."))
        _take_out(db, town_hall)
        occurrences.delete(db, town_hall)
        journal.audit(db, actor, "series.shortened", series, now, before={"town_hall": code})
        replans.ask(db, series, now)


def plan(db: Session, actor: Actor, code: str, rules: Rules, *, now: datetime) -> None:
    """Ask for what is left of a town hall's series to be planned anew, by these rules from now on.

    Raises:
        NotAllowedError: The actor is not of the team of each town hall of the series.
        NotFoundError: It is part of no series.
        ConflictError: Nothing is left to plan.
    """
    with transaction(db):
        series = _owned(db, actor, code)
        before = _rules(series)
        for name, value in _columns(rules).items():
            setattr(series, name, value)
        if not queries.has_left(db, series.id, now=now):
            raise ConflictError(N_("Every town hall of the series has its hour."))
        town_hall = planning.town_hall(db, code)
        journal.audit(
            db,
            actor,
            "series.ruled",
            series,
            now,
            town_hall_id=town_hall.id,
            before=before,
            after=_rules(series),
        )
        replans.ask(db, series, now)


def stop(db: Session, actor: Actor, code: str, *, now: datetime) -> None:
    """Have the search for a series' hours end with the best that is known by now.

    Raises:
        NotAllowedError: The actor is not of the team of each town hall of the series.
        NotFoundError: It is part of no series.
    """
    with transaction(db):
        series = _owned(db, actor, code)
        solve = queries.newest(db, series.id)
        if solve is not None and solve.state in queries.LIVING:
            solve.stop_wanted = True
            if solve.state is SolveState.WAITING:
                solve.state, solve.ended_at = SolveState.OUTDATED, now


def _owned(db: Session, actor: Actor, code: str) -> Series:
    """Return the series of a town hall, of which the actor may edit each; its rows are locked.

    Raises:
        NotAllowedError, NotFoundError: As the services say.
    """
    town_hall = boards.raised(db, code)
    require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
    if town_hall.occurrence is None:
        raise NotFoundError
    series = town_hall.occurrence.series
    for place in series.occurrences:
        require(actor, Action.EDIT_TOWN_HALL, place.town_hall_id)
    series.version += 1
    db.flush()
    return series


def _take_out(db: Session, town_hall: TownHall) -> None:
    """End a town hall's part in its series; those after it move up."""
    place = town_hall.occurrence
    assert place is not None  # noqa: S101  `_owned` has looked
    series = place.series
    for seat in town_hall.seats:
        seat.kin = None
    series.occurrences.remove(place)
    db.delete(place)
    db.flush()
    for number, each in enumerate(series.occurrences, 1):
        each.number = number
        db.flush()


def _check_sittings(town_hall: TownHall) -> None:
    """Raise ConflictError for a town hall of several sittings: the two are not combined."""
    if town_hall.sittings_wanted > 1 or len(queries.standing(town_hall)) > 1:
        raise ConflictError(
            N_("This town hall has several sittings; a series has one for each town hall.")
        )


def _columns(rules: Rules) -> dict[str, Any]:
    """Return rules as columns of a series; whose clock counts stays where nobody chose."""
    clock = {} if rules.clock is None else {"clock": rules.clock}
    return {
        "distinct_times": rules.distinct_times,
        "weekdays": rules.days,
        "apart_days": rules.apart_days,
        "time_limit_s": rules.time_limit_s,
        **clock,
    }


def _rules(series: Series) -> dict[str, Any]:
    """Return the rules of a series as the audit log keeps them."""
    names = ("distinct_times", "weekdays", "apart_days", "time_limit_s", "clock")
    return {name: getattr(series, name) for name in names}
