"""Planning documents for property tests: small, and full of corners."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

# Windows around clock changes, year ends and estimated holidays; and a dull one.
DAYS = ["2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01", "2026-12-31", "2027-03-10"]
ZONES = [
    "America/New_York",
    "Africa/Kinshasa",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Asia/Calcutta",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "UTC",
]
COUNTRIES = [("US", None), ("EG", None), ("CD", None), ("IR", None), ("MY", "TRG"), ("CN", None)]
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
UNORDERED = (
    "seats",
    "bands",
    "rest_days",
    "holidays",
    "extra_holidays",
    "struck_holidays",
    "never",
    "busy",
    "weekdays",
)
"""The lists of a document that say the same in any order."""

BANDS = [
    [["00:00", "24:00", 3]],
    [["07:30", "07:30", 100]],
    [["08:07", "16:00", 0], ["16:00", "00:00", 5], ["00:00", "08:07", 40]],
]


def written(moment):
    return f"{moment:%Y-%m-%dT%H:%M}Z"


@st.composite
def times(draw):
    return f"{draw(st.integers(0, 23)):02}:{draw(st.sampled_from([0, 7, 15, 30, 59])):02}"


@st.composite
def seats(draw, first, name):
    seat = {"name": name, "zone": draw(st.sampled_from(ZONES))}
    near = st.integers(-60, 26 * 60).map(lambda minutes: first + timedelta(minutes=minutes))
    dates = st.integers(-1, 2).map(lambda days: date.isoformat(first.date() + timedelta(days)))
    if country := draw(st.none() | st.sampled_from(COUNTRIES)):
        seat |= {"country": country[0], "region": country[1]}
    optional = {
        "people": st.integers(0, 50),
        "weight": st.integers(1, 3),
        "ledger": st.sampled_from([0, 7, 64, 40_000, 3_000_000_000 // 4]),
        "required": st.booleans(),
        "bands": st.sampled_from(BANDS),
        "rest_days": st.lists(st.sampled_from(WEEKDAYS), max_size=3),
        "holidays": st.lists(dates, max_size=2),
        "extra_holidays": st.lists(dates, max_size=2),
        "struck_holidays": st.lists(dates, max_size=2),
        "never": st.lists(st.lists(times(), min_size=2, max_size=2), max_size=2),
        "busy": st.lists(
            st.tuples(near, st.integers(1, 200)).map(
                lambda busy: [written(busy[0]), written(busy[0] + timedelta(minutes=busy[1]))]
            ),
            max_size=2,
        ),
        "answers": st.dictionaries(
            st.integers(-2, 20).map(lambda n: written(first + timedelta(minutes=15 * n))),
            st.sampled_from(["yes", "no", "if-need-be"]),
            max_size=4,
        ),
    }
    return seat | draw(st.fixed_dictionaries({}, optional=optional))


@st.composite
def documents(draw):
    first = datetime.fromisoformat(draw(st.sampled_from(DAYS))).replace(tzinfo=UTC)
    first += timedelta(minutes=15 * draw(st.integers(-8, 40)))
    document = {
        "minutes": draw(st.sampled_from([15, 30, 45, 60, 105, 720])),
        "from": written(first),
        "until": written(first + timedelta(minutes=15 * draw(st.integers(1, 24)))),
        "top": 1000,
        "seats": [draw(seats(first, f"seat {n}")) for n in range(draw(st.integers(1, 4)))],
    }
    if draw(st.booleans()):
        document["bands"] = draw(st.sampled_from(BANDS))
    return document


def shuffled(written, chance):
    """Return what says the same as `written`, its lists and fields in another order."""
    if not isinstance(written, dict):
        return written
    fields = chance.sample(list(written.items()), len(written))
    return {
        name: chance.sample([shuffled(item, chance) for item in value], len(value))
        if name in UNORDERED
        else shuffled(value, chance)
        for name, value in fields
    }


def required(written):
    """Return the places of the required seats of a document."""
    return [place for place, seat in enumerate(written["seats"]) if seat.get("required", True)]


def with_more_paid(written, place, points):
    """Return the document as it is where one seat has paid more before."""
    seats = [dict(seat) for seat in written["seats"]]
    seats[place]["ledger"] = seats[place].get("ledger", 0) + points
    return {**written, "seats": seats}
