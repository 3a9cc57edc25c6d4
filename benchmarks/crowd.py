"""How an invitation to a crowd is looked at, sent and handed on, and what its pages take.

    .venv/bin/python benchmarks/crowd.py [--people N] [--quick]

Everybody has registered on the public page of one town hall on SQLite. The web pages are asked for
in this process; the mails are handed on by `townhall worker` to `sink.c`, killed half way and
started again. docs/performance.md says what is measured and records a result.
"""

import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flask.testing import FlaskClient
from measuring import arguments, ms, table
from sinking import sink
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from townhall import clock, schema
from townhall.app import create_app
from townhall.db import open_engine, sessions, transaction
from townhall.domain import tokens, zones
from townhall.domain.access import SYSTEM, Actor, Grant, Role
from townhall.domain.people import ContactDetails
from townhall.domain.states import Delivery
from townhall.models.accounts import Contact
from townhall.models.invitations import OutboxMessage
from townhall.models.planning import TownHall
from townhall.models.registrations import Registration
from townhall.services import accounts, browsers, seats, sittings, townhalls
from townhall.services.casts import SeatDetails
from townhall.services.townhalls import Details
from townhall.settings import Settings
from townhall.web.context import SESSION_COOKIE

SECRET = "a benchmark keeps no secrets, this is one of them"  # noqa: S105  it is none
CLOCKS = (
    "America/New_York",
    "Africa/Kinshasa",
    "Africa/Nairobi",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Europe/Zurich",
    "America/Lima",
)
LANGUAGES = ("en", "fr", "ar", "es")
PAGES = (
    ("the town hall's page", ""),
    ("who comes, to be swapped in", "/attendance"),
    ("answers by mail", "/answers"),
    ("who registered", "/registered"),
    ("the same as a sheet", "/registered.csv"),
    ("the planner page", "/plan"),
    ("the mails", "/mail"),
    ("links", "/links"),
)


def filled(db: Session, people: int) -> tuple[str, str]:
    """Make a town hall with a crowd and a draft; return its code and an owner's session token."""
    now = clock.now()
    person = ContactDetails("Amira Hassan", "amira@example.org", "en")
    account = accounts.add(db, SYSTEM, person, now=now)
    organizer = Actor(f"account:{account.id}", account.id)
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=7)
    details = Details("Ending polio", 60, first, first + timedelta(weeks=4))
    hall = townhalls.create(db, organizer, details, [], now=now)
    organizer = replace(organizer, grants=frozenset({Grant(hall.id, Role.OWNER)}))
    for number, zone in enumerate(CLOCKS):
        lead = ContactDetails(f"Lead {number}", f"lead{number}@example.org", "en")
        seat = SeatDetails(f"Office {number}", zone, contacts=(lead,), required=False)
        seats.add(db, organizer, hall.code, seat, now=now)
    crowd(db, hall, people)
    sittings.choose(db, organizer, hall.code, first + timedelta(days=2, hours=13), now=now)
    with transaction(db):
        _, token = browsers.begin(db, now, account_id=account.id)
    return hall.code, token


def crowd(db: Session, hall: TownHall, people: int) -> None:
    """Let people register from all over the world in four languages, and confirm."""
    now, clocks = clock.now(), sorted(zones.names())[::7]
    with transaction(db):
        first = (db.scalar(select(func.max(Contact.id))) or 0) + 1
        own = range(first, first + people)
        db.execute(
            insert(Contact),
            [
                {
                    "id": key,
                    "name": "",
                    "address": f"person{key}@crowd.example.org",
                    "address_key": f"person{key}@crowd.example.org",
                    "language": LANGUAGES[key % 4],
                }
                for key in own
            ],
        )
        db.execute(
            insert(Registration),
            [
                {
                    "code": tokens.fresh_code(24),
                    "town_hall_id": hall.id,
                    "contact_id": key,
                    "zone": clocks[key % len(clocks)],
                    "language": LANGUAGES[key % 4],
                    "asked_at": now,
                    "confirmed_at": now,
                }
                for key in own
            ],
        )


class Memory:
    """How much this process holds, where Linux tells."""

    def __init__(self) -> None:
        gc.collect()
        self._before = _held("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew

    def grown(self) -> str:
        """Return by how much the peak since then is above what was held before."""
        return f"+{max(0, _held('VmHWM') - self._before) / 1024:,.0f} MB"


def _held(name: str) -> int:
    """Return a figure of this process in KiB."""
    found = re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) if found else 0


