"""The models of a series that one would write down first, solved by HiGHS or CP-SAT.

    .venv/bin/python benchmarks/models.py {HiGHS,CP-SAT} SECONDS TIMES < weeks.npz

A variable for each start of each week, the worst ledger alone; TIMES is how many times of day may
be used, 0 for any. Prints JSON: the worst ledger found, its proven bound, and the seconds spent,
the making of the model included. `benchmarks/series.py` runs it: OR-Tools brings a HiGHS of its
own, so each solver needs a process to itself.
"""

import io
import json
import math
import sys
import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DAY = 96
THREADS = 2

Weeks = Sequence[NDArray[np.int64]]
"""What every seat pays for every start of each week; shape (seats, starts)."""


def highs(weeks: Weeks, times: int, limit_s: float) -> tuple[float, float]:
    """Return the least worst ledger that HiGHS finds, and its proven bound."""
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", THREADS)
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
    if times:
        used = [solver.addBinary() for _ in range(DAY)]
        solver.addConstr(sum(used) <= times)
        for week in chosen:
            for time_of_day in range(DAY):
                solver.addConstr(sum(week[time_of_day::DAY]) <= used[time_of_day])
    solver.minimize(worst)
    info = solver.getInfo()
    return info.objective_function_value, info.mip_dual_bound


def cp_sat(weeks: Weeks, times: int, limit_s: float) -> tuple[float, float]:
    """Return the least worst ledger that CP-SAT finds, and its proven bound."""
    from ortools.sat.python import cp_model

    planned = cp_model.CpModel()
    worst = planned.new_int_var(0, 1_000_000, "worst")
    chosen = [[planned.new_bool_var("") for _ in range(burdens.shape[1])] for burdens in weeks]
    for week in chosen:
        planned.add_exactly_one(week)
    starts = [start for week in chosen for start in week]
    for seat in range(len(weeks[0])):
        points = [int(each) for burdens in weeks for each in burdens[seat]]
        planned.add(cp_model.LinearExpr.weighted_sum(starts, points) <= worst)
    if times:
        used = [planned.new_bool_var("") for _ in range(DAY)]
        planned.add(sum(used) <= times)
        for week in chosen:
            for number, start in enumerate(week):
                planned.add_implication(start, used[number % DAY])
    planned.minimize(worst)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit_s
    solver.parameters.num_workers = THREADS
    status = solver.solve(planned)
    found = status in {cp_model.OPTIMAL, cp_model.FEASIBLE}
    return solver.objective_value if found else math.inf, solver.best_objective_bound


SOLVERS = {"HiGHS": highs, "CP-SAT": cp_sat}


def main() -> None:
    """Solve one model."""
    solve, limit_s, times = SOLVERS[sys.argv[1]], float(sys.argv[2]), int(sys.argv[3])
    with np.load(io.BytesIO(sys.stdin.buffer.read())) as held:
        weeks = [held[name] for name in held.files]
    begin = time.perf_counter()
    value, bound = solve(weeks, times, limit_s)
    spent = time.perf_counter() - begin
    told = {"worst": value, "bound": bound, "seconds": spent}
    # JSON knows no infinity, with which a solver says that it found nothing.
    print(json.dumps({name: each if math.isfinite(each) else None for name, each in told.items()}))


if __name__ == "__main__":
    main()
