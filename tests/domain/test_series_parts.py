"""The parts of the search for a series, each by itself."""

from datetime import UTC, datetime, timedelta
from itertools import combinations_with_replacement, count, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townhall.domain import document
from townhall.domain.series.board import Board, Keeping
from townhall.domain.series.clockwise import Clockwise
from townhall.domain.series.dial import Dial
from townhall.domain.series.exchange import Exchange
from townhall.domain.series.frontier import sweep
from townhall.domain.series.known import Known
from townhall.domain.series.merging import distinct
from townhall.domain.series.patience import CELLS_PER_S, Patience
from townhall.domain.series.planning import plan
from townhall.domain.series.search import Search
from townhall.domain.series.simplex import SCALE, multipliers
from townhall.domain.series.task import Limit, Pool, Rows, Run, Task, starts
from townhall.domain.series.turns import Turns
from townhall.domain.slots import rank


def whole(*rows):
    return np.array(rows, dtype=np.float64)


def test_multipliers_prove_how_well_off_the_worst_off_can_be():
    # Two seats, of which each start spares one: mixed, both pay half.
    excess, proof = multipliers([(4, whole([0, 10], [10, 0]))], np.zeros(2), endless)

    assert excess == pytest.approx(20)
    assert proof.tolist() == [SCALE / 2, SCALE / 2]


def test_multipliers_count_what_may_be_spared():
    excess, proof = multipliers([(1, whole([3], [5]))], np.array([0.0, 4.0]), endless)

    assert excess == pytest.approx(3)
    assert proof.tolist() == [SCALE, 0]


def test_an_excess_may_be_negative():
    excess, _ = multipliers([(2, whole([1, 2]))], np.array([10.0]), endless)

    assert excess == pytest.approx(-8)


def test_of_very_many_starts_enough_are_looked_at():
    chance = np.random.default_rng(5)
    paid = chance.integers(1, 100, size=(6, 3000)).astype(np.float64)
    spare = np.zeros(6)

    excess, proof = multipliers([(3, paid[:, :1500]), (2, paid[:, 1500:])], spare, endless)

    worth = proof @ paid
    least = 3 * worth[:1500].min() + 2 * worth[1500:].min()
    assert least / proof.sum() == pytest.approx(excess, abs=0.01)


def test_a_search_that_gets_stuck_proves_nothing():
    chance = np.random.default_rng(5)
    paid = chance.integers(1, 100, size=(6, 60)).astype(np.float64)

    assert multipliers([(3, paid)], np.zeros(6), endless, most_pivots=2) is None


def test_of_rows_that_come_to_the_same_the_best_stays():
    keys = [np.array([1, 2, 1, 1, 2, 3])]
    people = np.array([9, 4, 7, 7, 4, 8])
    starts = np.array([[0], [6], [5], [3], [6], [0]])

    # Fewer people's points, then earlier starts, then whatever comes first.
    assert distinct(keys, people, lambda some: starts[some]).tolist() == [1, 3, 5]


def some_runs(chance, times):
    """Return runs of two kinds of seats with a few starts at some times of day."""
    runs = []
    for first, length in ((0, 2), (2, 1), (3, 1)):
        at = np.sort(chance.choice(times, size=4))
        runs.append(
            Run(
                first=first,
                count=length,
                paid=chance.integers(0, 9, size=(2, 4)).astype(np.float64),
                people=chance.integers(0, 3, size=4),
                times=at,
                numbers=np.arange(4),
            )
        )
    return runs


def every_way(runs, most_times, held):
    """Yield every way to fill runs: what each kind pays, the people's points, the starts."""
    ways = [combinations_with_replacement(range(4), run.count) for run in runs]
    for picks in product(*ways):
        pairs = [(run, pick) for run, some in zip(runs, picks, strict=True) for pick in some]
        if len({*held, *(int(run.times[pick]) for run, pick in pairs)}) <= most_times:
            paid = sum(run.paid[:, pick] for run, pick in pairs)
            people = sum(int(run.people[pick]) for run, pick in pairs)
            yield tuple(paid.tolist()), people, [pick for _, pick in pairs]


def nothing_hopeless(paid):
    return np.zeros(len(paid), dtype=np.bool_)


def endless(_):
    return True


@settings(deadline=None, max_examples=150)
@given(
    seed=st.integers(0, 10_000),
    most_times=st.integers(1, 6),
    held=st.sets(st.integers(0, 5), max_size=2),
    first=st.integers(0, 5),
    backwards=st.booleans(),
    cap=st.integers(0, 30),
)
def test_every_way_round_the_clock_finds_all_that_fits(
    seed, most_times, held, first, backwards, cap
):
    runs = some_runs(np.random.default_rng(seed), 6)
    limit = Limit(most_times, np.array(sorted(held), dtype=np.intp))
    kinds = np.array([[1, 0], [0, 1], [1, 1]], dtype=np.float64)
    most_times = max(most_times, len(held))
    dial = Dial(runs, 6, first, backwards=backwards, limit=limit, multipliers=kinds)

    caps = np.array([cap, cap], dtype=np.float64)
    rows, complete = Clockwise(dial, caps, nothing_hopeless, 1000, endless).run()

    every = [way for way in every_way(runs, most_times, held) if max(way[0]) <= cap]
    found = zip(
        map(tuple, rows.paid.tolist()),
        rows.people.tolist(),
        starts(runs, rows.picks).tolist(),
        strict=True,
    )
    assert complete
    assert {tuple(paid) for paid in rows.paid.tolist()} == {paid for paid, _, _ in every}
    assert all(each in every for each in found)


