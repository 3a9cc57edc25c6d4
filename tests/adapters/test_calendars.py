"""Calendars of others: read from a real server, and every way to misuse that."""

import gzip
import ipaddress
import resource
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.promptness import happens_within
from townhall.adapters import fetching
from townhall.adapters.calendars import Calendars
from townhall.domain.busy import LARGEST
from townhall.domain.ports import Task
from townhall.errors import InputError

FIRST = datetime(2026, 12, 1, tzinfo=UTC)
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
NINE = (datetime(2026, 12, 9, 9, tzinfo=UTC), datetime(2026, 12, 9, 10, tzinfo=UTC))
ENTRY = "DTSTART:20261209T090000Z\r\nDURATION:PT1H\r\nSUMMARY:Nobody's business\r\n"


def calendar(entry=ENTRY):
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n"
        f"BEGIN:VEVENT\r\nUID:1\r\n{entry}END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


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

    def address(self, path="/team.ics", host="127.0.0.1"):
        return f"http://{host}:{self.port}{path}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Host"]))
        answer = self.server.answers.get(self.path, calendar())
        if callable(answer):
            answer(self)
            return
        status, headers, body = (200, {}, answer) if isinstance(answer, bytes) else answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Say nothing."""


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def task(source):
    return Task(source, "Asia/Karachi", FIRST, UNTIL)


def refusal(address, allow=LOOPBACK):
    with pytest.raises(InputError) as caught:
        fetching.fetch(address, allow)
    assert caught.value.field == "address"
    return str(caught.value)


def test_calendars_are_read_by_address_and_by_file_and_only_their_times_come_back(server):
    source = Calendars(("127.0.0.0/8",))

    found = source.read([task(server.address()), task(calendar()), task(b"<html>")])

    assert [read.busy for read in found] == [(NINE,), (NINE,), ()]
    assert [read.problem and str(read.problem) for read in found] == [
        None,
        None,
        "calendar: This is not a calendar: an .ics file begins with BEGIN:VCALENDAR.",
    ]
    assert server.asked == [("/team.ics", f"127.0.0.1:{server.port}")]
    assert source.read([]) == []


def test_a_loopback_address_is_refused_unless_it_is_allowed(server):
    (read,) = Calendars().read([task(server.address())])
    assert str(read.problem) == (
        "address: 127.0.0.1 is not a place on the open internet, so it is not asked."
    )
    assert server.asked == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "localhost",
        "0.0.0.0",  # noqa: S104  an address to refuse
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
        "[fec0::1]",
    ],
)
def test_no_place_inside_is_asked_however_it_is_written(host):
    assert "is not a place on the open internet" in refusal(f"http://{host}/team.ics", [])


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_the_open_internet_is_public(address):
    assert fetching.is_public(ipaddress.ip_address(address))


def test_every_redirect_is_looked_at_again(server):
    server.answers["/inside"] = (302, {"Location": "http://[::1]/secret"}, b"")
    assert "::1 is not a place on the open internet" in refusal(server.address("/inside"))

    server.answers["/file"] = (302, {"Location": "file:///etc/passwd"}, b"")
    assert "is not a calendar's address" in refusal(server.address("/file"))


def test_three_redirects_are_followed_and_no_more(server):
    for number in range(5):
        server.answers[f"/{number}"] = (301, {"Location": f"/{number + 1}"}, b"")
    server.answers["/3"] = calendar()
    assert fetching.fetch(server.address("/0"), LOOPBACK) == calendar()

    server.answers["/3"] = (308, {"Location": "/4"}, b"")
    server.answers["/4"] = calendar()
    assert "sends on to other addresses too often" in refusal(server.address("/0"))
    assert len(server.asked) == 8


def test_a_name_is_resolved_once_and_the_address_that_was_looked_at_is_asked(server, monkeypatch):
    asked = []
    resolve = socket.getaddrinfo

    def rebinding(host, port, *rest, **more):
        if host != "calendar.example":
            return resolve(host, port, *rest, **more)
        asked.append(host)
        place = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert fetching.fetch(server.address(host="calendar.example"), LOOPBACK) == calendar()
    assert asked == ["calendar.example"]
    assert server.asked == [("/team.ics", f"calendar.example:{server.port}")]


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    places = [(2, 1, 6, "", ("1.1.1.1", 80)), (2, 1, 6, "", ("192.168.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: places)
    assert "calendar.example is not a place" in refusal("http://calendar.example/", [])


@pytest.mark.parametrize(
    "answer, says",
    [
        ((404, {}, b""), "answers with status 404 and no calendar"),
        ((302, {}, b""), "answers with status 302 and no calendar"),
        (b"x" * (LARGEST + 1), "larger than 1024 KB"),
        (
            (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 50_000_000)),
            "larger than 1024 KB",
        ),
        ((200, {"Content-Encoding": "gzip"}, b"no gzip"), "could not be fetched"),
    ],
)
def test_an_answer_that_is_no_calendar_is_said(server, answer, says):
    server.answers["/team.ics"] = answer
    assert says in refusal(server.address())


def test_a_compressed_calendar_is_read(server):
    server.answers["/team.ics"] = (
        200,
        {"Content-Encoding": "gzip"},
        gzip.compress(calendar()),
    )
    assert fetching.fetch(server.address(), LOOPBACK) == calendar()


@pytest.mark.parametrize(
    "address", ["http://nowhere.invalid/", "http://127.0.0.1:1/", f"http://{'a' * 70}.example/"]
)
def test_what_does_not_answer_is_said(address):
    assert "could not be fetched" in refusal(address)


def test_a_server_without_a_certificate_of_its_own_is_not_believed(server):
    assert "could not be fetched" in refusal(server.address().replace("http:", "https:"))


def dripping(handler):
    """Answer with one octet now and then, for ever."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"B")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        return


def computed():
    """Return the seconds that processes which have ended were at work, whatever they waited."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


HOURLY = "DTSTART:19000101T000000Z\r\nDURATION:PT1M\r\nRRULE:FREQ=HOURLY\r\n"
ENDLESS = (f"{HOURLY}END:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\n" * 60) + HOURLY


def test_time_is_up_for_slow_servers_and_endless_rules_and_the_others_are_read(server):
    server.answers["/slow"] = dripping
    source = Calendars(("127.0.0.0/8",), deadline_s=2.5)
    tasks = [task(server.address()), task(server.address("/slow")), task(calendar(ENDLESS))]
    reads = []

    def read():
        reads.append(source.read(tasks))
        if reads[-1][0].problem:
            # The machine was too busy even for the good one.
            read()

    assert happens_within(4, read)
    good, slow, endless = reads[-1]
    assert (good.busy, good.problem) == ((NINE,), None)
    assert "not read within 2.5 seconds" in str(slow.problem)
    assert "not read within 2.5 seconds" in str(endless.problem)


def test_a_rule_of_every_second_is_refused_before_it_is_expanded():
    bomb = "DTSTART:19700101T000000Z\r\nDURATION:PT1S\r\nRRULE:FREQ=SECONDLY\r\n"
    before = computed()
    (read,) = Calendars().read([task(calendar(bomb))])
    assert "repeats too often" in str(read.problem)
    assert 0 < computed() - before < 3


def test_a_calendar_is_read_a_year_ahead_quickly():
    weekly = "DTSTART:20200106T090000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE\r\n"
    far = Task(calendar(weekly), "UTC", FIRST, FIRST + timedelta(days=400))
    (read,) = Calendars().read([far])
    assert len(read.busy) == 172
