from datetime import date, timedelta

import pytest

from townhall.domain import calendar
from townhall.domain.calendar import Calendar
from townhall.errors import InputError

MONDAY = date(2026, 12, 7)
WEEK = [MONDAY + timedelta(days=number) for number in range(7)]


def surcharges(given, first=MONDAY, count=7):
    return calendar.days(given, first, first + timedelta(days=count - 1)).surcharge.tolist()


@pytest.mark.parametrize(
    "given, week",
    [
        (Calendar(), [0, 0, 0, 0, 0, 6, 6]),
        (Calendar("EG"), [0, 0, 0, 0, 6, 6, 0]),
        (Calendar("IR"), [0, 0, 0, 0, 6, 0, 0]),
        (Calendar("CD"), [0, 0, 0, 0, 0, 0, 6]),
        (Calendar("MY", "TRG"), [0, 0, 0, 0, 6, 6, 0]),
        (Calendar("MY", "KUL"), [0, 0, 0, 0, 0, 6, 6]),
        (Calendar("EG", rest_days=frozenset({0})), [6, 0, 0, 0, 0, 0, 0]),
        (Calendar("EG", rest_days=frozenset()), [0, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_rest_days_come_from_the_seat_else_its_country_else_the_weekend(given, week):
    assert surcharges(given) == week


def test_working_day_of_a_weekend_is_no_rest_day():
    # China worked on Sunday 4 January 2026 for the days off before it.
    assert surcharges(Calendar("CN"), date(2026, 1, 3), 2) == [6, 0]


@pytest.mark.parametrize(
    "given, surcharge",
    [
        (Calendar("US"), 8),
        (Calendar("US", struck=frozenset({date(2026, 12, 25)})), 0),
        (Calendar("US", holidays=frozenset()), 0),
        (Calendar("US", holidays=frozenset({date(2026, 12, 25)})), 8),
        (Calendar(extra=frozenset({date(2026, 12, 25)})), 8),
        (
            Calendar(extra=frozenset({date(2026, 12, 25)}), struck=frozenset({date(2026, 12, 25)})),
            0,
        ),
        (Calendar(), 0),
    ],
)
def test_holidays_are_those_of_the_country_with_the_seats_own(given, surcharge):
    assert surcharges(given, date(2026, 12, 25), 1) == [surcharge]


def test_holiday_on_a_rest_day_costs_as_a_holiday():
    assert surcharges(Calendar(extra=frozenset({date(2026, 12, 12)}))) == [0, 0, 0, 0, 0, 8, 6]


def test_observed_and_regional_holidays_count():
    # 4 July 2026 is a Saturday; 31 March is Cesar Chavez Day in California.
    observed = calendar.days(Calendar("US"), date(2026, 7, 3), date(2026, 7, 3))
    assert observed.holidays[date(2026, 7, 3)] == ("Independence Day (observed)",)
    regional = calendar.days(Calendar("US", "CA"), date(2026, 3, 31), date(2026, 3, 31))
    assert date(2026, 3, 31) in regional.holidays
    assert calendar.days(Calendar("US"), date(2026, 3, 31), date(2026, 3, 31)).holidays == {}


def test_names_do_not_follow_the_servers_locale(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "ar")
    calendar._year.cache_clear()
    calendar.days.cache_clear()
    christmas = date(2031, 1, 7)
    assert calendar.days(Calendar("EG"), christmas, christmas).holidays == {
        christmas: ("Coptic Christmas Day",)
    }


def test_days_of_two_years_are_read_from_both():
    found = calendar.days(Calendar("CD"), date(2026, 12, 31), date(2027, 1, 1))
    assert found.holidays[date(2027, 1, 1)] == ("New Year's Day",)
    assert found.surcharge.tolist() == [0, 8]


def test_holidays_that_share_a_date_are_told_apart():
    day = date(2028, 5, 4)
    found = calendar.days(Calendar("EG"), day, day)
    assert found.holidays[day] == ("Day of Arafah (estimated)", "Labor Day (observed)")
    assert found.estimated[day] == ("Day of Arafah (estimated)",)


def test_estimated_holidays_are_marked_a_day_beyond_the_window():
    eid = date(2027, 3, 9)
    found = calendar.days(Calendar("EG"), eid - timedelta(days=2), eid - timedelta(days=1))
    assert found.estimated == {eid: ("Eid al-Fitr (estimated)",)}
    assert found.surcharge.tolist() == [0, 0]
    struck = Calendar("EG", struck=frozenset({eid}))
    assert calendar.days(struck, eid, eid).estimated.keys() == {eid + timedelta(days=1)}
    own = Calendar("EG", holidays=frozenset({eid}))
    assert calendar.days(own, eid, eid).estimated == {}


@pytest.mark.parametrize(
    "country, code",
    [("US", "US"), ("USA", "US"), ("CD", "CD"), ("COD", "CD"), ("XK", "XK"), ("UK", "GB")],
)
def test_country_is_known_by_its_codes(country, code):
    assert calendar.require_country(country, "country") == code


@pytest.mark.parametrize("country", ["NYSE", "HolidayBase", "United States of America", "", "date"])
def test_names_that_the_library_would_answer_to_are_no_countries(country):
    with pytest.raises(InputError, match="not a known country code"):
        calendar.require_country(country, "country")


def test_unknown_region_lists_those_there_are():
    with pytest.raises(InputError) as caught:
        calendar.require_region("MY", "Zanzibar", "region")
    assert str(caught.value).startswith(
        "region: “Zanzibar” is not a known region of MY; near it are: "
    )
    assert calendar.require_region("MY", "TRG", "region") == "TRG"


@pytest.mark.parametrize("country", ["AE", "BD", "FJ", "GM", "ID", "IN", "MA", "PK", "TR", "ZA"])
def test_every_name_is_in_one_language(country):
    year = calendar._year(country, None, 2026)
    assert all(
        name.isascii() or country == "TR" for names in year.holidays.values() for name in names
    )
    assert year.rest
