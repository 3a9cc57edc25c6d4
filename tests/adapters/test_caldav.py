"""Organizers' own calendars on real servers, and on every bad one."""

import base64
import socket
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
import vobject

from tests.fixtures.make import NOW
from tests.ports import kept_port
from tests.promptness import happens_within
from tests.services.own_calendars import Organizer
from tests.services.test_sittings import LATER, START
from townhall.adapters.caldav import CalDav
from townhall.db import transaction
from townhall.domain.own_calendar import Access, ChangedError, KeepingError
from townhall.queries import invitations
from townhall.services import own_calendars, sittings
from townhall.services.own_calendars import Given

ALLOW = ("127.0.0.0/8",)
PASSWORD = "correct horse battery"
TOKEN = base64.b64encode(f"ana:{PASSWORD}".encode()).decode()
ICS = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"

CALENDAR = """<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"
  xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response><d:href>/cal/</d:href><d:propstat><d:prop>
  <d:resourcetype><d:collection/>{kind}</d:resourcetype><d:displayname> Ana &amp;
  work </d:displayname>{takes}</d:prop></d:propstat></d:response></d:multistatus>"""
IS_ONE = CALENDAR.format(kind="<c:calendar/>", takes="")
TAKES = "<c:supported-calendar-component-set><c:comp name='{}'/>\
</c:supported-calendar-component-set>"


