"""`townhall serve`: gunicorn with threads, and the workers beside it or alone.

One worker hands on mail, one reminds of sittings, one reads old calendars again, one keeps
organizers' own calendars in step, one plans series, one forgets addresses; they run as threads of
each web process. Leases and locks keep several apart, so one is as good as many, and none is left
behind when a process is killed.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from townhall import logs, schema
from townhall.adapters import forgetter, herald, keeper, lmtp, pump, reader, solver
from townhall.app import create_app
from townhall.db import open_engine, sessions
from townhall.errors import InputError, UnavailableError
from townhall.i18n import N_
from townhall.settings import Settings
from townhall.web.plain_cookies import PlainCookies

GRACE_S = 10
"""How long a process that is told to stop may finish what it began."""

SPARE_CONNECTIONS = 512
"""Connections that may wait for a thread, beyond the threads."""

OTHER_WORKERS = (
    reader.worker,
    solver.worker,
    herald.worker,
    keeper.worker,
    forgetter.worker,
)
"""Those beside the outbox's, which alone has something in hand that must not be dropped."""


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
        """Return the application; called in each web process, which gets its workers."""
        self.stopping = threading.Event()
        if self.settings.outbox_worker:
            for worker in (pump.worker, *OTHER_WORKERS):
                worker(self.settings).start(self.settings.database_url, self.stopping)
        self.app = create_app(self.settings)
        if self.settings.is_tried_out:
            self.app.wsgi_app = PlainCookies(self.app.wsgi_app)  # type: ignore[method-assign]
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
    """Do what the workers do until SIGTERM or SIGINT; a mail in hand is finished.

    Raises:
        UnavailableError: The database has not been brought to this version's tables.
        InputError: The mail server's address is none.
    """
    logs.configure(plain=settings.demo)
    check_schema(settings)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    for worker in OTHER_WORKERS:
        worker(settings).start(settings.database_url, stopping)
    pump.worker(settings).run(settings.database_url, stopping)


def take_mail(settings: Settings, bind: str) -> None:
    """Take in mail by LMTP and do nothing else, until SIGTERM or SIGINT.

    Args:
        settings: Of the installation.
        bind: `HOST:PORT`, or `unix:` and the path of a socket.

    Raises:
        UnavailableError: The database has not been brought to this version's tables.
        InputError: The address cannot be listened on; field `bind`.
    """
    logs.configure(plain=settings.demo)
    check_schema(settings)
    engine = open_engine(settings.database_url)
    intake = lmtp.Intake(sessions(engine), settings.secret_key.get_secret_value())
    try:
        asyncio.run(_take_until_told(intake, bind))
    except (OSError, ValueError, OverflowError) as error:
        message = N_("“%(value)s” cannot be listened on: %(reason)s.")
        raise InputError(message, field="bind", value=bind, reason=str(error)) from error
    finally:
        engine.dispose()


async def _take_until_told(intake: lmtp.Intake, bind: str) -> None:
    """Take in mail until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await lmtp.serve(intake, bind, stopping)


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
