"""Reads of town halls, seats and sittings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from townhall.domain.states import SeatRole, SittingState
from townhall.errors import NotFoundError
from townhall.models.accounts import Link, Membership
from townhall.models.availability import BusyCalendar
from townhall.models.planning import Seat, Sitting, TownHall
from townhall.models.questions import Person, Question, Site
from townhall.queries import ledgers


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
        .options(
            selectinload(TownHall.occurrence),
            selectinload(TownHall.sittings),
            selectinload(TownHall.seats),
            selectinload(TownHall.draft),
        )
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


def seat_ids(db: Session, town_hall: TownHall) -> dict[str, int]:
    """Return the ids of a town hall's seats by their names, which differ."""
    rows = db.execute(select(Seat.name, Seat.id).where(Seat.town_hall_id == town_hall.id))
    return {row.name: row.id for row in rows}


def sitting(db: Session, town_hall: TownHall, number: int) -> Sitting:
    """Return a sitting of a town hall by its number.

    Raises:
        NotFoundError: There is no such sitting.
    """
    found = db.scalar(
        select(Sitting).where(Sitting.town_hall_id == town_hall.id, Sitting.number == number)
    )
    if found is None:
        raise NotFoundError
    return found


def sittings(db: Session, town_hall: TownHall) -> Sequence[Sitting]:
    """Return the sittings that stand, by their starts; if all are off, the newest of them."""
    every = _by_start(db, town_hall)
    standing = [each for each in every if each.state is not SittingState.CANCELLED]
    return standing or sorted(every, key=lambda each: each.number)[-1:]


def live_sittings(db: Session, town_hall: TownHall, *, now: datetime) -> Sequence[Sitting]:
    """Return the scheduled sittings that are not over, by their starts."""
    return [
        each
        for each in _by_start(db, town_hall)
        if each.state is SittingState.SCHEDULED and each.ends_at > now
    ]


def next_sitting(db: Session, town_hall: TownHall, *, now: datetime) -> Sitting | None:
    """Return the first sitting that is not over, else the last one, else the newest that is off."""
    live = live_sittings(db, town_hall, now=now)
    return next(iter(live or sittings(db, town_hall)[-1:]), None)


def own_sittings(sittings: Sequence[Sitting]) -> dict[int, list[Sitting]]:
    """Return which of some sittings are each seat's own, by the seat's id."""
    own: dict[int, list[Sitting]] = {}
    for sitting in sittings:
        for promise in sitting.promises:
            own.setdefault(promise.seat_id, []).append(sitting)
    return own


def _by_start(db: Session, town_hall: TownHall) -> Sequence[Sitting]:
    """Return every sitting of a town hall by its start, whatever its state."""
    return db.scalars(
        select(Sitting)
        .where(Sitting.town_hall_id == town_hall.id)
        .order_by(Sitting.starts_at, Sitting.number)
    ).all()


def headquarters(town_hall: TownHall) -> Seat:
    """Return the host's seat, or else the first of the seats, of which there is at least one."""
    hosts = (seat for seat in town_hall.seats if seat.role is SeatRole.HOST)
    return next(hosts, town_hall.seats[0])


def site(db: Session, seat: Seat) -> Site:
    """Return the site that a seat's people vote with."""
    return db.scalars(select(Site).where(Site.seat_id == seat.id)).one()


def memberships(db: Session, town_hall: TownHall) -> Sequence[Membership]:
    """Return the accounts' roles in a town hall."""
    return db.scalars(
        select(Membership).where(Membership.town_hall_id == town_hall.id).order_by(Membership.id)
    ).all()


def calendar(db: Session, seat: Seat) -> BusyCalendar | None:
    """Return the calendar whose busy times count for a seat; None where there is none."""
    return db.scalar(select(BusyCalendar).where(BusyCalendar.seat_id == seat.id))


def stale_calendars(
    db: Session, tried_before: datetime, now: datetime, *, most: int, claim: bool = False
) -> Sequence[BusyCalendar]:
    """Return calendars to read again, those first that waited longest.

    Args:
        tried_before: They were not tried since.
        now: Only town halls count in whose window some start is still to come.
        claim: Lock them for the transaction, and leave out what others have locked.
    """
    wanted = (
        select(BusyCalendar)
        .join(TownHall)
        .where(
            BusyCalendar.address.is_not(None),
            BusyCalendar.tried_at <= tried_before,
            TownHall.window_until_at > now,
        )
        .order_by(BusyCalendar.tried_at, BusyCalendar.id)
        .limit(most)
    )
    if claim:
        wanted = wanted.with_for_update(of=BusyCalendar, skip_locked=True)
    return db.scalars(wanted).all()


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


