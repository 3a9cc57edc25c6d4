"""Where servers listen: ports to start them by, and waiting until they do."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_port() -> Iterator[int]:
    """Lend a port of 127.0.0.1 that no other program is given meanwhile.

    It is bound and not listened on: whoever asks for any port gets another one, and a server
    that is told this number can listen there, since servers set SO_REUSEADDR (socket(7)).
    """
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        yield keeper.getsockname()[1]


def await_listener(path: str, seconds: float = 60.0) -> None:
    """Return once somebody listens on a socket of the file system.

    Its file is there a moment before.
    """
    deadline = time.monotonic() + seconds
    while True:
        with socket.socket(socket.AF_UNIX) as line:
            try:
                line.connect(path)
            except OSError:
                assert time.monotonic() < deadline, "nobody listens"
                time.sleep(0.02)
            else:
                return
