"""The rules of docs/fairness.md for one sitting, read aloud in plain loops, minute by minute.

It shares no code with townhall and is far too slow for use. Tests compare the two, and the
benchmark measures against it.
"""

from datetime import date, datetime, timedelta

import pytz

STANDARD = [
    ["09:00", "17:00", 0],
    ["08:00", "09:00", 1],
    ["17:00", "18:00", 1],
    ["07:00", "08:00", 2],
    ["18:00", "20:00", 2],
    ["06:00", "07:00", 4],
    ["20:00", "22:00", 4],
    ["05:00", "06:00", 8],
    ["22:00", "23:00", 8],
    ["23:00", "05:00", 16],
]
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
QUARTER = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)


def instant(text):
    return datetime.fromisoformat(text).astimezone(pytz.UTC)


def within(wall, start, end):
    now, start, end = (int(text[:2]) * 60 + int(text[3:]) for text in (f"{wall:%H:%M}", start, end))
    return start <= now < end if start < end else now >= start or now < end


def local(moment, zone):
    return moment.astimezone(pytz.timezone(zone))


def seat_bands(document, seat):
    return seat.get("bands") or document.get("bands") or STANDARD


def country_of(seat, year):
    from holidays import country_holidays

    return country_holidays(
        seat["country"],
        subdiv=seat.get("region"),
        years=[year - 1, year, year + 1],
        language="en_US",
    )


def is_rest_day(seat, on, known):
    if seat.get("rest_days") is not None:
        return WEEKDAYS[on.weekday()] in seat["rest_days"]
    if seat.get("country"):
        return known.is_weekend(on) and on not in known.weekend_workdays
    return on.weekday() >= 5


def is_holiday(seat, on, known):
    if on.isoformat() in seat.get("struck_holidays", []):
        return False
    if on.isoformat() in seat.get("extra_holidays", []):
        return True
    if seat.get("holidays") is not None:
        return on.isoformat() in seat["holidays"]
    return bool(seat.get("country")) and on in known


def quantum_points(document, seat, moment, known):
    wall = local(moment, seat["zone"])
    points = next(p for a, b, p in seat_bands(document, seat) if within(wall, a, b))
    on = date(wall.year, wall.month, wall.day)
    if is_holiday(seat, on, known):
        return points + 8
    return points + 6 if is_rest_day(seat, on, known) else points


def answer_to(seat, start):
    for text, said in seat.get("answers", {}).items():
        if instant(text) == start:
            return said
    return None


def seat_burden(document, seat, start, known):
    quanta = [start + QUARTER * number for number in range(document["minutes"] // 15)]
    points = sum(quantum_points(document, seat, moment, known) for moment in quanta)
    need = 8 if answer_to(seat, start) == "if-need-be" else 0
    return (points + need) * seat.get("weight", 1)


def has_hard_no(document, seat, start):
    if answer_to(seat, start) == "no":
        return True
    end = start + MINUTE * document["minutes"]
    if any(instant(b) < end and instant(e) > start for b, e in seat.get("busy", [])):
        return True
    minutes = [start + MINUTE * number for number in range(document["minutes"])]
    never = seat.get("never", [])
    return any(within(local(moment, seat["zone"]), *hours) for moment in minutes for hours in never)


def absent_points(document, seat):
    dearest = max(points for _, _, points in seat_bands(document, seat))
    return max(24, dearest + 8) * seat.get("weight", 1) * (document["minutes"] // 15)


def one_start(document, start, known):
    seats = document["seats"]
    burdens = [seat_burden(document, s, start, known.get(s["name"])) for s in seats]
    hard = [has_hard_no(document, seat, start) for seat in seats]
    required = [seat.get("required", True) for seat in seats]
    paid = [
        seat.get("ledger", 0) + burden
        for seat, burden, needed in zip(seats, burdens, required, strict=True)
        if needed
    ]
    people = sum(
        seat.get("people", 1) * (absent_points(document, seat) if no and not needed else burden)
        for seat, burden, no, needed in zip(seats, burdens, hard, required, strict=True)
    )
    return {
        "start": start,
        "worst_first": sorted(paid, reverse=True),
        "people_points": people,
        "burdens": burdens,
        "absent": [no and not needed for no, needed in zip(hard, required, strict=True)],
        "against": [
            seat["name"]
            for seat, no, needed in zip(seats, hard, required, strict=True)
            if no and needed
        ],
    }


def plan(document):
    """Return all starts that fit, ranked, with how many starts there are and why none fits."""
    first, until = instant(document["from"]), instant(document["until"])
    known = {s["name"]: country_of(s, first.year) for s in document["seats"] if s.get("country")}
    starts = []
    while first < until:
        starts.append(one_start(document, first, known))
        first += QUARTER
    fitting = [start for start in starts if not start["against"]]
    fitting.sort(key=lambda start: (start["worst_first"], start["people_points"], start["start"]))
    return {
        "starts": len(starts),
        "options": fitting,
        "nothing_fits": None if fitting else nothing_fits(document, starts),
    }


def nothing_fits(document, starts):
    names = [seat["name"] for seat in document["seats"] if seat.get("required", True)]
    fewest = min(len(start["against"]) for start in starts)
    return {
        "ruled_out": {n: sum(n in start["against"] for start in starts) for n in names},
        "starts_without": {n: sum(start["against"] == [n] for start in starts) for n in names},
        "relax": {tuple(s["against"]) for s in starts if len(s["against"]) == fewest},
    }
