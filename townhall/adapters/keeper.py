"""The worker that keeps organizers' own calendars in step.

Apart from the outbox's, since a server may take long over its answer and mail must not wait for it.
"""

import secrets
import threading

from sqlalchemy.orm import Session, sessionmaker

from townhall import clock
from townhall.adapters import mailers
from townhall.adapters.caldav import CalDav
from townhall.adapters.workers import Worker
from townhall.domain.ports import CalendarServer
from townhall.services import keeping
from townhall.settings import Settings

LOOK_EVERY_S = 2.0
"""How long a change may wait for a worker that has nothing else to do."""

CATCH_UP_S = 60.0
"""How often the worker looks for sittings that no change has marked."""


def worker(settings: Settings, server: CalendarServer | None = None) -> Worker:
    """Return who keeps calendars: on `server`, or on those that the settings allow."""
    server = server or CalDav(settings.outbound_allow)
    sender = mailers.sender(settings)
    draw = secrets.SystemRandom().random
    caught_up_at = -CATCH_UP_S

    def keep(sessions: sessionmaker[Session], stopping: threading.Event) -> int:
        nonlocal caught_up_at
        if clock.monotonic() >= caught_up_at + CATCH_UP_S:
            with sessions() as db:
                keeping.catch_up(db, now=clock.now())
            caught_up_at = clock.monotonic()
        return keeping.work(
            sessions, server, sender, now=clock.now, draw=draw, stopped=stopping.is_set
        )

    return Worker(name="own_calendars", done="kept", turn=keep, look_every_s=LOOK_EVERY_S)
