"""Shortlists of hours: made, looked at, sent to the places, ended."""

from datetime import datetime

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import tokens
from townhall.domain.access import Action, Actor, require
from townhall.domain.availability import Wish, written
from townhall.errors import ConflictError, InputError
from townhall.i18n import N_
from townhall.models.availability import Asked, Shortlist
from townhall.models.planning import TownHall
from townhall.queries import availability, planning
from townhall.services import asks, journal
from townhall.services.senders import Sender


def make(db: Session, actor: Actor, code: str, wish: Wish, *, now: datetime) -> Shortlist:
    """Make a shortlist that nobody has been asked about; one not yet sent makes room for it.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: The places are being asked about another one.
        InputError: The deadline has passed; field `deadline`.
    """
    with transaction(db):
        town_hall = _locked(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        wish.check(now)
        shortlist = availability.current(town_hall)
        if shortlist is not None and shortlist.sent_at is not None:
            if availability.is_open(shortlist, now):
                raise ConflictError(
                    N_("The places are being asked already. Stop asking before you ask again.")
                )
            shortlist.ended_at = shortlist.deadline_at
            shortlist = None
        if shortlist is None:
            shortlist = Shortlist(town_hall=town_hall, created_at=now, version=0)
            db.add(shortlist)
        shortlist.starts = [written(start) for start in wish.starts]
        shortlist.deadline_at, shortlist.note = wish.deadline_at, wish.note
        shortlist.created_at = now
        shortlist.version += 1
        after = {"starts": shortlist.starts, "deadline_at": wish.deadline_at}
        journal.audit(db, actor, "shortlist.made", shortlist, now, after=after)
    return shortlist


def send(
    db: Session, actor: Actor, code: str, sender: Sender, *, version: int, now: datetime
) -> Shortlist:
    """Ask every contact of every seat, in one transaction with the mails and their reminders.

    Args:
        sender: Who the mails come from, and what their links are made with.
        version: Of the shortlist that the preview showed.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        ConflictError: It is gone, was sent, or was changed since the preview.
        InputError: The deadline has passed meanwhile, or nobody can be asked.
    """
    now = now.replace(microsecond=0)
    with transaction(db):
        town_hall = _locked(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        shortlist = availability.current(town_hall)
        if shortlist is None or shortlist.sent_at is not None or shortlist.version != version:
            raise ConflictError(
                N_("The shortlist was sent, changed or thrown away meanwhile. Look at it again.")
            )
        Wish(tuple(shortlist.instants), shortlist.deadline_at, shortlist.note).check(now)
        voices = availability.voices(town_hall)
        if not voices:
            raise InputError(
                N_("Nobody can be asked: no seat has a contact. Add one first."), field="seats"
            )
        for voice in voices:
            asked = Asked(code=tokens.fresh_code(16), seat=voice.seat, contact=voice.contact)
            shortlist.asked.append(asked)
            asks.write(db, shortlist, asked, sender, now)
        shortlist.sent_at = now
        shortlist.version += 1
        journal.audit(db, actor, "shortlist.sent", shortlist, now, after={"asked": len(voices)})
    return shortlist


def end(db: Session, actor: Actor, code: str, *, now: datetime) -> None:
    """Stop asking, or throw away what was not sent; what was said stays said.

    Mails that still wait are superseded.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
    """
    with transaction(db):
        town_hall = _locked(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        asks.stop(db, actor, town_hall, now)
        shortlist = availability.current(town_hall)
        if shortlist is not None:
            journal.audit(db, actor, "shortlist.discarded", shortlist, now)
            db.delete(shortlist)


def _locked(db: Session, code: str) -> TownHall:
    """Return the town hall, so that nobody else changes its shortlist at the same time."""
    town_hall = planning.town_hall(db, code)
    db.refresh(town_hall, with_for_update={"of": TownHall})
    return town_hall
