import re
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.letters import SignInLetter
from tests.fixtures.make import NOW
from townhall.domain.access import Role
from townhall.domain.states import Delivery, MailKind
from townhall.errors import ExpiredLinkError, InputError
from townhall.models.accounts import AuditEntry, SignIn
from townhall.models.accounts import Session as BrowserSession
from townhall.models.invitations import OutboxMessage
from townhall.queries import accounts
from townhall.services import sign_ins
from townhall.settings import Settings

SETTINGS = Settings(
    secret_key="only the tests use this secret key",
    base_url="https://townhall.example",
    mail_from="office@townhall.example",
)
SOON = NOW + timedelta(minutes=1)
BROWSER = "the asking browser"


def ask(db, account, browser=BROWSER, now=NOW):
    sign_ins.ask(db, SETTINGS, account.contact.address, browser, now=now)
    return SignInLetter(db)


def account_of(db, session_token):
    return accounts.session(db, session_token, now=SOON).account_id


def actions(db):
    return db.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()


def test_ask_mails_a_link_and_six_digits_that_are_kept_as_digests(db, make):
    account = make.account("Amina Diallo", address="amina@example.org")
    mailed = ask(db, account)

    assert mailed.link[0] == f"https://townhall.example/sign-in/{mailed.token}"
    assert mailed.mail["To"] == "Amina Diallo <amina@example.org>"
    assert mailed.mail["From"] == "townhall <office@townhall.example>"
    assert mailed.mail["Message-ID"] == f"<{mailed.row.code}@townhall.example>"
    assert (mailed.row.kind, mailed.row.state, mailed.row.method, mailed.row.town_hall_id) == (
        MailKind.SIGN_IN,
        Delivery.QUEUED,
        "",
        None,
    )
    assert (mailed.row.due_at, mailed.row.give_up_at) == (NOW, NOW + timedelta(minutes=10))
    row = db.scalars(select(SignIn)).one()
    assert (row.account_id, row.created_at, row.expires_at, row.used_at, row.tries) == (
        account.id,
        NOW,
        NOW + timedelta(minutes=10),
        None,
        0,
    )
    kept = {row.token_hash, row.code_hash, row.browser_hash}
    assert len(kept) == 3
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in kept)


def test_ask_speaks_the_language_of_the_account(db, make):
    account = make.account(language="ar")
    assert ask(db, account).mail["Content-Language"] == "ar"


def test_ask_finds_the_account_without_regard_to_case(db, make):
    make.account(address="Amina@example.org")
    sign_ins.ask(db, SETTINGS, "aMINA@EXAMPLE.org", BROWSER, now=NOW)
    assert SignInLetter(db).mail["To"].addresses[0].addr_spec == "Amina@example.org"


@pytest.mark.parametrize("columns", [None, {"closed_at": NOW}])
def test_ask_for_an_address_without_open_account_mails_nothing(db, make, columns):
    if columns:
        account = make.account(address="gone@example.org")
        account.closed_at = NOW
        db.commit()
    sign_ins.ask(db, SETTINGS, "gone@example.org", BROWSER, now=NOW)
    assert db.scalars(select(SignIn)).all() == []
    assert db.scalars(select(OutboxMessage)).all() == []
    assert actions(db) == ["sign-in.asked"]


@pytest.mark.parametrize(
    "address", ["", "amina", "a@b\r\nBcc: x@y.example", "a@b\nc", "a b@c.example", "x@" + "a" * 300]
)
def test_ask_refuses_what_is_no_address(db, address):
    with pytest.raises(InputError) as refused:
        sign_ins.ask(db, SETTINGS, address, BROWSER, now=NOW)
    assert refused.value.field == "address"
    assert actions(db) == []


def test_the_link_alone_signs_in_the_browser_that_asked(db, make):
    account = make.account()
    mailed = ask(db, account)
    token = sign_ins.by_link(db, mailed.token, BROWSER, "", None, now=SOON)
    assert account_of(db, token) == account.id
    session = accounts.session(db, token, now=SOON)
    assert (session.created_at, session.expires_at) == (SOON, SOON + timedelta(days=30))
    assert actions(db) == ["sign-in.asked", "sign-in.done"]


def test_the_link_works_once(db, make):
    mailed = ask(db, make.account())
    sign_ins.by_link(db, mailed.token, BROWSER, "", None, now=SOON)
    with pytest.raises(ExpiredLinkError, match="This link was used or has run out"):
        sign_ins.by_link(db, mailed.token, BROWSER, mailed.digits, None, now=SOON)
    with pytest.raises(InputError):
        sign_ins.by_code(db, BROWSER, mailed.digits, None, now=SOON)
    assert len(db.scalars(select(BrowserSession)).all()) == 1


def test_the_link_asks_another_browser_for_the_digits(db, make):
    account = make.account()
    mailed = ask(db, account)
    for browser in ("", "another browser"):
        with pytest.raises(InputError) as refused:
            sign_ins.by_link(db, mailed.token, browser, mailed.wrong_digits, None, now=SOON)
        assert refused.value.field == "code"
    token = sign_ins.by_link(db, mailed.token, "another browser", mailed.digits, None, now=SOON)
    assert account_of(db, token) == account.id


