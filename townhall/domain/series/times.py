"""Choices of times of day, by their numbers among all that a series can have.

Source: docs/fairness.md, rule 9.
"""

from collections.abc import Sequence

import numpy as np

from townhall.domain.series.board import Board
from townhall.domain.series.simplex import Floats
from townhall.domain.series.task import Numbers, Run

COARSE = 4
"""Every so manieth time of day is looked at first."""


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
    drawn = free[_ways(len(free), min(max(most_times - len(held), 0), len(free)))]
    found = np.hstack([np.tile(held, (len(drawn), 1)), drawn])
    for run in runs:
        has = np.isin(np.arange(len(board.times)), run.times)
        if not has.all():
            found = found[has[found].any(axis=1)]
    return found


def _ways(count: int, drawn: int) -> Numbers:
    """Return all ways to draw some of so many numbers from 0 on, each ascending, a line each."""
    found = np.zeros((1, 0), dtype=np.intp)
    last = np.full(1, -1, dtype=np.intp)
    for _ in range(drawn):
        left = count - 1 - last
        line = np.repeat(np.arange(len(found)), left)
        last = np.arange(1, 1 + len(line)) + np.repeat(last - np.cumsum(left) + left, left)
        found = np.column_stack([found[line], last])
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
    """Return for each run the columns that each choice of times of day leaves, ascending."""
    found = []
    ordered = np.sort(chosen, axis=1)
    for run in runs:
        columns = _columns(run, int(chosen.max()) + 1)[ordered].reshape(len(chosen), -1)
        none = columns < 0
        if none.any():
            width = columns.shape[1] - int(none.sum(axis=1).min())
            order = np.argsort(none, axis=1, kind="stable")[:, :width]
            columns = np.take_along_axis(columns, order, axis=1)
        found.append(columns)
    return found


def _columns(run: Run, count: int) -> Numbers:
    """Return the columns of a run at each time of day, a line each, filled up with -1."""
    begins = np.searchsorted(run.times, np.arange(count + 1))
    widths = np.diff(begins)
    places = begins[:-1, np.newaxis] + np.arange(widths.max())
    return np.where(places < begins[1:, np.newaxis], places, -1)


def coarse_first(choices: Numbers) -> Numbers:
    """Return the numbers of choices, first those of hours on a coarse grid.

    They soon give a series nearly as good as the best.
    """
    return np.argsort((choices % COARSE != 0).any(axis=1), kind="stable")