class Server(ThreadingHTTPServer):
    """Answers as a test says, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self):
        self.asked = []
        self.answers = {}
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def port(self):
        return self.server_address[1]

    def access(self, path="/cal/", host="127.0.0.1"):
        return Access(f"http://{host}:{self.port}{path}", "ana", PASSWORD)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(
            SimpleNamespace(
                method=self.command, path=self.path, headers=dict(self.headers), body=body
            )
        )
        answer = self.server.answers.get((self.command, self.path), (404, {}, b""))
        if callable(answer):
            answer(self)
            return
        status, headers, said = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    def do_PUT(self):
        self.do_GET()

    def do_DELETE(self):
        self.do_GET()

    def do_PROPFIND(self):
        self.do_GET()

    def log_message(self, *_args):
        """Say nothing."""


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def looked(server, status, body, headers=None):
    """Return what looking at a calendar that answers so finds."""
    headers = {"Content-Type": "application/xml", **(headers or {})}
    server.answers["PROPFIND", "/cal/"] = (status, headers, body.encode())
    return CalDav(ALLOW).look(server.access())


def refusal(call):
    with pytest.raises(KeepingError) as caught:
        call()
    error = caught.value
    return error.message % error.values, error.again, error.whole


def test_looking_asks_for_the_collection_alone_and_tells_its_name(server):
    assert looked(server, 207, IS_ONE) == "Ana & work"
    [asked] = server.asked
    assert (asked.method, asked.path, asked.headers["Depth"]) == ("PROPFIND", "/cal/", "0")
    assert asked.headers["Authorization"] == f"Basic {TOKEN}"
    assert b"resourcetype" in asked.body


@pytest.mark.parametrize(
    "body",
    [
        CALENDAR.format(kind="", takes=""),
        CALENDAR.format(kind="<d:calendar/>", takes=""),
        "<d:multistatus xmlns:d='DAV:'>",
        "<html><p>Welcome</html>",
        "",
        IS_ONE.replace('<?xml version="1.0"?>', "<!DOCTYPE d [<!ENTITY a 'aaaa'>]>"),
        IS_ONE.replace('version="1.0"', 'version="1.0" encoding="no-such"'),
    ],
)
def test_what_is_no_calendar_is_said(server, body):
    said = "There is no calendar at this address, though a server answers there."
    assert refusal(lambda: looked(server, 207, body)) == (said, False, True)


def test_a_calendar_for_tasks_alone_is_refused(server):
    for name in ("VTODO", "vevent"):
        body = CALENDAR.format(kind="<c:calendar/>", takes=TAKES.format(name))
        if name == "VTODO":
            said = refusal(lambda body=body: looked(server, 207, body))
            assert said == ("This calendar takes no events.", False, True)
        else:
            assert looked(server, 207, body) == "Ana & work"


WORDS = "The calendar's server says: "


@pytest.mark.parametrize(
    "status, again, whole",
    [
        (200, False, False),
        (400, False, False),
        (401, False, True),
        (403, False, False),
        (404, False, False),
        (405, False, False),
        (407, False, True),
        (423, True, True),
        (429, True, True),
        (500, True, True),
        (503, True, True),
        (507, True, True),
    ],
)
def test_what_a_server_refuses_is_told_in_its_words(server, status, again, whole):
    said, *rest = refusal(
        lambda: looked(server, status, "<s:message>No &lt;room&gt;\x1b!</s:message>")
    )
    assert said.startswith(f"{WORDS}{status} ")
    assert said.endswith("– No <room> !")
    assert rest == [again, whole]


def test_a_wrong_password_is_the_passwords_fault(server):
    with pytest.raises(KeepingError) as caught:
        looked(server, 401, "")
    assert caught.value.field == "password"


def test_words_of_a_server_are_short_plain_and_hold_no_password(server):
    page = f"<title>x</title><style>p</style>403 Forbidden: ana:{PASSWORD} {TOKEN} {'no ' * 200}"
    said, *_ = refusal(lambda: looked(server, 403, page, {"Content-Type": "text/html"}))
    assert said.startswith(f"{WORDS}403 Forbidden: ana:… … no no")
    assert len(said) < 240
    other, *_ = refusal(lambda: looked(server, 403, page, {"Content-Type": "image/png"}))
    assert other == f"{WORDS}403 Forbidden"


def test_an_object_is_read_with_its_tag(server):
    server.answers["GET", "/cal/a@b.ics"] = (200, {"ETag": 'W/"7"'}, ICS)
    caldav = CalDav(ALLOW)
    stored = caldav.read(server.access(), "a@b.ics")
    assert (stored.octets, stored.etag) == (ICS, '"7"')
    assert server.asked[0].headers["Accept-Encoding"] == "identity"
    assert caldav.read(server.access(), "none.ics") is None
    server.answers["GET", "/cal/gone.ics"] = (410, {}, b"")
    assert caldav.read(server.access(), "gone.ics") is None


def test_an_object_without_a_tag_is_not_touched(server):
    server.answers["GET", "/cal/a.ics"] = (200, {}, ICS)
    said, *rest = refusal(lambda: CalDav(ALLOW).read(server.access(), "a.ics"))
    assert said == "The calendar's server does not tell when an entry was changed."
    assert rest == [False, True]
    server.answers["GET", "/cal/b.ics"] = (403, {}, b"")
    assert refusal(lambda: CalDav(ALLOW).read(server.access(), "b.ics"))[0] == (
        f"{WORDS}403 Forbidden"
    )


def test_an_object_is_written_on_a_condition(server):
    caldav = CalDav(ALLOW)
    server.answers["PUT", "/cal/a.ics"] = (201, {}, b"")
    server.answers["DELETE", "/cal/a.ics"] = (204, {}, b"")
    caldav.write(server.access(), "a.ics", ICS, None)
    caldav.write(server.access(), "a.ics", ICS, '"7"')
    caldav.delete(server.access(), "a.ics", '"8"')
    first, second, third = server.asked
    assert (first.headers["If-None-Match"], first.body) == ("*", ICS)
    assert first.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert (second.headers["If-Match"], third.headers["If-Match"]) == ('"7"', '"8"')
    assert "If-None-Match" not in second.headers


@pytest.mark.parametrize("status, again", [(401, False), (403, False), (409, False), (507, True)])
def test_a_change_that_is_refused_is_told(server, status, again):
    server.answers["PUT", "/cal/a.ics"] = (status, {}, b"")
    said, is_again, _ = refusal(lambda: CalDav(ALLOW).write(server.access(), "a.ics", ICS, None))
    assert said.startswith(f"{WORDS}{status} ")
    assert is_again is again


def test_a_condition_that_does_not_hold_is_no_refusal(server):
    for method in ("PUT", "DELETE"):
        server.answers[method, "/cal/a.ics"] = (412, {}, b"")
    with pytest.raises(ChangedError):
        CalDav(ALLOW).write(server.access(), "a.ics", ICS, None)
    with pytest.raises(ChangedError):
        CalDav(ALLOW).delete(server.access(), "a.ics", '"7"')


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_server_is_followed_within_itself_by_the_same_method(server, status):
    server.answers["PUT", "/cal/a.ics"] = (status, {"Location": "/other/ü.ics"}, b"")
    server.answers["PUT", "/other/%C3%BC.ics"] = (201, {}, b"")
    CalDav(ALLOW).write(server.access(), "a.ics", ICS, None)
    assert [asked.method for asked in server.asked] == ["PUT", "PUT"]
    assert server.asked[1].body == ICS


@pytest.mark.parametrize(
    "onward",
    [
        "http://169.254.169.254/latest/",
        "http://localhost:1/cal/",
        "https://127.0.0.1/cal/",
        "http://[::1",
        "http://127.0.0.1:port/",
        "gopher://127.0.0.1/",
    ],
)
def test_the_password_goes_to_nobody_else(server, onward):
    server.answers["PROPFIND", "/cal/"] = (302, {"Location": onward}, b"")
    said, *rest = refusal(lambda: CalDav(ALLOW).look(server.access()))
    assert "the password goes to nobody else" in said
    assert rest == [False, True]
    assert len(server.asked) == 1


def test_sending_on_without_end_ends(server):
    server.answers["PROPFIND", "/cal/"] = (302, {"Location": "/cal/"}, b"")
    said, *_ = refusal(lambda: CalDav(ALLOW).look(server.access()))
    assert said == "127.0.0.1 sends on from one address to another without end."
    assert len(server.asked) == 4


def test_a_place_that_is_not_public_is_not_asked(server):
    said, *rest = refusal(lambda: CalDav().look(server.access()))
    assert said == "127.0.0.1 is not a place on the open internet, so it is not asked."
    assert rest == [False, True]
    assert server.asked == []


def test_over_http_the_password_goes_to_allowed_networks_alone(monkeypatch):
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: public)
    access = Access("http://cloud.example/cal/", "ana", PASSWORD)
    said, *rest = refusal(lambda: CalDav(ALLOW).look(access))
    assert said == (
        "Anybody on the way could read the password; the address has to begin with https."
    )
    assert rest == [False, True]


def quick():
    return CalDav(ALLOW, whole_s=0.3, look_s=0.3)


def silent(handler):
    time.sleep(2)


def dripping(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nETag: 1\r\n\r\n")
    end = time.monotonic() + 3
    while time.monotonic() < end:
        time.sleep(0.02)
        handler.wfile.write(b"x")


def dripping_heads(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
    for number in range(150):
        time.sleep(0.02)
        handler.wfile.write(b"X-%d: y\r\n" % number)


def dropping(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("answer", [silent, dripping, dripping_heads])
def test_a_server_that_hangs_or_drips_costs_its_time_and_no_more(server, answer):
    def quietly(handler):
        try:
            answer(handler)
        except OSError:
            handler.close_connection = True

    server.answers["GET", "/cal/a.ics"] = quietly
    refusals = []

    def read():
        refusals.append(refusal(lambda: quick().read(server.access(), "a.ics")))

    assert happens_within(1.9, read)
    said, *rest = refusals[-1]
    assert said.startswith("127.0.0.1 does not answer: ")
    assert rest == [True, True]


@pytest.mark.parametrize(
    "answer",
    [
        dropping,
        lambda handler: handler.wfile.write(b"220 ready for mail\r\n"),
        lambda handler: handler.wfile.write(
            b"HTTP/1.0 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip"
        ),
    ],
)
def test_a_line_that_breaks_is_tried_again(server, answer):
    server.answers["GET", "/cal/a.ics"] = answer
    said, *rest = refusal(lambda: CalDav(ALLOW).read(server.access(), "a.ics"))
    assert said.startswith("127.0.0.1 does not answer: ")
    assert rest == [True, True]


def test_an_object_that_swells_is_not_read_to_its_end(server):
    server.answers["GET", "/cal/a.ics"] = (200, {"ETag": '"1"'}, b"x" * (1024 * 1024 + 1))
    said, *rest = refusal(lambda: CalDav(ALLOW).read(server.access(), "a.ics"))
    assert (said, rest) == ("The calendar is larger than 1024 KB.", [False, True])


def test_a_server_without_tls_behind_https_is_no_server():
    refusals = []
    with kept_port() as port:
        access = Access(f"https://127.0.0.1:{port}/cal/", "ana", PASSWORD)

        def look():
            refusals.append(refusal(lambda: quick().look(access)))

        with closing(socket.create_server(("127.0.0.1", port))):
            assert happens_within(1.9, look)
        said, *rest = refusals[-1]
        assert rest == [True, True]
        refused, *_ = refusal(lambda: CalDav(ALLOW).look(access))
    assert "refused" in refused
    assert PASSWORD not in said


# A whole life on a server of another house.


class Living(Organizer):
    """An organizer whose calendar stands on Xandikos."""

    def __init__(self, db, make, sessions, address):
        super().__init__(db, make, sessions)
        self.server = CalDav(ALLOW)
        self.address = address
        self.access = Access(address, "ana", PASSWORD)

    def stored(self, sitting):
        return self.server.read(self.access, f"{sitting.uid}.ics")

    def shown(self, sitting):
        event = vobject.readOne(self.stored(sitting).octets.decode()).vevent
        return (
            int(event.sequence.value),
            event.status.value,
            event.dtstart.value,
            event.summary.value,
            event.organizer.params["SCHEDULE-AGENT"],
        )


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_whole_life_ends_with_one_right_object_for_each_sitting(db, make, sessions, xandikos):
    life = Living(db, make, sessions, xandikos)
    row = life.give(Given(xandikos, "ana", PASSWORD, lists_people=True))
    assert row.name
    sitting = life.plan()
    life.work()
    assert life.shown(sitting) == (0, "CONFIRMED", START, "A town hall on polio", ["CLIENT"])

    mine = life.stored(sitting)
    life.server.write(
        life.access,
        f"{sitting.uid}.ics",
        mine.octets.replace(b"END:VEVENT", b"CATEGORIES:Polio\r\nEND:VEVENT"),
        mine.etag,
    )
    with pytest.raises(ChangedError):
        life.server.write(life.access, f"{sitting.uid}.ics", mine.octets, mine.etag)
    with pytest.raises(ChangedError):
        life.server.write(life.access, f"{sitting.uid}.ics", mine.octets, None)

    with transaction(db):
        life.hall.title = "شلل الأطفال، الآن"
    life.send(sittings.revise(db, life.actor, life.hall.code, now=NOW))
    life.work()
    assert life.shown(sitting)[3] == "شلل الأطفال، الآن"

    life.plan(LATER)
    life.work()
    assert life.shown(sitting)[:3] == (1, "CONFIRMED", LATER)
    life.send(life.call_off())
    life.work()
    assert life.shown(sitting)[:2] == (2, "CANCELLED")
    life.send(sittings.reopen(db, life.actor, life.hall.code, sitting.number, now=NOW))
    life.work()
    assert life.shown(sitting)[:3] == (3, "CONFIRMED", LATER)

    with transaction(db):
        life.hall.sittings_wanted = 2
    evening = START.replace(hour=21)
    both = sittings.choose(db, life.actor, life.hall.code, LATER, evening, now=NOW)
    [second] = [each for each in life.send_all(both) if each.id != sitting.id]
    life.work()
    assert life.shown(second)[:3] == (0, "CONFIRMED", evening)
    final = vobject.readOne(life.stored(sitting).octets.decode())
    assert len(final.vevent_list) == 1
    assert final.vevent.categories.value == ["Polio"]
    listed = [line.params["CN"][0] for line in final.vevent.contents["attendee"]]
    assert listed == [row.contact.name for row in invitations.live(db, sitting)]
    assert 0 < len(listed) < 3, "who attends the other one is listed there"
    assert {row.state for row in life.rows()} == {"kept"}

    own_calendars.remove(db, life.owner, takes_out=True, now=NOW)
    life.work()
    assert (life.stored(sitting), life.stored(second)) == (None, None)
    assert life.calendars() == []


def test_a_place_of_that_server_that_is_no_calendar_is_said(xandikos):
    access = Access(xandikos.replace("calendars/calendar/", ""), "ana", PASSWORD)
    assert refusal(lambda: CalDav(ALLOW).look(access))[0].startswith("There is no calendar")
