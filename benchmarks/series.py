"""How fast a whole series is planned, beside plain HiGHS and CP-SAT models; same run, same input.

    pip install highspy ortools
    .venv/bin/python benchmarks/series.py [--beside HiGHS] [--limit SECONDS]

The solvers are no part of the project; without them their columns stay empty. docs/performance.md
says what is measured and records a result.
"""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytz
from numpy.typing import NDArray

from townhall.domain.burden import Grid
from townhall.domain.series.planning import plan
from townhall.domain.series.request import Series
from townhall.domain.slots import Seat, rank

OFFICES = [
    "America/Los_Angeles",
    "America/New_York",
    "America/Bogota",
    "America/Sao_Paulo",
    "Europe/London",
    "Africa/Dakar",
    "Europe/Berlin",
    "Africa/Cairo",
    "Africa/Nairobi",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Bangkok",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Pacific/Auckland",
]
COUNTRIES = [
    pytz.country_timezones[code][0] for code in sorted(pytz.country_timezones) if code != "AQ"
][:193]
ALIKE = datetime(2026, 11, 30, tzinfo=UTC)
CHANGING = datetime(2027, 2, 8, tzinfo=UTC)
DAY = 96

Model = tuple[list[NDArray[np.int64]], int | None]


def weekly(zones: list[str], first: datetime, times: int | None, limit_s: float) -> Series:
    """Return twelve sittings of an hour, each at any start of its week."""
    begins = [first + timedelta(weeks=week) for week in range(12)]
    return Series(
        tuple(Grid(begin, begin + timedelta(weeks=1), 60) for begin in begins),
        tuple(Seat(zone, zone) for zone in zones),
        distinct_times=times,
        time_limit_s=limit_s,
    )


def model(series: Series) -> Model:
    """Return what every seat pays for every start of each week, as a modeller would take it."""
    rankings = [rank(series.request(number)) for number in range(len(series.grids))]
    return [ranking.burdens.astype(np.int64) for ranking in rankings], series.distinct_times


def highs(made: Model, limit_s: float) -> tuple[float, float]:
    """Return the least worst ledger that a plain HiGHS model finds, and its proven bound."""
    import highspy

    weeks, times = made
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", limit_s)
    worst = solver.addVariable(lb=0)
    chosen = [[solver.addBinary() for _ in range(burdens.shape[1])] for burdens in weeks]
    for week in chosen:
        solver.addConstr(sum(week) == 1)
    for seat in range(len(weeks[0])):
        terms = (
            int(points) * start
            for burdens, week in zip(weeks, chosen, strict=True)
            for points, start in zip(burdens[seat], week, strict=True)
            if points
        )
        solver.addConstr(sum(terms) <= worst)
    if times is not None:
        used = [solver.addBinary() for _ in range(DAY)]
        solver.addConstr(sum(used) <= times)
        for week in chosen:
            for time_of_day in range(DAY):
                solver.addConstr(sum(week[time_of_day::DAY]) <= used[time_of_day])
    solver.minimize(worst)
    info = solver.getInfo()
    return info.objective_function_value, info.mip_dual_bound


def cp_sat(made: Model, limit_s: float) -> tuple[float, float]:
    """Return the least worst ledger that a plain CP-SAT model finds, and its proven bound."""
    from ortools.sat.python import cp_model

    weeks, times = made
    planned = cp_model.CpModel()
    worst = planned.new_int_var(0, 1_000_000, "worst")
    chosen = [[planned.new_bool_var("") for _ in range(burdens.shape[1])] for burdens in weeks]
    for week in chosen:
        planned.add_exactly_one(week)
    for seat in range(len(weeks[0])):
        starts = [start for week in chosen for start in week]
        points = [int(each) for burdens in weeks for each in burdens[seat]]
        planned.add(cp_model.LinearExpr.weighted_sum(starts, points) <= worst)
    if times is not None:
        used = [planned.new_bool_var("") for _ in range(DAY)]
        planned.add(sum(used) <= times)
        for week in chosen:
            for number, start in enumerate(week):
                planned.add_implication(start, used[number % DAY])
    planned.minimize(worst)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.num_workers = 2
    solver.solve(planned)
    return solver.objective_value, solver.best_objective_bound


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what some work gives and how many seconds it took."""
    begin = time.perf_counter()
    found = work()
    return found, time.perf_counter() - begin


def measure(name: str, series: Series, beside: str, limit_s: float) -> None:
    """Print the figures of one series, and those of the solver beside it."""
    found, ours = timed(lambda: plan(series, stopwatch=time.perf_counter))
    assert found.best is not None  # noqa: S101  every start of these weeks fits
    worst = found.best.worst_first[0]
    print(f"\n{name}: {len(series.seats)} offices, times of day {series.distinct_times or 'any'}")
    state = "every entry proven" if found.optimal else "bounded"
    print(f"  townhall   worst {worst:4}  bound {found.bound:4}  {ours:7.2f} s  {state}")
    made = model(series)
    for solver, package, solve in (("CP-SAT", "ortools", cp_sat), ("HiGHS", "highspy", highs)):
        if solver != beside or find_spec(package) is None:
            continue
        (value, bound), spent = timed(lambda solve=solve: solve(made, limit_s))  # type: ignore[misc]
        print(
            f"  {solver:10} worst {value:4.0f}  bound {bound:4.0f}  {spent:7.2f} s  "
            f"the worst alone; {spent / ours:.1f} times"
        )


def main() -> None:
    """Measure every row of the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--limit", type=float, default=60, help="seconds that the solver gets each time"
    )
    # OR-Tools brings a HiGHS of its own, so that both cannot be loaded into one process.
    arguments.add_argument("--beside", choices=["HiGHS", "CP-SAT", "nothing"], default="CP-SAT")
    asked = arguments.parse_args()
    for name, zones, first, times in (
        ("weeks alike", OFFICES, ALIKE, 3),
        ("clock changes", OFFICES, CHANGING, 3),
        ("weeks alike", OFFICES, ALIKE, None),
        ("weeks alike", COUNTRIES, ALIKE, 3),
        ("weeks alike", COUNTRIES, ALIKE, None),
    ):
        measure(name, weekly(zones, first, times, 10), asked.beside, asked.limit)


if __name__ == "__main__":
    main()
