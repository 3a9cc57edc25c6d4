"""The loop that reminds of sittings: writes the mails that are due, until it is told to stop.

A thread of its own beside the outbox worker's, since thousands of mails are to be written while
others are handed on.
"""

import threading

import structlog
from sqlalchemy.exc import OperationalError

from townhall import clock
from townhall.adapters.mailers import sender
from townhall.db import open_engine
from townhall.db import sessions as sessions_of
from townhall.errors import UnavailableError
from townhall.services import upcoming
from townhall.settings import Settings

LOOK_EVERY_S = 5.0
"""How late a reminder may be for a worker that has nothing else to do."""

log = structlog.get_logger(__name__)


def start(settings: Settings, stopping: threading.Event) -> threading.Thread:
    """Return a thread that reminds until `stopping` is set; it outlives no process."""
    thread = threading.Thread(target=run, args=(settings, stopping), name="reminders", daemon=True)
    thread.start()
    return thread


def run(
    settings: Settings, stopping: threading.Event, *, look_every_s: float = LOOK_EVERY_S
) -> None:
    """Write the mails that remind of sittings until `stopping` is set.

    Args:
        settings: Which database, and who the mails come from.
        stopping: Looked at before each transaction and while waiting.
        look_every_s: Seconds between two turns, also after one that failed.
    """
    engine = open_engine(settings.database_url)
    sessions = sessions_of(engine)
    try:
        while not stopping.is_set():
            try:
                count = upcoming.work(
                    sessions, sender(settings), now=clock.now, stopped=stopping.is_set
                )
            except (UnavailableError, OperationalError) as error:
                log.warning("reminders.unavailable", error=str(error))
            except Exception as error:
                # Whatever it is, the next turn must not wait for somebody to notice.
                log.exception("reminders.failed", exc_info=error)
            else:
                if count:
                    log.info("reminders.written", count=count)
            stopping.wait(look_every_s)
    finally:
        engine.dispose()
