"""A program that knows secure cookies from https alone can use a townhall on its own computer."""

import urllib.request
from http.cookiejar import CookieJar
from threading import Thread

import pytest
from werkzeug.serving import make_server

from townhall.domain.access import Role
from townhall.server import Server
from townhall.settings import Settings
from townhall.web.context import LANGUAGE_COOKIE
from townhall.web.plain_cookies import PlainCookies


@pytest.fixture
def address(app, make):
    """Return the address of a server whose cookies are plain."""
    make.town_hall(code="polio")
    server = make_server("127.0.0.1", 0, PlainCookies(app.wsgi_app))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://localhost:{server.port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


def test_a_program_that_keeps_secure_cookies_under_https_alone_opens_a_link(address, db, make):
    hall = make.town_hall()
    _link, token = make.link(hall, Role.VIEWER)
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    with opener.open(f"{address}/k/{token}?lang=ar") as page:
        assert (page.status, page.url) == (200, f"{address}/organizer/t/{hall.code}/plan")
    with opener.open(f"{address}/?lang=ar"):
        pass

    assert {(cookie.name, cookie.secure) for cookie in jar} == {
        ("townhall", False),
        ("townhall-language", False),
    }
    assert all("HttpOnly" in cookie._rest and cookie.path == "/" for cookie in jar)


@pytest.mark.parametrize(
    "sent, read",
    [
        ("townhall=a; townhall-zone=UTC", "__Host-townhall=a; __Host-townhall-zone=UTC"),
        ("a=1; townhall=b", "__Host-townhall=b; a=1"),
        ("__Host-townhall=old;townhall=new", "__Host-townhall=new"),
        ("__Host-townhall=kept; a=townhall", "__Host-townhall=kept; a=townhall"),
        ("", ""),
    ],
)
def test_cookies_come_in_by_their_own_names(sent, read):
    def app(environ, start_response):
        start_response(
            "200 OK",
            [
                ("Set-Cookie", f"{LANGUAGE_COOKIE}=ar; Secure; HttpOnly; Path=/"),
                ("Set-Cookie", "other=1; Secure"),
                ("Vary", "Cookie"),
            ],
        )
        return [environ["HTTP_COOKIE"].encode()]

    answered = []
    body = PlainCookies(app)({"HTTP_COOKIE": sent}, lambda *answer: answered.append(answer))

    assert b"".join(body).decode() == read
    assert answered == [
        (
            "200 OK",
            [
                ("Set-Cookie", "townhall-language=ar; HttpOnly; Path=/"),
                ("Set-Cookie", "other=1; Secure"),
                ("Vary", "Cookie"),
            ],
        )
    ]


@pytest.mark.parametrize(
    "base_url, is_plain",
    [
        ("http://localhost:8080", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:8080", True),
        ("https://localhost", False),
        ("http://townhall.example.org", False),
        ("http://localhost.example.org", False),
    ],
)
def test_cookies_are_plain_over_http_on_this_computer_alone(settings, base_url, is_plain):
    values = {"base_url": base_url, "outbox_worker": False}
    chosen = Settings(**(settings.model_dump() | values))
    app = Server(chosen, lambda: None).load()
    with app.app_context():
        app.extensions["townhall"].engine.dispose()
    assert isinstance(app.wsgi_app, PlainCookies) == is_plain
