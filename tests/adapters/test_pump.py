"""The worker's loop, whole: a database, a Maildir, and a word to stop."""

import threading
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.fixtures.make import Make
from townhall import clock
from townhall.adapters import pump
from townhall.db import open_engine, transaction
from townhall.domain.states import Delivery, MailKind
from townhall.models.invitations import OutboxMessage
from townhall.settings import Settings


def queue(db: Session, make: Make, code: str) -> None:
    now = clock.now()
    with transaction(db):
        row = OutboxMessage(
            code=code,
            kind=MailKind.SIGN_IN,
            contact=make.contact(),
            thread=code,
            subject="Hello",
            octets=b"Subject: Hello\r\n\r\n",
            due_at=now,
            give_up_at=now + timedelta(hours=1),
            created_at=now,
        )
        db.add(row)


def wait_for_file(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline, f"no {path.name} in time"
        time.sleep(0.02)


def start(settings: Settings) -> tuple[threading.Thread, threading.Event]:
    stopping = threading.Event()
    options = {"pause_s": 0.05}
    thread = threading.Thread(target=pump.run, args=(settings, stopping), kwargs=options)
    thread.start()
    return thread, stopping


def test_pump_hands_on_what_comes_and_stops_when_told(db, make, database_url, tmp_path):
    settings = Settings(secret_key="x" * 32, database_url=database_url, maildir=tmp_path / "mail")
    queue(db, make, "first")
    thread, stopping = start(settings)
    try:
        wait_for_file(tmp_path / "mail" / "new" / "first.townhall")
        queue(db, make, "second")
        wait_for_file(tmp_path / "mail" / "new" / "second.townhall")
    finally:
        stopping.set()
        thread.join(10)
    assert not thread.is_alive()
    db.rollback()
    assert {row.state for row in db.query(OutboxMessage)} == {Delivery.SENT}


def test_pump_outlives_a_database_that_is_away(tmp_path, migrated_sqlite):
    url = f"sqlite:///{tmp_path / 'later' / 'townhall.db'}"
    settings = Settings(secret_key="x" * 32, database_url=url, maildir=tmp_path / "mail")
    thread, stopping = start(settings)
    try:
        time.sleep(0.3)
        assert thread.is_alive()
        (tmp_path / "later").mkdir()
        (tmp_path / "later" / "townhall.db").write_bytes(migrated_sqlite.read_bytes())
        engine = open_engine(url)
        with Session(engine) as db:
            assert db.execute(text("SELECT count(*) FROM outbox")).scalar() == 0
            queue(db, Make(db), "late")
        engine.dispose()
        wait_for_file(tmp_path / "mail" / "new" / "late.townhall")
    finally:
        stopping.set()
        thread.join(10)
    assert not thread.is_alive()


def test_pump_outlives_a_fault_of_its_own(db, make, database_url, tmp_path):
    settings = Settings(secret_key="x" * 32, database_url=database_url, maildir=tmp_path / "mail")
    queue(db, make, "odd")
    db.execute(text("UPDATE outbox SET kind = 'no kind of mail'"))
    db.connection().commit()
    thread, stopping = start(settings)
    try:
        time.sleep(0.5)
        assert thread.is_alive()
        db.execute(text("UPDATE outbox SET kind = 'sign-in'"))
        db.connection().commit()
        wait_for_file(tmp_path / "mail" / "new" / "odd.townhall")
    finally:
        stopping.set()
        thread.join(10)
    assert not thread.is_alive()