class Organizer:
    """A signed-in browser of the town hall's owner, within this process."""

    def __init__(self, settings: Settings, code: str, token: str) -> None:
        self._client: FlaskClient = create_app(settings).test_client()
        self._client.set_cookie(SESSION_COOKIE, token)
        self._form = tokens.sign(SECRET, "form", tokens.digest(token))
        self._path = f"/organizer/t/{code}"

    def open(self, path: str) -> str:
        """Return a page."""
        response = self._client.get(self._path + path)
        if response.status_code != 200:
            message = f"{self._path}{path} answers {response.status}"
            raise SystemExit(message)
        return response.get_data(as_text=True)

    def send(self) -> None:
        """Send the draft that the page shows."""
        answer = self._client.post(
            f"{self._path}/send",
            data={"csrf": self._form, "version": "1", "note": ""},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        if answer.status_code != 303:
            message = f"sending answers {answer.status}: {answer.get_data(as_text=True)[:500]}"
            raise SystemExit(message)

    def row(self, name: str, path: str, runs: int) -> list[str]:
        """Return how long a page takes at first and at best, its memory and size."""
        memory = Memory()
        begin = time.perf_counter()
        page = self.open(path)
        first = time.perf_counter() - begin
        grown = memory.grown()
        best = first
        for _ in range(runs - 1):
            begin = time.perf_counter()
            self.open(path)
            best = min(best, time.perf_counter() - begin)
        return [name, ms(first), ms(best), grown, f"{len(page) / 1024:,.0f} KiB"]


def worker(settings: dict[str, str], port: int) -> "subprocess.Popen[bytes]":
    """Return a worker that hands mails to a port."""
    environment = {"PATH": os.environ["PATH"], "TOWNHALL_SMTP_URL": f"smtp://127.0.0.1:{port}"}
    command = [Path(sys.executable).with_name("townhall"), "worker"]
    return subprocess.Popen(  # noqa: S603  our own
        command, env=environment | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def through(organizer: Organizer) -> int:
    """Return how many mails are through, as the page of the mails says."""
    found = re.search(r"<progress max=\"\d+\" value=\"(\d+)\"", organizer.open("/mail"))
    return int(found[1]) if found else 0


def handed_on(db: Session, organizer: Organizer, environment: dict[str, str]) -> list[list[str]]:
    """Hand the mails on by a worker that is killed half way and another; return what came of it."""
    db.rollback()  # to see what was written since
    total = db.scalar(select(func.count()).select_from(OutboxMessage)) or 0
    db.rollback()
    rows = []
    with sink(connections=2) as (port, count):
        begin = time.perf_counter()
        running = worker(environment, port)
        while through(organizer) < total / 2:
            time.sleep(0.2)
        running.kill()
        running.wait()
        rows.append(
            ["half of them through, as the page says", f"{time.perf_counter() - begin:.1f} s"]
        )
        running = worker(environment, port)
        while through(organizer) < total:
            time.sleep(0.2)
        spent = time.perf_counter() - begin
        running.terminate()
        running.wait(30)
        taken = count()
    sent = db.scalar(
        select(func.count()).select_from(OutboxMessage).where(OutboxMessage.state == Delivery.SENT)
    )
    rows.append(["all of them, after kill -9 and a new worker", f"{spent:.1f} s"])
    rows.append(["mails written, sent, taken by the server", f"{total:,}, {sent:,}, {taken:,}"])
    if sent != total or not total <= taken <= total + 1:
        sys.exit(f"of {total} mails {sent} are sent and {taken} were taken")
    return rows


def main() -> None:
    """Measure one town hall."""
    parser = arguments(__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    asked = parser.parse_args()
    people, runs = (2_000, 2) if asked.quick else (asked.people, 5)
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "TOWNHALL_SECRET_KEY": SECRET,
            "TOWNHALL_DATABASE_URL": f"sqlite:///{folder}/crowd.db",
            "TOWNHALL_MAILDIR": f"{folder}/mail",
            "TOWNHALL_BASE_URL": "http://localhost",
        }
        engine = open_engine(environment["TOWNHALL_DATABASE_URL"])
        schema.upgrade(engine)
        with sessions(engine)() as db:
            code, token = filled(db, people)
            settings = Settings(
                secret_key=SECRET,
                database_url=environment["TOWNHALL_DATABASE_URL"],
                maildir=Path(environment["TOWNHALL_MAILDIR"]),
                base_url="http://localhost",
            )
            organizer = Organizer(settings, code, token)
            organizer.open("/plan")  # what a process loads once is not the crowd's
            pages = [
                organizer.row("the draft, who gets what", "/draft", runs),
                organizer.row("one of its mails", "/draft/1000", runs),
            ]
            memory = Memory()
            begin = time.perf_counter()
            organizer.send()
            sending = ["sending it", f"{time.perf_counter() - begin:.1f} s", "", memory.grown(), ""]
            pages += [sending, *(organizer.row(*page, runs) for page in PAGES)]
            table([f"{people:,} registered", "first", "best", "memory", "size"], pages)
            if shutil.which("cc"):
                table(["handed on", ""], handed_on(db, organizer, environment))
        engine.dispose()


if __name__ == "__main__":
    main()
