"""How long a search may go on, and who is told how far it is."""

from collections.abc import Callable
from dataclasses import dataclass

CELLS_PER_S = 400_000_000
"""Cells looked at for each second of the time limit, so that a limit does not depend on how fast
the computer is today; it is slower than most are."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search is.

    Args:
        worst: The largest ledger of the best series known; None before there is one.
        bound: No series has a smaller one.
        share: How much of the time limit is used up, 0 to 1.
    """

    worst: int | None
    bound: int
    share: float


class Patience:
    """How long a search may go on: by work, by time, and as long as nobody stops it.

    Args:
        limit_s: Seconds, more than 0.
        stopwatch: Seconds on a clock that only goes forward; without one only work counts.
        progress: Told how far the search is from time to time; answers false to stop it.
    """

    def __init__(
        self,
        limit_s: float,
        stopwatch: Callable[[], float] | None = None,
        progress: Callable[[Progress], bool] | None = None,
    ) -> None:
        self.limit_s = limit_s
        self.stopwatch = stopwatch if stopwatch is not None else float
        self.progress = progress
        self.began = self.stopwatch()
        self.cells = 0
        self.until = 1.0
        self.stopped = False
        self.worst: int | None = None
        self.bound = 0

    @property
    def seconds(self) -> float:
        """How long the search has taken."""
        return self.stopwatch() - self.began

    def spend(self, cells: int) -> bool:
        """Count work; return whether there is patience for more."""
        self.cells += cells
        if self.progress is not None and not self.stopped:
            told = Progress(self.worst, self.bound, min(self.share, 1.0))
            self.stopped = not self.progress(told)
        return self.is_left

    @property
    def most_cells(self) -> float:
        """How many cells may be looked at, all in all."""
        return CELLS_PER_S * self.limit_s

    @property
    def share(self) -> float:
        """How much of the limit is used up; 1 and more is all of it."""
        return max(self.cells / self.most_cells, self.seconds / self.limit_s)

    @property
    def is_left(self) -> bool:
        """Whether there is patience for more."""
        return not self.stopped and self.share < self.until
