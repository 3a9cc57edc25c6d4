"""News between processes, by a real Redis that goes and comes back."""

import shutil
import subprocess
import time

import pytest
import redis

from tests.ports import kept_port
from tests.promptness import happens_within
from tests.require import require
from townhall.adapters.redis_feed import RedisFeed


class RedisServer:
    """A Redis of the test's own, which can be stopped and started."""

    def __init__(self, command, folder, port):
        self.port = port
        self._command = command
        self._folder = folder
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            [self._command, *options, "--dir", self._folder], stdout=subprocess.DEVNULL
        )
        with redis.Redis.from_url(self.url) as probe:
            until(lambda: answers(probe))

    def stop(self):
        self._process.kill()
        self._process.wait()


def answers(probe):
    try:
        return probe.ping()
    except redis.RedisError:
        return False


def until(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def server(tmp_path):
    command = shutil.which("redis-server")
    require("Redis", available=bool(command), reason="redis-server is not installed")
    with kept_port() as port:
        server = RedisServer(command, tmp_path, port)
        server.start()
        yield server
        server.stop()


@pytest.fixture
def feeds(server):
    """Return a function that opens a feed as another process would; and what it has heard."""
    opened = []

    def feed():
        heard = []
        opened.append(RedisFeed(server.url, heard.append))
        return opened[-1], heard

    yield feed
    for each in opened:
        each.close()


def subscribed(server, count):
    with redis.Redis.from_url(server.url) as probe:
        until(lambda: probe.pubsub_numsub("townhall:changed")[0][1] == count)


def test_news_reach_every_process_at_once(server, feeds):
    (here, heard_here), (_there, heard_there) = feeds(), feeds()
    subscribed(server, 2)

    def tell():
        heard_here.clear()
        heard_there.clear()
        here.changed("hall")
        until(lambda: heard_here == heard_there == ["hall"])

    assert happens_within(0.4, tell)


def test_news_flow_again_after_redis_was_away(server, feeds):
    (here, _), (_there, heard) = feeds(), feeds()
    subscribed(server, 2)
    server.stop()
    assert happens_within(0.1, lambda: here.changed("lost"))
    server.start()
    subscribed(server, 2)
    until(lambda: here.changed("found") or "found" in heard)
