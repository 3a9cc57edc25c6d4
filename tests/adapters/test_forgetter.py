"""The loop that forgets addresses, whole: a database and a word to stop."""

import threading
import time
from datetime import timedelta

import pytest
import structlog.testing
from sqlalchemy.exc import OperationalError

from tests.fixtures.web import reread
from townhall import clock
from townhall.adapters import forgetter
from townhall.models.accounts import Contact
from townhall.services import registrations
from townhall.settings import Settings


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(secret_key="x" * 32, database_url=database_url, maildir=tmp_path)


def test_what_is_due_is_forgotten_though_turns_failed(db, make, settings, monkeypatch):
    now = clock.now()
    due = make.registration(make.town_hall(), confirmed_at=None, forget_at=now)
    other = make.registration(make.town_hall(), forget_at=now + timedelta(days=1))
    gone, kept = due.contact_id, other.contact_id
    faults = [OperationalError("SELECT", {}, Exception("away")), RuntimeError("a fault")]
    forget = registrations.forget

    def faulty(db, *, now):
        if faults:
            raise faults.pop(0)
        return forget(db, now=now)

    monkeypatch.setattr(registrations, "forget", faulty)
    stopping = threading.Event()
    with structlog.testing.capture_logs() as logs:
        args, quickly = (settings, stopping), {"look_every_s": 0.02}
        thread = threading.Thread(target=forgetter.run, args=args, kwargs=quickly)
        thread.start()
        deadline = time.monotonic() + 20
        while {"event": "registrations.forgotten", "count": 1, "log_level": "info"} not in logs:
            assert time.monotonic() < deadline, "not in time"
            time.sleep(0.02)
        stopping.set()
        thread.join(10)
    assert not thread.is_alive()
    assert [entry["event"] for entry in logs[:2]] == [
        "registrations.unavailable",
        "registrations.failed",
    ]
    reread(db)
    assert db.get(Contact, gone).address is None
    assert db.get(Contact, kept).address is not None
