"""The server in C that takes mails for the benchmarks."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def sink(connections: int = 1) -> Iterator[tuple[int, Callable[[], int]]]:
    """Serve SMTP from C for so many connections, one by one.

    Yields:
        The port, and what returns the number of mails taken once all have ended.
    """
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / "sink"
        source = Path(__file__).with_name("sink.c")
        command = ["cc", "-O2", "-D_GNU_SOURCE", "-o", str(binary), str(source)]
        subprocess.run(command, check=True)  # noqa: S603  the file beside this one
        process = subprocess.Popen(  # noqa: S603
            [binary, str(connections)], stdout=subprocess.PIPE, text=True
        )
        lines = process.stdout
        assert lines is not None  # noqa: S101  it was asked for
        yield int(lines.readline()), lambda: int(lines.readline())
        process.wait(10)
