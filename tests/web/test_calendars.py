"""Calendars on the pages of organizers and of offices."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from tests.fixtures.web import reread, text_of
from townhall.domain.access import Role
from townhall.domain.busy import LARGEST
from townhall.domain.ports import Read
from townhall.errors import InputError
from townhall.models.availability import BusyCalendar
from townhall.web.context import SESSION_COOKIE, parts

NOON = datetime(2026, 12, 9, 12, 0, tzinfo=UTC)
ADDRESS = "https://calendar.example/secret-1f/team.ics"
PATH = "/organizer/t/polio/seats/1/calendar"
ICS = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n"
    b"DTSTART:20261209T120000Z\r\nDURATION:PT1H\r\nSUMMARY:Hospital\r\nEND:VEVENT\r\n"
    b"END:VCALENDAR\r\n"
)


class Source:
    """Answers every address in the same way."""

    def __init__(self):
        self.answer = Read(((NOON, NOON + timedelta(hours=1)),), None)
        self.count = 0

    def read(self, tasks):
        self.count += len(tasks)
        return [self.answer for _ in tasks]


@pytest.fixture
def source(app):
    """Return a source that the application asks instead of the internet."""
    source = Source()
    with app.app_context():
        app.extensions["townhall"] = replace(parts(), calendars=source)
    return source


@pytest.fixture
def hall(make, account):
    hall = make.town_hall(
        account,
        code="polio",
        window_from_at=datetime(2026, 12, 9, tzinfo=UTC),
        window_until_at=datetime(2026, 12, 10, tzinfo=UTC),
    )
    make.seat(hall, "Karachi", position=1)
    return hall


@pytest.fixture
def account(make):
    return make.account()


@pytest.fixture
def organizer(client, account, hall, sign_in):
    return sign_in(client, account)


def test_a_file_is_read_and_only_its_times_are_kept(organizer, db):
    done = organizer.submit(PATH, file=(BytesIO(ICS), "team.ics"))

    assert (done.status_code, done.location) == (303, "/organizer/t/polio/seats/1#calendar")
    reread(db)
    row = db.scalars(select(BusyCalendar)).one()
    assert (row.address, row.busy) == (None, [["2026-12-09T12:00Z", "2026-12-09T13:00Z"]])
    page = text_of(organizer.get("/organizer/t/polio/seats/1"))
    assert "From a file. Read just now. 1 busy time is known." in page
    assert "Hospital" not in page
    plan = organizer.get("/organizer/t/polio/plan?start=2026-12-09T12:00Z")
    assert "cannot take part" in text_of(plan)


def test_an_address_is_read_and_only_its_host_is_shown(organizer, source):
    assert organizer.submit(PATH, address=ADDRESS).status_code == 303

    page = organizer.get("/organizer/t/polio/seats/1").get_data(as_text=True)
    assert "From the calendar at calendar.example." in page
    assert "secret-1f" not in page


@pytest.mark.parametrize(
    "form, says",
    [
        ({}, "Choose an .ics file, or type the address of a calendar."),
        ({"address": "team.ics"}, "“team.ics” is not a calendar's address"),
        ({"address": "http://127.0.0.1:9/"}, "127.0.0.1 is not a place on the open internet"),
        ({"file": (b"<html>", "team.ics")}, "This is not a calendar"),
    ],
)
def test_what_cannot_be_read_is_said_on_the_page_and_not_kept(organizer, db, form, says):
    form = {
        name: (BytesIO(value[0]), value[1]) if name == "file" else value
        for name, value in form.items()
    }
    refused = organizer.submit(PATH, **form)

    assert refused.status_code == 422
    assert says.replace("'", "&#39;") in refused.get_data(as_text=True)
    assert form.get("address", "") in refused.get_data(as_text=True)
    reread(db)
    assert db.scalars(select(BusyCalendar)).all() == []


def test_a_form_larger_than_any_calendar_is_refused(organizer):
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.ics"\r\n\r\n'

    def status(octets):
        form = "multipart/form-data; boundary=x"
        body = head + b"x" * octets + b"\r\n--x--\r\n"
        return organizer.post(PATH, data=body, content_type=form).status_code

    assert status(LARGEST + 100_000) == 413
    assert status(300_000) == 403, "read, though larger than other forms, and without a token"


def _kept(rows):
    """Return every row but those of sign-ins, which say when they were last used."""
    return [line for line in rows.iterdump() if not line.startswith('INSERT INTO "sessions"')]


def test_looking_at_the_plan_reads_nothing_and_writes_nothing(db, app, make, hall, clock, source):
    """Whoever opens the planner, also by a link that only shows, changes nothing by it."""
    link, _token = make.link(hall, Role.PRODUCER)
    _session, token = make.session(links=[link])
    organizer = app.test_client()
    organizer.set_cookie(SESSION_COOKIE, token)
    organizer.submit(PATH, address=ADDRESS)
    clock.advance(hours=5)
    with closing(sqlite3.connect(f"file:{db.bind.url.database}?mode=ro", uri=True)) as rows:
        before = _kept(rows)
        page = text_of(organizer.get("/organizer/t/polio/plan"))
        assert _kept(rows) == before
    assert "Karachi Read 5 hours ago." in page
    assert source.count == 1


def test_calendars_are_read_again_by_a_button_and_what_is_wrong_is_said(organizer, clock, source):
    organizer.submit(PATH, address=ADDRESS)
    clock.advance(minutes=61)
    organizer.submit("/organizer/t/polio/calendars")
    assert source.count == 2
    assert "Karachi Read just now." in text_of(organizer.get("/organizer/t/polio/plan"))

    source.answer = Read((), InputError("%(host)s is gone.", field="address", host="There"))
    clock.advance(minutes=30)
    organizer.submit("/organizer/t/polio/calendars")
    assert source.count == 3
    page = text_of(organizer.get("/organizer/t/polio/plan?start=2026-12-09T12:00Z"))
    assert "Karachi Read 30 minutes ago. There is gone." in page
    assert "cannot take part" in page, "the last good one still counts"
    page = text_of(organizer.get("/organizer/t/polio/seats/1"))
    assert "There is gone. What it said before still counts." in page


@pytest.mark.parametrize(
    "hours, says",
    [
        (0, "Read just now."),
        (1, "Read 60 minutes ago."),
        (47, "Read 47 hours ago."),
        (49, "2 days"),
    ],
)
def test_the_age_of_a_calendar_is_told(organizer, clock, source, hours, says):
    organizer.submit(PATH, address=ADDRESS)
    clock.advance(hours=hours)
    assert says in text_of(organizer.get("/organizer/t/polio/seats/1"))


def test_a_calendar_is_forgotten(organizer, source):
    organizer.submit(PATH, address=ADDRESS)
    done = organizer.submit(f"{PATH}/forget")
    assert (done.status_code, done.location) == (303, "/organizer/t/polio/seats/1#calendar")
    assert "Forget this calendar" not in text_of(organizer.get("/organizer/t/polio/seats/1"))


def test_a_place_gives_its_own_calendar(app, make, hall, sign_in, source):
    link, _token = make.link(hall, Role.OFFICE, hall.seats[0])
    office = sign_in(app.test_client(), links=(link,))
    path = "/office/polio/1"

    refused = office.submit(f"{path}/calendar", address="team.ics")
    assert refused.status_code == 422
    assert "is not a calendar" in text_of(refused)
    done = office.submit(f"{path}/calendar", file=(BytesIO(ICS), "team.ics"))

    assert (done.status_code, done.location) == (303, f"{path}#calendar")
    assert "From a file." in text_of(office.get(path))
    assert office.submit(f"{path}/calendar/forget").status_code == 303
    assert "From a file." not in text_of(office.get(path))


def test_the_team_sees_a_seats_page_without_its_calendars_form(app, organizer):
    assert "Busy times from a calendar" not in text_of(organizer.get("/office/polio/1"))