def test_the_digits_sign_in_the_browser_that_asked(db, make):
    account = make.account()
    mailed = ask(db, account)
    typed = f" {mailed.digits[:3]} {mailed.digits[3:]} "
    assert account_of(db, sign_ins.by_code(db, BROWSER, typed, None, now=SOON)) == account.id


def test_the_digits_may_be_typed_in_another_script(db, make):
    account = make.account()
    mailed = ask(db, account)
    arabic = mailed.digits.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert account_of(db, sign_ins.by_code(db, BROWSER, arabic, None, now=SOON)) == account.id


def test_the_digits_alone_do_nothing_in_another_browser(db, make):
    mailed = ask(db, make.account())
    with pytest.raises(InputError):
        sign_ins.by_code(db, "another browser", mailed.digits, None, now=SOON)
    assert db.scalars(select(SignIn)).one().tries == 0


def test_the_newest_mail_of_a_browser_counts(db, make):
    account = make.account()
    former, newest = ask(db, account), ask(db, account)
    if former.digits != newest.digits:
        with pytest.raises(InputError):
            sign_ins.by_code(db, BROWSER, former.digits, None, now=SOON)
    assert account_of(db, sign_ins.by_code(db, BROWSER, newest.digits, None, now=SOON))


def test_five_wrong_tries_end_the_sign_in(db, make):
    mailed = ask(db, make.account())
    for _ in range(5):
        with pytest.raises(InputError):
            sign_ins.by_code(db, BROWSER, mailed.wrong_digits, None, now=SOON)
    with pytest.raises(InputError):
        sign_ins.by_code(db, BROWSER, mailed.digits, None, now=SOON)
    with pytest.raises(ExpiredLinkError):
        sign_ins.by_link(db, mailed.token, BROWSER, mailed.digits, None, now=SOON)
    assert db.scalars(select(SignIn.tries)).all() == [5]


def test_wrong_codes_say_the_same_where_nothing_was_mailed(db, make):
    mailed = ask(db, make.account())
    sign_ins.ask(db, SETTINGS, "nobody@example.org", "other browser", now=NOW)
    said = {BROWSER: [], "other browser": []}
    for browser, sentences in said.items():
        for _ in range(7):
            with pytest.raises(InputError) as refused:
                sign_ins.by_code(db, browser, mailed.wrong_digits, None, now=SOON)
            sentences.append(str(refused.value))
    assert said[BROWSER] == said["other browser"]
    assert len(set(said[BROWSER])) == 1
    assert actions(db).count("sign-in.refused") == 14


def test_twenty_wrong_tries_in_a_day_end_an_accounts_codes_but_not_its_links(db, make):
    account = make.account()
    for _ in range(4):
        mailed = ask(db, account, browser="guesser")
        for _ in range(5):
            with pytest.raises(InputError):
                sign_ins.by_code(db, "guesser", mailed.wrong_digits, None, now=SOON)
    mailed = ask(db, account)
    with pytest.raises(InputError):
        sign_ins.by_code(db, BROWSER, mailed.digits, None, now=SOON)
    assert account_of(db, sign_ins.by_link(db, mailed.token, BROWSER, "", None, now=SOON))

    tomorrow = NOW + timedelta(days=1, minutes=1)
    mailed = ask(db, account, now=tomorrow)
    assert sign_ins.by_code(db, BROWSER, mailed.digits, None, now=tomorrow)


def test_link_and_digits_hold_for_ten_minutes(db, make):
    mailed = ask(db, make.account())
    late = NOW + timedelta(minutes=10)
    with pytest.raises(ExpiredLinkError):
        sign_ins.by_link(db, mailed.token, BROWSER, "", None, now=late)
    with pytest.raises(InputError):
        sign_ins.by_code(db, BROWSER, mailed.digits, None, now=late)
    assert sign_ins.by_link(
        db, mailed.token, BROWSER, "", None, now=late - timedelta(microseconds=1)
    )


def test_signing_in_ends_the_browsers_former_session_and_keeps_its_links(db, make):
    account = make.account()
    town_hall = make.town_hall()
    link, _token = make.link(town_hall, Role.HOST)
    _session, former = make.session(links=[link])
    mailed = ask(db, account)

    token = sign_ins.by_link(db, mailed.token, BROWSER, "", former, now=SOON)

    assert token != former
    assert accounts.session(db, former, now=SOON) is None
    actor = accounts.actor(db, accounts.session(db, token, now=SOON))
    assert actor.account_id == account.id
    assert actor.knows(town_hall.id)


def test_a_link_used_twice_at_once_signs_in_once(db, sessions, make):
    mailed = ask(db, make.account())
    both, outcomes = threading.Barrier(2), []

    def use():
        with sessions() as own:
            both.wait()
            try:
                outcomes.append(
                    len(sign_ins.by_link(own, mailed.token, BROWSER, "", None, now=SOON))
                )
            except ExpiredLinkError as error:
                outcomes.append(error.code)

    tabs = [threading.Thread(target=use) for _ in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert sorted(outcomes, key=str) == [22, "expired-link"]
    db.rollback()
    assert len(db.scalars(select(BrowserSession)).all()) == 1
