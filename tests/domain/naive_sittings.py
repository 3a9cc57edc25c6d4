"""Rule 10 of docs/fairness.md read aloud: every set of starts, one after the other.

It shares no code with townhall but the slow reading of the rules for one start.
"""

from itertools import combinations, pairwise

from tests.domain import naive_planner


def apart(document):
    gap = document["minutes"] // 15
    return gap + 32 if any(seat.get("everywhere") for seat in document["seats"]) else gap


def grid(document):
    first, until = (naive_planner.instant(document[name]) for name in ("from", "until"))
    known = {
        s["name"]: naive_planner.country_of(s, first.year)
        for s in document["seats"]
        if s.get("country")
    }
    starts = []
    while first < until:
        starts.append(naive_planner.one_start(document, first, known))
        starts[-1]["hard"] = [
            naive_planner.has_hard_no(document, s, first) for s in document["seats"]
        ]
        first += naive_planner.QUARTER
    return starts


def worth(document, chosen):
    """Return (worst first, people's points), or None for a set that does not fit."""
    ledgers, people = [], 0
    for place, seat in enumerate(document["seats"]):
        paid = [start["burdens"][place] for start in chosen if not start["hard"][place]]
        missed = len(chosen) - len(paid)
        absence = naive_planner.absent_points(document, seat)
        if seat.get("everywhere"):
            if missed and seat.get("required", True):
                return None
            burden, charged = sum(paid), missed * absence
        else:
            if not paid and seat.get("required", True):
                return None
            burden, charged = min(paid, default=0), 0 if paid else absence
        if seat.get("required", True):
            ledgers.append(seat.get("ledger", 0) + burden)
        people += seat.get("people", 1) * (burden + charged)
    return sorted(ledgers, reverse=True), people


def sets(document):
    gap = apart(document)
    starts = grid(document)
    for numbers in combinations(range(len(starts)), document["sittings"]):
        if all(b - a >= gap for a, b in pairwise(numbers)):
            yield [starts[number] for number in numbers]


def best(document):
    """Return the best set as (worst first, people's points, starts), or None."""
    found = [
        (*worth(document, chosen), [start["start"] for start in chosen])
        for chosen in sets(document)
        if worth(document, chosen)
    ]
    return min(found, default=None)


def relaxed(document, names):
    """Return the document with these seats optional."""
    seats = [
        {**seat, "required": False} if seat["name"] in names else seat for seat in document["seats"]
    ]
    return {**document, "seats": seats}


def smallest_to_relax(document):
    """Return all smallest sets of required seats whose becoming optional leaves a set."""
    names = [seat["name"] for seat in document["seats"] if seat.get("required", True)]
    for size in range(1, len(names) + 1):
        found = [c for c in combinations(names, size) if best(relaxed(document, c))]
        if found:
            return found
    return []