def test_a_way_round_the_clock_without_patience_is_not_complete():
    runs = some_runs(np.random.default_rng(1), 6)
    dial = Dial(runs, 6, 0, backwards=False, limit=None, multipliers=np.eye(2))
    caps = np.array([99.0, 99.0])

    rows, complete = Clockwise(dial, caps, nothing_hopeless, 9, lambda _: False).run()
    assert (len(rows), complete) == (0, False)

    rows, complete = Clockwise(dial, caps, nothing_hopeless, 9, endless).run()
    assert (0 < len(rows) <= 9, complete) == (True, False)


def test_the_way_round_the_clock_that_takes_least_work_is_kept():
    chance = np.random.default_rng(4)
    runs = [
        Run(
            first=place,
            count=2,
            paid=chance.integers(0, 20, size=(6, 16)).astype(np.float64),
            people=np.zeros(16, dtype=np.int64),
            times=np.arange(16),
            numbers=np.arange(16),
        )
        for place in (0, 2, 4)
    ]
    made = []

    def dial(first, backwards):
        made.append((first, backwards))
        return Dial(runs, 16, first, backwards=backwards, limit=None, multipliers=np.eye(6))

    turns = Turns(dial, 16, nothing_hopeless, endless, worth_while=1)
    caps = np.full(6, 31.0)
    turns.sweep(caps, 100_000)
    before = turns.cells

    # All eight ways are tried, then the best of them again.
    turns.compare(caps, 100_000)
    assert (len(made), 1 < len(turns.dials) < 4) == (8, True)
    turns.sweep(caps, 100_000)
    turns.compare(caps, 100_000)
    assert (len(made), len(turns.dials)) == (8, 1)
    turns.sweep(caps, 100_000)
    assert turns.cells < before
    turns.compare(caps, 100_000)
    assert len(turns.dials) == 1


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 10_000), cap=st.integers(10, 40))
def test_long_runs_are_filled_start_by_start(seed, cap):
    chance = np.random.default_rng(seed)
    runs = [
        Run(
            first=first,
            count=count,
            paid=chance.integers(0, 9, size=(3, width)).astype(np.float64),
            people=chance.integers(0, 3, size=width),
            times=np.arange(width),
            numbers=np.arange(width),
        )
        for first, count, width in ((0, 8, 6), (8, 1, 3))
    ]
    tables = [np.arange(len(run.times))[np.newaxis] for run in runs]
    caps = np.full(3, float(cap))
    task = Task(runs, tables, caps, nothing_hopeless, few=4)

    rows, complete = sweep(task, Pool(runs, np.eye(3)), 100_000, endless)

    ways = [
        (runs[0].paid[:, list(picks)].sum(axis=1) + runs[1].paid[:, last]).tolist()
        for picks in combinations_with_replacement(range(6), 8)
        for last in range(3)
    ]
    assert complete
    assert set(map(tuple, rows.paid.tolist())) == {tuple(way) for way in ways if max(way) <= cap}


def test_choices_of_hours_and_the_clock_lead_to_the_same_series():
    """Weeks in which many weekdays differ, so that runs are too long to be filled at once."""
    seats = [
        {"name": "New York", "zone": "America/New_York"},
        {"name": "Cairo", "zone": "Africa/Cairo", "rest_days": ["fri", "sat"]},
        {"name": "Kathmandu", "zone": "Asia/Kathmandu", "rest_days": ["sat"]},
        {"name": "Tokyo", "zone": "Asia/Tokyo", "ledger": 3},
    ]
    mondays = [datetime(2026, 11, 30, tzinfo=UTC) + timedelta(weeks=week) for week in range(13)]
    occurrences = [
        {"from": first.isoformat(), "until": last.isoformat()} for first, last in pairwise(mondays)
    ]
    written = {"minutes": 60, "seats": seats, "occurrences": occurrences, "distinct_times": 2}
    series = document.series(written)
    found = plan(series)
    assert found.optimal

    board = Board(series, [rank(series.request(number)) for number in range(12)])
    limit = Limit(2, np.array([], dtype=np.intp))
    runs = board.runs(collapse=True)
    kinds = np.vstack([np.eye(len(board.ledgers)), np.ones(len(board.ledgers))])
    dial = Dial(runs, len(board.times), 0, backwards=False, limit=limit, multipliers=kinds)
    worst = found.best.worst_first[0]
    for allowed in (worst - 1, worst):
        caps = (allowed - board.base) - board.ledgers
        rows, complete = Clockwise(dial, caps, nothing_hopeless, 100_000, endless).run()
        assert complete
        best = min(map(tuple, board.worst_first(rows.paid).tolist()), default=None)
        assert best == (found.best.worst_first if allowed == worst else None)


