"""The zone database behind its one door."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain import zones
from townhall.errors import InputError

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    "zone, city",
    [
        ("Africa/Lubumbashi", "Lubumbashi"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("UTC", "UTC"),
    ],
)
def test_zone_is_named_after_a_city(zone: str, city: str) -> None:
    assert zones.city(zone) == city


def test_release_is_a_year_and_a_letter() -> None:
    assert zones.release() == "2026f"


@pytest.mark.parametrize("name", ["Africa/Kinshasa", "Asia/Calcutta", "UTC", "Etc/GMT+5"])
def test_zone_is_known_under_present_and_former_names(name: str) -> None:
    assert zones.is_known(name)
    assert zones.require(name, "zone") == name


@pytest.mark.parametrize("name", ["", "africa/kinshasa", "Mars/Base", "../etc/passwd"])
def test_zone_is_unknown_unless_spelt_exactly(name: str) -> None:
    assert not zones.is_known(name)


@pytest.mark.parametrize(
    "name, first",
    [
        ("America/New York", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("AFRICA/KINSHASA ", "Africa/Kinshasa"),
        ("Kinshasa", "Africa/Kinshasa"),
        ("Asia/Karachy", "Asia/Karachi"),
        ("Kathmandoo", "Asia/Kathmandu"),
    ],
)
def test_near_finds_the_zone_that_was_meant(name: str, first: str) -> None:
    assert zones.near(name)[0] == first


def test_require_refuses_an_unknown_zone_with_near_spellings() -> None:
    with pytest.raises(InputError) as caught:
        zones.require("Asia/Karachy", "seats[2].zone")
    assert str(caught.value).startswith(
        "seats[2].zone: “Asia/Karachy” is not a known time zone; near it are: Asia/Karachi"
    )


def test_require_says_only_that_it_is_unknown_when_nothing_is_near() -> None:
    with pytest.raises(InputError) as caught:
        zones.require("§§§", "zone")
    assert str(caught.value) == "zone: “§§§” is not a known time zone."


@pytest.mark.parametrize(
    "zone, shown",
    [
        (NEW_YORK, "2026-12-15T13:00:00-05:00"),
        ("Asia/Kathmandu", "2026-12-15T23:45:00+05:45"),
        # These three differ between release 2025b and 2026f.
        ("Africa/Casablanca", "2026-12-15T18:00:00+00:00"),
        ("America/Vancouver", "2026-12-15T11:00:00-07:00"),
        ("America/Havana", "2026-12-15T14:00:00-04:00"),
        ("UTC", "2026-12-15T18:00:00+00:00"),
    ],
)
def test_local_is_the_wall_clock_of_the_release(zone: str, shown: str) -> None:
    assert zones.local(datetime(2026, 12, 15, 18, tzinfo=UTC), zone).isoformat() == shown


def test_local_keeps_its_offset_in_arithmetic() -> None:
    before = zones.local(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), NEW_YORK)
    assert (before + timedelta(hours=1)).isoformat() == "2026-11-01T02:30:00-04:00"


def test_instant_of_an_ordinary_wall_time() -> None:
    wall = datetime(2026, 12, 9, 7, 15)  # noqa: DTZ001  a wall time has no zone yet
    assert zones.instant(wall, NEW_YORK, "start") == datetime(2026, 12, 9, 12, 15, tzinfo=UTC)


def test_instant_refuses_a_skipped_time_with_both_possibilities() -> None:
    with pytest.raises(InputError) as caught:
        zones.instant(datetime(2026, 3, 8, 2, 30), NEW_YORK, "start")  # noqa: DTZ001
    assert str(caught.value) == (
        "start: The clocks in America/New_York skip 2026-03-08 02:30; choose "
        "2026-03-08 01:30 (UTC-05:00) or 2026-03-08 03:30 (UTC-04:00)."
    )


def test_instant_refuses_a_repeated_time_with_both_possibilities() -> None:
    with pytest.raises(InputError) as caught:
        zones.instant(datetime(2026, 11, 1, 1, 30), NEW_YORK, "start")  # noqa: DTZ001
    assert str(caught.value) == (
        "start: The clocks in America/New_York show 2026-11-01 01:30 twice; choose "
        "2026-11-01 01:30 (UTC-04:00) or 2026-11-01 01:30 (UTC-05:00)."
    )


@pytest.mark.parametrize("fold, hour", [(0, 5), (1, 6)])
def test_instant_takes_the_repetition_that_was_chosen(fold: int, hour: int) -> None:
    wall = datetime(2026, 11, 1, 1, 30)  # noqa: DTZ001
    chosen = zones.instant(wall, NEW_YORK, "start", fold=fold)
    assert chosen == datetime(2026, 11, 1, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize("year", [1, 1900, 2199, 9999])
def test_instant_refuses_a_year_without_known_clocks(year: int) -> None:
    with pytest.raises(InputError) as refused:
        zones.instant(datetime(year, 1, 1), "Asia/Tokyo", "from")  # noqa: DTZ001  a wall time
    assert str(refused.value) == (
        f"from: {year:04}-01-01T00:00:00 lies outside the years 1901 to 2198."
    )


def test_no_zone_has_clock_changes_after_the_last_that_planning_relies_on() -> None:
    end = datetime(2038, 2, 1, tzinfo=UTC)
    zones.require_clocks(end, "until")
    with pytest.raises(InputError, match="lies after January 2038"):
        zones.require_clocks(end + timedelta(minutes=15), "until")
    minutes = [(moment - zones.EPOCH) // zones.MINUTE for moment in (end, end.replace(year=2100))]
    assert all(zones.keeps_offset(*minutes, zone) for zone in zones.names())


def test_instant_does_not_let_a_choice_excuse_a_skipped_time() -> None:
    with pytest.raises(InputError, match="skip"):
        zones.instant(datetime(2026, 3, 8, 2, 30), NEW_YORK, "start", fold=1)  # noqa: DTZ001


@pytest.mark.parametrize(
    "hour, minute, expected",
    [(4, 45, False), (5, 0, True), (5, 45, True), (6, 0, True), (6, 45, True), (7, 0, False)],
)
def test_repeated_hour_is_recognised_at_both_passes(hour: int, minute: int, expected: bool) -> None:
    instant = datetime(2026, 11, 1, hour, minute, tzinfo=UTC)
    assert zones.is_repeated(instant, NEW_YORK) is expected


@pytest.mark.parametrize(
    "zone, label",
    [("Asia/Kolkata", "UTC+05:30"), (NEW_YORK, "UTC-05:00"), ("America/St_Johns", "UTC-03:30")],
)
def test_offset_label_is_written_as_people_write_it(zone: str, label: str) -> None:
    assert zones.offset_label(zones.local(datetime(2026, 12, 9, tzinfo=UTC), zone)) == label


def test_country_zones_are_those_of_the_country() -> None:
    assert zones.country_zones("CD") == ("Africa/Kinshasa", "Africa/Lubumbashi")
    assert zones.country_zones("XX") == ()


@given(
    st.sampled_from([NEW_YORK, "Asia/Kolkata", "Africa/Casablanca", "Australia/Lord_Howe", "UTC"]),
    st.datetimes(datetime(1995, 1, 1), datetime(2037, 12, 31)),  # noqa: DTZ001
)
def test_offsets_agree_with_local_at_every_instant(zone: str, moment: datetime) -> None:
    instant = moment.replace(tzinfo=UTC)
    when, then = zones.offsets(zone)
    found = then[np.searchsorted(when, (instant - zones.EPOCH) // zones.MINUTE, "right") - 1]
    assert zones.local(instant, zone).utcoffset() == timedelta(minutes=int(found))


@given(
    st.sampled_from([NEW_YORK, "Asia/Kolkata", "Africa/Casablanca", "Australia/Lord_Howe"]),
    st.datetimes(datetime(1995, 1, 1), datetime(2037, 12, 31)),  # noqa: DTZ001
)
def test_instant_of_a_local_time_is_the_instant(zone: str, moment: datetime) -> None:
    instant = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    wall = zones.local(instant, zone).replace(tzinfo=None)
    folds = {zones.instant(wall, zone, "start", fold=fold) for fold in (0, 1)}
    assert instant in folds
    assert len(folds) == 1 + zones.is_repeated(instant, zone)


def test_names_to_choose_from_leave_former_ones_out():
    assert "Asia/Kolkata" in zones.names()
    assert "Asia/Calcutta" not in zones.names()
    assert all(zones.is_known(name) for name in zones.names())


@pytest.mark.parametrize(
    "wall, instant",
    [
        (datetime(2026, 7, 1, 2, 30), datetime(2026, 7, 1, 6, 30, tzinfo=UTC)),  # noqa: DTZ001
        (datetime(2026, 3, 8, 2, 30), datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),  # noqa: DTZ001
        (datetime(2026, 11, 1, 1, 30), datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),  # noqa: DTZ001
    ],
    ids=["plain", "skipped: by the offset before", "twice: the first"],
)
def test_reading_takes_a_calendars_time_as_calendars_do(wall, instant):
    assert zones.reading(wall, NEW_YORK) == instant


def test_a_zone_is_named_by_itself_or_by_its_city() -> None:
    assert zones.named("africa/nairobi", "place") == "Africa/Nairobi"
    assert zones.named("Buenos Aires", "place") == "America/Argentina/Buenos_Aires"
    with pytest.raises(InputError, match="“Kinhasa” is not a known time zone; near it are: Af"):
        zones.named("Kinhasa", "place")


def test_the_country_of_a_zone_is_the_one_that_keeps_it() -> None:
    assert zones.country_of("Africa/Nairobi") == "KE"
    assert zones.country_of("UTC") is None
    assert zones.country_of("Asia/Calcutta") is None, "a former name"
