"""Accounts opened and closed, and the sessions of browsers: seen, listed, ended."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain.access import Actor, require_account
from townhall.domain.people import ContactDetails
from townhall.errors import ConflictError, NotFoundError
from townhall.i18n import N_
from townhall.models.accounts import Account
from townhall.models.accounts import Session as BrowserSession
from townhall.queries import accounts
from townhall.services import browsers, contacts, journal, own_entries

SEEN_EVERY = timedelta(minutes=10)
"""How exactly it is known when a session was last used; a write each time would cost."""


def add(db: Session, actor: Actor, details: ContactDetails, *, now: datetime) -> Account:
    """Open an account, or open a closed one again; only the command line does.

    Raises:
        ConflictError: The address has an open account.
    """
    with transaction(db):
        account = accounts.account(db, details.key)
        if account is not None and account.closed_at is None:
            raise ConflictError(
                N_("“%(address)s” already has an account."),
                field="address",
                address=details.address,
            )
        contact = contacts.known(db, details)
        if account is None:
            account = Account(contact=contact, created_at=now)
            db.add(account)
        account.closed_at = None
        journal.audit(db, actor, "account.opened", account, now)
    return account


def close(db: Session, actor: Actor, address: str, *, now: datetime) -> Account:
    """Close an account and end its sessions; only the command line does.

    What it made stays, but the password of its own calendar is forgotten.

    Raises:
        NotFoundError: The address has no open account.
    """
    with transaction(db):
        account = accounts.account(db, address.casefold())
        if account is None or account.closed_at is not None:
            raise NotFoundError(N_("“%(address)s” has no account."), address=address)
        account.closed_at = now
        browsers.end_all(db, account.id, now)
        own_entries.forget(db, account.id)
        journal.audit(db, actor, "account.closed", account, now)
    return account


def seen(db: Session, session: BrowserSession, *, now: datetime) -> None:
    """Note that a session is in use, if that was not noted in the last ten minutes."""
    if session.seen_at + SEEN_EVERY <= now:
        with transaction(db):
            # The page may have given its own view of the row back already.
            db.get_one(BrowserSession, session.id).seen_at = now


def sign_out(db: Session, actor: Actor, token: str, *, now: datetime) -> None:
    """End the session of a cookie's token, with the links that were opened in it."""
    with transaction(db):
        session = browsers.living(db, token, now)
        if session is not None:
            session.ended_at = now
            journal.audit(db, actor, "session.ended", session, now)


def end_session(db: Session, actor: Actor, session_id: int, *, now: datetime) -> None:
    """End one of the actor's own sessions, such as that of a lost phone.

    Raises:
        SignInRequiredError: Nobody is signed in.
        NotFoundError: The session is not the actor's.
    """
    account_id = require_account(actor)
    with transaction(db):
        session = db.get(BrowserSession, session_id)
        if session is None or session.account_id != account_id:
            raise NotFoundError
        if session.ended_at is None:
            session.ended_at = now
            journal.audit(db, actor, "session.ended", session, now)
