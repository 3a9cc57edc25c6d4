"""The session table's one writer: shared by the services, a use case of nobody."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from townhall.domain import tokens
from townhall.models import accounts as models
from townhall.queries import accounts

LIFE = timedelta(days=30)
"""A session ends so long after it began, however often it is used."""


def begin(
    db: Session,
    now: datetime,
    *,
    account_id: int | None = None,
    links: Iterable[models.Link] = (),
) -> tuple[models.Session, str]:
    """Return a new session and its token, which only the browser's cookie keeps."""
    token = tokens.fresh()
    session = models.Session(
        token_hash=tokens.digest(token),
        account_id=account_id,
        created_at=now,
        seen_at=now,
        expires_at=now + LIFE,
        links=list(links),
    )
    db.add(session)
    db.flush()
    return session, token


def living(db: Session, token: str | None, now: datetime) -> models.Session | None:
    """Return the living session of a cookie's token, locked until the transaction ends."""
    session = accounts.session(db, token, now=now) if token else None
    if session is not None:
        # Two tabs that open the same link at once would both add it.
        db.refresh(session, with_for_update={"of": models.Session})
    return session


def change_account(
    db: Session, token: str | None, account_id: int, now: datetime
) -> tuple[models.Session, str]:
    """Return a new session of an account in place of the browser's present one, which ends.

    Links that the browser had opened come along, unless another account was signed in: the
    next person at a shared computer is not to have them.
    """
    former = living(db, token, now)
    links: Iterable[models.Link] = ()
    if former is not None:
        former.ended_at = now
        if former.account_id in {None, account_id}:
            links = [link for link in former.links if link.revoked_at is None]
    return begin(db, now, account_id=account_id, links=links)


def end_all(db: Session, account_id: int, now: datetime) -> None:
    """End every session of an account."""
    rows = db.scalars(
        select(models.Session).where(
            models.Session.account_id == account_id, models.Session.ended_at.is_(None)
        )
    )
    for session in rows:
        session.ended_at = now
