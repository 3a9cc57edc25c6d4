"""Reads of shortlists and of what was said to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from townhall.domain.availability import written
from townhall.domain.slots import Answer
from townhall.errors import NotFoundError
from townhall.models.accounts import Contact
from townhall.models.availability import Asked, SeatReply, Shortlist
from townhall.models.planning import Seat, TownHall


@dataclass(frozen=True, slots=True)
class Voice:
    """A person who speaks for a seat."""

    seat: Seat
    contact: Contact


@dataclass(frozen=True, slots=True)
class Row:
    """What one seat said to the starts of a shortlist, in their order.

    `reply` is None, and so is every answer, of a seat that said nothing.
    """

    seat: Seat
    answers: tuple[Answer | None, ...]
    reply: SeatReply | None


def voices(town_hall: TownHall) -> list[Voice]:
    """Return who is asked for each seat, in order of seats: its contacts with an address."""
    return [
        Voice(seat, row.contact)
        for seat in town_hall.seats
        for row in seat.contacts
        if row.contact.address is not None
    ]


def current(town_hall: TownHall) -> Shortlist | None:
    """Return the shortlist that is being made or asked about; None where there is none."""
    return next((each for each in reversed(town_hall.shortlists) if each.ended_at is None), None)


def newest_sent(town_hall: TownHall) -> Shortlist | None:
    """Return the shortlist that was last asked about, whether or not it still is."""
    return next((each for each in reversed(town_hall.shortlists) if each.sent_at), None)


def is_open(shortlist: Shortlist, now: datetime) -> bool:
    """Return whether answers to a shortlist are taken."""
    return (
        shortlist.sent_at is not None and shortlist.ended_at is None and now < shortlist.deadline_at
    )


def rows(shortlist: Shortlist, seats: Sequence[Seat]) -> list[Row]:
    """Return what each of the seats said to a shortlist."""
    replies = {reply.seat_id: reply for reply in shortlist.replies}
    return [
        Row(seat, answers_to(shortlist, replies.get(seat.id)), replies.get(seat.id))
        for seat in seats
    ]


def answers_to(shortlist: Shortlist, reply: SeatReply | None) -> tuple[Answer | None, ...]:
    """Return a reply's answers in the order of the starts; None where nothing was said."""
    said = reply.answers if reply else {}
    found = [said.get(written(start)) for start in shortlist.instants]
    return tuple(Answer(each) if each else None for each in found)


def reply_of(shortlist: Shortlist, seat: Seat) -> SeatReply | None:
    """Return what a seat said to a shortlist; None where it said nothing."""
    return next((reply for reply in shortlist.replies if reply.seat_id == seat.id), None)


def asked(db: Session, code: str) -> Asked:
    """Return who was asked by the link with this code, with shortlist and town hall.

    Raises:
        NotFoundError: Nobody was.
    """
    found = db.scalar(
        select(Asked)
        .where(Asked.code == code)
        .options(joinedload(Asked.shortlist).joinedload(Shortlist.town_hall))
    )
    if found is None:
        raise NotFoundError
    return found
