"""Choices of times of day, by their numbers among all that a series can have.

Source: docs/fairness.md, rule 9.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from townhall.domain.series.board import Board
from townhall.domain.series.simplex import Floats
from townhall.domain.series.task import Numbers, Run


def choices(board: Board, runs: Sequence[Run], most_times: int, times: Numbers) -> Numbers:
    """Return the choices of times of day with which every occurrence has a start.

    Args:
        board: Of the series.
        runs: Its occurrences.
        most_times: In each choice, beside those of sittings that were held if they are more.
        times: To choose from.

    Returns:
        Shape (choices, times); the times of sittings that were held are always among them.
    """
    held = np.searchsorted(board.times, board.held_times)
    free = np.setdiff1d(times, held)
    more = min(max(most_times - len(held), 0), len(free))
    ways = list(combinations(free.tolist(), more))
    drawn = np.array(ways, dtype=np.intp).reshape(len(ways), more)
    found = np.hstack([np.tile(held, (len(drawn), 1)), drawn])
    for run in runs:
        has = np.isin(np.arange(len(board.times)), run.times)
        found = found[has[found].any(axis=1)]
    return found


def by_time(run: Run, worth: Floats, count: int) -> Floats:
    """Return the least worth of the starts of each time of day, infinite without any.

    Args:
        run: With these starts.
        worth: Of each of them.
        count: How many times of day there are.
    """
    found = np.full(count, np.inf)
    firsts = np.flatnonzero(np.diff(run.times, prepend=-1))
    found[run.times[firsts]] = np.minimum.reduceat(worth, firsts)
    return found


def tables(runs: Sequence[Run], chosen: Numbers) -> list[Numbers]:
    """Return for each run the columns that each choice of times of day leaves."""
    found = []
    for run in runs:
        kept = (chosen[:, :, np.newaxis] == run.times).any(axis=1)
        width = int(kept.sum(axis=1).max())
        columns = np.argsort(~kept, axis=1, kind="stable")[:, :width]
        found.append(np.where(np.take_along_axis(kept, columns, axis=1), columns, -1))
    return found


def neighbours(board: Board, choice: Numbers, step: int) -> list[Numbers]:
    """Return the choices that differ from one in one time of day, by every so manieth other."""
    fixed = set(np.searchsorted(board.times, board.held_times).tolist())
    return [
        np.where(choice == time, other, choice)
        for other in range(0, len(board.times), step)
        if other not in choice
        for time in choice.tolist()
        if time not in fixed
    ]
