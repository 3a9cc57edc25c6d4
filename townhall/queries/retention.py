"""Reads of what is kept of events that are over."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from townhall.domain.states import SittingState
from townhall.models.accounts import Account, Contact
from townhall.models.availability import Asked
from townhall.models.directory import OfficeContact
from townhall.models.invitations import Invitation
from townhall.models.planning import Draft, DraftStep, SeatContact, Sitting, TownHall
from townhall.models.registrations import Registration
from townhall.models.replies import ContactAlias, MailedReply
from townhall.models.staff import Staffer


def over(db: Session, *, ended: datetime, looked: datetime) -> TownHall | None:
    """Return a town hall whose people are to be forgotten, locked; None if there is none.

    No sitting begins after `ended`, neither one that is known, called off or not, nor one that a
    draft would make or move. And nothing is left to plan: as many sittings as are wanted began,
    those that were called off not counted, or the window was over by `ended`. And it was not
    looked at since `looked`.
    """
    of_hall = Sitting.town_hall_id == TownHall.id
    drafted = exists().where(
        Draft.town_hall_id == TownHall.id,
        DraftStep.draft_id == Draft.id,
        DraftStep.starts_at > ended,
    )
    stood = (
        select(func.count(Sitting.id))
        .where(of_hall, Sitting.state != SittingState.CANCELLED)
        .scalar_subquery()
    )
    return db.scalar(
        select(TownHall)
        .where(
            ~exists().where(of_hall, Sitting.starts_at > ended),
            ~drafted,
            or_(stood >= TownHall.sittings_wanted, TownHall.window_until_at <= ended),
            or_(TownHall.forgotten_at.is_(None), TownHall.forgotten_at < looked),
        )
        .order_by(TownHall.id)
        .limit(1)
        .with_for_update(of=TownHall, skip_locked=True)
    )


def sitting_ids(town_hall: TownHall) -> Select[int]:
    """Select the ids of a town hall's sittings."""
    return select(Sitting.id).where(Sitting.town_hall_id == town_hall.id)


def answerers(db: Session, town_hall: TownHall) -> Sequence[Contact]:
    """Return who is known by an answer by mail to a town hall and by nothing else."""
    own = sitting_ids(town_hall)
    wrote = or_(MailedReply.sender_id == Contact.id, MailedReply.attendee_id == Contact.id)
    other_uses = (
        exists().where(Account.contact_id == Contact.id),
        exists().where(SeatContact.contact_id == Contact.id),
        exists().where(OfficeContact.contact_id == Contact.id),
        exists().where(Staffer.contact_id == Contact.id),
        exists().where(Asked.contact_id == Contact.id),
        exists().where(
            or_(ContactAlias.contact_id == Contact.id, ContactAlias.alias_id == Contact.id)
        ),
        exists().where(Invitation.contact_id == Contact.id),
        exists().where(Registration.contact_id == Contact.id),
        exists().where(and_(wrote, MailedReply.sitting_id.not_in(own))),
    )
    return db.scalars(
        select(Contact)
        .where(
            Contact.address.is_not(None),
            exists().where(and_(wrote, MailedReply.sitting_id.in_(own))),
            *(~use for use in other_uses),
        )
        .order_by(Contact.id)
    ).all()
