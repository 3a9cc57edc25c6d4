"""Reads of accounts, sessions and links."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from townhall.domain import tokens
from townhall.domain.access import Actor, Grant, Role
from townhall.errors import ExpiredLinkError
from townhall.i18n import N_
from townhall.models import accounts

IDLE = timedelta(days=14)
"""A session that was not used for so long has ended."""

TRIES = 5
"""Wrong codes that end a sign-in."""

TRIES_A_DAY = 20
"""Wrong codes that end an account's codes for a day."""


def session(db: Session, token: str, *, now: datetime) -> accounts.Session | None:
    """Return the living session of a cookie's secret; None if ended, idle or run out."""
    row = db.scalar(
        select(accounts.Session).where(accounts.Session.token_hash == tokens.digest(token))
    )
    if row is None or row.ended_at is not None:
        return None
    if row.expires_at <= now or row.seen_at + IDLE <= now:
        return None
    return row


def actor(db: Session, row: accounts.Session) -> Actor:
    """Return who a session stands for: its account's memberships and its living links."""
    grants = {
        Grant(link.town_hall_id, link.role, link.seat_id)
        for link in row.links
        if link.revoked_at is None
    }
    key = f"session:{row.id}"
    if row.account_id is not None:
        key = f"account:{row.account_id}"
        memberships = db.scalars(
            select(accounts.Membership).where(accounts.Membership.account_id == row.account_id)
        )
        grants |= {Grant(member.town_hall_id, member.role) for member in memberships}
    return Actor(key, row.account_id, frozenset(grants))


def language(db: Session, row: accounts.Session) -> str | None:
    """Return the language in which a session's account is written to; None without an account."""
    return db.scalar(
        select(accounts.Contact.language)
        .join(accounts.Account)
        .where(accounts.Account.id == row.account_id)
    )


def sessions(db: Session, account_id: int, *, now: datetime) -> Sequence[accounts.Session]:
    """Return the living sessions of an account, the last used first."""
    return db.scalars(
        select(accounts.Session)
        .where(
            accounts.Session.account_id == account_id,
            accounts.Session.ended_at.is_(None),
            accounts.Session.expires_at > now,
            accounts.Session.seen_at > now - IDLE,
        )
        .order_by(accounts.Session.seen_at.desc(), accounts.Session.id.desc())
    ).all()


def account(db: Session, address_key: str) -> accounts.Account | None:
    """Return the account of a folded mail address, open or closed."""
    return db.scalar(
        select(accounts.Account)
        .join(accounts.Contact)
        .where(accounts.Contact.address_key == address_key)
    )


def sign_in(db: Session, token: str, *, now: datetime) -> accounts.SignIn:
    """Return the sign-in of a mailed link.

    Raises:
        ExpiredLinkError: It was used, has run out, or too many codes were wrong.
    """
    found = db.scalar(_open_sign_ins(now).where(accounts.SignIn.token_hash == tokens.digest(token)))
    if found is None:
        raise ExpiredLinkError(N_("This link was used or has run out. Ask for a new one."))
    return found


def is_asked_by(row: accounts.SignIn, browser: str) -> bool:
    """Return whether a browser, by its cookie's secret, is the one that asked to sign in."""
    return tokens.same(row.browser_hash, tokens.digest(browser))


def sign_in_of_browser(db: Session, browser: str, *, now: datetime) -> accounts.SignIn | None:
    """Return the newest open sign-in that a browser asked for, by its cookie's secret."""
    return db.scalar(
        _open_sign_ins(now)
        .where(accounts.SignIn.browser_hash == tokens.digest(browser))
        .order_by(accounts.SignIn.id.desc())
        .limit(1)
    )


def may_try_codes(db: Session, account_id: int, *, now: datetime) -> bool:
    """Return whether codes of an account are still believed: not after 20 wrong ones in a day.

    Six digits alone would not withstand somebody who asks for one mail after another and
    guesses five times each; the link in each mail still works where it was asked for.
    """
    wrong = db.scalar(
        select(func.sum(accounts.SignIn.tries)).where(
            accounts.SignIn.account_id == account_id,
            accounts.SignIn.created_at > now - timedelta(days=1),
        )
    )
    return (wrong or 0) < TRIES_A_DAY


def living_links(
    db: Session, town_hall_id: int, role: Role, seat_id: int | None
) -> Sequence[accounts.Link]:
    """Return the links that give a role and were not revoked, the oldest first."""
    return db.scalars(
        select(accounts.Link)
        .where(
            accounts.Link.town_hall_id == town_hall_id,
            accounts.Link.role == role,
            accounts.Link.seat_id == seat_id,
            accounts.Link.revoked_at.is_(None),
        )
        .order_by(accounts.Link.id)
    ).all()


def _open_sign_ins(now: datetime) -> Select[accounts.SignIn]:
    """Select the sign-ins that can still be used."""
    return select(accounts.SignIn).where(
        accounts.SignIn.used_at.is_(None),
        accounts.SignIn.expires_at > now,
        accounts.SignIn.tries < TRIES,
    )


def links(db: Session, town_hall_id: int) -> Sequence[accounts.Link]:
    """Return every link of a town hall, living and revoked, the newest first."""
    return db.scalars(
        select(accounts.Link)
        .where(accounts.Link.town_hall_id == town_hall_id)
        .order_by(accounts.Link.id.desc())
    ).all()
