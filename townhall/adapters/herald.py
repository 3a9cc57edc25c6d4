"""The worker that reminds of sittings: writes the mails that are due.

Apart from the outbox's, since thousands of mails are to be written while others are handed on.
"""

import threading

from sqlalchemy.orm import Session, sessionmaker

from townhall import clock
from townhall.adapters.mailers import sender
from townhall.adapters.workers import Worker
from townhall.services import upcoming
from townhall.settings import Settings

LOOK_EVERY_S = 5.0


def worker(settings: Settings) -> Worker:
    """Return who reminds, in mails from whom the settings name."""

    def remind(sessions: sessionmaker[Session], stopping: threading.Event) -> int:
        return upcoming.work(sessions, sender(settings), now=clock.now, stopped=stopping.is_set)

    return Worker(name="reminders", done="written", turn=remind, look_every_s=LOOK_EVERY_S)
