"""Which hours a series may have: what can be chosen, and what is usual."""

from datetime import timedelta

import pytest

from townhall.domain.series.rules import Rules, usual_distance
from townhall.errors import InputError


def test_weekdays_are_kept_in_their_order_and_all_of_them_as_none():
    assert Rules(weekdays=("fri", "mon", "mon")).days == ["mon", "fri"]
    assert Rules().days is None
    assert Rules(weekdays=("mon", "tue", "wed", "thu", "fri", "sat", "sun")).days is None


@pytest.mark.parametrize(
    "chosen,field,says",
    [
        ({"distinct_times": 0}, "distinct_times", "“0” is not a whole number from 1 to 1440."),
        ({"apart_days": 367}, "apart_days", "“367” is not a whole number from 0 to 366."),
        ({"weekdays": ("mon", "someday")}, "weekdays", "“someday” is not a weekday."),
        ({"clock": "Mars/Base"}, "clock", "Mars/Base"),
        (
            {"time_limit_s": 30},
            "time_limit_s",
            "30 is not a time limit that can be chosen: 10, 60, 300 seconds.",
        ),
    ],
)
def test_what_no_series_could_be_planned_with_is_refused(chosen, field, says):
    with pytest.raises(InputError, match=says) as refused:
        Rules(**chosen)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "window,every,days",
    [(1, 7, None), (7, 7, None), (8, 7, 4), (14, 7, 4), (30, 28, 14), (2, 1, 1)],
)
def test_a_distance_is_usual_where_windows_overlap(window, every, days):
    assert usual_distance(timedelta(days=window), every) == days
