"""Signing in: a letter with a link and six digits, used once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import invites, tokens
from townhall.domain.access import ANYONE, Actor
from townhall.domain.invites.values import Mailbox, check_address
from townhall.domain.states import MailKind
from townhall.errors import ExpiredLinkError, InputError
from townhall.i18n import N_, Speech, speech
from townhall.models.accounts import Contact, SignIn
from townhall.models.invitations import OutboxMessage
from townhall.queries import accounts
from townhall.services import browsers, journal
from townhall.settings import Settings

LIFE = timedelta(minutes=10)

WRONG_CODE = N_(
    "These are not the six digits that were mailed to you, or they have run out."
    " After five wrong tries, ask for a new mail."
)
"""One sentence for every fault, so that it does not tell which addresses have accounts."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What a letter holds: the token of its link, and the digits to type instead."""

    token: str
    digits: str


def ask(db: Session, settings: Settings, address: str, browser: str, *, now: datetime) -> None:
    """Mail a link and six digits to an account's address; to no other, but that is not told.

    The letter is composed and a transaction written either way, so that neither the answer
    nor its time tells whether there is an account.

    Args:
        settings: Where links lead and who writes.
        address: As typed.
        browser: The secret of the asking browser's cookie; there, the link alone is enough.

    Raises:
        InputError: Field `address`: it is no mail address.
    """
    check_address(address, "address")
    with transaction(db):
        account = accounts.account(db, address.casefold())
        if account is not None and account.closed_at is not None:
            account = None
        contact = account.contact if account else Contact(name="", address=address, language="en")
        recipient = Mailbox(contact.address or address, contact.name)
        secret = Secret(tokens.fresh(), tokens.fresh_digits())
        message = _message(settings, secret, recipient, speech(contact.language), now)
        if account is None:
            journal.audit(db, ANYONE, "sign-in.asked", "nobody", now)
            return
        message.contact_id = account.contact_id
        token_hash = tokens.digest(secret.token)
        row = SignIn(
            account_id=account.id,
            token_hash=token_hash,
            code_hash=tokens.digest(token_hash, secret.digits),
            browser_hash=tokens.digest(browser),
            created_at=now,
            expires_at=now + LIFE,
        )
        db.add_all([message, row])
        journal.audit(db, ANYONE, "sign-in.asked", account, now)


def by_link(
    db: Session, token: str, browser: str, code: str, session_token: str | None, *, now: datetime
) -> str:
    """Use a mailed link; return the token of the browser's new session, the old one has ended.

    Args:
        token: Of the link.
        browser: The secret of the browser's sign-in cookie; empty if it has none.
        code: As typed; needed in a browser other than the one that asked.
        session_token: Of the browser's present session, if it has one.

    Raises:
        ExpiredLinkError: The link was used, has run out, or five codes were wrong.
        InputError: Field `code`: it is not the one that was mailed.
    """
    with transaction(db):
        row = accounts.sign_in(db, token, now=now)
        if not _is_open(db, row):
            raise ExpiredLinkError(N_("This link was used or has run out. Ask for a new one."))
        bound = accounts.is_asked_by(row, browser)
        session_token = _consume(db, row, session_token, now, bound=bound, code=code)
    return _or_wrong(session_token)


def by_code(
    db: Session, browser: str, code: str, session_token: str | None, *, now: datetime
) -> str:
    """Use the six digits in the browser that asked; return as `by_link` does.

    A wrong code writes and commits even where no mail was sent, as `ask` does.

    Raises:
        InputError: Field `code`: it is not the one that was mailed, if one was.
    """
    with transaction(db):
        row = accounts.sign_in_of_browser(db, browser, now=now)
        if row is None or not _is_open(db, row):
            journal.audit(db, ANYONE, "sign-in.refused", "nobody", now)
            session_token = None
        else:
            session_token = _consume(db, row, session_token, now, bound=False, code=code)
    return _or_wrong(session_token)


def _is_open(db: Session, row: SignIn) -> bool:
    """Lock a sign-in and return whether it is still unused; two browsers may come at once."""
    db.refresh(row, with_for_update=True)
    return row.used_at is None and row.tries < accounts.TRIES


def _consume(
    db: Session,
    row: SignIn,
    session_token: str | None,
    now: datetime,
    *,
    bound: bool,
    code: str,
) -> str | None:
    """Use a locked sign-in up and return a new session's token; None for a wrong code."""
    digits = tokens.typed_digits(code)
    fits = tokens.same(row.code_hash, tokens.digest(row.token_hash, digits))
    if not bound and not (fits and accounts.may_try_codes(db, row.account_id, now=now)):
        row.tries += 1
        journal.audit(db, ANYONE, "sign-in.refused", row, now)
        return None
    row.used_at = now
    session, fresh = browsers.change_account(db, session_token, row.account_id, now)
    actor = Actor(f"account:{row.account_id}", row.account_id)
    journal.audit(db, actor, "sign-in.done", session, now)
    return fresh


def _or_wrong(session_token: str | None) -> str:
    """Return the token; raised here and not earlier, so that the wrong try is kept."""
    if session_token is None:
        raise InputError(WRONG_CODE, field="code")
    return session_token


def _message(
    settings: Settings, secret: Secret, recipient: Mailbox, words: Speech, now: datetime
) -> OutboxMessage:
    """Return the letter as a row of the outbox, without the contact that it goes to."""
    letter = invites.sign_in(
        f"{settings.base_url}/sign-in/{secret.token}",
        secret.digits,
        LIFE // timedelta(minutes=1),
        words,
        demo=settings.demo,
    )
    code = tokens.fresh()
    sender = Mailbox(settings.mail_from, settings.mail_from_name)
    return OutboxMessage(
        code=code,
        kind=MailKind.SIGN_IN,
        thread=code,
        subject=letter.subject,
        octets=invites.post(letter, invites.Envelope(sender, recipient, code, now)),
        due_at=now,
        give_up_at=now + LIFE,
        created_at=now,
    )
