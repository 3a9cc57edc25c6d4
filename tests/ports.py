"""Ports for servers that are started by the number of their port."""

import socket
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
