"""Town halls of a series, added and deleted: shared by services, a use case of nobody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from townhall.db import Base
from townhall.domain import tokens, windows
from townhall.domain.burden import Grid
from townhall.models.accounts import AuditEntry, Membership
from townhall.models.availability import BusyCalendar
from townhall.models.planning import Seat, SeatContact, TownHall
from townhall.models.questions import Site
from townhall.models.series import Occurrence, Series, Solve
from townhall.models.staff import Staffer
from townhall.queries import planning, staff

_SAME = (
    *("title", "topic", "description", "hashtag", "language", "languages", "minutes"),
    *("join_url", "phone", "reminds_day", "reminds_hour", "mode", "alpha", "nominal_minutes"),
)
"""What a town hall of a series says as the one before it does."""

_SAME_SEAT = (
    *("office_id", "position", "name", "role", "zone", "country", "region", "people", "weight"),
    *("required", "everywhere", "bands", "rest_days", "never", "busy", "extra_holidays"),
    *("struck_holidays", "kin"),
)

_SAME_STAFFER = ("contact_id", "role", "zone", "required")

_ELSEWHERE = {"synchronize_session": False}
"""No such row is looked at after it."""

_SAME_CALENDAR = ("address", "busy", "read_at", "tried_at", "problem")


def add(db: Session, series: Series, *, count: int, now: datetime) -> None:
    """Add town halls at the end of a series, each like the one that is its last before.

    They have the same texts, seats, contacts, calendars and team; nobody is invited yet, and links
    and questions stay where they are.

    Args:
        db: The session of the service's open transaction.
        series: Whose clock shows the same times in every window; its seats have their kin.
        count: How many are added.
        now: When they are made.

    Raises:
        InputError: A window would be one that cannot be planned, such as past the last year whose
            clocks are known; none is added.
    """
    last = series.occurrences[-1]
    model = last.town_hall
    # All of them first, so that what cannot be planned is refused before a row is made.
    grids = [_grid(model, step * series.every_days, series.clock) for step in range(1, count + 1)]
    cast = _cast(model)
    team = [(row.account_id, row.role) for row in planning.memberships(db, model)]
    named = [
        {column: getattr(row, column) for column in _SAME_STAFFER} for row in staff.named(db, model)
    ]
    for step, grid in enumerate(grids, 1):
        town_hall = TownHall(
            code=tokens.fresh_code(),
            created_at=now,
            window_from_at=grid.first,
            window_until_at=grid.until,
            **{name: getattr(model, name) for name in _SAME},
        )
        series.occurrences.append(Occurrence(town_hall=town_hall, number=last.number + step))
        db.flush()
        db.add_all(
            Membership(account_id=account_id, town_hall_id=town_hall.id, role=role)
            for account_id, role in team
        )
        own = {"town_hall_id": town_hall.id, "added_at": now}
        _insert(db, Staffer, [own | staffer for staffer in named])
        _seat(db, town_hall, cast)
    db.flush()


def _grid(model: TownHall, days: int, clock: str) -> Grid:
    """Return the starts of a town hall's window some days on, by the times that a clock shows.

    Raises:
        InputError: It cannot be planned.
    """
    first = windows.later(model.window_from_at, days, clock)
    return Grid(first, windows.later(model.window_until_at, days, clock), model.minutes)


@dataclass(frozen=True, slots=True)
class _Cast:
    """The seats of a town hall as rows of another one, read once for all that are made.

    Args:
        seats: Their columns, without the town hall.
        contacts: Those of their contacts, after the name of the seat.
        calendars: Those of their calendars, after the same.
    """

    seats: list[dict[str, Any]]
    contacts: list[tuple[str, dict[str, Any]]]
    calendars: list[tuple[str, dict[str, Any]]]


def _cast(model: TownHall) -> _Cast:
    """Return the seats of a town hall with their contacts and calendars."""
    return _Cast(
        seats=[{name: getattr(seat, name) for name in _SAME_SEAT} for seat in model.seats],
        contacts=[
            (seat.name, {"contact_id": row.contact_id, "kind": row.kind})
            for seat in model.seats
            for row in seat.contacts
        ],
        calendars=[
            (row.seat.name, {name: getattr(row, name) for name in _SAME_CALENDAR})
            for row in model.calendars
        ],
    )


def _seat(db: Session, town_hall: TownHall, cast: _Cast) -> None:
    """Give a new town hall its seats, with their sites, contacts and calendars.

    Each kind of row is written at once: however many seats there are, SQLite's other writers
    wait for a few statements.
    """
    own = {"town_hall_id": town_hall.id}
    _insert(db, Seat, [own | seat for seat in cast.seats])
    # SQLite does not tell which of many new rows has which id, so they are asked for.
    ids = planning.seat_ids(db, town_hall)
    sites: list[dict[str, Any]] = [{"seat_id": None, "name": ""}]
    sites += [{"seat_id": ids[seat["name"]], "name": seat["name"]} for seat in cast.seats]
    contacts = [{"seat_id": ids[name]} | values for name, values in cast.contacts]
    calendars = [own | {"seat_id": ids[name]} | values for name, values in cast.calendars]
    _insert(db, Site, [own | site for site in sites])
    _insert(db, SeatContact, contacts)
    _insert(db, BusyCalendar, calendars)


def _insert(db: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    """Write rows of a table, many at once."""
    if rows:
        db.execute(insert(table), rows)


def delete(db: Session, town_hall: TownHall) -> None:
    """Delete a town hall that nobody was told of, which is out of its series already.

    The audit log keeps what was done to it, without a town hall to find it by.
    """
    entries = update(AuditEntry).where(AuditEntry.town_hall_id == town_hall.id)
    db.execute(entries.values(town_hall_id=None), execution_options=_ELSEWHERE)
    for table in (Site, Membership, Staffer, BusyCalendar):
        of_it = table.town_hall_id == town_hall.id
        db.execute(delete_rows(table).where(of_it), execution_options=_ELSEWHERE)
    if town_hall.draft is not None:
        db.delete(town_hall.draft)
        db.flush()
    db.expire(town_hall)
    db.delete(town_hall)
    db.flush()


def delete_series(db: Session, series: Series) -> None:
    """Delete a series without town halls, and the searches for its hours."""
    of_it = Solve.series_id == series.id
    db.execute(delete_rows(Solve).where(of_it), execution_options=_ELSEWHERE)
    db.delete(series)
