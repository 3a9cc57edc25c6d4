"""Secret links: made, revoked and opened."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import tokens
from townhall.domain.access import SYSTEM, Action, Actor, Role, require
from townhall.errors import ExpiredLinkError, InputError, NotFoundError
from townhall.i18n import N_
from townhall.models.accounts import Account, Link
from townhall.models.planning import Seat, TownHall
from townhall.queries import accounts
from townhall.services import browsers, journal

OF_A_SEAT = frozenset({Role.OFFICE, Role.SPEAKER, Role.AUDIENCE})
OF_NO_SEAT = frozenset({Role.MODERATOR, Role.HOST, Role.PRESENTER, Role.VIEWER})

NAME_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening a link came to.

    Args:
        link: Tells the role.
        town_hall: Where it gives that.
        seat: Whose it is, if it is a seat's.
        session_token: For the browser's cookie; the one that it has, or a new one.
    """

    link: Link
    town_hall: TownHall
    seat: Seat | None
    session_token: str


def make(
    db: Session,
    actor: Actor,
    town_hall: TownHall,
    role: Role,
    *,
    label: str,
    now: datetime,
    seat: Seat | None = None,
) -> tuple[Link, str]:
    """Return a new link and its token, which is kept nowhere: it can be shown this once.

    Args:
        role: Of the stage or the plan, or with `seat` one of a seat; the team signs in instead.
        label: Whom it is for, as the team calls it.

    Raises:
        NotAllowedError: The actor makes no links here.
        InputError: Field `role`: no link gives it, or it is a seat's and none is named, or
            the reverse. Field `label`: longer than 200 characters.
    """
    with transaction(db):
        require(actor, Action.MAKE_LINKS, town_hall.id)
        allowed = OF_NO_SEAT if seat is None else OF_A_SEAT
        if role not in allowed or (seat and seat.town_hall_id != town_hall.id):
            raise InputError(
                N_("“%(value)s” is not a role that this link can give."),
                field="role",
                value=role.value,
            )
        link = Link(role=role, town_hall_id=town_hall.id, label=label, created_at=now)
        link.seat_id = seat.id if seat else None
        return _keep(db, actor, link)


def make_for_people(
    db: Session, actor: Actor, seat: Seat, *, label: str, now: datetime
) -> tuple[Link, str]:
    """Return a new link by which a seat's own people ask and vote, in place of the former one.

    Who came by the former link stays with the seat's site; nobody else comes by it.

    Raises:
        NotAllowedError: The actor does not answer for the seat, nor make links.
    """
    with transaction(db):
        require(actor, Action.SHARE_SEAT, seat.town_hall_id, seat.id)
        former = accounts.living_links(db, seat.town_hall_id, Role.AUDIENCE, seat.id)
        for link in former:
            _revoke(db, actor, link, now)
        link = Link(role=Role.AUDIENCE, town_hall_id=seat.town_hall_id, label=label, created_at=now)
        link.seat_id = seat.id
        return _keep(db, actor, link)


def make_for_account(
    db: Session, account: Account, town_hall: TownHall, *, label: str, now: datetime
) -> tuple[Link, str]:
    """Return a reusable link that signs an account in; it opens in a demonstration alone."""
    with transaction(db):
        link = Link(role=Role.OWNER, town_hall_id=town_hall.id, label=label, created_at=now)
        link.account_id = account.id
        return _keep(db, SYSTEM, link)


def revoke(db: Session, actor: Actor, link_id: int, *, now: datetime) -> Link:
    """Return the link, which from now on opens nothing and gives nothing to who had opened it.

    Raises:
        NotFoundError: There is no such link, or the actor has no part in its town hall.
        NotAllowedError: The actor makes no links there.
    """
    with transaction(db):
        link = db.get(Link, link_id, with_for_update=True)
        if link is None:
            raise NotFoundError
        require(actor, Action.MAKE_LINKS, link.town_hall_id)
        if link.revoked_at is None:
            _revoke(db, actor, link, now)
    return link


def open_(
    db: Session, token: str, session_token: str | None, *, demo: bool, now: datetime
) -> Opened:
    """Add a link to the browser's session, making one where there is none.

    Args:
        token: Of the link.
        session_token: The browser's, if it has one.
        demo: Whether links that sign an account in may be opened.

    Raises:
        NotFoundError: No such link was ever made, or only a demonstration opens it.
        ExpiredLinkError: It was revoked.
    """
    with transaction(db):
        link = db.scalar(select(Link).where(Link.token_hash == tokens.digest(token)))
        if link is None or (link.account_id is not None and not demo):
            raise NotFoundError
        if link.revoked_at is not None:
            raise ExpiredLinkError(
                N_("This link has ended. Ask whoever gave it to you for the new one.")
            )
        session_token = _join(db, link, session_token, now)
        town_hall = db.get_one(TownHall, link.town_hall_id)
        seat = db.get_one(Seat, link.seat_id) if link.seat_id else None
    return Opened(link, town_hall, seat, session_token)


def _join(db: Session, link: Link, session_token: str | None, now: datetime) -> str:
    """Return the token of the session that has the link from now on."""
    if link.account_id is not None:
        return browsers.change_account(db, session_token, link.account_id, now)[1]
    session = browsers.living(db, session_token, now)
    if session is None or session_token is None:
        return browsers.begin(db, now, links=[link])[1]
    if link not in session.links:
        session.links.append(link)
    return session_token


def _keep(db: Session, actor: Actor, link: Link) -> tuple[Link, str]:
    """Give a link its secret and write it; the secret is not among what is audited."""
    if len(link.label) > NAME_LIMIT:
        raise InputError(
            N_("“%(value)s…” has %(count)s characters; the most is %(limit)s."),
            field="label",
            value=link.label[:40],
            count=len(link.label),
            limit=NAME_LIMIT,
        )
    token = tokens.fresh()
    link.token_hash = tokens.digest(token)
    db.add(link)
    kept = ("role", "seat_id", "account_id", "label")
    after = {name: getattr(link, name) for name in kept}
    journal.audit(db, actor, "link.made", link, link.created_at, after=after)
    return link, token


def _revoke(db: Session, actor: Actor, link: Link, now: datetime) -> None:
    """End a living link."""
    link.revoked_at = now
    journal.audit(
        db, actor, "link.revoked", link, now, before={"revoked_at": None}, after={"revoked_at": now}
    )
