"""Reminding people who were invited and have not answered."""

from collections import Counter
from datetime import datetime

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain.access import Action, Actor, require
from townhall.domain.states import MailKind
from townhall.errors import ConflictError
from townhall.i18n import N_
from townhall.queries import invitations, mails, planning
from townhall.queries.drafts import Addressee
from townhall.services import journal, notices, occasions
from townhall.services.senders import Sender


def remind(
    db: Session, actor: Actor, code: str, number: int, sender: Sender, *, now: datetime
) -> int:
    """Write a mail to everyone who was asked to a sitting and is silent; return how many.

    It carries the same entry, with its UID, SEQUENCE and DTSTAMP, so that nothing changes in a
    calendar that has it. Only the revision of the mails rises, which keeps their order.

    Args:
        number: The sitting's.
        sender: Who the mails come from, and what their links are made with.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        NotFoundError: There is no such sitting.
        ConflictError: It is over or cancelled, or there is nobody to remind.
    """
    now = now.replace(microsecond=0)
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        sitting = planning.sitting(db, town_hall, number)
        live = planning.live_sittings(db, town_hall, now=now)
        if sitting not in live:
            raise ConflictError(N_("This sitting is over or cancelled; nobody is reminded of it."))
        silent = mails.silent(db, sitting, now=now)
        if not silent:
            raise ConflictError(
                N_("Nobody is to be reminded: all have answered, or had a mail within a day.")
            )
        db.refresh(sitting, with_for_update=True)
        sitting.revision += 1
        db.flush()
        attends = Counter(row.contact.id for each in live for row in invitations.invited(db, each))
        seats = {seat.id: seat for seat in town_hall.seats}
        people = (
            (
                Addressee(
                    row.contact,
                    seats.get(row.seat_id or 0),
                    row.kind,
                    MailKind.REMINDER,
                    row,
                    attends=attends[row.contact.id],
                    staffed=row.staffed,
                ),
                row,
            )
            for row in list(invitations.invited(db, sitting))
            if row.id in silent
        )
        told = occasions.occasion(
            town_hall,
            occasions.event(sitting, sender),
            occasions.fairness(town_hall, [each.starts_at for each in live]),
            demo=sender.demo,
        )
        count = notices.write(db, told, sitting, people, sender, now=now)
        journal.audit(db, actor, "sitting.reminded", sitting, now, after={"mails": count})
        return count
