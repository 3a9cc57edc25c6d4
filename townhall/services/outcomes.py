"""Whether a sitting took place: said by the organizers when it is over."""

from datetime import datetime

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain.access import Action, Actor, require
from townhall.domain.ports import Feed
from townhall.domain.states import SittingState
from townhall.errors import ConflictError
from townhall.i18n import N_
from townhall.models.planning import Sitting
from townhall.queries import planning
from townhall.services import boards, journal, replans


def record(
    db: Session,
    feed: Feed,
    actor: Actor,
    code: str,
    number: int,
    *,
    took_place: bool,
    now: datetime,
) -> Sitting:
    """Keep whether a sitting took place. One that did not is cancelled, and nobody is mailed.

    Until somebody says so, one whose end has passed counts as held.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        NotFoundError: There is no such sitting.
        ConflictError: It is not over yet, or was cancelled before.
    """
    with transaction(db) as tx:
        town_hall = boards.raised(db, code)
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
        sitting = planning.sitting(db, town_hall, number)
        if sitting.ends_at > now:
            raise ConflictError(N_("This sitting is not over yet."))
        if sitting.state is SittingState.CANCELLED and sitting.took_place is None:
            raise ConflictError(N_("This sitting was cancelled; people were told so."))
        before = {"state": sitting.state.value}
        sitting.took_place = took_place
        sitting.state = SittingState.HELD if took_place else SittingState.CANCELLED
        sitting.version += 1
        after = {"state": sitting.state.value}
        journal.audit(db, actor, "sitting.recorded", sitting, now, before=before, after=after)
        replans.changed(db, town_hall, now)
        tx.after_commit(lambda: feed.changed(code))
    return sitting
