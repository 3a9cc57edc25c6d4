"""Addresses of calendars as people copy them."""

import pytest

from townhall.domain.calendar_address import calendar_address
from townhall.errors import InputError


@pytest.mark.parametrize(
    "copied, fetched",
    [
        (" https://example.org/team.ics ", "https://example.org/team.ics"),
        ("webcal://example.org/team.ics", "https://example.org/team.ics"),
        ("webcals://example.org/team.ics", "https://example.org/team.ics"),
        ("http://intranet:8080/team.ics?key=1#top", "http://intranet:8080/team.ics?key=1"),
        (
            "https://calendar.google.com/calendar/ical/a%40example.org/private-1f/basic.ics",
            "https://calendar.google.com/calendar/ical/a%40example.org/private-1f/basic.ics",
        ),
        (
            "https://calendar.google.com/calendar/embed?src=a%40example.org&ctz=Asia%2FKarachi",
            "https://calendar.google.com/calendar/ical/a%40example.org/public/basic.ics",
        ),
        (
            "https://calendar.google.com/calendar/u/0?cid=YUBleGFtcGxlLm9yZw",
            "https://calendar.google.com/calendar/ical/a%40example.org/public/basic.ics",
        ),
        (
            "https://calendar.google.com/calendar/u/0?cid=a@example.org",
            "https://calendar.google.com/calendar/ical/a%40example.org/public/basic.ics",
        ),
        (
            "https://calendar.google.com/calendar/u/0/r",
            "https://calendar.google.com/calendar/u/0/r",
        ),
        (
            "https://outlook.office365.com/owa/calendar/1f@example.org/2e/calendar.html",
            "https://outlook.office365.com/owa/calendar/1f@example.org/2e/calendar.ics",
        ),
        (
            "https://outlook.live.com/owa/calendar/1f/2e/cid-3/calendar.ics",
            "https://outlook.live.com/owa/calendar/1f/2e/cid-3/calendar.ics",
        ),
        (
            "https://cloud.example.org/index.php/apps/calendar/p/AbC-12/dayGridMonth/now",
            "https://cloud.example.org/remote.php/dav/public-calendars/AbC-12?export",
        ),
        (
            "webcal://example.org/cloud/remote.php/dav/public-calendars/AbC12/",
            "https://example.org/cloud/remote.php/dav/public-calendars/AbC12?export",
        ),
        ("https://example.org/فريق.ics", "https://example.org/%D9%81%D8%B1%D9%8A%D9%82.ics"),
        (
            "https://user.fm/calendar/v1-1f/Team.ics",
            "https://user.fm/calendar/v1-1f/Team.ics",
        ),
    ],
)
def test_what_people_copy_becomes_the_address_of_the_file(copied, fetched):
    assert calendar_address(copied) == fetched
    assert calendar_address(fetched) == fetched


@pytest.mark.parametrize(
    "copied",
    [
        "",
        "team.ics",
        "ftp://example.org/team.ics",
        "file:///etc/passwd",
        "https://",
        "https://example.org:port/",
        "https://example.org:0/",
        "https://[::1/",
        "https://example.org/a b",
        "https://example.org/a\r\nHost: other",
        "https://example.org\\@other.example/",
        f"https://example.org/{'x' * 1000}",
    ],
)
def test_what_is_no_address_is_refused(copied):
    with pytest.raises(InputError, match="is not a calendar's address") as caught:
        calendar_address(copied)
    assert caught.value.field == "address"


@pytest.mark.parametrize("who", ["user:hush@", "user@", ":@"])
def test_a_name_or_a_password_in_an_address_is_refused_and_not_repeated(who):
    with pytest.raises(InputError, match="holds a name or a password") as caught:
        calendar_address(f"https://{who}example.org/")
    assert "hush" not in str(caught.value)
