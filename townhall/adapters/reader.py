"""The worker that keeps busy times fresh: reads old calendars again.

Apart from the outbox's, since a calendar may take seconds and mail must not wait for it.
"""

import threading

from sqlalchemy.orm import Session, sessionmaker

from townhall import clock
from townhall.adapters.calendars import Calendars
from townhall.adapters.workers import Worker
from townhall.domain.ports import CalendarSource
from townhall.services import calendars
from townhall.settings import Settings

LOOK_EVERY_S = 60.0


def worker(settings: Settings, source: CalendarSource | None = None) -> Worker:
    """Return who reads calendars: from `source`, or from where the settings allow."""
    source = source or Calendars(settings.outbound_allow)

    def read(sessions: sessionmaker[Session], _stopping: threading.Event) -> int:
        with sessions() as db:
            return calendars.refresh_stale(db, source, now=clock.now())

    return Worker(name="calendars", done="read", turn=read, look_every_s=LOOK_EVERY_S)
