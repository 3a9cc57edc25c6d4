from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from townhall.domain.access import ANYONE, SYSTEM, Role
from townhall.domain.people import ContactDetails
from townhall.errors import ConflictError, NotFoundError, SignInRequiredError
from townhall.models.accounts import Account, AuditEntry, Contact
from townhall.queries import accounts as queries
from townhall.services import accounts

AMINA = ContactDetails("Amina Diallo", "Amina@example.org", "ar")


def actions(db):
    return db.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()


def signed_in(db, token, now=NOW):
    return queries.actor(db, queries.session(db, token, now=now))


def test_add_opens_an_account_for_a_new_contact(db):
    account = accounts.add(db, SYSTEM, AMINA, now=NOW)

    contact = db.scalars(select(Contact)).one()
    assert (contact.name, contact.address, contact.language) == (
        "Amina Diallo",
        "Amina@example.org",
        "ar",
    )
    assert (account.contact_id, account.created_at, account.closed_at) == (contact.id, NOW, None)
    assert actions(db) == ["account.opened"]


def test_add_refuses_a_second_account_for_an_address_in_any_case(db):
    accounts.add(db, SYSTEM, AMINA, now=NOW)
    with pytest.raises(ConflictError, match=r"“amina@EXAMPLE\.org” already has an account"):
        accounts.add(db, SYSTEM, ContactDetails("A", "amina@EXAMPLE.org"), now=NOW)
    assert len(db.scalars(select(Account)).all()) == 1


def test_add_uses_the_contact_that_a_directory_already_has(db, make):
    contact = make.contact("A. Diallo", address="amina@example.org")
    assert accounts.add(db, SYSTEM, AMINA, now=NOW).contact_id == contact.id


def test_close_ends_every_session_and_add_opens_again(db, make):
    account = accounts.add(db, SYSTEM, AMINA, now=NOW)
    other = make.account()
    _session, token = make.session(account)
    _session, others = make.session(other)

    accounts.close(db, SYSTEM, "AMINA@example.org", now=NOW)

    assert queries.session(db, token, now=NOW) is None
    assert signed_in(db, others).account_id == other.id
    with pytest.raises(NotFoundError, match=r"“amina@example\.org” has no account"):
        accounts.close(db, SYSTEM, "amina@example.org", now=NOW)
    assert accounts.add(db, SYSTEM, AMINA, now=NOW).id == account.id
    assert account.closed_at is None
    assert actions(db) == ["account.opened", "account.closed", "account.opened"]


def test_close_needs_an_account(db):
    with pytest.raises(NotFoundError):
        accounts.close(db, SYSTEM, "nobody@example.org", now=NOW)


def test_seen_is_written_every_ten_minutes(db, make):
    session, _token = make.session(make.account())
    accounts.seen(db, session, now=NOW + timedelta(minutes=9, seconds=59))
    assert session.seen_at == NOW
    accounts.seen(db, session, now=NOW + timedelta(minutes=10))
    assert session.seen_at == NOW + timedelta(minutes=10)


def test_sign_out_ends_the_session_and_what_its_links_gave(db, make):
    account = make.account()
    link, _token = make.link(make.town_hall(), Role.HOST)
    session, token = make.session(account, [link])

    accounts.sign_out(db, signed_in(db, token), token, now=NOW)
    accounts.sign_out(db, ANYONE, token, now=NOW)

    assert session.ended_at == NOW
    assert queries.session(db, token, now=NOW) is None
    assert actions(db) == ["session.ended"]


def test_sessions_lists_the_living_ones_of_the_account_last_used_first(db, make):
    account = make.account()
    first, _token = make.session(account)
    last, _token = make.session(account, seen_at=NOW + timedelta(hours=1))
    make.session(account, ended_at=NOW)
    make.session(account, expires_at=NOW)
    make.session(account, seen_at=NOW - timedelta(days=14))
    make.session(make.account())
    assert queries.sessions(db, account.id, now=NOW) == [last, first]


def test_end_session_is_for_ones_own(db, make):
    account, other = make.account(), make.account()
    _session, token = make.session(account)
    lost, lost_token = make.session(account)
    foreign, _token = make.session(other)
    actor = signed_in(db, token)

    accounts.end_session(db, actor, lost.id, now=NOW)
    accounts.end_session(db, actor, lost.id, now=NOW + timedelta(hours=1))
    for missing in (foreign.id, 10_000):
        with pytest.raises(NotFoundError):
            accounts.end_session(db, actor, missing, now=NOW)
    with pytest.raises(SignInRequiredError):
        accounts.end_session(db, ANYONE, lost.id, now=NOW)

    assert (lost.ended_at, foreign.ended_at) == (NOW, None)
    assert queries.session(db, lost_token, now=NOW) is None
    assert actions(db) == ["session.ended"]
