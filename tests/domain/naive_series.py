"""Rule 9 of docs/fairness.md read aloud: every choice of starts, one in each window.

It shares no code with townhall but the slow reading of the rules for one start.
"""

from datetime import timedelta
from itertools import pairwise, product

from tests.domain import naive_planner

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def windows(document):
    """Return the starts of each occurrence that fit."""
    found = []
    clock = document.get("clock", "UTC")
    for window in document["occurrences"]:
        first, until = naive_planner.instant(window["from"]), naive_planner.instant(window["until"])
        known = {
            seat["name"]: naive_planner.country_of(seat, first.year)
            for seat in document["seats"]
            if seat.get("country")
        }
        starts = []
        while first < until:
            start = naive_planner.one_start(document, first, known)
            weekday = WEEKDAYS[naive_planner.local(first, clock).weekday()]
            if not start["against"] and weekday in document.get("weekdays", WEEKDAYS):
                starts.append(start)
            first += naive_planner.QUARTER
        found.append(starts)
    return found


def allowed(document, chosen):
    starts = [start["start"] for start in chosen]
    length = timedelta(minutes=document["minutes"])
    if any(after - before < length for before, after in pairwise(sorted(starts))):
        return False
    days = document.get("apart_days")
    if days is not None and any(b - a < timedelta(days=days) for a, b in pairwise(starts)):
        return False
    most = document.get("distinct_times", 3)
    clock = document.get("clock", "UTC")
    times = {f"{naive_planner.local(start, clock):%H:%M}" for start in starts}
    return most is None or len(times) <= most


def worth(document, chosen):
    paid = [sum(start["burdens"][n] for start in chosen) for n in range(len(document["seats"]))]
    ledgers = [
        seat.get("ledger", 0) + points
        for seat, points in zip(document["seats"], paid, strict=True)
        if seat.get("required", True)
    ]
    people = sum(start["people_points"] for start in chosen)
    return sorted(ledgers, reverse=True), people, [start["start"] for start in chosen]


def best(document):
    """Return the best series as (worst first, people's points, starts), or None."""
    found = (c for c in product(*windows(document)) if allowed(document, c))
    return min((worth(document, chosen) for chosen in found), default=None)
