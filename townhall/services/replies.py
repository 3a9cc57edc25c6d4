"""Answers to invitations, given on a page."""

from datetime import datetime

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain.access import Action, Actor, require
from townhall.domain.replies import CLOSED, Reply, Standing, standing
from townhall.errors import ConflictError, NotFoundError, TransitionError
from townhall.i18n import N_
from townhall.models.invitations import Invitation
from townhall.queries import replies
from townhall.services import answers


def answer(db: Session, code: str, reply: Reply, *, now: datetime) -> Invitation:
    """Keep what an invited person answers by their own signed link.

    The same answer once more changes nothing.

    Args:
        code: The invitation's; the caller has checked the link's signature.

    Raises:
        ConflictError: The time that they were shown is no longer the sitting's.
        TransitionError: The sitting is cancelled or over, or the person is off its list.
    """
    with transaction(db):
        invitation = replies.invitation(db, code)
        _keep(db, Actor(f"contact:{invitation.contact_id}"), invitation, reply, now)
    return invitation


def answer_for_seat(
    db: Session, actor: Actor, code: str, reply: Reply, *, now: datetime
) -> Invitation:
    """Keep what somebody of a seat answers for a person invited for it.

    Raises:
        NotFoundError: No such invitation, or the actor has no part in its town hall.
        NotAllowedError: The actor does not answer for that seat.
        ConflictError, TransitionError: As for `answer`.
    """
    with transaction(db):
        invitation = replies.invitation(db, code)
        if invitation.seat_id is None:
            raise NotFoundError  # nobody answers for the team, nor for who registered
        town_hall_id = invitation.sitting.town_hall_id
        require(actor, Action.ANSWER_FOR_SEAT, town_hall_id, invitation.seat_id)
        _keep(db, actor, invitation, reply, now)
    return invitation


def _keep(db: Session, actor: Actor, invitation: Invitation, reply: Reply, now: datetime) -> None:
    """Write an answer, if it can be given."""
    sitting = invitation.sitting
    stands = standing(sitting.state, sitting.ends_at, invitation.removed_at, now=now)
    if stands is not Standing.OPEN:
        raise TransitionError(CLOSED[stands])
    # It also rises for other people's sake; they were asked anew only of a time that changed.
    if not invitation.asked_sequence <= reply.sequence <= sitting.sequence:
        raise ConflictError(
            N_("The event has moved to another time. Look at the new time, then answer."),
            field="answer",
        )
    answers.keep(db, actor, invitation, reply, said_at=now, now=now)
