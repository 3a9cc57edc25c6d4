import time

import pytest
from sqlalchemy import select

from tests.fixtures.letters import SignInLetter
from tests.fixtures.web import reread, text_of
from townhall.domain.access import Role
from townhall.models.accounts import Session as BrowserSession
from townhall.models.accounts import SignIn
from townhall.models.invitations import OutboxMessage
from townhall.web.auth.sign_in import BROWSER_COOKIE, NEXT_COOKIE
from townhall.web.context import SESSION_COOKIE


@pytest.fixture
def account(make):
    return make.account("Amina Diallo", address="amina@example.org")


def ask(client, db, address="amina@example.org", **form):
    answered = client.submit("/sign-in", address=address, **form)
    reread(db)
    return answered


def test_sign_in_by_the_link_in_the_browser_that_asked(client, db, account):
    asked = ask(client, db)
    assert (asked.status_code, asked.location) == (303, "/sign-in/code")
    letter = SignInLetter(db)
    path = f"/sign-in/{letter.token}"

    page = client.get(path)
    assert page.status_code == 200
    assert "One more press" in text_of(page)
    assert client.cookie(SESSION_COOKIE) is None, "GET signs nobody in"
    done = client.submit(path)

    assert (done.status_code, done.location) == (303, "/organizer/")
    assert client.cookie(SESSION_COOKIE)
    assert client.cookie(BROWSER_COOKIE) is None
    assert client.get("/sessions").status_code == 200
    assert client.get(path).status_code == 410
    assert client.submit(path).status_code == 410


def test_pages_follow_the_accounts_language_until_another_is_chosen(app, make, sign_in):
    layla = make.account("ليلى", language="ar")
    client = sign_in(app.test_client(), layla)
    english = {"Accept-Language": "en"}

    def language(path, **options):
        return client.get(path, **options).headers["Content-Language"]

    assert app.test_client().get("/", headers=english).headers["Content-Language"] == "en"
    assert [language(path, headers=english) for path in ("/organizer/", "/", "/no/such/page")] == [
        "ar"
    ] * 3
    assert language("/organizer/?lang=en") == "en"
    assert language("/organizer/") == "en", "what was chosen is kept"

    other = sign_in(app.test_client(), make.account("Chen", language="zh"))
    assert other.get("/", headers={"Accept-Language": "ar"}).headers["Content-Language"] == "ar"
    linked = sign_in(app.test_client(), links=(make.link(make.town_hall(), Role.HOST)[0],))
    assert linked.get("/", headers={"Accept-Language": "ar"}).headers["Content-Language"] == "ar"


def test_sign_in_by_the_digits(client, db, account):
    ask(client, db)
    letter = SignInLetter(db)

    refused = client.submit("/sign-in/code", code=letter.wrong_digits)
    assert refused.status_code == 422
    assert "These are not the six digits" in text_of(refused)
    done = client.submit("/sign-in/code", code=letter.digits)

    assert (done.status_code, done.location) == (303, "/organizer/")
    assert client.get("/sessions").status_code == 200


def test_another_browser_needs_the_digits_too(app, client, db, account):
    ask(client, db)
    letter = SignInLetter(db)
    path = f"/sign-in/{letter.token}"
    phone = app.test_client()

    assert "This is not the browser that asked" in text_of(phone.get(path))
    refused = phone.submit(path)
    assert refused.status_code == 422
    assert 'aria-describedby="code-error"' in refused.get_data(as_text=True)
    assert phone.submit(path, code=letter.digits).status_code == 303
    assert phone.get("/sessions").status_code == 200
    assert client.get("/sessions").status_code == 401


def test_the_page_that_was_wanted_comes_after_signing_in(client, db, account):
    refused = client.get("/sessions")
    assert refused.status_code == 401
    assert 'href="/sign-in?next=/sessions"' in refused.get_data(as_text=True)
    page = client.get("/sign-in?next=/sessions")
    assert '<input type="hidden" name="next" value="/sessions">' in page.get_data(as_text=True)
    ask(client, db, next="/sessions")
    done = client.submit("/sign-in/code", code=SignInLetter(db).digits)
    assert done.location == "/sessions"
    assert client.cookie(NEXT_COOKIE) is None


