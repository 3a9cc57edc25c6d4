"""Workers that are killed or frozen: no mail lost, one repeat a crash, never older after newer.

A worker is a process of its own; it hands its mails to a real SMTP server in this process,
which writes down what it takes and kills or freezes the worker in the middle of DATA.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.fixtures.make import Make
from townhall import clock
from townhall.db import transaction
from townhall.domain.states import Delivery, MailKind
from townhall.models.accounts import Contact
from townhall.models.invitations import OutboxMessage

SETTLED = {Delivery.SENT, Delivery.SUPERSEDED}
WORKER = """
import threading
from townhall.adapters import pump
from townhall.settings import Settings
settings = Settings()
pump.worker(settings).run(settings.database_url, threading.Event())
"""


class Receiver:
    """An SMTP server that writes down what it takes, and then does what it is told."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, int, bytes]] = []
        self.in_data: Callable[[], None] = lambda: None

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's name
        content = envelope.content
        revision = int(message_from_bytes(content)["X-Revision"])
        self.taken.append((envelope.rcpt_tos[0], revision, content))
        self.in_data()
        return "250 OK"

    def repeats(self) -> int:
        return sum(count - 1 for count in Counter(self.taken).values())

    def order(self, address: str) -> list[int]:
        return [revision for to, revision, _ in self.taken if to == address]


class OnAFreePort(Controller):
    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def start_worker(
    receiver: Receiver, database_url: str, tmp_path: Path
) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    controller = OnAFreePort(receiver, hostname="127.0.0.1", port=0)
    controller.start()
    environment = {
        **os.environ,
        "TOWNHALL_SECRET_KEY": "x" * 32,
        "TOWNHALL_DATABASE_URL": database_url,
        "TOWNHALL_SMTP_URL": f"smtp://127.0.0.1:{controller.port}",
        "TOWNHALL_MAILDIR": str(tmp_path / "mail"),
    }
    workers: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        workers.append(subprocess.Popen([sys.executable, "-c", WORKER], env=environment))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.wait(10)
    controller.stop()


@pytest.fixture
def write(db: Session) -> Callable[..., None]:
    """Return a function that puts one revision for each person into the outbox."""

    def put(people: list[Contact], revision: int) -> None:
        now = clock.now()
        with transaction(db):
            for person in people:
                code = f"r{revision}-{person.id}"
                octets = f"X-Revision: {revision}\r\nSubject: {code}\r\n\r\nHello.\r\n"
                row = OutboxMessage(
                    code=code,
                    kind=MailKind.MOVED,
                    contact=person,
                    thread="sitting",
                    revision=revision,
                    method="REQUEST",
                    subject=code,
                    octets=octets.encode(),
                    due_at=now,
                    give_up_at=now + timedelta(days=1),
                    created_at=now,
                )
                db.add(row)

    return put


def end_leases(db: Session) -> None:
    """Let the time of every lease pass at once."""
    with transaction(db):
        db.execute(
            update(OutboxMessage)
            .where(OutboxMessage.state == Delivery.SENDING)
            .values(lease_until=clock.now())
        )


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def settled(db: Session) -> bool:
    db.rollback()
    return {state for (state,) in db.query(OutboxMessage.state)} <= SETTLED


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_workers_lose_nothing_and_repeat_at_most_once_each(
    db, make: Make, receiver, start_worker, write, seed
):
    randomness = random.Random(seed)
    people = [make.contact() for _ in range(12)]
    kills = 5
    for revision in range(kills):
        write(randomness.sample(people, 8) if revision else people, revision)
        worker = start_worker()
        mails_to_live = randomness.randint(1, 6)
        until = len(receiver.taken) + mails_to_live

        def maybe_kill(worker=worker, until=until) -> None:
            # In the middle of DATA: the mail is taken, and the worker never hears of it.
            if len(receiver.taken) >= until:
                worker.kill()

        receiver.in_data = maybe_kill
        assert worker.wait(60) == -signal.SIGKILL
        end_leases(db)
    receiver.in_data = lambda: None
    start_worker()
    wait_for(lambda: settled(db))
    assert receiver.repeats() <= kills
    sent = {row.code: row for row in db.query(OutboxMessage) if row.state is Delivery.SENT}
    for person in people:
        order = receiver.order(person.address)
        assert order == sorted(order)
        newest = max(row.revision for row in db.query(OutboxMessage).filter_by(contact=person))
        assert (order[-1], f"r{newest}-{person.id}" in sent) == (newest, True)


def test_frozen_worker_that_wakes_up_changes_nothing(db, make: Make, receiver, start_worker, write):
    people = [make.contact() for _ in range(4)]
    write(people, 0)
    frozen = start_worker()

    def freeze() -> None:
        receiver.in_data = lambda: None
        frozen.send_signal(signal.SIGSTOP)

    receiver.in_data = freeze
    wait_for(lambda: len(receiver.taken) == 1)
    write(people, 1)
    end_leases(db)
    start_worker()
    wait_for(lambda: settled(db))
    before = list(receiver.taken)
    frozen.send_signal(signal.SIGCONT)
    wait_for(lambda: frozen.poll() is None and _idle(frozen))
    assert receiver.taken == before
    assert receiver.repeats() == 0
    assert settled(db)
    assert [receiver.order(person.address)[-1] for person in people] == [1] * 4
    states = {row.code: row.state for row in db.query(OutboxMessage)}
    assert states == {
        f"r{revision}-{person.id}": Delivery.SENT if revision else Delivery.SUPERSEDED
        for revision in (0, 1)
        for person in people
    }


def _idle(process: subprocess.Popen[bytes]) -> bool:
    """Return whether the process has slept for a while: it has nothing more to do."""
    time.sleep(1.0)
    status = Path(f"/proc/{process.pid}/status").read_text()
    return "State:\tS" in status
