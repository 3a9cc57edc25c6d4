"""The loop that keeps busy times fresh: reads old calendars again until it is told to stop.

A thread of its own beside the outbox worker's, since a calendar may take seconds and mail
must not wait for it.
"""

import threading

import structlog
from sqlalchemy.exc import OperationalError

from townhall import clock
from townhall.adapters.calendars import Calendars
from townhall.db import open_engine
from townhall.db import sessions as sessions_of
from townhall.domain.ports import CalendarSource
from townhall.services import calendars
from townhall.settings import Settings

LOOK_EVERY_S = 60.0

log = structlog.get_logger(__name__)


def start(settings: Settings, stopping: threading.Event) -> threading.Thread:
    """Return a thread that reads calendars until `stopping` is set; it outlives no process."""
    thread = threading.Thread(
        target=run,
        args=(settings, Calendars(settings.outbound_allow), stopping),
        name="calendars",
        daemon=True,
    )
    thread.start()
    return thread


def run(
    settings: Settings,
    source: CalendarSource,
    stopping: threading.Event,
    *,
    look_every_s: float = LOOK_EVERY_S,
) -> None:
    """Read old calendars again until `stopping` is set.

    Args:
        settings: Which database.
        source: Reads calendars.
        stopping: Looked at before each turn and while waiting.
        look_every_s: Seconds between two turns, also after one that failed.
    """
    engine = open_engine(settings.database_url)
    sessions = sessions_of(engine)
    try:
        while not stopping.is_set():
            try:
                with sessions() as db:
                    count = calendars.refresh_stale(db, source, now=clock.now())
            except OperationalError as error:
                log.warning("calendars.unavailable", error=str(error))
            except Exception as error:
                # Whatever it is, the next turn must not wait for somebody to notice.
                log.exception("calendars.failed", exc_info=error)
            else:
                if count:
                    log.info("calendars.read", count=count)
            stopping.wait(look_every_s)
    finally:
        engine.dispose()
