"""The loop that plans series, whole: a database, and a word to stop."""

import threading
import time

import pytest

from tests.services.test_series import PLAN, Story
from townhall import clock
from townhall.adapters import solver
from townhall.domain.states import SolveState
from townhall.services import solving
from townhall.settings import Settings


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(secret_key="x" * 32, database_url=database_url, maildir=tmp_path)


def until(true):
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


def test_a_series_is_planned_though_a_turn_failed(db, make, settings, monkeypatch):
    story = Story(db, make)
    story.repeat(PLAN, clock.now())
    claim, turns = solving.claim, []

    def faulty(db, *, now):
        turns.append(now)
        if len(turns) == 1:
            raise RuntimeError
        return claim(db, now=now)

    monkeypatch.setattr(solving, "claim", faulty)
    stopping = threading.Event()
    options = {"pause_s": 0.05}
    thread = threading.Thread(target=solver.run, args=(settings, stopping), kwargs=options)
    thread.start()
    try:
        until(lambda: story.newest().state is SolveState.DONE)
    finally:
        stopping.set()
        thread.join(10)
    assert not thread.is_alive()
    assert None not in story.planned()


def test_a_database_that_does_not_answer_is_asked_again(settings, tmp_path):
    stopping = threading.Event()
    lost = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/none/lost.db"})
    thread = threading.Thread(target=solver.run, args=(lost, stopping), kwargs={"pause_s": 0.02})
    thread.start()
    time.sleep(0.2)
    assert thread.is_alive()
    stopping.set()
    thread.join(10)
    assert not thread.is_alive()


def test_the_thread_of_a_process_stops_when_told(settings):
    stopping = threading.Event()
    thread = solver.start(settings, stopping)
    stopping.set()
    thread.join(10)
    assert not thread.is_alive()
