"""Better series from a series, one start at a time.

Source: docs/fairness.md, rules 6, 7 and 9.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from townhall.domain.series.board import Board
from townhall.domain.series.simplex import Floats
from townhall.domain.series.task import Keeping, Limit, Marks, Numbers, Rows, Run


def greedy(
    board: Board, runs: Sequence[Run], limit: Limit | None, keeping: Keeping | None = None
) -> Rows | None:
    """Return a series made by choosing the best next start each time, and then each start anew.

    Args:
        board: Of the series.
        runs: Its occurrences.
        limit: Of the times of day, if any.
        keeping: None where starts never stand in each other's way.

    Returns:
        One row; None where an occurrence is left without a start.
    """
    places = [place for place, run in enumerate(runs) for _ in range(run.count)]
    picks = np.full(len(places), -1, dtype=np.intp)
    paid = np.zeros(len(board.ledgers))
    changed = True
    while changed:
        changed = False
        for at, place in enumerate(places):
            run = runs[place]
            without = paid - run.paid[:, picks[at]] if picks[at] >= 0 else paid
            others = [
                (runs[other], pick)
                for number, (other, pick) in enumerate(zip(places, picks.tolist(), strict=True))
                if number != at and pick >= 0
            ]
            open_to = np.flatnonzero(_within(run.times, others, limit))
            if keeping is not None:
                open_to = open_to[keeping.beside(picks, at, open_to)]
            if not len(open_to):
                return None
            best = int(open_to[_best(board, run, without, open_to)])
            changed |= best != picks[at]
            picks[at] = best
            paid = without + run.paid[:, best]
    people = sum(runs[place].people[pick] for place, pick in zip(places, picks, strict=True))
    return Rows(
        table=np.zeros(1, dtype=np.intp),
        paid=paid[np.newaxis],
        last=np.zeros(1, dtype=np.intp),
        people=np.array([people], dtype=runs[0].people.dtype),
        picks=picks[np.newaxis],
    )


def _best(board: Board, run: Run, without: Floats, open_to: Numbers) -> int:
    """Return the place in `open_to` of the start that goes best with what is paid without it."""
    ledgers = board.worst_first((without[:, np.newaxis] + run.paid[:, open_to]).T)
    people: NDArray[np.intp] = np.unique(run.people[open_to], return_inverse=True)[1]
    return int(np.lexsort([run.numbers[open_to], people, *ledgers.T[::-1]])[0])


def _within(times: Numbers, others: Sequence[tuple[Run, int]], limit: Limit | None) -> Marks:
    """Return which times of day may be used beside those of the other starts."""
    if limit is not None:
        used = {*limit.held.tolist(), *(int(run.times[pick]) for run, pick in others)}
        if len(used) >= limit.most:
            return np.isin(times, sorted(used))
    return np.ones(len(times), dtype=np.bool_)
