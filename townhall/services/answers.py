"""The one writer of what an invited person answers: shared, a use case of nobody."""

from datetime import datetime

from sqlalchemy.orm import Session

from townhall.domain.access import Actor
from townhall.domain.replies import Reply
from townhall.models.invitations import Invitation
from townhall.services import journal, own_entries


def keep(
    db: Session,
    actor: Actor,
    invitation: Invitation,
    reply: Reply,
    *,
    said_at: datetime,
    now: datetime,
) -> None:
    """Write an answer that counts, and audit it if it says something new.

    Args:
        db: The session of the caller's transaction.
        actor: Who answers.
        invitation: Whose answer it is.
        reply: What is said; its sequence is that of the time that it is to.
        said_at: When it was given, by the clock of whoever gave it; UTC.
        now: When it came in, UTC.
    """
    before = {"partstat": invitation.partstat, "note": invitation.note}
    after = {"partstat": reply.partstat, "note": reply.note}
    invitation.said_sequence, invitation.said_at = reply.sequence, said_at
    if before == after:
        return
    invitation.partstat, invitation.note = reply.partstat, reply.note
    invitation.answered_at = now
    own_entries.answered(db, invitation.sitting_id, now)
    journal.audit(
        db,
        actor,
        "invitation.answered",
        invitation,
        now,
        town_hall_id=invitation.sitting.town_hall_id,
        before=before,
        after=after,
    )
