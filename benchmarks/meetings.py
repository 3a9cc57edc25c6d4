"""Twelve weekly meetings of fifty people, beside fair-meeting-planner; same run, same cost.

    .venv/bin/python benchmarks/meetings.py [--quick]

Both are asked for the same: that the worst-off person pay as little as can be in all, by the cost
of fair-meeting-planner: 0 for a meeting that starts between nine and five, else 1 and a tenth for
each hour outside. Our bands say that exactly, in fortieths. Both keep to weekdays. It looks at
starts 90 minutes apart from 8 to 18 UTC, anywhere in the twelve weeks; we look at every quarter
hour, and hold one meeting a week. docs/performance.md records a result.
"""

import contextlib
import io
import random
import time
from datetime import UTC, datetime, timedelta

import pandas as pd
from fairmeeting.cost import calculate_cost_matrix
from fairmeeting.schemas import Meeting, Participant
from fairmeeting.solver import ilp_solver
from measuring import arguments, table, timed, times

from townhall.domain.bands import DAY, Bands
from townhall.domain.burden import QUANTUM, Grid
from townhall.domain.calendar import Calendar
from townhall.domain.series.planning import Plan, plan
from townhall.domain.series.request import Series
from townhall.domain.slots import Seat

PEOPLE, FEW_PEOPLE = 50, 10
MEETINGS = 12
FIRST = datetime(2025, 7, 7, tzinfo=UTC)
"""The day on which fair-meeting-planner begins, whatever day it is."""
ZONES = [
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Africa/Nairobi",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
]
OPENS, CLOSES = 9 * 60, 17 * 60
WHOLE = 40
"""A cost of 1, in fortieths; each quarter hour outside is one more."""


def outside(minute: int) -> int:
    """Return the cost of a meeting that starts at this minute of the local day, in fortieths."""
    if OPENS <= minute < CLOSES:
        return 0
    away = OPENS - minute if minute < OPENS else minute - CLOSES
    return WHOLE + away // QUANTUM


def theirs(homes: list[str]) -> list[datetime]:
    """Return the starts that fair-meeting-planner chooses; `homes` are people's zones."""
    people = [
        Participant(name=f"Person {number}", tz=zone, work_start="09:00", work_end="17:00")
        for number, zone in enumerate(homes)
    ]
    meeting = Meeting(
        participants=people,
        duration_minutes=60,
        allowed_weekdays=["Mon", "Tue", "Wed", "Thu", "Fri"],
        horizon=MEETINGS,
        min_gap_between_meetings=0,
    )
    # It prints what it does.
    with contextlib.redirect_stdout(io.StringIO()):
        found = ilp_solver(meeting)
    return [slot["slot_utc"] for slot in found["scheduled_slots"]]


def ours(homes: list[str], distinct_times: int | None) -> Plan:
    """Return our plan under the same cost, at so many times of day, None for any."""
    bands = Bands(bytes(map(outside, range(DAY))))
    begins = [FIRST + timedelta(weeks=week) for week in range(MEETINGS)]
    no_days_off = Calendar(rest_days=frozenset())
    series = Series(
        # The cost looks at the start alone, so a meeting is a quarter hour long for us.
        tuple(Grid(begin, begin + timedelta(weeks=1), QUANTUM) for begin in begins),
        tuple(Seat(f"Person {number}", zone, no_days_off) for number, zone in enumerate(homes)),
        bands=bands,
        distinct_times=distinct_times,
        weekdays=frozenset(range(5)),
    )
    return plan(series, stopwatch=time.perf_counter)


def worst(homes: list[str], starts: list[datetime]) -> float:
    """Return what the worst-off person pays for some starts, by fair-meeting-planner's measure."""
    people = [
        Participant(name=zone, tz=zone, work_start="09:00", work_end="17:00")
        for zone in sorted(set(homes))
    ]
    return float(calculate_cost_matrix(people, pd.DatetimeIndex(starts)).sum(axis=1).max())


def main() -> None:
    """Measure both."""
    few = arguments(__doc__).parse_args().quick
    homes = random.Random(7).choices(ZONES, k=FEW_PEOPLE if few else PEOPLE)
    chosen, their_time = timed(lambda: theirs(homes))
    cost = worst(homes, chosen)
    rows = [["fair-meeting-planner", f"{cost:.2f}", "", f"{their_time:.2f} s", ""]]
    for name, most in (("townhall, any times of day", None), ("townhall, three times of day", 3)):
        found, spent = timed(lambda most=most: ours(homes, most))
        assert found.best is not None  # noqa: S101  every start fits everybody
        grids = zip(found.series.grids, found.best.numbers, strict=True)
        cost = worst(homes, [grid.start(number) for grid, number in grids])
        if round(cost * WHOLE) != found.best.worst_first[0]:
            message = f"the two costs differ: {cost * WHOLE} and {found.best.worst_first[0]}"
            raise SystemExit(message)
        state = "all proven" if found.optimal else f"bound {found.bound / WHOLE:.2f}"
        rows.append([name, f"{cost:.2f}", state, f"{spent:.2f} s", times(their_time / spent)])
    table(["", "the worst-off person pays", "", "time", "faster"], rows)


if __name__ == "__main__":
    main()
