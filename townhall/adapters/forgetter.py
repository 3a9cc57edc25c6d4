"""The worker that forgets addresses when their time has come."""

import threading

from sqlalchemy.orm import Session, sessionmaker

from townhall import clock
from townhall.adapters.workers import Worker
from townhall.services import outbox, registrations, retention
from townhall.settings import Settings

LOOK_EVERY_S = 300.0


def worker(_settings: Settings) -> Worker:
    """Return who forgets."""
    return Worker(name="registrations", done="forgotten", turn=_forget, look_every_s=LOOK_EVERY_S)


def _forget(sessions: sessionmaker[Session], stopping: threading.Event) -> int:
    with sessions() as db:
        forgotten = outbox.forget_paces(db, now=clock.now())
        while not stopping.is_set() and (count := retention.forget(db, now=clock.now())):
            forgotten += count
        while not stopping.is_set() and (count := registrations.forget(db, now=clock.now())):
            forgotten += count
    return forgotten
