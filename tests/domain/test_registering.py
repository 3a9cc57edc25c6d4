from datetime import UTC, datetime

import pytest

from townhall.domain import registering

MORNING = datetime(2026, 12, 9, 9, 0, tzinfo=UTC)
NIGHT = datetime(2026, 12, 9, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "zone, best", [("Africa/Nairobi", 0), ("Europe/London", 0), ("America/Los_Angeles", 1)]
)
def test_the_sitting_that_costs_least_on_a_clock_is_best(zone, best):
    assert registering.best_on_clock([(MORNING, 60), (NIGHT, 60)], zone) == best


def test_of_equals_the_first_to_come_is_best():
    later = MORNING.replace(hour=10)
    assert registering.best_on_clock([(later, 60), (MORNING, 60)], "Europe/London") == 1


def test_the_sheet_defuses_formulas_and_leaves_out_what_is_not_known():
    rows = [("=1+1@example.org", "en", "Asia/Tokyo", MORNING, None, None)]
    assert registering.sheet(rows) == (
        "address,language,zone,registered_at,sitting,answer\r\n"
        "'=1+1@example.org,en,Asia/Tokyo,2026-12-09T09:00Z,,\r\n"
    )
