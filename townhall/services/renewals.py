"""Secret addresses of feeds, renewed: the old one then leads nowhere."""

from datetime import datetime

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain.access import Action, Actor, require, require_account
from townhall.errors import NotFoundError
from townhall.models.accounts import Contact
from townhall.models.directory import Office
from townhall.models.series import Series
from townhall.queries import directory, planning, replies
from townhall.services import journal


def renew_series(db: Session, actor: Actor, code: str, *, now: datetime) -> None:
    """Renew the address of the feed of a town hall's series.

    Raises:
        NotAllowedError: The actor is not of the team of each town hall of the series.
        NotFoundError: It is part of no series.
    """
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
        if town_hall.occurrence is None:
            raise NotFoundError
        series = town_hall.occurrence.series
        for place in series.occurrences:
            require(actor, Action.EDIT_TOWN_HALL, place.town_hall_id)
        _renew(db, actor, series, now, town_hall_id=town_hall.id)


def renew_office(db: Session, actor: Actor, office_id: int, *, now: datetime) -> None:
    """Renew the address of an office's feed.

    Raises:
        SignInRequiredError: Nobody is signed in.
        NotFoundError: There is no such office.
    """
    require_account(actor)
    with transaction(db):
        _renew(db, actor, directory.office(db, office_id), now)


def renew_for_seat(db: Session, actor: Actor, code: str, position: int, *, now: datetime) -> None:
    """Renew the address of the feed of a seat's office.

    Raises:
        NotAllowedError: The actor does not answer for the seat.
        NotFoundError: There is no such seat, or it is no office's.
    """
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        seat = planning.seat(db, town_hall, position)
        require(actor, Action.ANSWER_FOR_SEAT, town_hall.id, seat.id)
        if seat.office is None:
            raise NotFoundError
        _renew(db, actor, seat.office, now, town_hall_id=town_hall.id)


def renew_for_invited(db: Session, code: str, *, now: datetime) -> None:
    """Renew the address of the feed of an invited person.

    Args:
        code: Of one of their invitations; the caller has checked the link's signature.
    """
    with transaction(db):
        invitation = replies.invitation(db, code)
        actor = Actor(f"contact:{invitation.contact_id}")
        _renew(db, actor, invitation.contact, now, town_hall_id=invitation.sitting.town_hall_id)


def _renew(
    db: Session,
    actor: Actor,
    owned: Series | Office | Contact,
    now: datetime,
    *,
    town_hall_id: int | None = None,
) -> None:
    """Count a renewal, of which every address is made."""
    owned.feed_renewals += 1
    after = {"feed_renewals": owned.feed_renewals}
    journal.audit(db, actor, "feed.renewed", owned, now, town_hall_id=town_hall_id, after=after)
