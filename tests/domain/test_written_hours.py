"""Hours and their prices as people type them."""

import pytest

from townhall.domain import written_hours
from townhall.errors import InputError


def test_hours_and_bands_are_read_and_written():
    assert written_hours.hours(["18:00-21:00", " 5:30 – 6:00 "], "never") == [
        ["18:00", "21:00"],
        ["05:30", "06:00"],
    ]
    assert written_hours.bands(["09:00-17:00 0", "17:00-09:00 16"], "bands") == [
        ["09:00", "17:00", 0],
        ["17:00", "09:00", 16],
    ]
    assert written_hours.written([["18:00", "21:00"], ["09:00", "17:00", 0]]) == [
        "18:00-21:00",
        "09:00-17:00 0",
    ]


def test_nothing_is_nothing():
    assert written_hours.hours([], "never") is None
    assert written_hours.bands([], "bands") is None
    assert written_hours.written(None) == []


@pytest.mark.parametrize(
    "read, line, says",
    [
        (written_hours.hours, "six to nine", "“six to nine” is not a stretch of hours"),
        (written_hours.hours, "18:00", "“18:00” is not a stretch of hours"),
        (written_hours.bands, "18:00-21:00", "“18:00-21:00” is not a band"),
        (written_hours.bands, "18:00-21:00 ²", "“18:00-21:00 ²” is not a band"),
        (written_hours.bands, "noon 4", "“noon” is not a stretch of hours"),
    ],
)
def test_what_is_no_hours_is_refused_by_its_field(read, line, says):
    with pytest.raises(InputError) as caught:
        read([line], "hours")
    assert caught.value.field == "hours"
    assert says in str(caught.value)
