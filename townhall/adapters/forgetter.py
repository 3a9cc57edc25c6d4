"""The loop that forgets addresses when their time has come, until it is told to stop."""

import threading

import structlog
from sqlalchemy.exc import OperationalError

from townhall import clock
from townhall.db import open_engine
from townhall.db import sessions as sessions_of
from townhall.errors import UnavailableError
from townhall.services import registrations
from townhall.settings import Settings

LOOK_EVERY_S = 300.0

log = structlog.get_logger(__name__)


def start(settings: Settings, stopping: threading.Event) -> threading.Thread:
    """Return a thread that forgets until `stopping` is set; it outlives no process."""
    thread = threading.Thread(target=run, args=(settings, stopping), name="forgetter", daemon=True)
    thread.start()
    return thread


def run(
    settings: Settings, stopping: threading.Event, *, look_every_s: float = LOOK_EVERY_S
) -> None:
    """Forget what is due until `stopping` is set.

    Args:
        settings: Which database.
        stopping: Looked at before each turn and while waiting.
        look_every_s: Seconds between two turns, also after one that failed.
    """
    engine = open_engine(settings.database_url)
    sessions = sessions_of(engine)
    try:
        while not stopping.is_set():
            try:
                with sessions() as db:
                    while count := registrations.forget(db, now=clock.now()):
                        log.info("registrations.forgotten", count=count)
            except (UnavailableError, OperationalError) as error:
                log.warning("registrations.unavailable", error=str(error))
            except Exception as error:
                # Whatever it is, the next turn must not wait for somebody to notice.
                log.exception("registrations.failed", exc_info=error)
            stopping.wait(look_every_s)
    finally:
        engine.dispose()
