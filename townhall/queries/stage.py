"""Reads of the stage: the state of turns, what is on air, who was heard."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from townhall.domain.states import State
from townhall.domain.turns import reasons
from townhall.domain.turns.events import from_json
from townhall.domain.turns.sites import SiteKey
from townhall.domain.turns.state import State as Turns
from townhall.i18n import Speech
from townhall.models.planning import TownHall
from townhall.models.questions import Person, Question, Site
from townhall.models.stage import Take, TurnEvent

AHEAD = 5
"""How many of the next questions the host sees."""


@dataclass(slots=True)
class _Known:
    """The state of one town hall's turns after the events up to `seq`."""

    lock: Lock = field(default_factory=Lock)
    turns: Turns = field(default_factory=Turns)
    seq: int = 0


_cache: WeakKeyDictionary[Engine, dict[int, _Known]] = WeakKeyDictionary()
_cache_lock = Lock()


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A question that would be taken, and why."""

    question: Question
    reason: str


@contextmanager
def turns(db: Session, town_hall: TownHall) -> Iterator[Turns]:
    """Lend the state of a town hall's turns, as of its committed log.

    One state is kept for each process and brought up to date by the events that are new; it
    is lent to one thread at a time and must not be changed. Do not ask for it in a
    transaction that has appended to the log already: that could still be rolled back.
    """
    known = _known(db, town_hall)
    with known.lock:
        rows = db.execute(
            select(TurnEvent.seq, TurnEvent.kind, TurnEvent.data)
            .where(TurnEvent.town_hall_id == town_hall.id, TurnEvent.seq > known.seq)
            .order_by(TurnEvent.seq)
        )
        for row in rows:
            known.turns.apply(from_json(row.kind, row.data))
            known.seq = row.seq
        yield known.turns


def _known(db: Session, town_hall: TownHall) -> _Known:
    """Return what this process knows of a town hall's turns."""
    engine = db.get_bind()
    engine = engine if isinstance(engine, Engine) else engine.engine
    with _cache_lock:
        return _cache.setdefault(engine, {}).setdefault(town_hall.id, _Known())


def ahead(
    db: Session, town_hall: TownHall, speech: Speech, count: int = AHEAD
) -> Sequence[Upcoming]:
    """Return the next questions in the order that is in force, each with its reason."""
    names = site_names(db, town_hall)
    with turns(db, town_hall) as state:
        found = state.look_ahead(count, town_hall.mode)
    rows = {
        row.number: row
        for row in db.scalars(
            select(Question).where(
                Question.town_hall_id == town_hall.id, Question.number.in_(found)
            )
        )
    }

    def name(site: SiteKey) -> str:
        return names.get(site, str(site))

    return [
        Upcoming(rows[int(number)], reasons.say(why, speech, name)) for number, why in found.items()
    ]


def site_names(db: Session, town_hall: TownHall) -> dict[SiteKey, str]:
    """Return the names of the sites by the key that the turn log knows them by."""
    rows = db.execute(select(Site.id, Site.name).where(Site.town_hall_id == town_hall.id))
    return {row.id: row.name for row in rows}


def on_air(db: Session, town_hall: TownHall) -> Question | None:
    """Return the question that is on air; at most one is."""
    return db.scalar(
        select(Question).where(
            Question.town_hall_id == town_hall.id, Question.state == State.ON_AIR
        )
    )


def current_take(db: Session, question: Question) -> Take | None:
    """Return the take by which a question is on air."""
    return db.scalar(
        select(Take)
        .where(Take.question_id == question.id, Take.ended_at.is_(None), Take.undone_at.is_(None))
        .order_by(Take.id.desc())
        .limit(1)
    )


def turns_by_site(db: Session, town_hall: TownHall) -> Sequence[tuple[Site, int]]:
    """Return how many questions of each site's people were taken, every site, by name.

    The public comes last. Takes that were undone do not count.
    """
    taken = (
        select(Person.site_id, func.count(Take.id).label("turns"))
        .join(Question, Question.asker_id == Person.id)
        .join(Take, Take.question_id == Question.id)
        .where(Take.town_hall_id == town_hall.id, Take.undone_at.is_(None))
        .group_by(Person.site_id)
        .subquery()
    )
    rows = db.execute(
        select(Site, func.coalesce(taken.c.turns, 0))
        .outerjoin(taken, taken.c.site_id == Site.id)
        .where(Site.town_hall_id == town_hall.id)
        .order_by(Site.seat_id.is_(None), Site.name)
    )
    return [(row[0], row[1]) for row in rows]
