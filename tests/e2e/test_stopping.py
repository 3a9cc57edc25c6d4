"""A server that is told to stop lets its open pages go at once."""

import http.client
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.promptness import happens_within

TOWNHALL = Path(sys.executable).with_name("townhall")


@pytest.fixture
def serve(database_url, base_url, tmp_path):
    """Return a function that starts a serving process, which ends with the test."""
    address = urlsplit(base_url).netloc.replace("localhost", "127.0.0.1")
    environment = {
        "PATH": os.environ["PATH"],
        "TOWNHALL_SECRET_KEY": "a secret key that only this test has",
        "TOWNHALL_DATABASE_URL": database_url,
        "TOWNHALL_BASE_URL": base_url,
        "TOWNHALL_BIND": address,
        "TOWNHALL_MAILDIR": str(tmp_path / "mail"),
    }
    with ExitStack() as ends:

        def start():
            process = subprocess.Popen(
                [TOWNHALL, "serve"],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            ends.callback(process.wait)
            ends.callback(process.kill)
            return process

        yield start


@pytest.fixture
def connect(base_url):
    """Return a function that gives the answer to a request, as soon as the server is up."""
    with closing(http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=60)) as line:

        def ask(path):
            deadline = time.monotonic() + 60
            while True:
                line.close()
                try:
                    line.request("GET", path)
                    return line.getresponse()
                except ConnectionError:
                    assert time.monotonic() < deadline, "it does not answer"
                    time.sleep(0.1)

        yield ask


def test_sigterm_ends_streams_at_once_and_then_the_process(make, serve, connect):
    hall = make.town_hall()
    processes = []

    def open_stream():
        assert [process.wait(60) for process in processes] == [0] * len(processes)
        processes.append(serve())
        stream = connect(f"/t/{hall.code}/stream")
        assert stream.status == 200
        assert stream.readline().startswith(b"retry: ")
        return processes[-1], stream

    def stop(process, stream):
        process.send_signal(signal.SIGTERM)
        with stream:
            stream.read()

    assert happens_within(3, stop, prepare=open_stream)
    assert processes[-1].wait(60) == 0
