"""When a seat can: its answers to the hours of a shortlist."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain.access import Action, Actor, require
from townhall.domain.availability import Said, check_open
from townhall.errors import TransitionError
from townhall.i18n import N_
from townhall.models.availability import SeatReply, Shortlist
from townhall.models.planning import Seat
from townhall.queries import availability, planning
from townhall.services import asks, journal, replans


def answer(db: Session, code: str, said: Said, *, now: datetime) -> SeatReply:
    """Keep what an asked person says for their seat by their own signed link.

    Args:
        code: Names who was asked; the caller has checked the link's signature.

    Raises:
        InputError: Field `answers`: an hour has no answer.
        TransitionError: The deadline is over, or the organizers have stopped asking.
    """
    with transaction(db):
        asked = availability.asked(db, code)
        actor = Actor(f"contact:{asked.contact_id}")
        return _keep(db, actor, asked.shortlist, asked.seat, said, now=now)


def answer_for_seat(
    db: Session, actor: Actor, code: str, position: int, said: Said, *, now: datetime
) -> SeatReply:
    """Keep what somebody of a seat says for it.

    Raises:
        NotFoundError: There is no such seat, or the actor has no part in its town hall.
        NotAllowedError: The actor does not answer for that seat.
        InputError, TransitionError: As for `answer`.
    """
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        seat = planning.seat(db, town_hall, position)
        require(actor, Action.ANSWER_FOR_SEAT, town_hall.id, seat.id)
        shortlist = availability.newest_sent(town_hall)
        if shortlist is None:
            raise TransitionError(N_("Nobody asks about hours now; no answer is needed."))
        return _keep(db, actor, shortlist, seat, said, now=now)


def _keep(
    db: Session, actor: Actor, shortlist: Shortlist, seat: Seat, said: Said, *, now: datetime
) -> SeatReply:
    """Write what a seat says, if it can be said and is new."""
    # Two people of one seat may answer at once; the later one is the seat's word.
    db.refresh(shortlist, with_for_update={"of": Shortlist})
    check_open(shortlist.deadline_at, shortlist.ended_at, seat.zone, now=now)
    answers = said.written(shortlist.instants)
    reply = availability.reply_of(shortlist, seat)
    if reply is not None and (reply.answers, reply.note) == (answers, said.note):
        return reply
    before = _told(reply) if reply else None
    if reply is None:
        reply = SeatReply(seat_id=seat.id)
        shortlist.replies.append(reply)
    reply.answers, reply.note, reply.answered_at = answers, said.note, now
    asks.forget_reminders(db, [each for each in shortlist.asked if each.seat_id == seat.id])
    journal.audit(
        db,
        actor,
        "availability.answered",
        reply,
        now,
        town_hall_id=shortlist.town_hall_id,
        before=before,
        after=_told(reply),
    )
    replans.heard(db, shortlist.town_hall, now=now)
    return reply


def _told(reply: SeatReply) -> dict[str, Any]:
    """Return what the audit log, which nothing is taken from, keeps of an answer: not the note."""
    return {"answers": reply.answers, "has_note": bool(reply.note)}
