"""Reads of town halls, seats and sittings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from townhall.domain.states import SeatRole
from townhall.errors import NotFoundError
from townhall.models.accounts import Link, Membership
from townhall.models.availability import BusyCalendar
from townhall.models.planning import Seat, Sitting, TownHall
from townhall.models.questions import Person, Question, Site


def town_hall(db: Session, code: str) -> TownHall:
    """Return a town hall by its public code.

    Raises:
        NotFoundError: No town hall has this code.
    """
    found = db.scalar(select(TownHall).where(TownHall.code == code))
    if found is None:
        raise NotFoundError
    return found


def board_versions(db: Session, codes: Collection[str]) -> dict[str, int]:
    """Return the version of each town hall's board by its public code; unknown codes are absent."""
    rows = db.execute(select(TownHall.code, TownHall.board_version).where(TownHall.code.in_(codes)))
    return {row.code: row.board_version for row in rows}


def town_halls(db: Session, account_id: int) -> Sequence[TownHall]:
    """Return the town halls that an account has a part in, the newest first."""
    return db.scalars(
        select(TownHall)
        .join(Membership, Membership.town_hall_id == TownHall.id)
        .where(Membership.account_id == account_id)
        .order_by(TownHall.created_at.desc(), TownHall.id.desc())
    ).all()


def seat(db: Session, town_hall: TownHall, position: int) -> Seat:
    """Return the seat at a position of a town hall.

    Raises:
        NotFoundError: There is no such seat.
    """
    found = db.scalar(
        select(Seat).where(Seat.town_hall_id == town_hall.id, Seat.position == position)
    )
    if found is None:
        raise NotFoundError
    return found


def sitting(db: Session, town_hall: TownHall) -> Sitting | None:
    """Return the town hall's newest sitting, whatever its state."""
    return db.scalar(
        select(Sitting)
        .where(Sitting.town_hall_id == town_hall.id)
        .order_by(Sitting.number.desc())
        .limit(1)
    )


def headquarters(town_hall: TownHall) -> Seat:
    """Return the host's seat, or else the first of the seats, of which there is at least one."""
    hosts = (seat for seat in town_hall.seats if seat.role is SeatRole.HOST)
    return next(hosts, town_hall.seats[0])


def site(db: Session, seat: Seat) -> Site:
    """Return the site that a seat's people vote with."""
    return db.scalars(select(Site).where(Site.seat_id == seat.id)).one()


def calendar(db: Session, seat: Seat) -> BusyCalendar | None:
    """Return the calendar whose busy times count for a seat; None where there is none."""
    return db.scalar(select(BusyCalendar).where(BusyCalendar.seat_id == seat.id))


def links(db: Session, seat: Seat) -> Sequence[Link]:
    """Return the secret links of a seat."""
    return db.scalars(select(Link).where(Link.seat_id == seat.id)).all()


def is_heard(db: Session, seat: Seat) -> bool:
    """Return whether participants have come by the seat, or a question was put to it."""
    own = site(db, seat).id
    traces = (
        select(Person.id).where(Person.site_id == own),
        select(Question.id).where(
            or_(Question.site_id == own, Question.addressed_to_id == seat.id)
        ),
    )
    return any(db.scalar(select(trace.exists())) for trace in traces)


Trial = Mapping[int, Mapping[str, Any]]
"""Fields of the planning document's seats to suppose, by the seats' positions."""

_OFFICE_SAYS = ("bands", "rest_days", "never", "extra_holidays", "struck_holidays")
"""Columns in which a seat's null means what its office says."""

_AROUND = timedelta(days=31)
"""How far around the window busy times count, for hours that are looked at outside of it."""

_OWN = ("country", "region", "busy", *_OFFICE_SAYS)


def seat_entry(row: Seat) -> dict[str, Any]:
    """Return a seat as the planning document has it (docs/fairness.md)."""
    entry: dict[str, Any] = {
        "name": row.name,
        "zone": row.zone,
        "people": row.people,
        "weight": row.weight,
        "required": row.required,
        "everywhere": row.everywhere,
        "ledger": row.ledger,
    }
    for column in _OWN:
        value = getattr(row, column)
        if value is None and row.office is not None and column in _OFFICE_SAYS:
            value = getattr(row.office, column)
        if value is not None:
            entry[column] = value
    return entry


def plan_document(
    town_hall: TownHall, *, top: int = 10, trial: Trial | None = None
) -> dict[str, Any]:
    """Return the planning document of a saved town hall: its window, length and seats.

    Args:
        town_hall: With its seats.
        top: How many options an answer shows.
        trial: What to suppose of seats instead of what is kept, by their positions.
    """
    said, busy = _said(town_hall), _busy(town_hall)
    return {
        "minutes": town_hall.minutes,
        "from": _utc(town_hall.window_from_at),
        "until": _utc(town_hall.window_until_at),
        "top": top,
        "seats": [
            {
                **_with_busy(seat_entry(row), busy.get(row.id, [])),
                **said.get(row.id, {}),
                **(trial or {}).get(row.position, {}),
            }
            for row in town_hall.seats
        ],
    }


def _said(town_hall: TownHall) -> dict[int, dict[str, Any]]:
    """Return the answers of seats by their id, as the planning document has them.

    They count whichever shortlist asked; a seat's newest word to a start wins.
    """
    said: dict[int, dict[str, Any]] = {}
    for shortlist in town_hall.shortlists:
        for reply in shortlist.replies:
            said.setdefault(reply.seat_id, {"answers": {}})["answers"].update(reply.answers)
    return said


def _busy(town_hall: TownHall) -> dict[int, list[Any]]:
    """Return the busy times of seats' calendars by the seats' id, a month around the window."""
    first = _utc(town_hall.window_from_at - _AROUND)
    until = _utc(town_hall.window_until_at + _AROUND)
    return {
        row.seat_id: [pair for pair in row.busy if pair[0] < until and pair[1] > first]
        for row in town_hall.calendars
    }


def _with_busy(entry: dict[str, Any], busy: list[Any]) -> dict[str, Any]:
    """Return a seat's entry with the busy times of its calendar besides those that were typed."""
    return {**entry, "busy": [*entry.get("busy", []), *busy]} if busy else entry


def _utc(instant: datetime) -> str:
    """Return an instant as the planning document writes it."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
