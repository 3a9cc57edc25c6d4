"""What an organizer gives of a calendar, and how an entry is called there."""

from datetime import UTC, datetime, timedelta

import pytest

from townhall.domain import own_calendar
from townhall.domain.calendar_address import collection_address
from townhall.domain.own_calendar import Access, KeepingError
from townhall.errors import InputError

ADDRESS = "https://cloud.example/dav/ana/events/"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed, address",
    [
        ("https://cloud.example/dav/ana/events", ADDRESS),
        ("  https://cloud.example/dav/ana/events//#today ", ADDRESS),
        ("webcal://cloud.example/dav/ana/events/", ADDRESS),
        ("http://10.0.0.7:5232", "http://10.0.0.7:5232/"),
        ("https://cloud.example/كتاب/", "https://cloud.example/%D9%83%D8%AA%D8%A7%D8%A8/"),
    ],
)
def test_the_address_of_a_collection_ends_in_a_slash(typed, address):
    assert collection_address(typed) == address


@pytest.mark.parametrize(
    "typed, sentence",
    [
        ("ana's calendar", "“ana's calendar” is not the address of a calendar on a server"),
        ("", "“” is not the address of a calendar on a server"),
        ("https://[::1/", "is not the address of a calendar on a server"),
        ("ftp://cloud.example/", "is not the address of a calendar on a server"),
        ("https://cloud.example/a b/", "is not the address of a calendar on a server"),
        ("https://ana:1234@cloud.example/", "they have fields of their own"),
        ("https://cloud.example/public.ics", "is the address of a file, which can only be read"),
        ("https://cloud.example/x?export", "is the address of a file, which can only be read"),
    ],
)
def test_what_is_no_address_of_a_collection_is_said_in_one_sentence(typed, sentence):
    with pytest.raises(InputError, match=sentence.replace("?", r"\?")) as caught:
        collection_address(typed)
    assert caught.value.field == "address"


@pytest.mark.parametrize(
    "user, password, field, sentence",
    [
        ("", "x", "user", "user: This field is empty; please fill it in."),
        ("ana", "", "password", "password: This field is empty; please fill it in."),
        ("ana", "x" * 201, "password", "password: This is longer than 200 characters."),
        ("ana\n", "x", "user", "user: This has a character that cannot be typed, such as a line"),
        ("a:b", "x", "user", "user: “a:b” has a colon, which no user name can have."),
    ],
)
def test_what_basic_authentication_cannot_say_is_refused(user, password, field, sentence):
    with pytest.raises(InputError) as caught:
        Access(ADDRESS, user, password)
    assert str(caught.value).startswith(sentence)
    assert caught.value.field == field


def test_a_password_is_not_shown_by_chance():
    assert "hunter2" not in repr(Access(ADDRESS, "ana", "hunter2"))


def test_an_object_is_called_by_its_uid():
    assert own_calendar.object_name("hall-x1@townhall") == "hall-x1@townhall.ics"
    assert own_calendar.object_name("a/b?c") == "a%2Fb%3Fc.ics"


def test_a_change_is_tried_until_the_end_and_a_day_at_least():
    assert own_calendar.give_up_at(NOW + timedelta(days=9), NOW) == NOW + timedelta(days=9)
    assert own_calendar.give_up_at(NOW - timedelta(days=9), NOW) == NOW + timedelta(days=1)


def test_what_stands_in_the_way_is_stored_to_be_said_in_any_language():
    error = KeepingError("%(host)s is away.", again=True, whole=True, host="cloud.example")
    assert error.problem == {"message": "%(host)s is away.", "values": {"host": "cloud.example"}}
