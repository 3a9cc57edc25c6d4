"""The loop that reminds of sittings, whole: processes that are killed, and a word to stop."""

import os
import random
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest

from tests.services.test_sittings import Story
from townhall import clock
from townhall.adapters import herald
from townhall.db import transaction
from townhall.domain.states import MailKind
from townhall.models.invitations import OutboxMessage
from townhall.models.planning import Sitting
from townhall.models.reminders import Reminder
from townhall.services import upcoming
from townhall.settings import Settings

WORKER = """
import threading
from townhall.adapters import herald
from townhall.services import upcoming
from townhall.settings import Settings
upcoming.AT_ONCE = 1
herald.run(Settings(), threading.Event(), look_every_s=0.05)
"""


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(secret_key="x" * 32, database_url=database_url, maildir=tmp_path)


@pytest.fixture
def story(db, make):
    """Return a town hall whose people were invited to a sitting that begins within the hour."""
    made = Story(db, make)
    for _ in range(30):
        make.seat_contact(made.seats[1])
    db.expire_all()
    made.send(made.choose())
    made.hand_to_worker()
    soon = clock.now().replace(microsecond=0) + timedelta(minutes=50)
    with transaction(db):
        db.query(Sitting).one().starts_at = soon
        for row in db.query(Reminder):
            row.due_at, row.until_at = soon - timedelta(hours=1), soon
            row.done_at = None if row.lead == "hour" else soon
    return made


def until(true):
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


def reminded(story):
    return [row.contact_id for row in story.mails() if row.kind is MailKind.UPCOMING]


def is_done(story):
    story.db.rollback()
    return all(row.done_at for row in story.db.query(Reminder).populate_existing())


def test_workers_that_are_killed_lose_and_repeat_nothing(story, settings):
    environment = {
        **os.environ,
        "TOWNHALL_SECRET_KEY": "x" * 32,
        "TOWNHALL_DATABASE_URL": settings.database_url,
        "TOWNHALL_MAILDIR": str(settings.maildir),
    }
    draw, deaths = random.Random(7), 0

    def start():
        return subprocess.Popen([sys.executable, "-c", WORKER], env=environment)

    workers = [start(), start()]
    try:
        while not is_done(story):
            time.sleep(draw.uniform(0.02, 0.2))
            if deaths < 6 and reminded(story):
                deaths += 1
                workers[0].kill()
                workers[0].wait(10)
                workers = [workers[1], start()]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait(10)
    assert deaths
    assert len(reminded(story)) == len(set(reminded(story))) == 33


def test_people_are_reminded_though_a_turn_failed(story, settings, monkeypatch):
    step, turns = upcoming.step, []

    def faulty(db, sender, *, now):
        turns.append(now)
        if len(turns) == 1:
            raise RuntimeError
        return step(db, sender, now=now)

    monkeypatch.setattr(upcoming, "step", faulty)
    stopping = threading.Event()
    options = {"look_every_s": 0.05}
    thread = threading.Thread(target=herald.run, args=(settings, stopping), kwargs=options)
    thread.start()
    try:
        until(lambda: is_done(story))
    finally:
        stopping.set()
        thread.join(10)
    assert not thread.is_alive()
    assert len(reminded(story)) == 33
    subjects = {row.subject.partition(":")[0] for row in story.db.query(OutboxMessage)}
    assert "Soon" in subjects


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_database_that_does_not_answer_is_asked_again(settings, tmp_path):
    stopping = threading.Event()
    lost = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/none/lost.db"})
    options = {"look_every_s": 0.02}
    thread = threading.Thread(target=herald.run, args=(lost, stopping), kwargs=options)
    thread.start()
    time.sleep(0.2)
    assert thread.is_alive()
    stopping.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_thread_of_a_process_stops_when_told(settings):
    stopping = threading.Event()
    thread = herald.start(settings, stopping)
    stopping.set()
    thread.join(10)
    assert not thread.is_alive()
