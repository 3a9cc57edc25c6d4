"""Participants: the one writer of people and sites, shared by the services."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from townhall.domain.access import ANYONE, Actor, Role
from townhall.domain.turns.events import Joined, Moved
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


def known(db: Session, town_hall: TownHall, participant: Participant, now: datetime) -> Person:
    """Return the person, made at their first act; the town hall's row must be locked.

    Who was on the open page and came back by an office's link moves to its site, and keeps
    what they have paid. The other way they stay where they are.
    """
    person = questions.person(db, town_hall, participant.key)
    seat_id = participant.seat_id(town_hall)
    if person is not None and (seat_id is None or person.site.seat_id is not None):
        return person
    site = place(db, town_hall, seat_id)
    trust = OPEN_LINK if seat_id is None else OFFICE_LINK
    if person is not None:
        person.site, person.trust = site, trust
        boards.log(db, town_hall, now, Moved(person.id, site_key(site), trust))
        return person
    person = Person(
        town_hall_id=town_hall.id,
        key_hash=questions.person_digest(town_hall.code, participant.key),
        site=site,
        trust=trust,
        created_at=now,
    )
    db.add(person)
    db.flush()
    boards.log(db, town_hall, now, Joined(person.id, site_key(site), trust))
    return person


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
