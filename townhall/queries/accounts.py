"""Reads of accounts, sessions and links."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from townhall.domain import tokens
from townhall.domain.access import Actor, Grant
from townhall.models import accounts

IDLE = timedelta(days=14)
"""A session that was not used for so long has ended."""


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
