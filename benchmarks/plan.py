"""How fast one sitting is planned, beside a plain loop and a NumPy floor; same run, same input.

    .venv/bin/python benchmarks/plan.py [--loop-starts N]

docs/performance.md says what is measured and records a result.
"""

import argparse
import gc
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytz
from numpy.typing import NDArray

from townhall.domain import answer, document, zones
from townhall.domain.bands import DAY
from townhall.domain.burden import QUANTUM
from townhall.domain.calendar import days
from townhall.domain.slots import Request, rank

FIRST = datetime(2026, 11, 30, tzinfo=UTC)
UNTIL = FIRST + timedelta(weeks=4)
HOURS = [(9, 17, 0), (8, 9, 1), (17, 18, 1), (7, 8, 2), (18, 20, 2), (6, 7, 4), (20, 22, 4)]
HOURS += [(5, 6, 8), (22, 23, 8), (23, 24, 16), (0, 5, 16)]


def written(seats: int, profiles: int, people: int = 1) -> dict[str, Any]:
    """Return a document of offices all over the world, in exactly this many profiles."""
    chance = random.Random(7)
    countries = sorted(code for code in pytz.country_timezones if code != "AQ")
    chance.shuffle(countries)
    held = []
    for number in range(seats):
        kind = number % profiles
        code = countries[kind % len(countries)]
        seat = {"name": f"Office {number}", "country": code, "people": people}
        seat["zone"] = pytz.country_timezones[code][0]
        if variant := kind // len(countries):
            # Bands of one's own make further profiles of one country.
            edge = f"{17 + variant // 60:02}:{variant % 60:02}"
            seat["bands"] = [["09:00", edge, 0], [edge, "23:00", 4], ["23:00", "09:00", 16]]
        held.append(seat)
    return {
        "minutes": 60,
        "from": FIRST.isoformat(),
        "until": UNTIL.isoformat(),
        "top": 20,
        "seats": held,
    }


def seconds(work: Callable[[], object], runs: int = 15) -> float:
    """Return the best of several runs."""
    best = float("inf")
    for _ in range(runs):
        gc.collect()
        begin = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begin)
    return best


def loop(request: Request, starts: int) -> list[tuple[list[int], int, datetime]]:
    """Rank the first `starts` starts as one would by hand, quarter hour by quarter hour."""
    dates = request.grid.dates
    seats = [
        (pytz.timezone(seat.zone), days(seat.calendar, *dates), seat) for seat in request.seats
    ]
    ranked = []
    for number in range(starts):
        start = FIRST + timedelta(minutes=15 * number)
        burdens = []
        for tz, off, seat in seats:
            burden = 0
            for quantum in range(request.grid.quanta):
                local = (start + timedelta(minutes=15 * quantum)).astimezone(tz)
                if seat.bands is None:
                    burden += next(p for a, b, p in HOURS if a <= local.hour < b)
                else:
                    burden += seat.bands.minutes[local.hour * 60 + local.minute]
                on = local.date()
                burden += 8 if on in off.holidays else 6 if on in off.rest else 0
            burdens.append(burden)
        people = sum(b * seat.people for b, (_, _, seat) in zip(burdens, seats, strict=True))
        ranked.append((sorted(burdens, reverse=True), people, start))
    return sorted(ranked)


