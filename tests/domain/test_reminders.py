"""When reminders are due."""

from datetime import UTC, datetime, timedelta

import pytest

from townhall.domain.reminders import Lead, Moment, ahead

START = datetime(2026, 12, 9, 12, 15, tzinfo=UTC)
DAY = Moment(Lead.DAY, START - timedelta(days=1), START - timedelta(hours=1))
HOUR = Moment(Lead.HOUR, START - timedelta(hours=1), START)


@pytest.mark.parametrize(
    "before, expected",
    [
        (timedelta(days=9), (DAY, HOUR)),
        (timedelta(days=1, seconds=1), (DAY, HOUR)),
        (timedelta(days=1), (HOUR,)),
        (timedelta(hours=1, seconds=1), (HOUR,)),
        (timedelta(hours=1), ()),
        (timedelta(), ()),
    ],
)
def test_what_has_passed_when_the_hour_is_chosen_is_left_out(before, expected):
    assert ahead(START, START - before) == expected
