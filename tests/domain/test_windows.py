"""Windows that a new town hall begins with."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain import windows


@pytest.mark.parametrize(
    "now, monday",
    [
        (datetime(2026, 11, 23, 9, 0, tzinfo=UTC), datetime(2026, 12, 7, tzinfo=UTC)),
        (datetime(2026, 11, 24, 0, 0, tzinfo=UTC), datetime(2026, 12, 14, tzinfo=UTC)),
        (
            datetime(2026, 11, 24, 1, 0, tzinfo=timezone(timedelta(hours=5))),
            datetime(2026, 12, 7, tzinfo=UTC),
        ),
    ],
)
def test_window_is_a_working_week_two_weeks_ahead(now, monday):
    assert windows.ahead(now) == (monday, monday + timedelta(days=5))


@given(
    st.datetimes(
        datetime(2020, 1, 1),  # noqa: DTZ001  Hypothesis adds the zone
        datetime(2040, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    )
)
def test_window_begins_on_a_monday_within_three_weeks(now):
    begin, end = windows.ahead(now)
    assert (begin.weekday(), end - begin) == (0, timedelta(days=5))
    assert timedelta(days=13) < begin - now <= timedelta(days=21)