def floor(
    request: Request, profile_of: NDArray[np.intp], surcharges: Sequence[NDArray[np.int16]]
) -> int:
    """Fill the matrix by profile and return the leximin best start, and nothing else."""
    grid = request.grid
    begin = (grid.first - zones.EPOCH) // zones.MINUTE
    base = (grid.dates[0] - zones.EPOCH.date()).days
    quanta = begin + QUANTUM * np.arange(grid.reach)
    profiles = list(dict.fromkeys(request.profile(seat) for seat in request.seats))
    points = np.empty((len(profiles), grid.count), dtype=np.int16)
    clocks: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
    for row, profile in enumerate(profiles):
        if profile.zone not in clocks:
            when, then = zones.offsets(profile.zone)
            local = quanta + then[np.searchsorted(when, quanta, side="right") - 1]
            clocks[profile.zone] = local % DAY, local // DAY - base
        minute, day = clocks[profile.zone]
        table = np.frombuffer(profile.bands.minutes, dtype=np.uint8)
        each = table[minute] + surcharges[row][day]
        points[row] = sum(each[k : k + grid.count] for k in range(grid.quanta))
    worst = np.sort(points[profile_of].T, axis=1)[:, ::-1]
    left = np.arange(grid.count)
    for column in range(worst.shape[1]):
        values = worst[left, column]
        left = left[values == values.min()]
        if len(left) == 1:
            break
    return int(left[0])


def first_of_a_process(given: dict[str, Any]) -> float:
    """Return the seconds from a document to its answer in a new process, imports included."""
    code = (
        "import json, sys, time; begin = time.perf_counter();"
        "from townhall.domain import answer, document;"
        "answer.plan(document.parse(json.load(sys.stdin)));"
        "print(time.perf_counter() - begin)"
    )
    done = subprocess.run(  # noqa: S603  this interpreter, this program
        [sys.executable, "-c", code],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def measure(seats: int, profiles: int, loop_starts: int) -> None:
    """Print the figures of one size."""
    given = written(seats, profiles)
    text = json.dumps(given)
    request = document.parse(given)
    ranking = rank(request)
    surcharges = [
        days(profile.calendar, *request.grid.dates).surcharge for profile in ranking.profiles
    ]
    assert len(ranking.profiles) == profiles  # noqa: S101  else the figures say nothing
    best = floor(request, ranking.profile_of, surcharges)
    assert ranking.worst_first(best) == ranking.worst_first(ranking.order[0])  # noqa: S101

    def whole() -> object:
        return answer.plan(document.parse(json.loads(text)))

    crowded = {**given, "seats": [{**seat, "people": 500} for seat in given["seats"]]}
    plain = seconds(whole)
    print(f"\n{seats} seats in {profiles} profiles, {request.grid.count} starts")
    print(f"  document to answer, reasons for the top 20  {plain * 1e3:9.1f} ms")
    parsed = seconds(lambda: rank(document.parse(given)))
    bottom = seconds(lambda: floor(request, ranking.profile_of, surcharges))
    print(f"  parse, matrix, people and full ranking      {parsed * 1e3:9.1f} ms")
    print(f"  NumPy floor                                 {bottom * 1e3:9.1f} ms")
    print(f"  ratio to the floor                          {parsed / bottom:9.2f}")
    people = seconds(lambda: answer.plan(document.parse(crowded)))
    print(f"  the same with {500 * seats:,} people".ljust(46) + f"{people * 1e3:9.1f} ms")
    print(
        f"  first of a process, imports included        {first_of_a_process(given) * 1e3:9.1f} ms"
    )
    if loop_starts:
        begin = time.perf_counter()
        by_hand = loop(request, loop_starts)
        spent = (time.perf_counter() - begin) * request.grid.count / loop_starts
        cut = replace(request.grid, until=FIRST + timedelta(minutes=15 * loop_starts))
        same = rank(replace(request, grid=cut))
        assert [start for _, _, start in by_hand] == [  # noqa: S101
            cut.start(number) for number in same.order
        ]
        ranked = seconds(lambda: rank(request))
        print(f"  the loop with pytz ({loop_starts} starts, scaled up)   {spent * 1e3:9.0f} ms")
        print(f"  times faster: ranking                       {spent / ranked:9.0f}")
        print(f"  times faster: document to answer            {spent / plain:9.0f}")


def main() -> None:
    """Measure both sizes."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--loop-starts", type=int, default=384, help="how many of the starts the slow loop does"
    )
    chosen = arguments.parse_args()
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, zones {zones.release()}")
    measure(200, 200, chosen.loop_starts)
    measure(2000, 2000, 0)


if __name__ == "__main__":
    main()
