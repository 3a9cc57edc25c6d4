import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain import bands
from townhall.domain.bands import DAY, STANDARD, Band, Hours
from townhall.errors import InputError
from townhall.i18n import ENGLISH


@pytest.mark.parametrize(
    "clock, points",
    [
        ("00:00", 16),
        ("04:59", 16),
        ("05:00", 8),
        ("06:00", 4),
        ("07:00", 2),
        ("08:00", 1),
        ("09:00", 0),
        ("16:59", 0),
        ("17:00", 1),
        ("18:00", 2),
        ("20:00", 4),
        ("22:00", 8),
        ("23:00", 16),
        ("23:59", 16),
    ],
)
def test_standard_bands_cost_what_the_rule_says(clock, points):
    assert STANDARD.minutes[int(clock[:2]) * 60 + int(clock[3:])] == points


@pytest.mark.parametrize(
    "hours, pieces",
    [
        (Hours(60, 120), ((60, 120),)),
        (Hours(120, 60), ((0, 60), (120, DAY))),
        (Hours(120, 0), ((120, DAY),)),
        (Hours(0, 0), ((0, DAY),)),
        (Hours(60, 60), ((0, 60), (60, DAY))),
        (Hours(0, DAY), ((0, DAY),)),
    ],
)
def test_hours_are_cut_at_midnight(hours, pieces):
    assert hours.pieces() == pieces


@given(st.lists(st.integers(0, DAY - 1), min_size=1, unique=True), st.data())
def test_bands_that_cover_the_day_once_are_accepted_in_any_order(edges, data):
    edges = sorted(edges)
    ends = [*edges[1:], edges[0]]
    given_bands = [
        Band(Hours(start, end), data.draw(st.integers(0, 100)))
        for start, end in zip(edges, ends, strict=True)
    ]
    shuffled = data.draw(st.permutations(given_bands))
    minutes = bands.whole_day(shuffled, "bands").minutes
    assert len(minutes) == DAY
    for band in given_bands:
        for start, end in band.hours.pieces():
            assert set(minutes[start:end]) == {band.points}


@given(st.integers(0, DAY - 1), st.integers(1, DAY - 1))
def test_gap_and_overlap_are_refused(start, length):
    end = (start + length) % DAY
    part = [Band(Hours(start, end), 1)]
    with pytest.raises(InputError, match="gap"):
        bands.whole_day(part, "bands")
    with pytest.raises(InputError, match="overlap"):
        bands.whole_day([*part, Band(Hours(0, 0), 2)], "bands")


def test_bands_that_say_the_same_are_equal():
    halves = [Band(Hours(0, 720), 3), Band(Hours(720, 0), 3)]
    assert bands.whole_day(halves, "bands") == bands.whole_day([Band(Hours(5, 5), 3)], "bands")


@given(
    st.lists(st.builds(Hours, st.integers(0, DAY - 1), st.integers(0, DAY)), max_size=3),
    st.integers(0, DAY - 1),
)
def test_quarter_hour_meets_hours_when_one_of_its_minutes_does(never, minute):
    inside = {m for hours in never for start, end in hours.pieces() for m in range(start, end)}
    expected = any((minute + step) % DAY in inside for step in range(15))
    assert bands.met_by_quarter(tuple(never))[minute] == expected
    assert bands.met_by_quarter(tuple(never)).dtype == np.int16


@pytest.mark.parametrize(
    "points, name",
    [
        (0, "working hours"),
        (1, "edge of the day"),
        (2, "morning or evening"),
        (3, "morning or evening"),
        (4, "early or late"),
        (8, "very early or late"),
        (15, "very early or late"),
        (16, "night"),
        (100, "night"),
    ],
)
def test_band_is_named_by_what_it_costs(points, name):
    assert bands.name(points, ENGLISH) == name


def test_clock_of_the_last_minute_and_the_end_of_the_day():
    assert (bands.clock(1439), bands.clock(1440)) == ("23:59", "24:00")
