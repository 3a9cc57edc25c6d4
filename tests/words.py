"""Words to stop that come when a test says, so that a loop runs in the test's own thread."""

import threading
from collections.abc import Callable


class Word(threading.Event):
    """A word to stop that comes at the end of so many waits; none of them lets time pass.

    Args:
        waits: How often a worker waits until it is told; a turn goes before each.
        meanwhile: What happens during a wait, by its number from 1.

    Attributes:
        waited: The seconds that each wait would have taken.
    """

    def __init__(self, waits: int, meanwhile: dict[int, Callable[[], object]] | None = None):
        super().__init__()
        self.waited: list[float | None] = []
        self._waits = waits
        self._meanwhile = meanwhile or {}
        if not waits:
            self.set()

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        self._meanwhile.get(len(self.waited), lambda: None)()
        if len(self.waited) >= self._waits:
            self.set()
        return self.is_set()
