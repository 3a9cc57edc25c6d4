"""One snapshot for each board, screen and language, rendered once for all who look.

Writers raise a board's version in the database. This process looks at it at most twice a
second while somebody watches, and at once when its own writers say so.
"""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import randbelow
from threading import Condition, Event, Lock, Thread

import structlog
from flask import Flask
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from townhall import clock
from townhall.domain.ports import Feed, SilentFeed
from townhall.errors import NotFoundError, UnavailableError
from townhall.i18n import N_
from townhall.queries import planning
from townhall.web import context
from townhall.web.live.screens import SCREENS

LOOK_S = 0.5
"""How old the known version of a board may be while somebody watches."""

REST_S = 0.2
"""At most so often is a board looked at, however many votes come."""

HEARTBEAT_S = 25.0
RETRY_MS = 2_000
JITTER_MS = 3_000
"""After a lost line a page waits from `RETRY_MS` to so much longer, not all at once."""

log = structlog.get_logger()

Key = tuple[str, str]
"""Screen and language."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What every viewer of a screen in one language gets: as a message, and as its parts."""

    version: int
    parts: Mapping[str, Markup]
    body: bytes
    gzipped: bytes
    etag: str


@dataclass(slots=True)
class _Board:
    """What this process knows of one town hall's board."""

    code: str
    version: int = 0
    looked_at: float = float("-inf")
    is_stale: bool = False
    watchers: int = 0
    snapshots: dict[Key, Snapshot] = field(default_factory=dict)
    looking: Lock = field(default_factory=Lock)
    rendering: Lock = field(default_factory=Lock)
    turned: Condition = field(default_factory=Condition)


