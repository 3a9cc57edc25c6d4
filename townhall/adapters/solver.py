"""The loop that searches for the hours of series, until it is told to stop.

A thread of its own beside the outbox worker's, since a search may take minutes and mail must not
wait for it.
"""

import threading

import structlog
from sqlalchemy.exc import OperationalError

from townhall import clock
from townhall.db import open_engine
from townhall.db import sessions as sessions_of
from townhall.errors import UnavailableError
from townhall.services import solving
from townhall.settings import Settings

LOOK_EVERY_S = 0.5
"""How long a new search may wait for a worker that has nothing else to do."""

PAUSE_S = 5.0

log = structlog.get_logger(__name__)


def start(settings: Settings, stopping: threading.Event) -> threading.Thread:
    """Return a thread that searches until `stopping` is set; it outlives no process."""
    thread = threading.Thread(target=run, args=(settings, stopping), name="series", daemon=True)
    thread.start()
    return thread


def run(settings: Settings, stopping: threading.Event, *, pause_s: float = PAUSE_S) -> None:
    """Search for the hours of series until `stopping` is set; a search in hand is given back.

    Args:
        settings: Which database.
        stopping: Looked at during a search and while waiting.
        pause_s: Seconds to leave a database alone that did not answer, or after a fault.
    """
    engine = open_engine(settings.database_url)
    sessions = sessions_of(engine)
    try:
        while not stopping.is_set():
            pause = LOOK_EVERY_S
            try:
                count = solving.work(
                    sessions,
                    now=clock.now,
                    stopwatch=clock.monotonic,
                    stopped=stopping.is_set,
                    wait=stopping.wait,
                )
            except (UnavailableError, OperationalError) as error:
                log.warning("series.unavailable", error=str(error))
                pause = pause_s
            except Exception as error:
                # Whatever it is, the next search must not wait for somebody to notice.
                log.exception("series.failed", exc_info=error)
                pause = pause_s
            else:
                if count:
                    log.info("series.planned", count=count)
            stopping.wait(pause)
    finally:
        engine.dispose()
