"""Participants: the one writer of people and sites, shared by the services."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from townhall.domain.access import ANYONE, Actor, Role
from townhall.domain.turns.events import Event, Joined, Moved
from townhall.domain.turns.sites import PUBLIC, SiteKey
from townhall.models.planning import Seat, TownHall
from townhall.models.questions import Person, Site
from townhall.queries import questions
from townhall.services import boards

OPEN_LINK = Decimal("0.2")
"""What a vote from the public page is trusted, as anybody can make many of them."""

OFFICE_LINK = Decimal(1)
"""What the vote of one who came by an office's own link is trusted."""

_OF_AN_OFFICE = frozenset({Role.AUDIENCE, Role.OFFICE, Role.SPEAKER})


@dataclass(frozen=True, slots=True)
class Participant:
    """Whoever asks or backs a question.

    Args:
        key: The random key of their cookie or form.
        actor: Their opened links; one of an office or its people brings them to its site.
    """

    key: str
    actor: Actor = ANYONE

    def seat_id(self, town_hall: TownHall) -> int | None:
        """Return the seat whose link they opened, the first of several; None for the public."""
        seats = (
            grant.seat_id
            for grant in self.actor.grants
            if grant.town_hall_id == town_hall.id
            and grant.role in _OF_AN_OFFICE
            and grant.seat_id is not None
        )
        return min(seats, default=None)


def known(
    db: Session, town_hall: TownHall, participants: Iterable[Participant], now: datetime
) -> dict[str, int]:
    """Return the people's ids by their keys, each made at their first act.

    The town hall's row must be locked. Who was on the open page and came back by an office's
    link moves to its site, and keeps what they have paid. The other way they stay where they
    are.
    """
    seats = {each.key: each.seat_id(town_hall) for each in participants}
    digests = {questions.person_digest(town_hall.code, key): key for key in seats}
    rows = db.execute(
        select(Person.id, Person.key_hash, Site.seat_id)
        .join(Site, Site.id == Person.site_id)
        .where(Person.town_hall_id == town_hall.id, Person.key_hash.in_(digests))
    )
    found = {digests[row.key_hash]: row for row in rows}
    events: list[Event] = []
    for key, row in found.items():
        if seats[key] is not None and row.seat_id is None:
            person = db.get_one(Person, row.id)
            person.site, person.trust = place(db, town_hall, seats[key]), OFFICE_LINK
            events.append(Moved(person.id, site_key(person.site), person.trust))
    new = {digest: key for digest, key in digests.items() if key not in found}
    sites = {seat_id: place(db, town_hall, seat_id) for seat_id in map(seats.get, new.values())}
    ids = {key: row.id for key, row in found.items()} | _made(db, new, seats, sites, now)
    for key in new.values():
        site = sites[seats[key]]
        events.append(Joined(ids[key], site_key(site), _trust(site)))
    boards.log(db, town_hall, now, *events)
    return ids


def _made(
    db: Session,
    new: Mapping[str, str],
    seats: Mapping[str, int | None],
    sites: Mapping[int | None, Site],
    now: datetime,
) -> dict[str, int]:
    """Add the rows of new people, `new` their keys by what is kept of these; returns ids by key."""
    if not new:
        return {}
    ids = db.scalars(
        insert(Person).returning(Person.id, sort_by_parameter_order=True),
        [
            {
                "town_hall_id": sites[seats[key]].town_hall_id,
                "key_hash": digest,
                "site_id": sites[seats[key]].id,
                "trust": _trust(sites[seats[key]]),
                "created_at": now,
            }
            for digest, key in new.items()
        ],
    )
    return dict(zip(new.values(), ids, strict=True))


def _trust(site: Site) -> Decimal:
    """Return what a vote of somebody new at a site is trusted."""
    return OPEN_LINK if site.seat_id is None else OFFICE_LINK


def place(db: Session, town_hall: TownHall, seat_id: int | None) -> Site:
    """Return the site of a seat, or the public's for None, made at its first mention."""
    site = questions.site(db, town_hall, seat_id)
    if site is None:
        seat = db.get(Seat, seat_id) if seat_id is not None else None
        site = Site(town_hall_id=town_hall.id, seat=seat, name=seat.name if seat else "")
        db.add(site)
        db.flush()
    return site


def site_key(site: Site) -> SiteKey:
    """Return the name by which the turn log knows a site."""
    return PUBLIC if site.seat_id is None else site.id
