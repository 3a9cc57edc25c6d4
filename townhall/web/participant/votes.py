"""Votes that arrive together share one transaction, and each is answered after its commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import cast

from flask import current_app

from townhall.errors import TownhallError
from townhall.services import questions
from townhall.services.questions import Vote
from townhall.web.context import db, feed, now

MOST = 500
"""How many votes share a transaction at most."""

Keep = Callable[[str, Sequence[Vote]], Sequence[TownhallError | None]]
"""Keeps votes of one town hall at once; returns for each None, or why it was refused."""


@dataclass(slots=True)
class _Waiting:
    """A vote on its way."""

    vote: Vote
    is_kept: bool = False
    failure: Exception | None = None


@dataclass(slots=True)
class _Queue:
    """The votes on their way to one town hall.

    Args:
        gathered: Those that no batch has taken yet, in the order of arrival.
        turn: Held by the one who keeps a batch.
        present: How many threads are here; the last to leave takes the queue away.
    """

    gathered: list[_Waiting] = field(default_factory=list)
    turn: Lock = field(default_factory=Lock)
    present: int = 0


class Batches:
    """The votes that this process has taken and not yet kept, by town hall.

    Nobody waits for others to vote: while one batch is committed the next one gathers, and the
    first of it to get through keeps all of it.

    Args:
        keep: Keeps a batch; what it raises is the answer to each vote of that batch.
        most: Votes of a batch.
    """

    def __init__(self, keep: Keep, *, most: int = MOST) -> None:
        self._keep_all = keep
        self._most = most
        self._queues: dict[str, _Queue] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        """Return to how many town halls votes are on their way."""
        return len(self._queues)

    def put(self, code: str, vote: Vote) -> None:
        """Keep a vote; returns after its commit.

        Raises:
            TownhallError: The vote was refused, or no vote can be kept now.
        """
        waiting = _Waiting(vote)
        with self._lock:
            queue = self._queues.setdefault(code, _Queue())
            queue.gathered.append(waiting)
            queue.present += 1
        try:
            with queue.turn:
                # Before one's own batch there can be others, whose fate is not one's own.
                while not (waiting.is_kept or waiting.failure):
                    self._keep(code, queue)
        finally:
            with self._lock:
                queue.present -= 1
                if not queue.present:
                    del self._queues[code]
        if waiting.failure is not None:
            raise waiting.failure

    def _keep(self, code: str, queue: _Queue) -> None:
        """Keep a batch of what has gathered, in the order of arrival."""
        with self._lock:
            batch = queue.gathered[: self._most]
            del queue.gathered[: self._most]
        try:
            failures = self._keep_all(code, [each.vote for each in batch])
        except Exception as failure:  # noqa: BLE001  raised by each whose vote it was
            for each in batch:
                each.failure = failure
            return
        for each, refusal in zip(batch, failures, strict=True):
            each.failure = refusal
            each.is_kept = refusal is None


def put(code: str, vote: Vote) -> None:
    """Keep a vote of this request; see `Batches.put`."""
    batches = current_app.extensions.setdefault("townhall.votes", Batches(_keep))
    # Whoever waits holds no connection, or the one who writes could find none left.
    db().rollback()
    cast("Batches", batches).put(code, vote)


def _keep(code: str, votes: Sequence[Vote]) -> Sequence[TownhallError | None]:
    """Keep votes by the session of the request that came through first."""
    return questions.vote(db(), feed(), code, votes, now=now())
