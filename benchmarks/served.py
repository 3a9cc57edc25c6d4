"""How fast a served plan answers: the API and the planner page, 200 seats and four weeks.

    .venv/bin/python benchmarks/served.py [--quick]

`townhall serve` runs beside it on loopback, on a fresh SQLite database; each answer is asked for
one after the other over one connection. docs/performance.md says what is measured and records a
result.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

from measuring import arguments, ms, seconds, table, timed
from slots import FIRST, UNTIL, written
from sqlalchemy.orm import Session

from townhall import clock, schema
from townhall.db import open_engine, sessions
from townhall.domain import answer, document
from townhall.domain.access import SYSTEM, Actor, Grant, Role
from townhall.domain.people import ContactDetails
from townhall.services import accounts, links, seats, townhalls
from townhall.services.casts import SeatDetails
from townhall.services.townhalls import Details

SEATS = 200


class Browser:
    """Keeps one connection and the cookies that it was given, as a browser would."""

    def __init__(self, port: int) -> None:
        self._line = HTTPConnection("127.0.0.1", port, timeout=30)
        self._host = f"localhost:{port}"
        self._cookies: dict[str, str] = {}

    def open(self, path: str) -> tuple[str, bytes]:
        """Return where a page was found, and the page; redirects are followed."""
        while True:
            response, octets = self._ask("GET", path)
            if response.status not in {302, 303}:
                break
            path = response.headers["Location"]
        if response.status != 200:
            message = f"{path} answers {response.status}"
            raise SystemExit(message)
        return path, octets

    def post(self, path: str, document: bytes) -> bytes:
        """Return the answer to a JSON document."""
        response, octets = self._ask("POST", path, document)
        if response.status != 200:
            message = f"{path} answers {response.status}: {octets[:200]!r}"
            raise SystemExit(message)
        return octets

    def _ask(
        self, method: str, path: str, document: bytes | None = None
    ) -> tuple[HTTPResponse, bytes]:
        """Return a response, its cookies kept, and the body."""
        headers = {"Host": self._host, "Content-Type": "application/json"}
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={it}" for name, it in self._cookies.items())
        self._line.request(method, path, document, headers)
        response = self._line.getresponse()
        octets = response.read()
        for line in response.headers.get_all("Set-Cookie", []):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return response, octets


def filled(db: Session, sittings: int, *, is_own: bool) -> str:
    """Make a town hall of many seats; return the token of a link that shows its plan.

    Args:
        db: An empty database.
        sittings: How many are planned.
        is_own: Whether the link is the organizer's, who may try changes.
    """
    now = clock.now()
    person = ContactDetails("Amira Hassan", "amira@example.org", "en")
    account = accounts.add(db, SYSTEM, person, now=now)
    organizer = Actor(f"account:{account.id}", account.id)
    details = Details("Ending polio", 60, FIRST, UNTIL, sittings_wanted=sittings)
    hall = townhalls.create(db, organizer, details, [], now=now)
    organizer = replace(organizer, grants=frozenset({Grant(hall.id, Role.OWNER)}))
    for seat in written(SEATS, SEATS, people=30)["seats"]:
        seats.add(db, organizer, hall.code, SeatDetails(**seat), now=now)
    if is_own:
        return links.make_for_account(db, account, hall, label="organizer", now=now)[1]
    return links.make(db, organizer, hall, Role.VIEWER, label="a reader", now=now)[1]


@contextmanager
def served(
    folder: Path, sittings: int = 1, *, is_own: bool = False
) -> Iterator[tuple[int, str, int]]:
    """Serve a town hall of many seats; yield the port, the token of a link to it, and the process.

    Args:
        folder: For the database and mail.
        sittings: How many are planned.
        is_own: Whether the link is the organizer's; only a demonstration opens such a link.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    database = f"sqlite:///{folder}/townhall.db"
    engine = open_engine(database)
    schema.upgrade(engine)
    with sessions(engine)() as db:
        token = filled(db, sittings, is_own=is_own)
    engine.dispose()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("TOWNHALL_")
    } | {
        "TOWNHALL_SECRET_KEY": "a benchmark keeps no secrets, this is one of them",
        "TOWNHALL_DATABASE_URL": database,
        "TOWNHALL_BIND": f"127.0.0.1:{port}",
        "TOWNHALL_BASE_URL": f"http://localhost:{port}",
        "TOWNHALL_MAILDIR": str(folder / "mail"),
        "TOWNHALL_DEMO": str(is_own),
    }
    command = [Path(sys.executable).with_name("townhall"), "serve"]
    with subprocess.Popen(command, env=environment, cwd=folder) as server:  # noqa: S603  our own
        try:
            _await(port, server)
            yield port, token, server.pid
        finally:
            server.terminate()
            server.wait(30)


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    """Return when the port answers."""
    for _ in range(300):
        if server.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    message = "townhall serve did not start"
    raise SystemExit(message)


def row(name: str, asked: Callable[[int], bytes], runs: int) -> list[str]:
    """Return how long the first answer takes, then the best and the middle, and its size."""
    octets, first = timed(lambda: asked(0))
    spent = [timed(lambda number=number: asked(number))[1] for number in range(1, runs + 1)]
    middle = statistics.median(spent)
    return [name, ms(first), ms(min(spent)), ms(middle), f"{len(octets) / 1024:,.0f} KiB"]


def main() -> None:
    """Measure one town hall."""
    runs = 3 if arguments(__doc__).parse_args().quick else 20
    given = json.dumps(written(SEATS, SEATS)).encode()
    alone = seconds(lambda: json.dumps(answer.plan(document.parse(json.loads(given)))), runs)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (port, token, _):
        browser = Browser(port)
        path, _ = browser.open(f"/k/{token}")
        rows = [
            row("POST /api/v1/plans", lambda _: browser.post("/api/v1/plans", given), runs),
            row("the planner page", lambda _: browser.open(path)[1], runs),
            row(
                "the page with a weight on trial",
                lambda number: browser.open(f"{path}?weight-{number + 1}=3")[1],
                runs,
            ),
        ]
    rows.append(["the same answer in process, as JSON", "", ms(alone), "", ""])
    table(["", "first", "best", "middle", "size"], rows)


if __name__ == "__main__":
    main()
