"""Tells the hubs of other processes at once that a board has changed, by Redis.

Redis carries news, never truth: what is lost on the way is found by the next look at the
database, half a second later. So nothing here raises, waits for Redis or keeps anything.
"""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

import redis
import structlog

from townhall import clock

CHANNEL = "townhall:changed"
CONNECT_S = 2.0
LISTEN_S = 5.0
REST_S = 1.0
"""How long to leave Redis alone after it failed."""

log = structlog.get_logger()


class RedisFeed:
    """A feed to the other processes of this installation.

    Args:
        url: Of the Redis server.
        heard: Told the code of each board that another process, or this one, has changed.
    """

    def __init__(self, url: str, heard: Callable[[str], None]) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_connect_timeout=CONNECT_S, decode_responses=True
        )
        self._heard = heard
        self._news: SimpleQueue[str | None] = SimpleQueue()
        self._is_closed = False
        for task in (self._tell, self._listen):
            Thread(target=task, name=f"redis {task.__name__}", daemon=True).start()

    def changed(self, code: str) -> None:
        """Tell the others; returns before they have heard."""
        self._news.put(code)

    def close(self) -> None:
        """Stop telling and listening."""
        self._is_closed = True
        self._news.put(None)

    def _tell(self) -> None:
        """Publish the news, each board's once however often it changed meanwhile."""
        while (code := self._news.get()) is not None:
            codes = {code}
            while not self._news.empty():
                codes.add(self._news.get() or code)
            try:
                for each in codes:
                    self._redis.publish(CHANNEL, each)
            except redis.RedisError as error:
                self._rest("tell", error)

    def _listen(self) -> None:
        """Hear the news of all processes, through every loss of the line."""
        while not self._is_closed:
            try:
                with self._redis.pubsub(ignore_subscribe_messages=True) as line:  # type: ignore[no-untyped-call]
                    line.subscribe(CHANNEL)
                    while not self._is_closed:
                        message = line.get_message(timeout=LISTEN_S)
                        if message is not None:
                            self._heard(message["data"])
            except redis.RedisError as error:
                self._rest("listen", error)

    def _rest(self, task: str, error: redis.RedisError) -> None:
        """Say that Redis is away, and leave it alone for a moment."""
        if not self._is_closed:
            log.warning("redis is away", task=task, error=str(error))
            clock.sleep(REST_S)
