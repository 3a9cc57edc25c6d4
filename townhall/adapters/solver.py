"""The worker that searches for the hours of series.

Told to stop, it gives back the one that it has in hand. Apart from the outbox's, since a search
may take minutes and mail must not wait for it.
"""

import threading

from sqlalchemy.orm import Session, sessionmaker

from townhall import clock
from townhall.adapters.workers import Worker
from townhall.services import solving
from townhall.settings import Settings

LOOK_EVERY_S = 0.5


def worker(_settings: Settings) -> Worker:
    """Return who searches."""
    return Worker(name="series", done="planned", turn=_search, look_every_s=LOOK_EVERY_S)


def _search(sessions: sessionmaker[Session], stopping: threading.Event) -> int:
    return solving.work(
        sessions,
        now=clock.now,
        stopwatch=clock.monotonic,
        stopped=stopping.is_set,
        wait=stopping.wait,
    )