@pytest.mark.parametrize("times, held", [(None, []), (2, []), (1, [0])])
def test_exchanges_lead_out_of_dead_ends(times, held):
    seats = [
        {"name": zone, "zone": zone}
        for zone in ("America/New_York", "Africa/Kinshasa", "Asia/Kolkata", "Pacific/Fiji")
    ]
    days = [datetime(2026, 12, 9, tzinfo=UTC) + timedelta(weeks=week) for week in range(4)]
    occurrences = [
        {"from": day.isoformat(), "until": (day + timedelta(hours=length)).isoformat()}
        for day, length in zip(days, (24, 24, 24, 16), strict=True)
    ]
    written = {"minutes": 60, "seats": seats, "occurrences": occurrences, "distinct_times": times}
    series = document.series(written)
    board = Board(series, [rank(series.request(number)) for number in range(4)])
    runs = board.runs(collapse=True)
    limit = None if times is None else Limit(times, np.array(held, dtype=np.intp))
    patience = Patience(0.1)
    known = Known(board, runs, patience)
    first = np.zeros((1, 4), dtype=np.intp)
    paid = sum(run.count * run.paid[:, :1].T for run in runs)
    people = sum(run.count * run.people[:1] for run in runs)
    nothing = np.zeros(1, dtype=np.intp)
    known.take(Rows(nothing, paid, nothing, people, first))
    before = known.worst

    exchange = Exchange(runs, limit, known, patience.spend)
    exchange.walk(1_000_000)
    exchange.walk(patience.most_cells, 1000)

    best = plan(series).best.worst_first[0]
    assert best <= known.worst < before or held
    assert times is not None or known.worst == best
    assert times is None or len({number % 96 for number in known.best.numbers}) <= times


def test_multipliers_that_are_given_up_keep_what_is_proven():
    chance = np.random.default_rng(5)
    paid = chance.integers(1, 100, size=(6, 3000)).astype(np.float64)
    told = []
    whole, _ = multipliers([(3, paid)], np.zeros(6), lambda cells: told.append(cells) or True)
    rounds = len(set(told))
    left = iter(range(len(told) - 1, 0, -1))

    kept = multipliers([(3, paid)], np.zeros(6), lambda _: next(left, 0) > 0)

    assert rounds > 1
    assert kept is not None
    early, proof = kept
    # Fewer starts leave a larger excess; what the multipliers prove holds for all of them.
    assert early > whole
    proven = 3 * (proof @ paid).min() / proof.sum()
    assert 0.5 * whole < proven < whole


def spread(window, sittings, **fields):
    """Return a series of some offices whose sittings may all be anywhere in one window."""
    zones = "America/Los_Angeles America/Sao_Paulo Africa/Cairo Asia/Kolkata Pacific/Auckland"
    seats = [{"name": zone, "zone": zone} for zone in zones.split()]
    written = {"minutes": 60, "seats": seats, "occurrences": [window] * sittings}
    return document.series(written | fields)


@pytest.mark.parametrize("apart_days", [0, 1])
@pytest.mark.parametrize("times", [3, 4, None])
@settings(deadline=None, max_examples=10)
@given(share=st.floats(0, 1))
def test_time_that_is_up_ends_every_step_soon(apart_days, times, share):
    window = {"from": "2026-12-07T00:00Z", "until": "2026-12-14T00:00Z"}
    series = spread(window, 5, distinct_times=times, apart_days=apart_days)
    board = Board(series, [rank(series.request(number)) for number in range(5)])
    runs = board.runs(collapse=False)
    cells, over = 40_000_000 * share, []

    def stopwatch():
        if patience is None or patience.cells < cells:
            return 0.0
        over.append(patience.cells)
        return 10.0

    patience = None
    patience = Patience(10, stopwatch)
    Search(board, runs, patience, Keeping(board, runs)).run()

    assert patience.cells - over[0] <= CELLS_PER_S // 20 if over else patience.cells < cells


@pytest.mark.parametrize("times", [3, 4, None])
def test_time_may_be_up_at_any_moment(times):
    window = {"from": "2026-12-07T00:00Z", "until": "2026-12-10T00:00Z"}
    series = spread(window, 4, distinct_times=times)
    board = Board(series, [rank(series.request(number)) for number in range(4)])
    runs = board.runs(collapse=True)
    for moment in [*range(1, 40), *range(40, 400, 20)]:
        readings = count()
        search = Search(
            board, runs, Patience(10, lambda at=moment, past=readings: 10.0 * (next(past) >= at))
        )
        search.run()

        assert search.known.bound <= search.known.worst
        assert search.known.best is not None
