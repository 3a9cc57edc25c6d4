"""How fast one sitting is planned, beside a loop, pandas and a NumPy floor; same run, same input.

    .venv/bin/python benchmarks/slots.py [--quick]

docs/performance.md says what is measured and records a result.
"""

import json
import random
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import by_hand
import pytz
from measuring import arguments, ms, require_same, seconds, table, times

from townhall.domain import answer, document
from townhall.domain.slots import Request, rank

FIRST = datetime(2026, 11, 30, tzinfo=UTC)
UNTIL = FIRST + timedelta(weeks=4)
SIZES = (200, 2_000)
CROWD = 500
FEW_STARTS = 384


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


def first_of_a_process(given: dict[str, Any]) -> float:
    """Return the seconds from a document to its answer in a new process, imports included."""
    code = (
        "import json, sys, time; begin = time.process_time();"
        "from townhall.domain import answer, document;"
        "answer.plan(document.parse(json.load(sys.stdin)));"
        "print(time.process_time() - begin)"
    )
    done = subprocess.run(  # noqa: S603  this interpreter, this program
        [sys.executable, "-c", code],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def looped(request: Request, starts: int) -> float:
    """Return the seconds of the loop over all starts, if need be from a part of them."""
    cut = replace(request.grid, until=FIRST + timedelta(minutes=15 * starts))
    ranking = rank(replace(request, grid=cut))
    off = by_hand.days_off(request, [request.profile(seat) for seat in request.seats])
    orders: list[list[int]] = []
    spent = seconds(lambda: orders.append(by_hand.loop(request, off, starts)), runs=1)
    require_same(ranking.order, orders[0], "the loop")
    return spent * request.grid.count / starts


def measured(size: int, loop_starts: int, runs: int) -> list[str]:
    """Return the figures of one size: so many seats in as many profiles."""
    given = written(size, size)
    crowded = written(size, size, CROWD)
    text = json.dumps(given)
    request = document.parse(given)
    ranking = rank(request)
    profiles, profile_of = ranking.profiles, ranking.profile_of
    assert len(profiles) == size  # noqa: S101  else the figures say nothing
    off = by_hand.days_off(request, profiles)
    surcharges = [marked.surcharge for marked in off]

    def bare() -> int:
        return by_hand.floor(request, profiles, profile_of, surcharges)

    require_same(ranking.worst_first(ranking.order[0]), ranking.worst_first(bare()), "the floor")
    by_pandas = by_hand.in_pandas(request, profiles, profile_of, off)
    require_same(ranking.order, by_pandas, "pandas")

    whole = seconds(lambda: answer.plan(document.parse(json.loads(text))), runs)
    crowd = seconds(lambda: answer.plan(document.parse(crowded)), runs)
    full = seconds(lambda: rank(document.parse(given)), runs)
    ranked = seconds(lambda: rank(request), runs)
    bottom = seconds(bare, runs)
    in_pandas = seconds(lambda: by_hand.in_pandas(request, profiles, profile_of, off), min(runs, 5))
    by_loop = looped(request, loop_starts) if loop_starts else None
    return [
        ms(whole),
        f"{ms(crowd)}, {times(crowd / whole)}",
        ms(full),
        ms(bottom),
        f"{full / bottom:.2f}",
        ms(first_of_a_process(given)),
        ms(in_pandas),
        times(in_pandas / ranked),
        times(in_pandas / whole),
        ms(by_loop) if by_loop else "–",
        times(by_loop / ranked) if by_loop else "–",
        times(by_loop / whole) if by_loop else "–",
    ]


def main() -> None:
    """Measure both sizes."""
    quick = arguments(__doc__).parse_args().quick
    runs = 3 if quick else 15
    whole_loop = (UNTIL - FIRST) // timedelta(minutes=15)
    names = (
        "document to answer, reasons for the top 20",
        f"the same with {CROWD} people a seat",
        "parsed, matrix, people and full ranking",
        "NumPy floor",
        "full ranking to floor",
        "first of a process",
        "pandas",
        "pandas to ranking",
        "pandas to document and answer",
        "the loop",
        "the loop to ranking",
        "the loop to document and answer",
    )
    columns = [
        measured(SIZES[0], FEW_STARTS if quick else whole_loop, runs),
        measured(SIZES[1], 0, runs),
    ]
    head = ["", *(f"{size:,} seats in as many profiles" for size in SIZES)]
    table(head, list(zip(names, *columns, strict=True)))


if __name__ == "__main__":
    main()
