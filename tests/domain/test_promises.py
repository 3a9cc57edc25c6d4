"""Promised local times against the zone database in use (release 2026f)."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain import promises, zones
from townhall.domain.promises import Moved, MovedClock, Promise

RECORD = json.loads((Path(__file__).parents[1] / "cases" / "zones-2025b.json").read_text())
"""What every clock shows at one instant by release 2025b, written down by that release."""

AT = datetime(2026, 12, 15, 18, 0, tzinfo=UTC)
CHANGED = {
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "America/Edmonton",
    "America/Havana",
    "America/Inuvik",
    "America/Vancouver",
    "America/Winnipeg",
    "Canada/Central",
    "Canada/Mountain",
    "Canada/Pacific",
}


def promise(zone, wall, burden=0):
    return Promise(1, zone, zone, wall, burden)


def moved_to(zone, wall):
    [found] = promises.moved(AT, [(promise(zone, wall), 0)])
    return found


def test_exactly_the_zones_that_changed_since_a_release_are_found():
    kept = [(promise(zone, wall), 0) for zone, wall in RECORD["walls"].items()]
    assert {found.promise.zone for found in promises.moved(AT, kept)} == CHANGED


def test_a_moved_seat_tells_both_times_both_offsets_and_both_burdens():
    kept = promise("Africa/Casablanca", RECORD["walls"]["Africa/Casablanca"], 8)
    [found] = promises.moved(AT, [(kept, 4)])
    assert found == Moved(
        kept,
        datetime.fromisoformat("2026-12-15T19:00+01:00"),
        datetime.fromisoformat("2026-12-15T18:00+00:00"),
        4,
    )
    assert [zones.offset_label(at) for at in (found.promised, found.shown)] == [
        "UTC+01:00",
        "UTC+00:00",
    ]


@pytest.mark.parametrize(
    "zone, start",
    [
        ("Africa/Casablanca", datetime(2026, 12, 15, 19, tzinfo=UTC)),
        ("America/Vancouver", datetime(2026, 12, 15, 17, tzinfo=UTC)),
        ("America/Havana", datetime(2026, 12, 15, 17, tzinfo=UTC)),
        ("America/Winnipeg", datetime(2026, 12, 15, 17, tzinfo=UTC)),
    ],
)
def test_the_restoring_start_shows_the_promised_time_again(zone, start):
    assert moved_to(zone, RECORD["walls"][zone]).restoring == start


@pytest.mark.parametrize(
    "wall, start",
    [
        ("2026-10-25T02:30+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:30+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026-10-25T02:30+05:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-03-29T02:30+01:00", None),
    ],
)
def test_a_time_shown_twice_is_told_by_its_offset_and_a_skipped_one_cannot_be_restored(wall, start):
    assert moved_to("Europe/Zurich", wall).restoring == start


@given(st.sampled_from(zones.names()), st.integers(0, 40_000))
def test_what_is_promised_and_looked_at_by_one_release_never_moved(zone, quarters):
    at = datetime.fromtimestamp(1_780_000_200 + 900 * quarters, UTC)
    kept = promise(zone, promises.written(at, zone))
    assert list(promises.moved(at, [(kept, 0)])) == []


def test_people_are_found_by_the_clocks_that_changed_and_by_no_others():
    told = [(zone, wall, 3) for zone, wall in RECORD["walls"].items()]
    assert {found.zone for found in promises.moved_clocks(AT, told)} == CHANGED


def test_a_moved_clock_tells_what_was_told_what_it_shows_and_how_many_heard_it():
    wall = RECORD["walls"]["Africa/Casablanca"]
    [found] = promises.moved_clocks(AT, [("Africa/Casablanca", wall, 3)])
    shown = zones.local(AT, "Africa/Casablanca")
    assert found == MovedClock("Africa/Casablanca", wall, shown, 3)
    assert (found.promised.hour, found.shown.hour) == (19, 18)
