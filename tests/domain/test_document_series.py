"""Documents of series: what they mean, and what is wrong with them, in one sentence."""

from datetime import UTC, datetime

import pytest

from townhall.domain import document
from townhall.domain.burden import Grid
from townhall.domain.series.request import Series
from townhall.domain.slots import Request, Seat
from townhall.errors import InputError

SEAT = {"name": "Kinshasa", "zone": "Africa/Kinshasa"}
WINDOW = {"from": "2026-12-09T00:00Z", "until": "2026-12-10T00:00Z"}
GRID = Grid(datetime(2026, 12, 9, tzinfo=UTC), datetime(2026, 12, 10, tzinfo=UTC), 60)


def written(**fields):
    return {"minutes": 60, "occurrences": [WINDOW], "seats": [SEAT], **fields}


def refusal(given):
    with pytest.raises(InputError) as caught:
        document.read(given)
    return str(caught.value)


def test_document_of_a_series_needs_little():
    assert document.read(written()) == Series((GRID,), (Seat("Kinshasa", "Africa/Kinshasa"),))


def test_every_field_of_a_series_is_read():
    read = document.read(
        written(
            apart_days=7,
            distinct_times=None,
            clock="Asia/Kolkata",
            weekdays=["mon", "sun"],
            time_limit_s=2.5,
            bands=[["00:00", "24:00", 3]],
            sittings=1,
            top=5,
        )
    )

    assert (read.apart_days, read.distinct_times, read.clock) == (7, None, "Asia/Kolkata")
    assert (read.weekdays, read.time_limit_s) == ({0, 6}, 2.5)
    assert set(read.bands.minutes) == {3}


def test_without_occurrences_it_is_a_sitting():
    read = document.read({"minutes": 60, **WINDOW, "seats": [SEAT]})

    assert isinstance(read, Request)
    assert refusal(7) == "7 is not an object."


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"occurrences": []}, "occurrences: A series has 1 to 520 occurrences, not 0."),
        ({"occurrences": 3}, "occurrences: 3 is not a list."),
        (
            {"occurrences": [WINDOW] * 521},
            "occurrences: A series has 1 to 520 occurrences, not 521.",
        ),
        ({"occurrences": [WINDOW, 3]}, "occurrences[1]: 3 is not an object."),
        (
            {"occurrences": [{"from": "2026-12-09T00:00Z"}]},
            "occurrences[0].until: This field is missing.",
        ),
        (
            {"occurrences": [WINDOW, {**WINDOW, "until": "2026-12-08T00:00Z"}]},
            (
                "occurrences[1].until: The window has no start: it ends at 2026-12-08T00:00Z, "
                "not after it begins."
            ),
        ),
        (
            {"occurrences": [{**WINDOW, "from": "2026-12-09T00:01Z"}]},
            "occurrences[0].from: 2026-12-09T00:01:00+00:00 is not on a quarter hour.",
        ),
        (
            {"minutes": 50},
            "minutes: A sitting lasts 15 to 720 minutes in steps of 15, not 50.",
        ),
        (
            {"from": WINDOW["from"]},
            f'from: A series says this for each occurrence, not "{WINDOW["from"]}" for all.',
        ),
        (
            {"until": WINDOW["until"]},
            f'until: A series says this for each occurrence, not "{WINDOW["until"]}" for all.',
        ),
        ({"sittings": 2}, "sittings: A series has one sitting for each occurrence, not 2."),
        ({"top": 0}, "top: 0 is not a whole number from 1 to 1000."),
        ({"apart_days": -1}, "apart_days: -1 is not a whole number from 0 to 366."),
        ({"apart_days": 1.5}, "apart_days: 1.5 is not a whole number from 0 to 366."),
        ({"distinct_times": 0}, "distinct_times: 0 is not a whole number from 1 to 1440."),
        ({"distinct_times": True}, "distinct_times: true is not a whole number from 1 to 1440."),
        (
            {"clock": "Europe/Zürich"},
            (
                "clock: “Europe/Zürich” is not a known time zone; near it are: "
                "Europe/Zurich, Europe/Riga, Europe/Paris."
            ),
        ),
        ({"clock": 1}, "clock: 1 is not a text."),
        ({"weekdays": []}, "weekdays: There are no weekdays; name at least one."),
        (
            {"weekdays": ["monday"]},
            'weekdays[0]: "monday" is not one of: mon, tue, wed, thu, fri, sat, sun.',
        ),
        (
            {"time_limit_s": 0},
            "time_limit_s: 0 is not a number of seconds above 0, up to 3600.",
        ),
        (
            {"time_limit_s": True},
            "time_limit_s: true is not a number of seconds above 0, up to 3600.",
        ),
        (
            {"time_limit_s": "10"},
            'time_limit_s: "10" is not a number of seconds above 0, up to 3600.',
        ),
        ({"seats": []}, "seats: There are no seats; a plan needs at least one."),
        (
            {"seats": [SEAT, SEAT]},
            "seats[1].name: Two seats are named “Kinshasa”; names must differ.",
        ),
        (
            {"occurence": []},
            'occurence: There is no field "occurence" here; near it is occurrences.',
        ),
    ],
)
def test_field_of_a_series_is_refused_with_one_sentence(fields, sentence):
    assert refusal(written(**fields)) == sentence


def test_more_than_a_series_can_hold_is_refused():
    window = {"from": "2026-01-01T00:00Z", "until": "2028-01-01T00:00Z"}
    seats = [{"name": f"seat {n}", "zone": "UTC"} for n in range(10)]

    assert refusal(written(occurrences=[window] * 50, seats=seats)) == (
        "seats: 10 seats and 3504000 starts are more than one plan can hold."
    )
