"""The worker of the outbox: hands on the mails that are due.

Told to stop, it finishes the one that it has in hand.
"""

import secrets
import threading

import structlog
from sqlalchemy.orm import Session, sessionmaker

from townhall import clock
from townhall.adapters import mailers
from townhall.adapters.workers import Worker
from townhall.services import outbox
from townhall.settings import Settings

LOOK_EVERY_S = 0.5

log = structlog.get_logger(__name__)


def worker(settings: Settings) -> Worker:
    """Return who hands on mail, to where the settings say.

    Raises:
        InputError: `smtp_url` is no address of a mail server.
    """
    mailer = mailers.from_settings(settings)
    draw = secrets.SystemRandom().random

    def drain(sessions: sessionmaker[Session], stopping: threading.Event) -> int:
        return outbox.drain(
            sessions,
            mailer,
            settings.mail_from,
            now=clock.now,
            draw=draw,
            per_minute=settings.mail_per_domain,
            stopped=stopping.is_set,
            report=_report,
        )

    return Worker(name="outbox", done="sent", turn=drain, look_every_s=LOOK_EVERY_S)


def _report(code: str, fault: Exception) -> None:
    """Log what went wrong with one mail, which is tried again."""
    log.error("outbox.fault", mail=code, exc_info=fault)
