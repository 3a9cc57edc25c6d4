"""`townhall serve`: gunicorn with threads, and the outbox worker beside it or alone.

The worker runs as a thread of each web process. Leases keep several apart, so one is as good
as many, and none is left behind when a process is killed.
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from townhall import logs, schema
from townhall.adapters import pump
from townhall.app import create_app
from townhall.db import open_engine
from townhall.errors import UnavailableError
from townhall.i18n import N_
from townhall.settings import Settings

GRACE_S = 10
"""How long a process that is told to stop may finish what it began."""

SPARE_CONNECTIONS = 512
"""Connections that may wait for a thread, beyond the threads."""


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn, set by our settings alone."""

    def __init__(self, settings: Settings, ready: Callable[[], None]) -> None:
        self.settings = settings
        self.ready = ready
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn by the settings; its own files and environment are not read."""
        options: dict[str, Any] = {
            "bind": self.settings.bind,
            "workers": self.settings.workers,
            "worker_class": "gthread",
            "threads": self.settings.threads,
            "worker_connections": self.settings.threads + SPARE_CONNECTIONS,
            "graceful_timeout": GRACE_S,
            "timeout": 60,
            "keepalive": 15,
            "loglevel": "warning",
            "forwarded_allow_ips": "",
            "control_socket_disable": True,
            "when_ready": lambda _server: self.ready(),
            "post_worker_init": lambda _worker: self.end_streams_first(),
            "worker_exit": lambda _server, _worker: self.stopping.set(),
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application; called in each web process, which gets its outbox worker."""
        self.stopping = threading.Event()
        if self.settings.outbox_worker:
            threading.Thread(
                target=pump.run,
                args=(self.settings, self.stopping),
                name="outbox",
                daemon=True,
            ).start()
        self.app = create_app(self.settings)
        return self.app

    def end_streams_first(self) -> None:
        """Let SIGTERM end the process's live streams, whose threads would wait out the grace.

        Their pages come back to another process, each at its own moment.
        """
        handled = signal.getsignal(signal.SIGTERM)

        def end(number: int, frame: FrameType | None) -> None:
            self.app.extensions["townhall"].feed.close()
            if callable(handled):
                handled(number, frame)

        signal.signal(signal.SIGTERM, end)


def run(settings: Settings, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until told to stop.

    Args:
        settings: Of the installation.
        ready: Called once the address is listened on.

    Raises:
        UnavailableError: The database has not been brought to this version's tables.
    """
    logs.configure(plain=settings.demo)
    check_schema(settings)
    Server(settings, ready).run()


def work(settings: Settings) -> None:
    """Send mail and do nothing else, until SIGTERM or SIGINT; the mail in hand is finished first.

    Raises:
        UnavailableError: The database has not been brought to this version's tables.
        InputError: The mail server's address is none.
    """
    logs.configure(plain=settings.demo)
    check_schema(settings)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    pump.run(settings, stopping)


def check_schema(settings: Settings) -> None:
    """Raise UnavailableError unless every migration was applied."""
    schema.prepare_file(settings.database_url)
    engine = open_engine(settings.database_url)
    try:
        if not schema.is_current(engine):
            raise UnavailableError(
                N_("The database has other tables than this version. Run: townhall db upgrade")
            )
    finally:
        engine.dispose()
