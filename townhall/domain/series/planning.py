"""The whole series at once: one start in each window, so that the final ledgers are best.

Source: docs/fairness.md, rules 8, 9 and 11.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from townhall.domain.series.board import Board, Keeping, open_starts
from townhall.domain.series.excusing import excused
from townhall.domain.series.known import Found
from townhall.domain.series.obstacles import LIMIT_S, Obstacles, obstacles
from townhall.domain.series.patience import Patience, Progress
from townhall.domain.series.placing import is_hopeless, is_possible
from townhall.domain.series.request import Series
from townhall.domain.series.search import Search
from townhall.domain.slots import NothingFits, Ranking, nothing_fits, rank
from townhall.errors import InputError
from townhall.i18n import N_


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The best series, or why there is none.

    Args:
        series: What was asked for.
        starts: How many starts all windows have together.
        feasible: How many of them fit every required seat and lie on the weekdays.
        best: The series; None where nothing fits.
        bound: No series has a smaller largest ledger.
        optimal: Whether no series is better in any way.
        seconds: How long the search took.
        stuck: Which occurrence cannot be placed and whom it is for, where nothing fits.
        obstacles: Which rules stand in the way then.
    """

    series: Series
    starts: int
    feasible: int
    best: Found | None
    bound: int
    optimal: bool
    seconds: float
    stuck: tuple[int, NothingFits] | None = None
    obstacles: Obstacles | None = None


def plan(
    series: Series,
    *,
    stopwatch: Callable[[], float] | None = None,
    progress: Callable[[Progress], bool] | None = None,
    spare_s: float = 0.0,
    explained: bool = True,
) -> Plan:
    """Return the best series that there is, or that was found in time.

    Args:
        series: What is asked for.
        stopwatch: Seconds on a clock that only goes forward; without one the time limit is
            only counted in work, which is the same on every computer.
        progress: Told now and then how far the search is; answers false to end it with the best
            series known by then.
        spare_s: Seconds of the time limit that are left for something else.
        explained: Whether it is looked for what is in the way where nothing fits.

    Raises:
        InputError: No series was found in that time, nor that there is none.
    """
    patience = Patience(series.time_limit_s - spare_s, stopwatch, progress)
    rankings = [_ranked(series, number) for number in range(len(series.grids))]
    board = Board(series, rankings)
    search = _searched(board, rankings, patience)
    best, bound, optimal = None, 0, False
    if search is not None and search.known.best is not None:
        best, bound, optimal = search.known.best, search.known.bound, search.optimal
        if board.spared:
            best, bound = replace(best, worst_first=()), 0
    found = Plan(
        series=series,
        starts=sum(grid.count for grid in series.grids),
        feasible=board.feasible,
        best=best,
        bound=bound,
        optimal=optimal,
        seconds=patience.seconds,
    )
    return _explained(found, board, rankings, stopwatch) if explained and not best else found


def _ranked(series: Series, number: int) -> Ranking:
    """Return the ranking of one occurrence; a seat that is not required there pays nothing."""
    ranking = rank(series.request(number))
    if not series.casts:
        return ranking
    counts = np.array([seat.required for seat in series.casts[number]])[:, np.newaxis]
    return replace(ranking, burdens=ranking.burdens * counts, hard=ranking.hard & counts)


def _searched(board: Board, rankings: Sequence[Ranking], patience: Patience) -> Search | None:
    """Return the search when it has ended; None where it is soon clear that there is no series.

    Raises:
        InputError: It ended without a series, and without knowing that there is none.
    """
    if not all(len(occurrence.numbers) for occurrence in board.occurrences):
        return None
    singles = board.runs(collapse=False)
    keeping = Keeping(board, singles)
    fits = [ranking.fits for ranking in rankings]
    if keeping.matters and is_hopeless(board.series, fits, patience):
        return None
    # Sittings seldom stand in each other's way, so the best series as if they never did is
    # mostly right as it is, and much sooner found.
    patience.until = 0.8 if keeping.matters else 1.0
    search = Search(board, board.runs(collapse=True), patience)
    search.run()
    if search.known.best is not None and not keeping.holds(
        board.minutes(search.known.best.numbers)
    ):
        patience.until = 1.0
        search = Search(board, singles, patience, keeping, search.known.bound)
        search.run()
    if search.known.best is None and not search.impossible:
        message = N_("In %(value)s seconds no series was found, nor that there is none.")
        raise InputError(message, field="time_limit_s", value=board.series.time_limit_s)
    return search


def _explained(
    found: Plan,
    board: Board,
    rankings: Sequence[Ranking],
    stopwatch: Callable[[], float] | None,
) -> Plan:
    """Return the plan with the occurrence that cannot be placed and what is in the way."""
    lengths = [len(occurrence.numbers) for occurrence in board.occurrences]
    if 0 in lengths:
        number = lengths.index(0)
        reason = _reason(found.series, rankings[number], number)
    else:
        number = _first_in_the_way(found.series, rankings, stopwatch)
        reason = _reason(found.series, rankings[number], number)
        reason = excused(reason, found.series, rankings, number, stopwatch)
    fits = [ranking.fits for ranking in rankings]
    return replace(
        found,
        stuck=(number, reason),
        obstacles=obstacles(found.series, fits, stopwatch),
    )


def _reason(series: Series, ranking: Ranking, number: int) -> NothingFits:
    """Return what seats have to do with it that an occurrence cannot be placed."""
    is_open = open_starts(series, number)
    hard = ranking.hard[:, is_open]
    required = [place for place, seat in enumerate(series.seats) if seat.required]
    reason = NothingFits(
        ruled_out={series.seats[place].name: int(hard[place].sum()) for place in required},
        starts_without={series.seats[place].name: 0 for place in required},
        relax=(),
    )
    if is_open.any() and hard[required].any(axis=0).all():
        reason = nothing_fits(replace(ranking, hard=hard, order=())) or reason
    return reason


def _first_in_the_way(
    series: Series, rankings: Sequence[Ranking], stopwatch: Callable[[], float] | None
) -> int:
    """Return the first occurrence that cannot be placed together with those before it.

    Where that takes too long it is one that cannot, though perhaps not the first.
    """
    fits = [ranking.fits for ranking in rankings]
    low, high, left_s = 1, len(fits), min(LIMIT_S, series.time_limit_s)
    while low < high and left_s > 0:
        middle = (low + high) // 2
        patience = Patience(left_s, stopwatch)
        found = is_possible(series, fits[:middle], patience)
        left_s -= patience.share * patience.limit_s
        if found is None:
            break
        low, high = (middle + 1, high) if found else (low, middle)
    return high - 1
