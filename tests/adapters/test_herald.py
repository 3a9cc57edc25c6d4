"""The worker that reminds of sittings, alone and as processes that are killed."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from tests.services.test_sittings import Story
from tests.words import Word
from townhall import clock
from townhall.adapters import herald
from townhall.db import transaction
from townhall.domain.states import MailKind
from townhall.models.invitations import OutboxMessage
from townhall.models.planning import Sitting
from townhall.models.reminders import Reminder
from townhall.settings import Settings

WORKER = """
import os, signal, sys, threading
from dataclasses import replace
from sqlalchemy import Engine, event
from townhall.adapters import herald
from townhall.services import upcoming
from townhall.settings import Settings
statements = int(sys.argv[1])

@event.listens_for(Engine, "after_cursor_execute")
@event.listens_for(Engine, "commit")
def live_so_long(*_):
    global statements
    statements -= 1
    if statements == 0:
        os.kill(os.getpid(), signal.SIGKILL)

upcoming.AT_ONCE = 1
settings = Settings()
hasty = replace(herald.worker(settings), look_every_s=0.05, pause_s=0.05)
hasty.run(settings.database_url, threading.Event())
"""
"""Writes one mail at a time, and is killed after so many statements, be it before a commit."""


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
    draw = random.Random(7)

    def start(statements):
        command = [sys.executable, "-c", WORKER, str(statements)]
        return subprocess.Popen(command, env=environment)

    for _ in range(2):
        mortal = [start(draw.randint(30, 90)) for _ in range(2)]
        assert [worker.wait(60) for worker in mortal] == [-signal.SIGKILL] * 2
    assert 0 < len(reminded(story)) < 33
    workers = [start(0), start(0)]
    deadline = time.monotonic() + 60
    try:
        while not is_done(story):
            assert time.monotonic() < deadline, "not in time"
            time.sleep(0.05)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait(60)
    assert len(reminded(story)) == len(set(reminded(story))) == 33


def test_people_are_reminded_by_one_worker(story, settings):
    herald.worker(settings).run(settings.database_url, Word(1))
    assert is_done(story)
    assert len(reminded(story)) == 33
    subjects = {row.subject.partition(":")[0] for row in story.db.query(OutboxMessage)}
    assert "Soon" in subjects