@pytest.mark.parametrize("wish", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_leads_to_own_pages_alone(client, db, account, wish):
    page = client.get("/sign-in", query_string={"next": wish}).get_data(as_text=True)
    assert '<input type="hidden" name="next" value="/organizer/">' in page
    ask(client, db, next=wish)
    client.set_cookie(NEXT_COOKIE, wish)
    done = client.submit("/sign-in/code", code=SignInLetter(db).digits)
    assert done.location == "/organizer/"


def test_an_address_without_account_gets_the_same_answer(app, db, account):
    answers = []
    for address in ("amina@example.org", "nobody@example.org"):
        client = app.test_client()
        asked = ask(client, db, address)
        wrong = client.submit("/sign-in/code", code="not digits")
        answers.append(
            (
                asked.status_code,
                asked.location,
                asked.get_data(),
                [name for name, _value in asked.headers],
                sorted(cookie.split("=")[0] for cookie in asked.headers.getlist("Set-Cookie")),
                client.get("/sign-in/code").get_data(),
                wrong.status_code,
                wrong.get_data(),
            )
        )
    assert answers[0] == answers[1]
    assert len(db.scalars(select(OutboxMessage)).all()) == 1


def test_an_address_without_account_takes_the_same_time(app, make):
    known = [make.account().contact.address for _ in range(40)]
    unknown = [f"nobody{number}@example.org" for number in range(40)]
    seconds = {"known": [], "unknown": []}
    for pair in zip(known, unknown, strict=True):
        for kind, address in zip(seconds, pair, strict=True):
            client = app.test_client()
            client.environ_base["REMOTE_ADDR"] = f"198.51.100.{len(seconds[kind])}"
            started = time.thread_time()
            assert client.submit("/sign-in", address=address).status_code == 303
            seconds[kind].append(time.thread_time() - started)
    # The fastest of each, in processor time, as a busy machine only ever adds. Two rows more are
    # written for a known address; what would tell is a letter not composed, and nobody gets more
    # than five tries in a quarter of an hour to measure it.
    assert min(seconds["unknown"]) > 0.5 * min(seconds["known"])
    assert min(seconds["known"]) > 0.5 * min(seconds["unknown"])


@pytest.mark.parametrize(
    "address", ["", "amina", "amina@example.org\r\nBcc: all@example.org", "a@b\0.example"]
)
def test_what_is_no_address_is_said_beside_the_field(client, db, address):
    refused = ask(client, db, address)
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "is not a mail address such as name@example.org" in page
    assert 'aria-describedby="address-error"' in page
    assert db.scalars(select(SignIn)).all() == []


def test_sign_in_is_throttled_alike_for_known_and_unknown_addresses(app, db, account):
    for address in ("amina@example.org", "nobody@example.org"):
        client = app.test_client()
        codes = [ask(client, db, address).status_code for _ in range(6)]
        assert codes == [303] * 5 + [429]
    refused = ask(app.test_client(), db)
    assert refused.headers["Retry-After"].isdigit()
    assert "That was too often" in text_of(refused)


def test_guessing_digits_is_throttled_per_address(client):
    codes = [client.submit("/sign-in/code", code="000000").status_code for _ in range(31)]
    assert codes == [422] * 30 + [429]


def test_a_session_is_new_at_sign_in_and_the_old_one_dead(app, client, db, account, make, sign_in):
    link, _token = make.link(make.town_hall(), Role.HOST)
    sign_in(client, links=(link,))
    former = client.cookie(SESSION_COOKIE)
    ask(client, db)
    client.submit("/sign-in/code", code=SignInLetter(db).digits)
    assert client.cookie(SESSION_COOKIE) != former
    thief = app.test_client()
    thief.set_cookie(SESSION_COOKIE, former)
    assert thief.get("/sessions").status_code == 401


def test_a_stolen_cookie_is_dead_after_signing_out(app, client, account, sign_in):
    sign_in(client, account)
    stolen = client.cookie(SESSION_COOKIE)
    done = client.submit("/sign-out")
    assert (done.status_code, done.location) == (303, "/")
    assert client.cookie(SESSION_COOKIE) is None
    thief = app.test_client()
    thief.set_cookie(SESSION_COOKIE, stolen)
    assert thief.get("/sessions").status_code == 401
    assert app.test_client().submit("/sign-out").status_code == 303


def test_sessions_are_listed_and_ended(app, client, account, make, sign_in):
    sign_in(client, account)
    lost = sign_in(app.test_client(), account)
    page = client.get("/sessions").get_data(as_text=True)
    assert page.count("End it") == 2
    assert page.count("This browser") == 1
    assert "Monday 23 November 2026, 09:00 UTC" in page
    newest = make.db.scalars(select(BrowserSession).order_by(BrowserSession.id.desc())).first()

    ended = client.submit(f"/sessions/{newest.id}/end")

    assert (ended.status_code, ended.location) == (303, "/sessions")
    assert lost.get("/sessions").status_code == 401
    assert client.get("/sessions").get_data(as_text=True).count("End it") == 1


def test_a_session_is_over_after_30_days_and_after_14_unused(app, account, clock, sign_in):
    idle, used = (sign_in(app.test_client(), account) for _ in range(2))
    clock.advance(days=13)
    assert used.get("/sessions").status_code == 200
    clock.advance(days=1)
    assert idle.get("/sessions").status_code == 401
    clock.advance(days=12)
    assert used.get("/sessions").status_code == 200
    clock.advance(days=4)
    assert used.get("/sessions").status_code == 401