class Hub:
    """The snapshots of one process; the feed that services tell of changes.

    `others` is the feed to the other processes of the installation, if there is one.

    Args:
        app: Whose database is read and whose templates are rendered.
        monotonic: Seconds on a clock that never jumps.
    """

    def __init__(self, app: Flask, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self.others: Feed = SilentFeed()
        self._app = app
        self._monotonic = monotonic
        self._boards: dict[str, _Board] = {}
        self._lock = Lock()
        self._wake = Event()
        self._ticker: Thread | None = None
        self._streams = 0
        self._is_closed = False

    def changed(self, code: str) -> None:
        """Look at the board of `code` again without waiting for the next tick, and tell others."""
        self.heard(code)
        self.others.changed(code)

    def heard(self, code: str) -> None:
        """Look at the board of `code` again: another process has changed it."""
        board = self._boards.get(code)
        if board is not None:
            board.is_stale = True
            self._wake.set()

    def snapshot(self, code: str, screen: str, language: str) -> Snapshot:
        """Return the newest snapshot of a screen.

        Hold no database connection meanwhile: it may be rendered first, on one of its own.

        Raises:
            NotFoundError: There is no such town hall.
        """
        board = self._board(code)
        version = self._look(board)
        kept = board.snapshots.get((screen, language))
        if kept is not None and kept.version >= version:
            return kept
        with board.rendering:
            kept = board.snapshots.get((screen, language))
            if kept is None or kept.version < version:
                kept = self._render(code, screen, language)
                board.snapshots[screen, language] = kept
        return kept

    def stream(self, code: str, screen: str, language: str, last: str) -> Iterator[bytes]:
        """Return server-sent events: the snapshot now, unless it is `last`, and each later one.

        The place among this process's streams is taken before the first event is asked for;
        close the iterator to give it back.

        Raises:
            NotFoundError: There is no such town hall.
            UnavailableError: This process holds as many streams as it may; poll instead.
        """
        board = self._board(code)
        with self._lock:
            if self._is_closed or self._streams >= self._limit:
                raise UnavailableError(
                    N_("Too many pages are updating themselves. This one will ask now and then.")
                )
            self._streams += 1
            board.watchers += 1
            if self._ticker is None:
                self._ticker = Thread(target=self._tick, name="townhall live", daemon=True)
                self._ticker.start()
        self._wake.set()
        return _Stream(self._events(board, screen, language, last), lambda: self._leave(board))

    def close(self) -> None:
        """End all streams; their pages come back to another process, each at its own moment.

        Takes no lock, so that a signal's handler may call it: the ticker tells the streams.
        """
        self._is_closed = True
        self._wake.set()

    @property
    def _limit(self) -> int:
        parts: context.Parts = self._app.extensions["townhall"]
        return parts.settings.streams

    def _board(self, code: str) -> _Board:
        """Return what is known of a board; unknown codes are looked up, and not kept."""
        board = self._boards.get(code)
        if board is None:
            board = _Board(code)
            self._look(board)
            board = self._boards.setdefault(code, board)
        return board

    def _look(self, board: _Board) -> int:
        """Return the board's version, read from the database if what is known may be old."""
        with board.looking:
            age = self._monotonic() - board.looked_at
            if age >= LOOK_S or (board.is_stale and age >= REST_S):
                board.is_stale = False
                version = self._read([board.code]).get(board.code)
                if version is None:
                    raise NotFoundError
                self._turn(board, version)
        return board.version

    def _read(self, codes: list[str]) -> dict[str, int]:
        """Return the versions of boards, from the database."""
        parts: context.Parts = self._app.extensions["townhall"]
        with parts.sessions() as db:
            return planning.board_versions(db, codes)

    def _turn(self, board: _Board, version: int) -> None:
        """Note a board's version, and wake its streams if it is new."""
        board.looked_at = self._monotonic()
        if version != board.version:
            with board.turned:
                board.version = version
                board.turned.notify_all()

    def _render(self, code: str, screen: str, language: str) -> Snapshot:
        """Return a new snapshot.

        It is rendered as for a stranger's request of its own, without cookies, so that nothing
        of the viewer who happened to ask first is in what all get.
        """
        parts: context.Parts = self._app.extensions["townhall"]
        with self._app.test_request_context(f"/?lang={language}", base_url=parts.settings.base_url):
            hall = planning.town_hall(context.db(), code)
            shown = SCREENS[screen].render(context.db(), hall, context.words())
            version = hall.board_version
        body = json.dumps(
            {"version": version, "parts": shown}, ensure_ascii=False, separators=(",", ":")
        ).encode()
        tag = sha256(body).hexdigest()[:12]
        parts_shown = {name: Markup(markup) for name, markup in shown.items()}  # noqa: S704  rendered
        return Snapshot(
            version, parts_shown, body, gzip.compress(body, 6, mtime=0), f"{version}-{tag}"
        )

    def _events(self, board: _Board, screen: str, language: str, last: str) -> Iterator[bytes]:
        yield f"retry: {RETRY_MS + randbelow(JITTER_MS)}\n\n".encode()
        sent = _shown(last, board.version)
        while not self._is_closed:
            if board.version > sent:
                snapshot = self.snapshot(board.code, screen, language)
                if snapshot.version > sent:
                    sent = snapshot.version
                    yield b"id: %d\ndata: %b\n\n" % (sent, snapshot.body)
            is_new = self._wait(board, sent)
            if not is_new:
                yield b": still here\n\n"

    def _wait(self, board: _Board, sent: int) -> bool:
        """Wait for a version after `sent`, or the end; False when only time has passed."""
        with board.turned:
            return board.turned.wait_for(
                lambda: self._is_closed or board.version > sent, HEARTBEAT_S
            )

    def _leave(self, board: _Board) -> None:
        with self._lock:
            self._streams -= 1
            board.watchers -= 1

    def _tick(self) -> None:
        """Look at the watched boards, twice a second and when told of a change."""
        while not self._is_closed:
            watched = [board for board in list(self._boards.values()) if board.watchers]
            try:
                versions = self._read([board.code for board in watched]) if watched else {}
            except (SQLAlchemyError, UnavailableError) as error:
                log.warning("live boards could not be read", error=str(error))
                versions = {}
            for board in watched:
                board.is_stale = False
                self._turn(board, versions.get(board.code, board.version))
            clock.sleep(REST_S)
            self._wake.wait(LOOK_S - REST_S if watched else None)
            self._wake.clear()
        for board in list(self._boards.values()):
            with board.turned:
                board.turned.notify_all()


def _shown(last: str, newest: int) -> int:
    """Return the version that a page says it shows; -1 for none or one that never was."""
    is_number = last.isdecimal() and len(last) <= len(str(newest))
    return int(last) if is_number and int(last) <= newest else -1


class _Stream(Iterator[bytes]):
    """Events whose end gives the place back, also when no event was ever asked for."""

    def __init__(self, events: Iterator[bytes], leave: Callable[[], None]) -> None:
        self._events = events
        self._leave: Callable[[], None] | None = leave

    def __next__(self) -> bytes:
        return next(self._events)

    def close(self) -> None:
        """Give the place among the streams back."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()
