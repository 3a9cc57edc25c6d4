"""Attacks that every page withstands (docs/security.md)."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers

from tests.fixtures.letters import SignInLetter
from tests.fixtures.web import SECRET, reread, text_of
from townhall.app import create_app
from townhall.domain import tokens
from townhall.domain.access import Role
from townhall.web.api.rules import MOST_OCTETS
from townhall.web.context import SESSION_COOKIE, ZONE_COOKIE
from townhall.web.security import CSP, own_path

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HARDENED = {
    "Content-Security-Policy": STRICT,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.fixture
def account(make):
    return make.account()


@pytest.fixture
def hall(make, account):
    hall = make.town_hall(account, code="polio")
    make.site(hall)
    return hall


@pytest.fixture
def owner(client, account, hall, sign_in):
    return sign_in(client, account)


def token_of(session):
    return tokens.sign(SECRET, "form", tokens.digest(session))


# Forms that another site sends.


def test_a_staff_form_without_its_token_is_refused_and_the_text_kept(owner):
    refused = owner.post("/organizer/town-halls/new", data={"title": "An hour of writing"})
    assert refused.status_code == 403
    assert "This form was sent from another page." in text_of(refused)
    assert '<bdi dir="auto">An hour of writing</bdi>' in refused.get_data(as_text=True)


def test_a_staff_form_with_another_sessions_token_is_refused(owner, make):
    _session, other = make.session(make.account())
    form = {"csrf": token_of(other), "title": "x"}
    assert owner.post("/organizer/town-halls/new", data=form).status_code == 403


def test_a_staff_forms_token_does_not_age(owner, clock):
    form = {"csrf": token_of(owner.cookie(SESSION_COOKIE))}
    clock.advance(days=13)
    assert owner.post("/organizer/town-halls/new", data=form).status_code == 422


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Sec-Fetch-Site": "same-origin"}, 422),
        ({"Sec-Fetch-Site": "none"}, 422),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Origin": "http://localhost"}, 422),
        ({"Origin": "http://localhost.evil.example"}, 403),
        ({"Origin": "http://localhost:8080"}, 403),
        ({"Origin": "https://localhost"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 422),
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/t/polio/ask"])
def test_a_form_sent_from_elsewhere_is_refused(client, hall, path, headers, status):
    assert client.post(path, data={"address": "x", "text": ""}, headers=headers).status_code == (
        status
    )


@pytest.mark.parametrize(
    "host, origin, status",
    [
        ("townhall.example", "https://townhall.example", 422),
        ("townhall.example", "http://townhall.example", 403),
        ("townhall.example", "https://townhall.example:8443", 403),
        ("townhall.example", "https://inner.example:8443", 403),
        ("inner.example:8443", "https://inner.example:8443", 422),
        ("inner.example:8443", "https://townhall.example", 422),
        ("inner.example:8443", "https://inner.example", 403),
        ("inner.example:8443", "http://inner.example:8443", 403),
        ("inner.example:443", "https://inner.example", 422),
    ],
)
def test_a_forms_origin_is_compared_with_scheme_and_port(settings, clock, host, origin, status):
    open_to = {"base_url": "https://townhall.example", "trusted_hosts": ("inner.example",)}
    client = create_app(settings.model_copy(update=open_to), now=clock).test_client()
    answer = client.post(
        "/sign-in", data={"address": "x"}, base_url=f"http://{host}", headers={"Origin": origin}
    )
    assert answer.status_code == status


def test_participants_forms_carry_no_session_token(owner, hall):
    for path in ("/t/polio", "/l/polio", "/sign-in"):
        assert 'name="csrf"' not in owner.get(path).get_data(as_text=True)
    assert 'name="csrf"' in owner.get("/organizer/town-halls/new").get_data(as_text=True)


# Headers.


def answers(client, hall):
    """Yield answers of every kind, with the status that they must have."""
    yield client.get("/"), 200
    yield client.get("/t/polio"), 200
    yield client.get("/l/polio"), 200
    yield client.get("/t/polio/state"), 200
    yield client.get("/healthz"), 200
    yield client.get("/api/v1/openapi.json"), 200
    yield client.post("/sign-in", data={"address": "nobody@example.org"}), 303
    yield client.post("/api/v1/plans", data="{"), 422
    yield client.get("/organizer/"), 401
    yield client.post("/sign-in", headers={"Sec-Fetch-Site": "cross-site"}), 403
    yield client.get("/nothing/here"), 404
    yield client.get("/static/nothing.css"), 404
    yield client.get("/organizer/t/polio"), 404
    yield client.delete("/t/polio"), 405
    yield client.get(f"/sign-in/{tokens.fresh()}"), 410
    yield client.get("/", base_url="http://evil.example"), 421
    yield client.post("/sign-in", data={"address": "x"}), 422


def test_every_answer_carries_the_headers_that_protect(client, hall):
    assert CSP == STRICT
    for answer, status in answers(client, hall):
        assert answer.status_code == status, answer.request.path
        sent = {name: answer.headers.get(name) for name in HARDENED}
        assert sent == HARDENED, answer.request.path
        assert "Strict-Transport-Security" not in answer.headers
        assert "Server" not in answer.headers


def test_files_carry_the_same_headers(client):
    with client.get("/static/look.css") as answer:
        assert answer.status_code == 200
        assert {name: answer.headers.get(name) for name in HARDENED} == HARDENED
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_fault_of_ours_is_answered_with_the_same_headers_and_no_detail(app, client):
    @app.get("/broken", endpoint="health.broken")
    def broken():
        message = "the secret is swordfish"
        raise LookupError(message)

    from townhall.web.policies import POLICIES, Policy

    POLICIES["health.broken"] = Policy.PUBLIC
    try:
        answer = client.get("/broken")
    finally:
        del POLICIES["health.broken"]
    assert answer.status_code == 500
    assert {name: answer.headers.get(name) for name in HARDENED} == HARDENED
    assert "swordfish" not in text_of(answer)
    assert re.search(r"name the reference [0-9a-f]{12}\.", text_of(answer))


def test_a_route_without_a_policy_is_no_page(app, owner):
    app.add_url_rule("/forgotten", "organizer.forgotten", lambda: "secret")
    answer = owner.get("/forgotten")
    assert answer.status_code == 404
    assert "secret" not in text_of(answer)


def test_strict_transport_is_asked_for_over_https_alone(settings, clock):
    secure = settings.model_copy(update={"base_url": "https://townhall.example"})
    client = create_app(secure, now=clock).test_client()
    answer = client.get("/healthz", base_url="https://townhall.example")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_a_304_carries_cache_headers_alone(client, hall):
    first = client.get("/t/polio/state")
    again = client.get("/t/polio/state", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.get_data() == b""
    allowed = {"Cache-Control", "ETag", "Date", "Vary", "Content-Language", "Last-Modified"}
    assert {name for name, _value in again.headers} <= allowed


def test_private_pages_are_not_stored(owner, hall):
    for path in ("/organizer/", "/organizer/t/polio", "/sessions", "/sign-in"):
        assert owner.get(path).headers["Cache-Control"] == "no-store"


# Cookies.


def cookies(headers: Headers):
    return headers.getlist("Set-Cookie")


def test_every_cookie_is_for_this_host_alone_and_no_scripts(app, db, make, account, hall):
    client = app.test_client()
    _link, token = make.link(hall, Role.HOST)
    question = {"text": "Who pays for all of this?", "key": tokens.fresh(), "language": "en"}
    address = account.contact.address
    seen = [
        *cookies(client.get(f"/k/{token}").headers),
        *cookies(client.get("/?lang=ar").headers),
        *cookies(client.submit("/t/polio/clock", zone="Asia/Karachi").headers),
        *cookies(client.submit("/t/polio/ask", **question).headers),
        *cookies(client.submit("/sign-in", address=address).headers),
    ]
    reread(db)
    digits = SignInLetter(db).digits
    seen += cookies(client.submit("/sign-in/code", code=digits).headers)
    seen += cookies(client.submit("/sign-out").headers)
    assert {cookie.partition("=")[0] for cookie in seen} == {
        "__Host-townhall",
        "__Host-townhall-language",
        "__Host-townhall-next",
        "__Host-townhall-person",
        "__Host-townhall-sign-in",
        ZONE_COOKIE,
    }
    for cookie in seen:
        attributes = {part.strip().partition("=")[0].lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "path", "samesite"} <= attributes, cookie
        assert "domain" not in attributes, cookie
        assert "SameSite=Lax" in cookie, cookie
        assert "Path=/;" in f"{cookie};", cookie


def test_a_cookie_that_we_did_not_set_gives_nothing(client, hall):
    for value in ("", "x" * 4000, "'; drop table sessions;--", "\\", "é"):
        client.set_cookie(SESSION_COOKIE, value)
        assert client.get("/organizer/").status_code == 401


# The Host header.


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1", "[::1]"])
def test_a_host_that_is_not_ours_is_refused(client, host):
    answer = client.get("/sign-in", base_url=f"http://{host}")
    assert answer.status_code == 421
    assert host not in text_of(answer)


# An address that no database can be asked for.


@pytest.mark.parametrize(
    "path",
    [
        "/?code=%00",
        "/t/%00",
        "/t/po%00lio/questions",
        "/organizer/t/polio/answers?name=%00",
        "/organizer/t/polio/answers?name=Sana&name=a%00b",
        "/organizer/t/polio/mail?after=%00",
        "/organizer/t/polio/mail/%00",
        "/organizer/t/polio/registered?after=%00",
        "/k/%00",
    ],
)
def test_an_address_with_a_nul_is_no_fault_of_ours(owner, hall, path):
    answer = owner.get(path)
    assert answer.status_code == 400
    assert "This request could not be read." in text_of(answer)


def test_links_begin_with_the_base_address_whatever_the_host(settings, clock, db, account):
    open_to = {"base_url": "https://townhall.example", "trusted_hosts": ("inner.example",)}
    client = create_app(settings.model_copy(update=open_to), now=clock).test_client()
    asked = client.post(
        "/sign-in",
        data={"address": account.contact.address},
        base_url="http://inner.example",
        headers={"X-Forwarded-Host": "evil.example"},
    )
    assert asked.location == "/sign-in/code"
    reread(db)
    assert SignInLetter(db).link[0].startswith("https://townhall.example/sign-in/")


# Redirects.


@pytest.mark.parametrize(
    "wish",
    [
        None,
        "",
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "organizer",
        " /organizer",
    ],
)
def test_a_redirect_leads_to_own_paths_alone(wish):
    assert own_path(wish, "/home") == "/home"


@given(st.text(alphabet="/\\:@.?#ae\t\n %", max_size=20))
def test_no_wish_leads_away(wish):
    path = own_path(wish, "/home")
    # Browsers drop tabs and line ends from addresses and take \ for / before they read them.
    read = re.sub(r"[\t\r\n]", "", path).replace("\\", "/")
    assert read.startswith("/")
    assert not read.startswith("//")
    assert urlsplit(read).netloc == ""


def test_an_own_path_is_kept():
    assert own_path("/t/polio?lang=ar#questions") == "/t/polio?lang=ar#questions"


# Text that would become a header or a calendar line.


EVIL = [
    "Polio\r\nBcc: everyone@example.org",
    "Polio\nATTENDEE:mailto:everyone@example.org",
    "Polio\rX",
    "Polio\0",
    "Polio\a",
]


@pytest.mark.parametrize("title", EVIL)
@pytest.mark.parametrize("field", ["title", "topic", "phone", "hashtag"])
def test_a_line_end_or_control_character_in_a_line_is_said_and_not_kept(
    owner, hall, db, field, title
):
    form = {
        "title": "Polio",
        "minutes": "60",
        "from": "2026-12-01",
        "until": "2026-12-02",
        "language": "en",
        "languages": "en",
        "version": "1",
    }
    refused = owner.submit("/organizer/t/polio/edit", **(form | {field: title}))
    reread(db)
    if refused.status_code == 303:
        # A browser's one-line field sends no line ends; what comes by other means is folded.
        assert not re.search(r"[\0-\x1f]", getattr(hall, field))
    else:
        assert refused.status_code == 422


def test_a_calendar_entry_keeps_typed_line_ends_inside_its_texts(client, hall, make, db):
    make.seat(hall)
    make.sitting(hall)
    hall.description = "First\nATTENDEE:mailto:evil@example.org\r\nEND:VEVENT\r\nBEGIN:VALARM"
    db.commit()
    octets = client.get("/t/polio/event.ics").get_data()
    names = [re.split(rb"[:;]", line)[0] for line in octets.split(b"\r\n")]
    assert b"ATTENDEE" not in names
    assert names.count(b"END") == names.count(b"BEGIN")
    assert b"\n" not in octets.replace(b"\r\n", b"")


# Limits.


def multipart(parts: int) -> dict:
    boundary = "parts"
    body = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="field{number}"\r\n\r\nx\r\n'
        for number in range(parts)
    )
    return {
        "data": f"{body}--{boundary}--\r\n",
        "content_type": f"multipart/form-data; boundary={boundary}",
    }


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"text": "x" * 300_000}},
        {"data": {"text": "x" * 262_145}, "content_type": "multipart/form-data"},
        {"data": {"text": "x" * 66_000}, "content_type": "multipart/form-data"},
        multipart(501),
    ],
    ids=["body", "body in parts", "field in parts", "parts"],
)
@pytest.mark.parametrize("path", ["/t/polio/ask", "/sign-in", "/sign-in/code"])
def test_more_than_a_form_may_hold_is_refused(client, hall, path, sent):
    refused = client.post(path, **sent)
    assert refused.status_code == 413
    assert "This is larger than what is accepted here." in text_of(refused)


def test_the_api_takes_no_more_than_its_limit(client):
    body = b" " * (MOST_OCTETS + 1)
    refused = client.post("/api/v1/plans", data=body, content_type="application/json")
    assert refused.status_code == 413
    assert refused.content_type == "application/problem+json"


def test_a_staff_form_that_is_too_large_is_refused_as_such(owner):
    refused = owner.post("/organizer/town-halls/new", data={"title": "x" * 300_000})
    assert refused.status_code == 413


def test_a_form_from_elsewhere_that_is_too_large_is_refused_as_such(client):
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    refused = client.post("/sign-in", data={"address": "x" * 300_000}, headers=elsewhere)
    assert refused.status_code == 403
