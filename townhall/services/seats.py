"""Seats: who takes part in a town hall, added, changed and taken out by the organizers' team."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import seating, tokens
from townhall.domain.access import Action, Actor, require
from townhall.errors import InputError
from townhall.models.directory import Office
from townhall.models.planning import Seat, TownHall
from townhall.queries import planning
from townhall.queries import series as queries
from townhall.services import boards, casts, journal, replans
from townhall.services.casts import SeatDetails


def add(
    db: Session,
    actor: Actor,
    code: str,
    details: SeatDetails,
    office: Office | None = None,
    *,
    later: bool = False,
    now: datetime,
) -> Seat:
    """Give an office or a person a part in a town hall.

    Args:
        later: Whether also in the later ones of its series that have no hour yet, as in all
            changes of seats.

    Raises:
        NotAllowedError: The actor is not of its team.
        InputError: A value that could not be planned with; the field has the argument's name.
    """
    with transaction(db):
        town_hall = boards.raised(db, code)
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
        kin = tokens.fresh_code(16) if town_hall.occurrence else None
        added = [
            casts.add(db, each, details, office, kin)
            for each in _these(db, actor, town_hall, later=later)
        ]
        for seat in added:
            seat.town_hall.version += 1
            journal.audit(db, actor, "seat.added", seat, now, after=casts.columns(details))
        replans.changed(db, town_hall, now)
    return added[0]


def edit(
    db: Session,
    actor: Actor,
    code: str,
    position: int,
    details: SeatDetails,
    *,
    version: int,
    later: bool = False,
    now: datetime,
) -> Seat:
    """Change a seat and its contacts; boards call its questions by the new name.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: Somebody else changed the town hall first.
        InputError: A value that could not be planned with; the field has the argument's name.
    """
    with transaction(db):
        town_hall = boards.raised(db, code)
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
        boards.check_unchanged(town_hall, version)
        seat = planning.seat(db, town_hall, position)
        for each in _kin(seat, _these(db, actor, town_hall, later=later)):
            casts.edit(db, actor, each, details, now)
        replans.changed(db, town_hall, now)
    return seat


def remove(
    db: Session,
    actor: Actor,
    code: str,
    position: int,
    *,
    version: int,
    later: bool = False,
    now: datetime,
) -> None:
    """Take a seat out of a town hall that has invited nobody yet.

    Raises:
        NotAllowedError: The actor is not of its team.
        ConflictError: Somebody else changed it first, or people of the seat are invited.
    """
    with transaction(db):
        town_hall = boards.raised(db, code)
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
        boards.check_unchanged(town_hall, version)
        seat = planning.seat(db, town_hall, position)
        for each in _kin(seat, _these(db, actor, town_hall, later=later)):
            each.town_hall.version += 1
            casts.remove(db, actor, each, now)
        replans.changed(db, town_hall, now)


def retune(
    db: Session,
    actor: Actor,
    code: str,
    trial: planning.Trial,
    *,
    version: int,
    now: datetime,
) -> TownHall:
    """Keep what was tried of several seats at once, all of it or nothing.

    Args:
        trial: Changes, seats to leave out, and further seats.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: Somebody else changed the town hall first, or a seat has to stay.
        InputError: A value that could not be planned with; the field is `never-3` for the
            never-hours of the seat at position 3.
    """
    with transaction(db):
        town_hall = boards.raised(db, code)
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
        boards.check_unchanged(town_hall, version)
        for seat in town_hall.seats:
            after = dict(trial.changes.get(seat.position, {}))
            if not after or seat.position in trial.without:
                continue
            before = {name: getattr(seat, name) for name in after}
            for name, value in after.items():
                setattr(seat, name, value)
            try:
                seating.check(planning.seat_entry(seat))
            except InputError as error:
                error.field = f"{error.field}-{seat.position}"
                raise
            journal.audit(db, actor, "seat.edited", seat, now, before=before, after=after)
        for position in sorted(trial.without):
            casts.remove(db, actor, planning.seat(db, town_hall, position), now)
        for entry in trial.also:
            details = SeatDetails(**entry)
            seat = casts.add(db, town_hall, details, None)
            journal.audit(db, actor, "seat.added", seat, now, after=casts.columns(details))
        town_hall.version += 1
        replans.changed(db, town_hall, now)
    return town_hall


def _these(db: Session, actor: Actor, town_hall: TownHall, *, later: bool) -> list[TownHall]:
    """Return a town hall and, if they are meant too, the later ones of its series without an hour.

    Raises:
        NotFoundError, NotAllowedError: One of them is not the actor's to edit.
    """
    found = [town_hall, *(queries.later(db, town_hall) if later else ())]
    for each in found[1:]:
        require(actor, Action.EDIT_TOWN_HALL, each.id)
    return found


def _kin(seat: Seat, town_halls: Sequence[TownHall]) -> list[Seat]:
    """Return a seat, and the same seat of other town halls of the series."""
    same = (each for hall in town_halls for each in hall.seats if each.kin and each.kin == seat.kin)
    return list(dict.fromkeys((seat, *same)))
