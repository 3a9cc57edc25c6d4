"""How fast the best set of sittings is found, beside all pairs in NumPy and a plain CP-SAT model.

    .venv/bin/python benchmarks/sittings.py [--seconds 60] [--quick]

docs/performance.md says what is measured and records a result.
"""

import math
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from measuring import arguments, table, timed, times
from numpy.typing import NDArray

from townhall.domain import sittings
from townhall.domain.burden import Grid
from townhall.domain.sitting_sets import gap
from townhall.domain.slots import Ranking, Request, Seat, rank

ZONES = [
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/Berlin",
    "Africa/Kinshasa",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Pacific/Fiji",
]
OFFICES = 12
FIRST = datetime(2026, 11, 30, tzinfo=UTC)
DAYS = 28
COUNTS = [2, 3, 4, 6]
THREADS = 2
QUICK_S = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """The least worst burden that somebody found, what they proved, and how long it took."""

    worst: float
    bound: float
    is_whole: bool
    seconds: float

    def told(self, ours: float = 0) -> str:
        """Return the answer as a cell, beside our seconds unless it is ours."""
        if not math.isfinite(self.worst):
            return f"nothing found in {self.seconds:.1f} s"
        ends = self.worst <= math.ceil(self.bound - 1e-6)
        proof = (
            "all proven" if self.is_whole else "worst proven" if ends else f"bound {self.bound:.0f}"
        )
        ratio = f", {times(self.seconds / ours)} as long" if ours else ""
        return f"{self.worst:.0f}, {proof}, {self.seconds:.2f} s{ratio}"


def ranking(count: int) -> Ranking:
    """Return four weeks of an hour's starts, ranked: 96 offices, and a host who is everywhere."""
    seats = [Seat(f"{zone} {number}", zone) for zone in ZONES for number in range(OFFICES)]
    host = Seat("host", "Africa/Kinshasa", everywhere=True)
    window = Grid(FIRST, FIRST + timedelta(days=DAYS), 60)
    return rank(Request(window, (*seats, host), sittings=count))


def ours(ranked: Ranking) -> Answer:
    """Return what we find: the whole leximin order, people's points and the earliest starts."""
    found, spent = timed(lambda: sittings.choose(ranked, stopwatch=time.perf_counter))
    assert found is not None  # noqa: S101  every start of these weeks fits
    return Answer(found.worst_first[0], found.bound, found.proven, spent)


def pairs(ranked: Ranking) -> Answer:
    """Return the leximin-best of all pairs, a first sitting at a time, as one would in NumPy."""
    begin = time.perf_counter()
    paid, everywhere = _paid(ranked)
    best: tuple[int, ...] | None = None
    for first in range(paid.shape[1] - gap(ranked)):
        later = paid[:, first + gap(ranked) :]
        own = paid[:, [first]]
        of_pair = np.where(everywhere[:, np.newaxis], own + later, np.minimum(own, later))
        order = np.sort(of_pair, axis=0)[::-1]
        at = np.lexsort(order[::-1])[0]
        candidate = tuple(order[:, at].tolist())
        best = candidate if best is None or candidate < best else best
    assert best is not None  # noqa: S101  the window is longer than the gap
    return Answer(best[0], best[0], is_whole=True, seconds=time.perf_counter() - begin)


def cp_sat(ranked: Ranking, count: int, limit_s: float) -> Answer:
    """Return the least worst burden by a variable for each start, and for each seat's own."""
    from ortools.sat.python import cp_model

    begin = time.perf_counter()
    paid, everywhere = _paid(ranked)
    planned = cp_model.CpModel()
    worst = planned.new_int_var(0, 1_000_000, "worst")
    held = [planned.new_bool_var("") for _ in range(paid.shape[1])]
    planned.add(sum(held) == count)
    for start in range(len(held)):
        planned.add_at_most_one(held[start : start + gap(ranked)])
    # Those who pay alike are one, as anybody would see.
    for points, attends_all in {
        (tuple(row), bool(flag)) for row, flag in zip(paid.tolist(), everywhere, strict=True)
    }:
        own = held if attends_all else [planned.new_bool_var("") for _ in held]
        if not attends_all:
            planned.add_exactly_one(own)
            for mine, start in zip(own, held, strict=True):
                planned.add_implication(mine, start)
        planned.add(cp_model.LinearExpr.weighted_sum(own, list(points)) <= worst)
    planned.minimize(worst)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.num_workers = THREADS
    status = solver.solve(planned)
    found = solver.objective_value if status in {cp_model.OPTIMAL, cp_model.FEASIBLE} else math.inf
    return Answer(
        found, solver.best_objective_bound, is_whole=False, seconds=time.perf_counter() - begin
    )


def _paid(ranked: Ranking) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return what each seat pays for each start, and who attends every sitting."""
    everywhere = np.asarray([seat.everywhere for seat in ranked.request.seats])
    return ranked.burdens.astype(np.int64), everywhere


def measured(count: int, limit_s: float) -> list[str]:
    """Return the cells of one row.

    Raises:
        SystemExit: An alternative and we cannot both be right.
    """
    ranked = ranking(count)
    ours(ranked)
    own = ours(ranked)
    by_hand = pairs(ranked) if count == 2 else None
    solver = cp_sat(ranked, count, limit_s)
    for other in (by_hand, solver):
        if other and (own.bound > other.worst + 1e-6 or other.bound > own.worst + 1e-6):
            message = f"townhall and an alternative disagree at {count}: {own}, {other}"
            raise SystemExit(message)
    hand = by_hand.told(own.seconds) if by_hand else "–"
    cells = [f"{count} sittings", own.told(), hand, solver.told(own.seconds)]
    print(" · ".join(cells), file=sys.stderr, flush=True)
    return cells


def main() -> None:
    """Measure every row of the table."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="what CP-SAT gets for each row")
    asked = parser.parse_args()
    limit_s = QUICK_S if asked.quick else asked.seconds
    head = ["", "townhall", "all pairs in NumPy", "CP-SAT, the worst alone"]
    table(head, [measured(count, limit_s) for count in COUNTS])


if __name__ == "__main__":
    main()
