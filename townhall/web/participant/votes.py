"""Votes that arrive together share one transaction, and each is answered after its commit."""

from collections import defaultdict
from dataclasses import dataclass
from threading import Lock
from typing import cast

from flask import current_app

from townhall.errors import TownhallError
from townhall.services import questions
from townhall.services.questions import Vote
from townhall.web.context import db, feed, now

MOST = 500
"""How many votes share a transaction at most."""


@dataclass(slots=True)
class _Waiting:
    """A vote on its way."""

    vote: Vote
    is_kept: bool = False
    failure: Exception | None = None


class Batches:
    """The votes that this process has taken and not yet kept, by town hall.

    Nobody waits for others to vote: while one batch is committed the next one gathers, and the
    first of it to get through keeps all of it.
    """

    def __init__(self) -> None:
        self._gathered: defaultdict[str, list[_Waiting]] = defaultdict(list)
        self._turns: defaultdict[str, Lock] = defaultdict(Lock)
        self._lock = Lock()

    def put(self, code: str, vote: Vote) -> None:
        """Keep a vote; returns after its commit.

        Raises:
            TownhallError: The vote was refused, or no vote can be kept now.
        """
        waiting = _Waiting(vote)
        with self._lock:
            self._gathered[code].append(waiting)
            turn = self._turns[code]
        # Whoever waits holds no connection, or the one who writes could find none left.
        db().rollback()
        with turn:
            while not (waiting.is_kept or waiting.failure):
                self._keep(code)
        if waiting.failure is not None:
            raise waiting.failure

    def _keep(self, code: str) -> None:
        """Keep a batch of what has gathered, in the order of arrival."""
        with self._lock:
            gathered = self._gathered.pop(code)
            batch, later = gathered[:MOST], gathered[MOST:]
            if later:
                self._gathered[code] = later
        failures: list[TownhallError | None]
        try:
            failures = questions.vote(db(), feed(), code, [each.vote for each in batch], now=now())
        except Exception as failure:
            for each in batch:
                each.failure = failure
            raise
        for each, refusal in zip(batch, failures, strict=True):
            each.failure = refusal
            each.is_kept = refusal is None


def put(code: str, vote: Vote) -> None:
    """Keep a vote of this request; see `Batches.put`."""
    batches = current_app.extensions.setdefault("townhall.votes", Batches())
    cast("Batches", batches).put(code, vote)
