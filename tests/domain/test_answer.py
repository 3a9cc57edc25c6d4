"""The answer to a planning document, whole."""

import json
import re
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings

from tests.domain import naive_planner
from tests.domain.planning_documents import documents
from townhall.domain import answer, document
from townhall.i18n import speech

WRITTEN = {
    "minutes": 60,
    "from": "2026-12-09T11:30Z",
    "until": "2026-12-09T12:00Z",
    "top": 1,
    "seats": [
        {"name": "New York", "zone": "America/New_York", "country": "US", "people": 40},
        {
            "name": "Cairo",
            "zone": "Africa/Cairo",
            "ledger": 12,
            "required": False,
            "rest_days": ["wed"],
            "busy": [["2026-12-09T05:00Z", "2026-12-09T13:00Z"]],
        },
    ],
}

ANSWERED = {
    "tz_release": "2026f",
    "starts": 2,
    "feasible": 2,
    "options": [
        {
            "start": "2026-12-09T11:45Z",
            "end": "2026-12-09T12:45Z",
            "worst_first": [10],
            "people_points": 496,
            "seats": [
                {
                    "name": "New York",
                    "start": "2026-12-09T06:45-05:00",
                    "end": "2026-12-09T07:45-05:00",
                    "weekday": "Wed",
                    "band": "early or late",
                    "rest": None,
                    "burden": 10,
                    "ledger": 0,
                    "after": 10,
                    "absent": False,
                    "why": "Wed 9 Dec 2026, 06:45–07:45 (UTC-05:00), early or late: 10 points; "
                    "the ledger goes from 0 to 10.",
                },
                {
                    "name": "Cairo",
                    "start": "2026-12-09T13:45+02:00",
                    "end": "2026-12-09T14:45+02:00",
                    "weekday": "Wed",
                    "band": "working hours",
                    "rest": "Wednesday",
                    "burden": 24,
                    "ledger": 12,
                    "after": 12,
                    "absent": True,
                    "why": "Wed 9 Dec 2026, 13:45–14:45 (UTC+02:00), working hours, Wednesday: "
                    "absent, where it would pay 24 points; the ledger of an optional seat "
                    "stays at 12.",
                },
            ],
            "warnings": [],
            "next": "The next option, Wed 9 Dec 2026, 11:30 UTC, is better for nobody.",
        }
    ],
    "nothing_fits": None,
}


def test_answer_has_the_documented_shape():
    assert answer.plan(document.parse(WRITTEN)) == ANSWERED


def test_answer_is_plain_json():
    found = answer.plan(document.parse(WRITTEN))
    assert json.loads(json.dumps(found)) == found


def test_answer_when_nothing_fits_has_no_options():
    never = {"name": "Never", "zone": "UTC", "never": [["00:00", "24:00"]]}
    found = answer.plan(document.parse({**WRITTEN, "seats": [*WRITTEN["seats"], never]}))
    assert found == {
        "tz_release": "2026f",
        "starts": 2,
        "feasible": 0,
        "options": [],
        "nothing_fits": {
            "ruled_out": {"New York": 0, "Never": 2},
            "starts_without": {"New York": 0, "Never": 2},
            "relax": [["Never"]],
        },
    }


def day_off(seat, on, known):
    """Return what makes a date one that the seat has off; None if nothing does."""
    if naive_planner.is_holiday(seat, on, known):
        return "holiday"
    return f"{on:%A}" if naive_planner.is_rest_day(seat, on, known) else None


@settings(deadline=None, max_examples=60)
@given(documents())
def test_every_option_says_what_each_seat_pays_when_and_why(written):
    known = {
        seat["name"]: naive_planner.country_of(seat, int(written["from"][:4]))
        for seat in written["seats"]
        if seat.get("country")
    }
    for option in answer.plan(document.parse(written))["options"]:
        begin = naive_planner.instant(option["start"])
        quanta = [begin + timedelta(minutes=n) for n in range(0, written["minutes"], 15)]
        paid = []
        for seat, told in zip(written["seats"], option["seats"], strict=True):
            required = seat.get("required", True)
            start = datetime.fromisoformat(told["start"])
            end = datetime.fromisoformat(told["end"])
            assert start == begin
            assert end == naive_planner.instant(option["end"])
            assert start.replace(tzinfo=None) == naive_planner.local(begin, seat["zone"]).replace(
                tzinfo=None
            )
            assert told["weekday"] == f"{start:%a}"
            points = told["burden"], told["ledger"], told["after"]
            assert all(type(number) is int for number in points)
            assert told["ledger"] == seat.get("ledger", 0)
            assert told["after"] == told["ledger"] + told["burden"] * required
            # Whoever reads the sentence has read the numbers, the band and the days off.
            dates = {naive_planner.local(moment, seat["zone"]).date() for moment in quanta}
            off = [day_off(seat, on, known.get(seat["name"])) for on in sorted(dates)]
            assert (told["rest"] is not None) == any(off)
            for name in filter(None, off):
                assert name == "holiday" or name in told["rest"]
            for said in (told["band"], told["rest"] or "", f"{told['burden']:,} point"):
                assert said in told["why"]
            assert ("absent" in told["why"]) == told["absent"]
            if not told["absent"]:
                assert f"{told['after']:,}." in told["why"]
            if required:
                paid.append(told["after"])
        assert option["worst_first"] == sorted(paid, reverse=True)


@settings(deadline=None, max_examples=60)
@given(documents())
def test_the_next_option_is_better_for_those_whom_it_names(written):
    options = answer.plan(document.parse(written))["options"]
    assert [option["next"] is None for option in options] == [False] * (len(options) - 1) + [
        True
    ] * bool(options)
    for option, following in pairwise(options):
        better = [
            here["name"]
            for here, there in zip(option["seats"], following["seats"], strict=True)
            if (here["absent"] and not there["absent"])
            or (there["burden"] < here["burden"] and not here["absent"] and not there["absent"])
        ]
        assert sum(f"{name} (" in option["next"] for name in better) == min(len(better), 3)
        assert ("for nobody" in option["next"]) == (not better)


def test_last_option_is_compared_with_none():
    found = answer.plan(document.parse({**WRITTEN, "top": 2}))
    assert [option["next"] is None for option in found["options"]] == [False, True]


def test_keys_stay_english_in_another_language():
    found = answer.plan(document.parse(WRITTEN), speech("ar"))
    assert found.keys() == ANSWERED.keys()
    assert found["options"][0]["seats"][0].keys() == ANSWERED["options"][0]["seats"][0].keys()
    assert found["options"][0]["worst_first"] == [10]


def test_documents_show_a_true_example():
    page = (Path(__file__).parents[2] / "docs" / "fairness.md").read_text()
    blocks = (json.loads(text) for text in re.findall("```json\n(.*?)```", page, re.DOTALL))
    written, asked, shown, sittings, series = blocks
    found = answer.plan(document.parse(written))
    found["options"][0]["seats"] = found["options"][0]["seats"][:1]
    assert found == shown
    cases = json.loads((Path(__file__).parents[1] / "cases" / "fairness.json").read_text())["cases"]
    two = next(case["request"] for case in cases if case["id"] == "two-sittings")
    assert answer.plan(document.read(two))["sittings"] == sittings["sittings"]
    planned = answer.plan(document.read(asked))["series"]
    assert {**planned, "seconds": 0.04} == series["series"]


def test_documents_list_every_field():
    page = (Path(__file__).parents[2] / "docs" / "fairness.md").read_text()
    fields = [*document._FIELDS, *document._SERIES, *document._SEAT]
    assert [name for name in fields if f"`{name}`" not in page] == []
