"""The loop that reads calendars again, whole: a database, a port, and a word to stop."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from tests.services.test_calendars import NOON, Source, busy, keep
from townhall import clock
from townhall.adapters import reader
from townhall.models.availability import BusyCalendar
from townhall.settings import Settings

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(secret_key="x" * 32, database_url=database_url, maildir=tmp_path)


@pytest.fixture
def hall(db, make):
    later = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=9)
    hall = make.town_hall(window_from_at=later, window_until_at=later + timedelta(hours=9))
    make.seat(hall, "London", position=1)
    return hall


def until(true):
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


def test_an_old_calendar_is_read_again_though_a_turn_failed(db, make, hall, settings):
    row = keep(db, Source(busy(NOON)), make.actor(hall), hall, now=LONG_AGO)
    stopping = threading.Event()

    class Faulty(Source):
        def read(self, tasks):
            if not self.asked:
                self.asked.append("a fault")
                db.execute(update(BusyCalendar).values(tried_at=LONG_AGO))
                db.commit()
                raise RuntimeError
            return super().read(tasks)

    source = Faulty(busy())
    args = (settings, source, stopping)
    thread = threading.Thread(target=reader.run, args=args, kwargs={"look_every_s": 0.02})
    thread.start()
    try:
        until(lambda: len(source.asked) == 2)
    finally:
        stopping.set()
        thread.join(10)
    assert not thread.is_alive()
    db.expire_all()
    assert row.busy == []
    assert row.read_at > LONG_AGO


def test_a_database_that_does_not_answer_is_asked_again(settings, tmp_path):
    stopping = threading.Event()
    lost = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/none/lost.db"})
    turns = iter((False, False, True))

    class Twice(threading.Event):
        def wait(self, timeout=None):
            if next(turns):
                stopping.set()
            return super().wait(0)

        def is_set(self):
            return stopping.is_set()

    reader.run(lost, Source(), Twice())
    assert next(turns, "no more turns") == "no more turns"


def test_the_thread_of_a_process_stops_when_told(settings):
    stopping = threading.Event()
    thread = reader.start(settings, stopping)
    stopping.set()
    thread.join(10)
    assert not thread.is_alive()
