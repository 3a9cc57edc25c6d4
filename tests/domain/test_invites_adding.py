"""The addresses at which calendars on the web take a copy, and feeds as others read them."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.domain.test_invites_calendar import EVENT
from townhall.domain.invites import WebCalendar, add_to
from townhall.i18n import speech

HOW = "To join: https://meet.example.org/polio\nBy phone: +41 22 555 01 00, code 4711"


def asked(calendar, event=EVENT, words=None):
    """Return where an address leads, and what it asks there."""
    address = urlsplit(add_to(calendar, event, words) if words else add_to(calendar, event))
    where = f"{address.scheme}://{address.netloc}{address.path}"
    return where, dict(parse_qsl(address.query))


def test_google_takes_the_times_in_utc():
    assert asked(WebCalendar.GOOGLE) == (
        "https://calendar.google.com/calendar/render",
        {
            "action": "TEMPLATE",
            "text": "Ending polio",
            "dates": "20261209T113000Z/20261209T123000Z",
            "details": HOW,
            "location": "https://meet.example.org/polio",
        },
    )


@pytest.mark.parametrize(
    "calendar,host",
    [
        (WebCalendar.OUTLOOK, "outlook.live.com"),
        (WebCalendar.MICROSOFT_365, "outlook.office.com"),
    ],
)
def test_outlook_takes_the_times_in_utc(calendar, host):
    assert asked(calendar) == (
        f"https://{host}/calendar/0/deeplink/compose",
        {
            "path": "/calendar/action/compose",
            "rru": "addevent",
            "subject": "Ending polio",
            "startdt": "2026-12-09T11:30:00Z",
            "enddt": "2026-12-09T12:30:00Z",
            "body": HOW,
            "location": "https://meet.example.org/polio",
        },
    )


def test_yahoo_takes_the_times_in_utc():
    assert asked(WebCalendar.YAHOO) == (
        "https://calendar.yahoo.com/",
        {
            "v": "60",
            "title": "Ending polio",
            "st": "20261209T113000Z",
            "et": "20261209T123000Z",
            "desc": HOW,
            "in_loc": "https://meet.example.org/polio",
        },
    )


@pytest.mark.parametrize("calendar", WebCalendar)
def test_whatever_is_typed_stays_inside_its_field(calendar):
    title = 'Polio & measles? #now + «نعم» 100% / "done"\nand dusted'
    _where, fields = asked(calendar, replace(EVENT, title=title))
    assert title in fields.values()


@pytest.mark.parametrize("calendar", WebCalendar)
def test_a_long_description_does_not_make_a_long_address(calendar):
    event = replace(EVENT, description="Polio. " * 2_000)
    assert len(add_to(calendar, event)) < 800


def test_how_to_join_is_said_in_the_readers_language():
    _where, fields = asked(WebCalendar.GOOGLE, EVENT, speech("ar"))
    assert "https://meet.example.org/polio" in fields["details"]
    assert "To join" not in fields["details"]


def test_an_hour_just_before_midnight_ends_on_the_next_day():
    late = replace(EVENT, starts_at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    _where, fields = asked(WebCalendar.GOOGLE, late)
    assert fields["dates"] == "20261231T233000Z/20270101T003000Z"