@dataclass(frozen=True, slots=True)
class Trial:
    """What to suppose of a town hall's seats instead of what is kept.

    Args:
        changes: Fields of the planning document's seats by the seats' positions.
        without: Positions of the seats to leave out.
        also: Entries of further seats, as the planning document has them.
    """

    changes: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    without: frozenset[int] = frozenset()
    also: tuple[Mapping[str, Any], ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything is supposed."""
        return bool(self.changes or self.without or self.also)


AS_KEPT = Trial()

_OFFICE_SAYS = ("bands", "rest_days", "never", "extra_holidays", "struck_holidays")
"""Columns in which a seat's null means what its office says."""

_AROUND = timedelta(days=31)
"""How far around the window busy times count, for hours that are looked at outside of it."""

_OWN = ("country", "region", "busy", *_OFFICE_SAYS)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left to plan of several sittings, where some of them are over.

    Args:
        sittings: How many are still to be held.
        served: Positions of the seats whose own sitting is over; they are asked to no other.
    """

    sittings: int
    served: frozenset[int] = frozenset()


def rest(town_hall: TownHall, *, now: datetime) -> Rest:
    """Return what is left to plan: all of it, before the first sitting is over and after the last.

    Args:
        town_hall: With its seats and sittings.
        now: Sittings that ended by then are over.
    """
    over = [
        sitting
        for sitting in town_hall.sittings
        if sitting.state is not SittingState.CANCELLED and sitting.ends_at <= now
    ]
    if not 0 < len(over) < town_hall.sittings_wanted:
        return Rest(town_hall.sittings_wanted)
    attended = {promise.seat_id for sitting in over for promise in sitting.promises}
    served = frozenset(
        seat.position for seat in town_hall.seats if seat.id in attended and not seat.everywhere
    )
    return Rest(town_hall.sittings_wanted - len(over), served)


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
    town_hall: TownHall,
    *,
    top: int = 10,
    trial: Trial = AS_KEPT,
    left: Rest | None = None,
    has_ledgers: bool = True,
) -> dict[str, Any]:
    """Return the planning document of a saved town hall: its window, length and seats.

    In a series the seats' ledgers are what its other sittings, held or agreed, add up to.

    Args:
        town_hall: With its seats.
        top: How many options an answer shows.
        trial: What to suppose of seats instead of what is kept.
        left: What is left to plan; all of it if None, or if no seat would be.
        has_ledgers: Whether they are counted, which those leave out who count them for the whole
            series at once.
    """
    left = left or Rest(town_hall.sittings_wanted)
    without = trial.without | left.served
    if all(row.position in without for row in town_hall.seats) and not trial.also:
        without = trial.without
    said = _said(town_hall)
    busy = {row.seat_id: near(town_hall, row) for row in town_hall.calendars}
    paid = ledgers.of_others(town_hall) if has_ledgers else None
    return {
        "minutes": town_hall.minutes,
        "from": _utc(town_hall.window_from_at),
        "until": _utc(town_hall.window_until_at),
        "top": top,
        "sittings": left.sittings,
        "seats": [
            {
                **_with_busy(seat_entry(row), busy.get(row.id, [])),
                **({"ledger": paid.of(row.kin).total} if paid and row.kin else {}),
                **said.get(row.id, {}),
                **trial.changes.get(row.position, {}),
            }
            for row in town_hall.seats
            if row.position not in without
        ]
        + [dict(entry) for entry in trial.also],
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


def near(town_hall: TownHall, row: BusyCalendar) -> list[Any]:
    """Return the busy times of a calendar that count for a town hall: a month around its window."""
    first = _utc(town_hall.window_from_at - _AROUND)
    until = _utc(town_hall.window_until_at + _AROUND)
    return [pair for pair in row.busy if pair[0] < until and pair[1] > first]


def _with_busy(entry: dict[str, Any], busy: list[Any]) -> dict[str, Any]:
    """Return a seat's entry with the busy times of its calendar besides those that were typed."""
    return {**entry, "busy": [*entry.get("busy", []), *busy]} if busy else entry


def _utc(instant: datetime) -> str:
    """Return an instant as the planning document writes it."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
