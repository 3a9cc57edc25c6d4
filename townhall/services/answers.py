"""The one writer of what an invited person answers: shared, a use case of nobody."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from townhall.domain.access import Actor
from townhall.domain.replies import Reply
from townhall.domain.states import PartStat
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
    invitation.said_sequence, invitation.said_at = reply.sequence, said_at
    if (invitation.partstat, invitation.note) == (reply.partstat, reply.note):
        return
    before = _told(invitation.partstat, invitation.note)
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
        after=_told(reply.partstat, reply.note),
    )


def _told(partstat: PartStat, note: str) -> dict[str, Any]:
    """Return what the audit log keeps of an answer; not the note, which is forgotten one day."""
    return {"partstat": partstat, "has_note": bool(note)}
