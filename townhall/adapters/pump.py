"""The outbox worker's loop: drains, waits, drains again, until it is told to stop.

A thread of `townhall serve` or a process of its own, as `townhall worker`; any number of
them may run at once.
"""

import secrets
import threading

import structlog
from sqlalchemy.exc import OperationalError

from townhall import clock
from townhall.adapters import mailers
from townhall.db import open_engine
from townhall.db import sessions as sessions_of
from townhall.domain.outbox import Pace
from townhall.errors import UnavailableError
from townhall.services import outbox
from townhall.settings import Settings

LOOK_EVERY_S = 0.5
"""How long a new mail may wait for a worker that has nothing else to do."""

PAUSE_S = 5.0

log = structlog.get_logger(__name__)


def run(settings: Settings, stopping: threading.Event, *, pause_s: float = PAUSE_S) -> None:
    """Hand on mails until `stopping` is set; the mail in hand is finished first.

    Args:
        settings: Which database, which mail server.
        stopping: Looked at before each mail and while waiting.
        pause_s: Seconds to leave a database alone that did not answer, or after a fault.

    Raises:
        InputError: `smtp_url` is no address of a mail server.
    """
    mailer = mailers.from_settings(settings)
    engine = open_engine(settings.database_url)
    sessions = sessions_of(engine)
    pace = Pace(settings.mail_per_domain, clock.monotonic)
    draw = secrets.SystemRandom().random
    try:
        while not stopping.is_set():
            try:
                count = outbox.drain(
                    sessions,
                    mailer,
                    settings.mail_from,
                    now=clock.now,
                    draw=draw,
                    pace=pace,
                    stopped=stopping.is_set,
                )
            except (UnavailableError, OperationalError) as error:
                log.warning("outbox.unavailable", error=str(error))
                stopping.wait(pause_s)
                continue
            except Exception as error:
                # Whatever it is, mails that wait must not wait for somebody to notice.
                log.exception("outbox.failed", exc_info=error)
                stopping.wait(pause_s)
                continue
            if count:
                log.info("outbox.sent", count=count)
            stopping.wait(LOOK_EVERY_S)
    finally:
        engine.dispose()
