"""Reads of the sittings of a feed; as many questions to the database however long it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, lazyload

from townhall.domain import feeds
from townhall.domain.feeds import Entry, Owner
from townhall.errors import NotFoundError
from townhall.models.accounts import Contact
from townhall.models.directory import Office
from townhall.models.invitations import Invitation
from townhall.models.planning import Promise, Seat, Sitting, TownHall
from townhall.models.series import Occurrence, Series, Solve

Owned = Series | Office | Contact


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands in a feed.

    Args:
        name: What it is about: a title, an office, a person; empty for one nobody is invited to.
        language: In which it says how to join.
        sittings: By their starts; those called off lately among them.
        changed_at: When it last said something else.
    """

    name: str
    language: str
    sittings: Sequence[Sitting]
    changed_at: datetime


def owned(db: Session, owner: Owner, number: int) -> Owned:
    """Return whose feed it is.

    Raises:
        NotFoundError: There is nobody of this number, or a person who was erased.
    """
    found: Owned | None
    match owner:
        case Owner.SERIES:
            found = db.get(Series, number, options=[lazyload(Series.occurrences)])
        case Owner.OFFICE:
            found = db.get(Office, number, options=[lazyload(Office.contacts)])
        case Owner.PERSON:
            found = db.get(Contact, number)
            if found is not None and found.erased_at is not None:
                found = None
    if found is None:
        raise NotFoundError
    return found


def of_town_hall(db: Session, town_hall: TownHall, *, now: datetime) -> Contents:
    """Return every sitting of a town hall."""
    rows = db.scalars(_sittings().where(Sitting.town_hall_id == town_hall.id)).all()
    entries = [(sitting, _entry(sitting)) for sitting in rows]
    return _contents(town_hall.title, town_hall.language, entries, town_hall.created_at, now)


def contents(db: Session, owned: Owned, *, now: datetime) -> Contents:
    """Return the sittings of a series, an office or a person."""
    if isinstance(owned, Series):
        return _of_series(db, owned, now)
    if isinstance(owned, Office):
        return _of_office(db, owned, now)
    return _of_person(db, owned, now)


def _of_series(db: Session, series: Series, now: datetime) -> Contents:
    """Return the sittings of every town hall of a series."""
    halls = db.scalars(
        select(TownHall)
        .join(Occurrence, Occurrence.town_hall_id == TownHall.id)
        .where(Occurrence.series_id == series.id)
        .order_by(Occurrence.number)
    ).all()
    rows = db.scalars(
        _sittings()
        .join(Occurrence, Occurrence.town_hall_id == Sitting.town_hall_id)
        .where(Occurrence.series_id == series.id)
    ).all()
    # A town hall that leaves takes its sittings along; what is left is then planned anew.
    planned_at = db.scalar(select(func.max(Solve.asked_at)).where(Solve.series_id == series.id))
    began_at = max(planned_at or series.created_at, series.created_at)
    entries = [(sitting, _entry(sitting)) for sitting in rows]
    return _contents(halls[0].title, halls[0].language, entries, began_at, now)


def _of_office(db: Session, office: Office, now: datetime) -> Contents:
    """Return the sittings to which an office is asked, in all its town halls."""
    asked = (
        select(Promise.sitting_id)
        .join(Seat, Seat.id == Promise.seat_id)
        .where(Seat.office_id == office.id)
    )
    halls = select(Seat.town_hall_id).where(Seat.office_id == office.id)
    rows = db.execute(
        _sittings()
        .add_columns(Sitting.id.in_(asked).label("is_asked"))
        .where(Sitting.town_hall_id.in_(halls))
    ).all()
    # Who is asked changes with a revision alone, so one that left did so with its last.
    entries = [
        (row.Sitting, _entry(row.Sitting, left_at=None if row.is_asked else row.Sitting.revised_at))
        for row in rows
    ]
    return _contents(office.name, office.language, entries, office.created_at, now)


def _of_person(db: Session, person: Contact, now: datetime) -> Contents:
    """Return the sittings to which a person is invited."""
    rows = db.execute(
        _sittings()
        .join(Invitation, Invitation.sitting_id == Sitting.id)
        .add_columns(Invitation.removed_at)
        .where(Invitation.contact_id == person.id)
    ).all()
    entries = [(row.Sitting, _entry(row.Sitting, left_at=row.removed_at)) for row in rows]
    began_at = min((sitting.revised_at for sitting, _ in entries), default=now)
    return _contents(person.name, person.language, entries, began_at, now)


def _sittings() -> Select[Sitting]:
    """Return the question for sittings with their town halls, by their starts."""
    return (
        select(Sitting)
        .options(joinedload(Sitting.town_hall), lazyload(Sitting.promises))
        .order_by(Sitting.starts_at, Sitting.id)
    )


def _entry(sitting: Sitting, left_at: datetime | None = None) -> Entry:
    """Return what a feed asks of a sitting."""
    return Entry(sitting.revised_at, sitting.is_called_off, left_at)


def _contents(
    name: str,
    language: str,
    entries: Iterable[tuple[Sitting, Entry]],
    began_at: datetime,
    now: datetime,
) -> Contents:
    """Return what stands in a feed of these entries."""
    entries = list(entries)
    return Contents(
        name,
        language,
        [sitting for sitting, entry in entries if entry.stands(now)],
        feeds.changed_at((entry for _, entry in entries), began_at, now),
    )
