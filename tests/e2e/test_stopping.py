"""A server that is told to stop lets its open pages go at once."""

import http.client
import os
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

TOWNHALL = Path(sys.executable).with_name("townhall")


@pytest.fixture
def server(database_url, base_url, tmp_path):
    """Return a serving process of its own."""
    address = urlsplit(base_url).netloc.replace("localhost", "127.0.0.1")
    process = subprocess.Popen(
        [TOWNHALL, "serve"],
        env={
            "PATH": os.environ["PATH"],
            "TOWNHALL_SECRET_KEY": "a secret key that only this test has",
            "TOWNHALL_DATABASE_URL": database_url,
            "TOWNHALL_BASE_URL": base_url,
            "TOWNHALL_BIND": address,
            "TOWNHALL_MAILDIR": str(tmp_path / "mail"),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield process
    process.kill()
    process.wait()


@contextmanager
def connected(base_url, path):
    """Lend the answer to a request, as soon as the server is up."""
    deadline = time.monotonic() + 20
    while True:
        with closing(http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=15)) as line:
            try:
                line.request("GET", path)
            except ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
                continue
            with line.getresponse() as answer:
                yield answer
            return


def test_sigterm_ends_streams_at_once_and_then_the_process(make, server, base_url):
    hall = make.town_hall()
    with connected(base_url, f"/t/{hall.code}/stream") as stream:
        assert stream.status == 200
        assert stream.readline().startswith(b"retry: ")
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        stream.read()
        assert time.monotonic() - began < 3
    assert server.wait(12) == 0
