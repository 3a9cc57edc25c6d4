"""Answers to invitations, given on a page."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain.access import Action, Actor, require
from townhall.domain.replies import CLOSED, Reply, Standing, standing
from townhall.errors import ConflictError, TransitionError
from townhall.i18n import N_
from townhall.models.invitations import Invitation
from townhall.queries import replies
from townhall.services import journal


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
        town_hall_id = invitation.sitting.town_hall_id
        require(actor, Action.ANSWER_FOR_SEAT, town_hall_id, invitation.seat_id)
        _keep(db, actor, invitation, reply, now)
    return invitation


def _keep(db: Session, actor: Actor, invitation: Invitation, reply: Reply, now: datetime) -> None:
    """Write an answer, if it can be given and says something new."""
    sitting = invitation.sitting
    ends_at = sitting.starts_at + timedelta(minutes=sitting.minutes)
    stands = standing(sitting.state, ends_at, invitation.removed_at, now=now)
    if stands is not Standing.OPEN:
        raise TransitionError(CLOSED[stands])
    if reply.sequence != sitting.sequence:
        raise ConflictError(
            N_("The event has moved to another time. Look at the new time, then answer."),
            field="answer",
        )
    before = {"partstat": invitation.partstat, "note": invitation.note}
    after = {"partstat": reply.partstat, "note": reply.note}
    if before == after:
        return
    invitation.partstat, invitation.note = reply.partstat, reply.note
    invitation.answered_at = now
    journal.audit(
        db,
        actor,
        "invitation.answered",
        invitation,
        now,
        town_hall_id=sitting.town_hall_id,
        before=before,
        after=after,
    )
