"""The only reader of the wall clock."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Return this instant, aware, UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return seconds on a clock that never jumps; only differences mean something."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Wait `seconds`; here so that a test can hand a loop a clock that does not."""
    time.sleep(seconds)
