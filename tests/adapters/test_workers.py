"""The loop of every worker: what it does after each kind of turn, and that it ends when told to."""

import threading
from dataclasses import dataclass

import pytest
import structlog.testing
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.words import Word
from townhall.adapters.workers import Worker
from townhall.errors import UnavailableError
from townhall.server import OTHER_WORKERS, pump
from townhall.settings import Settings

AWAY = OperationalError("SELECT", {}, Exception("away"))


@pytest.fixture
def backend():
    """Return the one database that loops are tested on."""
    return "sqlite"


@dataclass
class Turns:
    """Turns that end as they are told: with a count or a fault."""

    ends: list

    def __call__(self, sessions, stopping):
        with sessions() as db:
            assert db.scalar(text("SELECT 1")) == 1
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end


def worker(turn, **options):
    values = {"name": "reminders", "done": "written", "look_every_s": 0.5} | options
    return Worker(turn=turn, **values)


def said(logs):
    return [(entry["log_level"], entry["event"], entry.get("count")) for entry in logs]


def test_a_worker_goes_on_after_every_fault_and_says_what_it_did(database_url):
    turns = Turns([0, AWAY, UnavailableError("It is away."), RuntimeError("a fault"), 3])
    word = Word(5)
    with structlog.testing.capture_logs() as logs:
        worker(turns).run(database_url, word)
    assert word.waited == [0.5, 5.0, 5.0, 5.0, 0.5]
    assert said(logs) == [
        ("warning", "reminders.unavailable", None),
        ("warning", "reminders.unavailable", None),
        ("error", "reminders.failed", None),
        ("info", "reminders.written", 3),
    ]


def test_a_worker_that_looks_seldom_does_not_hurry_after_a_fault(database_url):
    word = Word(1)
    worker(Turns([AWAY]), look_every_s=300.0).run(database_url, word)
    assert word.waited == [300.0]


def test_a_worker_that_is_told_at_once_does_nothing(database_url):
    word = Word(0)
    worker(Turns([])).run(database_url, word)
    assert word.waited == []


@pytest.mark.parametrize("make_worker", [pump.worker, *OTHER_WORKERS])
def test_each_worker_outlives_a_database_that_is_away(make_worker, tmp_path):
    url = f"sqlite:///{tmp_path}/none/lost.db"
    settings = Settings(secret_key="x" * 32, database_url=url, maildir=tmp_path)
    with structlog.testing.capture_logs() as logs:
        make_worker(settings).run(url, Word(2))
    assert [entry["event"].partition(".")[2] for entry in logs] == ["unavailable"] * 2


@pytest.mark.parametrize("make_worker", [pump.worker, *OTHER_WORKERS])
def test_each_worker_is_a_thread_that_stops_when_told(make_worker, database_url, tmp_path):
    settings = Settings(secret_key="x" * 32, database_url=database_url, maildir=tmp_path)
    stopping = threading.Event()
    thread = make_worker(settings).start(database_url, stopping)
    stopping.set()
    thread.join(60)
    assert not thread.is_alive()
