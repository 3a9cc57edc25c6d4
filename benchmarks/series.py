"""How fast a whole series is planned, beside plain CP-SAT and HiGHS models; same run, same input.

    .venv/bin/python benchmarks/series.py [--seconds 60] [--quick]

docs/performance.md says what is measured and records a result.
"""

import csv
import io
import json
import math
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from measuring import arguments, table, timed, times
from models import SOLVERS

from townhall.domain.burden import Grid
from townhall.domain.calendar import Calendar
from townhall.domain.series.planning import Plan, plan
from townhall.domain.series.request import Series
from townhall.domain.slots import Seat, rank

HERE = Path(__file__).parent
SHEET = HERE.parent / "tests" / "cases" / "offices-of-the-world.csv"
ZONES = [
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
ALIKE = datetime(2026, 11, 30, tzinfo=UTC)
CHANGING = datetime(2027, 2, 8, tzinfo=UTC)
WEEKS = 12
LIMIT_S = 10
WORLD_LIMIT_S = 5
QUICK_S = 10
SHORT_S = 2
RUNS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: who meets, from when, at how many times of day, found in how long."""

    name: str
    seats: tuple[Seat, ...]
    first: datetime
    times: int | None
    limit_s: float = LIMIT_S

    def series(self) -> Series:
        """Return twelve weekly sittings of an hour, each at any start of its week."""
        begins = [self.first + timedelta(weeks=week) for week in range(WEEKS)]
        return Series(
            tuple(Grid(begin, begin + timedelta(weeks=1), 60) for begin in begins),
            self.seats,
            distinct_times=self.times,
            time_limit_s=self.limit_s,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """The least worst ledger that somebody found, what they proved, and how long it took."""

    worst: float
    bound: float
    seconds: float

    def told(self, ours: float) -> str:
        """Return the answer as a cell, beside our seconds."""
        if not math.isfinite(self.worst):
            return f"nothing found in {self.seconds:.1f} s"
        proof = "proven" if self.is_proven else f"bound {math.ceil(self.bound - 1e-6)}"
        return (
            f"{self.worst:.0f}, {proof}, {self.seconds:.1f} s, {times(self.seconds / ours)} as long"
        )

    @property
    def is_proven(self) -> bool:
        """Whether nothing lower is possible; burdens are whole numbers."""
        return math.ceil(self.bound - 1e-6) >= self.worst - 1e-6


def countries(*, holidays: bool) -> tuple[Seat, ...]:
    """Return an office in each of 193 countries, with its own days off or without."""
    with SHEET.open(encoding="utf-8", newline="") as sheet:
        return tuple(
            Seat(row["name"], row["zone"], Calendar(row["country"]) if holidays else Calendar())
            for row in csv.DictReader(sheet)
        )


def rows() -> list[Row]:
    """Return the rows of the table."""
    offices = tuple(Seat(zone, zone) for zone in ZONES)
    world, real = countries(holidays=False), countries(holidays=True)
    return [
        Row("16 offices, three times of day, weeks alike", offices, ALIKE, 3),
        Row("the same across clock changes", offices, CHANGING, 3),
        Row("16 offices, any times, weeks alike", offices, ALIKE, None),
        Row("the same across clock changes", offices, CHANGING, None),
        Row("193 countries, three times of day, weeks alike", world, ALIKE, 3, WORLD_LIMIT_S),
        Row("193 countries, any times, weeks alike", world, ALIKE, None, WORLD_LIMIT_S),
        Row("193 countries with their holidays, three times", real, ALIKE, 3, WORLD_LIMIT_S),
        Row("193 countries with their holidays, any times", real, ALIKE, None, WORLD_LIMIT_S),
    ]


def packed(series: Series) -> bytes:
    """Return what every seat pays for every start of each week, as the models take it."""
    rankings = [rank(series.request(number)) for number in range(len(series.grids))]
    into = io.BytesIO()
    np.savez(into, *(ranking.burdens.astype(np.int64) for ranking in rankings))
    return into.getvalue()


def solved(name: str, series: Series, weeks: bytes, limit_s: float) -> Answer:
    """Return what a solver finds in a process of its own."""
    command = [sys.executable, str(HERE / "models.py"), name, str(limit_s)]
    command.append(str(series.distinct_times or 0))
    done = subprocess.run(  # noqa: S603  this interpreter, the file beside this one
        command, input=weeks, capture_output=True, check=True
    )
    told = json.loads(done.stdout)
    worst = math.inf if told["worst"] is None else told["worst"]
    return Answer(worst, told["bound"] or 0, told["seconds"])


def ours(series: Series) -> tuple[Plan, Answer]:
    """Return our plan, every entry of the leximin order and the ties included.

    The time of a short search is the best of several: the first also loads zones and holidays.
    """
    found, spent = timed(lambda: plan(series, stopwatch=time.perf_counter))
    if spent < SHORT_S:
        again = (timed(lambda: plan(series, stopwatch=time.perf_counter)) for _ in range(RUNS))
        spent = min(seconds for _, seconds in again)
    assert found.best is not None  # noqa: S101  every start of these weeks fits
    return found, Answer(found.best.worst_first[0], found.bound, spent)


def measured(row: Row, limit_s: float) -> list[str]:
    """Return the cells of one row.

    Raises:
        SystemExit: A solver and we cannot both be right.
    """
    series = row.series()
    found, own = ours(series)
    weeks = packed(series)
    cells = [row.name]
    state = "all proven" if found.optimal else f"bound {found.bound}"
    cells.append(f"{own.worst:.0f}, {state}, {own.seconds:.2f} s")
    for name in SOLVERS:
        other = solved(name, series, weeks, limit_s)
        if own.bound > other.worst + 1e-6 or other.bound > own.worst + 1e-6:
            message = f"townhall and {name} disagree: {row.name}, {own}, {other}"
            raise SystemExit(message)
        cells.append(other.told(own.seconds))
    print(" · ".join(cells), file=sys.stderr, flush=True)
    return cells


def main() -> None:
    """Measure every row of the table."""
    parser = arguments(__doc__)
    parser.add_argument(
        "--seconds", type=float, default=60, help="what each solver gets for each row"
    )
    asked = parser.parse_args()
    limit_s = QUICK_S if asked.quick else asked.seconds
    chosen = rows()[::2] if asked.quick else rows()
    head = ["", "townhall", *(f"{name}, the worst alone" for name in SOLVERS)]
    table(head, [measured(row, limit_s) for row in chosen])


if __name__ == "__main__":
    main()
