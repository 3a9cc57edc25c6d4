"""The organizers' pages: from the directory to the mail."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from tests.fixtures.web import text_of
from townhall.domain.access import Role
from townhall.domain.states import Delivery, SeatRole, SittingState
from townhall.models.accounts import Link
from townhall.models.directory import Office
from townhall.models.invitations import OutboxMessage
from townhall.models.planning import Draft, Seat, Sitting, TownHall

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

OFFICE = {"name": "Islamabad", "zone": "Asia/Karachi", "country": "pk", "people": "18"}
HALL = {
    "title": "Polio: a live conversation",
    "minutes": "60",
    "window_from_at": "2026-12-07T00:00",
    "window_until_at": "2026-12-12T00:00",
    "window_zone": "UTC",
}


@pytest.fixture
def account(make):
    return make.account("Dana")


@pytest.fixture
def organizer(client, account, sign_in):
    return sign_in(client, account)


@pytest.fixture
def hall(db, make, account):
    hall = make.town_hall(
        account,
        code="polio",
        window_from_at=datetime(2026, 12, 9, tzinfo=UTC),
        window_until_at=datetime(2026, 12, 10, tzinfo=UTC),
    )
    new_york = make.seat(
        hall, "New York", position=1, zone="America/New_York", country="US", role=SeatRole.HOST
    )
    make.seat(hall, "New Delhi", position=2, zone="Asia/Kolkata", country="IN")
    make.seat(hall, "Islamabad", position=3)
    make.seat_contact(new_york, make.contact("Ann", address="ann@example.org"))
    return hall


def field_error(page, name):
    """Return what stands beside a field."""
    found = re.search(rf'id="{name}-error">([^<]*)<', page.get_data(as_text=True))
    return found and found[1]


def test_home_tells_a_newcomer_what_to_do_first(organizer):
    page = organizer.get("/organizer/")
    assert "Hold your first town hall" in text_of(page)


def test_home_lists_own_town_halls_alone(organizer, hall, make):
    make.town_hall(title="Somebody else's")
    said = text_of(organizer.get("/organizer/"))
    assert hall.title in said
    assert "Somebody else" not in said


def test_an_office_is_added_and_shown_with_its_clock(organizer, db):
    answer = organizer.submit(
        "/organizer/offices/new",
        **OFFICE,
        contacts="Sana Malik <sana@example.org> ar\nomar@example.org",
        never="18:00-21:00",
        rest="own",
        rest_fri="on",
    )
    assert (answer.status_code, answer.location) == (303, "/organizer/offices")
    office = db.scalars(select(Office)).one()
    assert (office.country, office.never, office.rest_days) == ("PK", [["18:00", "21:00"]], ["fri"])
    assert [(c.name, c.language) for c in office.contacts] == [("Sana Malik", "ar"), ("omar", "en")]
    assert "Mon 14:00 (UTC+05:00)" in text_of(organizer.get("/organizer/offices"))


@pytest.mark.parametrize(
    "change,field,says",
    [
        ({"zone": "Asia/Karchi"}, "zone", "Asia/Karachi"),
        ({"country": "Pakistn"}, "country", "PK"),
        ({"name": ""}, "name", "empty"),
        ({"people": "many"}, "people", "many"),
        ({"contacts": "Sana"}, "contacts", "Sana"),
        ({"never": "six to nine"}, "never", "six to nine"),
        ({"bands": "09:00-17:00 0"}, "bands", "gap"),
        ({"bands": "nine to five"}, "bands", "nine to five"),
        ({"extra_holidays": "2026-02-30"}, "extra_holidays", "2026-02-30"),
    ],
)
def test_a_bad_office_is_refused_beside_its_field_and_nothing_is_lost(
    organizer, db, change, field, says
):
    answer = organizer.submit("/organizer/offices/new", **{**OFFICE, **change})
    assert answer.status_code == 422
    assert says in field_error(answer, field)
    assert 'value="18"' in answer.get_data(as_text=True) or field == "people"
    assert db.scalars(select(Office)).all() == []


def test_an_office_is_edited_and_a_stale_form_is_refused(organizer, db, make):
    office = make.office("Karachi")
    path = f"/organizer/offices/{office.id}"
    assert 'value="Karachi"' in organizer.get(path).get_data(as_text=True)
    assert organizer.submit(path, **OFFICE, version="1").status_code == 303
    assert organizer.submit(path, **OFFICE, version="1").status_code == 409
    db.rollback()
    assert db.scalars(select(Office.name)).all() == ["Islamabad"]


def test_a_town_hall_is_made_with_the_ticked_offices(organizer, db, make):
    office = make.office("Karachi")
    make.office("Kinshasa", zone="Africa/Kinshasa", country="CD")
    assert "Kinshasa" in text_of(organizer.get("/organizer/town-halls/new"))
    answer = organizer.submit("/organizer/town-halls/new", **HALL, office=str(office.id))

    db.rollback()
    hall = db.scalars(select(TownHall)).one()
    assert answer.location == f"/organizer/t/{hall.code}"
    assert [seat.name for seat in hall.seats] == ["Karachi"]
    assert hall.window_from_at == datetime(2026, 12, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "change,field,says",
    [
        ({"minutes": "50"}, "minutes", "50"),
        ({"minutes": "ten"}, "minutes", "ten"),
        ({"window_until_at": "2026-12-06T00:00"}, "window_until_at", "no start"),
        (
            {"window_from_at": "2026-03-29T02:30", "window_zone": "Europe/Zurich"},
            "window_from_at",
            "skip",
        ),
        (
            {"window_from_at": "2026-10-25T02:30", "window_zone": "Europe/Zurich"},
            "window_from_at",
            "twice",
        ),
        ({"window_zone": "Mars/Base"}, "window_zone", "Mars/Base"),
        ({"window_from_at": "soon"}, "window_from_at", "soon"),
        ({"join_url": "javascript:alert(1)"}, "join_url", "javascript"),
    ],
)
def test_a_bad_town_hall_is_refused_beside_its_field(organizer, db, change, field, says):
    answer = organizer.submit("/organizer/town-halls/new", **{**HALL, **change})
    assert answer.status_code == 422
    assert says in field_error(answer, field)
    assert db.scalars(select(TownHall)).all() == []


def choices(page, name):
    """Return the offsets among which a page has one choose, and the one that was chosen."""
    radios = re.findall(rf'type="radio" name="{name}_offset" value="([^"]+)" required', page.text)
    hidden = re.findall(rf'type="hidden" name="{name}_offset" value="([^"]+)"', page.text)
    return radios, hidden


def test_of_a_time_that_clocks_show_twice_one_is_chosen(organizer, db):
    form = {
        **HALL,
        "window_zone": "Europe/Zurich",
        "window_from_at": "2026-10-25T02:30",
        "window_until_at": "2026-10-25T02:45",
    }
    summer, winter = "UTC+02:00", "UTC+01:00"

    asked = organizer.submit("/organizer/town-halls/new", **form)
    assert choices(asked, "window_from_at") == ([summer, winter], [])
    assert choices(asked, "window_until_at") == ([], [])
    assert "Before the clocks go back (UTC+02:00)" in text_of(asked)
    unknown = organizer.submit("/organizer/town-halls/new", **form, window_from_at_offset="UTC")
    assert choices(unknown, "window_from_at") == ([summer, winter], [])
    form["window_from_at_offset"] = summer
    then = organizer.submit("/organizer/town-halls/new", **form)
    assert choices(then, "window_from_at") == ([], [summer])
    assert choices(then, "window_until_at") == ([summer, winter], [])
    form["window_until_at_offset"] = winter
    assert organizer.submit("/organizer/town-halls/new", **form).status_code == 303

    made = db.scalars(select(TownHall)).one()
    assert (made.window_from_at, made.window_until_at) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 45, tzinfo=UTC),
    )


def test_a_time_that_the_clocks_skip_leaves_no_choice(organizer):
    skipped = {"window_from_at": "2026-03-29T02:30", "window_zone": "Europe/Zurich"}
    asked = organizer.submit(
        "/organizer/town-halls/new", **{**HALL, **skipped}, window_from_at_offset="UTC+02:00"
    )
    assert asked.status_code == 422
    assert choices(asked, "window_from_at")[0] == []


def test_busy_times_of_the_repeated_hour_are_told_apart_by_their_offset(organizer, db, hall):
    path = "/organizer/t/polio/seats/new"
    seat = {"name": "Boston", "zone": "America/New_York"}
    twice = organizer.submit(path, **seat, busy="2026-11-01 01:30 - 2026-11-01 03:00")
    assert "2026-11-01 01:30 (UTC-05:00)" in unescape(field_error(twice, "busy"))
    strange = organizer.submit(path, **seat, busy="0001-01-01 00:00+14:00 - 2026-11-01 03:00")
    assert "lies outside the years" in field_error(strange, "busy")

    line = "2026-11-01 01:30 (UTC-05:00) - 2026-11-01 03:00"
    assert organizer.submit(path, **seat, busy=line).status_code == 303
    db.rollback()
    boston = hall.seats[-1]
    assert boston.busy == [["2026-11-01T06:30Z", "2026-11-01T08:00Z"]]
    page = organizer.get(f"/organizer/t/polio/seats/{boston.position}")
    assert line in unescape(page.text)


@pytest.mark.parametrize("office", ["9" * 25, "²", "-1"])
def test_an_office_that_cannot_be_is_refused(organizer, office):
    answer = organizer.submit("/organizer/town-halls/new", **HALL, office=office)
    assert answer.status_code == 422
    assert "is not a whole number from 1 to 999999999." in text_of(answer)


@pytest.mark.parametrize("year", ["0001", "1900", "2199", "9999"])
def test_a_window_of_a_year_without_known_clocks_is_refused(organizer, hall, year):
    window = {"window_from_at": f"{year}-01-01T00:00", "window_zone": "Asia/Tokyo"}
    answer = organizer.submit("/organizer/t/polio/edit", **(HALL | window), version=1)
    assert answer.status_code == 422
    assert field_error(answer, "window_from_at") == (
        f"{year}-01-01T00:00:00 lies outside the years 1901 to 2198."
    )


def test_a_town_hall_is_edited(organizer, db, hall):
    page = organizer.get("/organizer/t/polio/edit").get_data(as_text=True)
    assert 'value="2026-12-09T00:00"' in page
    answer = organizer.submit(
        "/organizer/t/polio/edit",
        **{**HALL, "title": "New"},
        compare_at="2012-02-20T19:00",
        version="1",
    )
    assert answer.status_code == 303
    bad = organizer.submit("/organizer/t/polio/edit", **{**HALL, "minutes": "7"}, version="2")
    assert bad.status_code == 422
    db.rollback()
    assert db.scalars(select(TownHall.title)).all() == ["New"]
    assert "The hour of 20 February 2012" in text_of(organizer.get("/organizer/t/polio/plan"))


@pytest.mark.parametrize(
    "hour, why",
    [
        ("2040-01-02T19:00", "2040-01-03T00:00:00+00:00 lies after January 2038"),
        ("2012-02-20T19:10", "2012-02-21T00:10:00+00:00 is not on a quarter hour."),
    ],
)
def test_an_earlier_hour_that_cannot_be_compared_is_refused(organizer, hall, hour, why):
    form = {**HALL, "window_zone": "America/New_York", "compare_at": hour}
    answer = organizer.submit("/organizer/t/polio/edit", **form, version="1")
    assert answer.status_code == 422
    assert field_error(answer, "compare_at").startswith(why)
    assert organizer.get("/organizer/t/polio/plan").status_code == 200


def test_a_seat_is_added_changed_and_removed(organizer, db, hall):
    seat = {"name": "Suva", "zone": "Pacific/Fiji", "busy": "2026-12-09 14:00 - 2026-12-09 15:30"}
    assert organizer.get("/organizer/t/polio/seats/new").status_code == 200
    assert organizer.submit("/organizer/t/polio/seats/new", **seat).status_code == 303
    db.rollback()
    added = hall.seats[-1]
    assert added.busy == [["2026-12-09T02:00Z", "2026-12-09T03:30Z"]]

    path = f"/organizer/t/polio/seats/{added.position}"
    assert "2026-12-09 14:00 - 2026-12-09 15:30" in organizer.get(path).get_data(as_text=True)
    edited = organizer.submit(path, **seat, required="no", everywhere="on", version="2")
    assert edited.status_code == 303
    assert organizer.submit(path, **{**seat, "busy": "later"}, version="3").status_code == 422
    assert organizer.submit(path, **{**seat, "weight": "0"}, version="3").status_code == 422
    db.rollback()
    assert (added.required, added.everywhere) == (False, True)

    assert organizer.submit(f"{path}/remove", version="3").status_code == 303
    db.rollback()
    assert [seat.name for seat in hall.seats] == ["New York", "New Delhi", "Islamabad"]


def test_a_place_is_kept_by_its_short_codes(organizer, db, hall):
    place = {"zone": "Australia/Sydney", "country": "aus", "region": "Australian Capital Territory"}
    pages = ("/organizer/t/polio/seats/new", "/organizer/offices/new")
    answers = [organizer.submit(page, name="Canberra", **place) for page in pages]
    assert [answer.status_code for answer in answers] == [303, 303]
    db.rollback()
    for kept in (hall.seats[-1], db.scalars(select(Office)).one()):
        assert (kept.country, kept.region) == ("AU", "ACT")


def test_a_bad_new_seat_is_refused(organizer, hall):
    answer = organizer.submit("/organizer/t/polio/seats/new", name="Suva", zone="Fiji/Pacific")
    assert answer.status_code == 422
    assert "Fiji/Pacific" in field_error(answer, "zone")


def test_the_planner_shows_the_fairest_hour_and_each_clock(organizer, hall):
    said = text_of(organizer.get("/organizer/t/polio/plan"))
    assert "Fairest hour: Wednesday 9 December, 07:15–08:15." in said
    assert "New York and New Delhi pay most, 7 points each." in said
    assert "Wed 9 Dec 2026, 17:45–18:45 (UTC+05:30)" in said
    assert "Worst-off place 7 8 8" in said


def test_the_planner_shows_any_other_hour_of_the_window(organizer, hall):
    said = text_of(organizer.get("/organizer/t/polio/plan?start=2026-12-09T12:30Z"))
    assert "Number 3 of 96: Wednesday 9 December, 07:30–08:30." in said
    outside = text_of(organizer.get("/organizer/t/polio/plan?start=2027-01-01T12:30Z"))
    assert "Looked at: Friday 1 January, 07:30–08:30." in outside


@pytest.mark.parametrize("start", ["soon", "2026-12-09T12:20Z"])
def test_the_planner_refuses_what_is_no_start(organizer, hall, start):
    answer = organizer.get(f"/organizer/t/polio/plan?start={start}")
    assert answer.status_code == 422
    assert start[-6:-1].strip("T") in text_of(answer)


@pytest.mark.parametrize(
    "start", ["0001-01-01T00:00+14:00", "1900-12-31T23:45Z", "9999-12-31T23:45Z"]
)
def test_a_start_of_a_year_without_known_clocks_is_refused(organizer, hall, start):
    pages = [
        organizer.get("/organizer/t/polio/plan", query_string={"start": start, "later": "9999"}),
        organizer.get("/organizer/t/polio/plan.svg", query_string={"start": start}),
        organizer.submit("/organizer/t/polio/choose", start=start),
        organizer.submit(
            "/organizer/t/polio/shortlist", start=start, deadline="2026-12-01T12:00", note=""
        ),
    ]
    for page in pages:
        assert page.status_code == 422, page.request.path
        assert "lies outside the years 1901 to 2198." in text_of(page), page.request.path


def test_the_planner_says_what_to_relax_when_nothing_fits(organizer, db, make, account):
    hall = make.town_hall(account, code="hard")
    for name, zone, never in (
        ("Auckland", "Pacific/Auckland", [["17:00", "08:00"]]),
        ("London", "Europe/London", [["18:00", "09:00"]]),
    ):
        make.seat(hall, name, zone=zone, country=None, never=never)
    said = text_of(organizer.get("/organizer/t/hard/plan"))
    assert "No hour fits everyone who has to be there" in said
    assert re.search(r"Auckland – opens [\d,]+ starts", said)


def test_the_planner_asks_for_seats_first(organizer, make, account):
    make.town_hall(account, code="empty")
    assert "Who takes part?" in text_of(organizer.get("/organizer/t/empty/plan"))


def test_one_click_makes_a_draft_and_one_more_sends_it(organizer, db, hall):
    chosen = organizer.submit("/organizer/t/polio/choose", start="2026-12-09T12:15Z")
    assert chosen.location == "/organizer/t/polio/draft"
    assert "A change waits for you" in text_of(organizer.get("/organizer/t/polio"))

    preview = text_of(organizer.get(chosen.location))
    assert "Ann ann@example.org Invitation contact of New York English" in preview
    mail = organizer.get("/organizer/t/polio/draft/1")
    assert "You are invited" in text_of(mail)
    assert "sandbox" in mail.headers["Content-Security-Policy"]

    sent = organizer.submit("/organizer/t/polio/send", version="1", note="Bring water.")
    assert sent.location == "/organizer/t/polio/mail"
    sitting = db.scalars(select(Sitting)).one()
    assert sitting.starts_at == datetime(2026, 12, 9, 12, 15, tzinfo=UTC)
    said = text_of(organizer.get(sent.location))
    assert "waiting: 1" in said
    overview = text_of(organizer.get("/organizer/t/polio"))
    assert "Wednesday 9 December 2026, 07:15 (UTC-05:00)" in overview
    assert "no answer yet" in overview


def test_a_preview_that_is_stale_sends_nothing(organizer, db, hall):
    organizer.submit("/organizer/t/polio/choose", start="2026-12-09T12:15Z")
    organizer.submit("/organizer/t/polio/choose", start="2026-12-09T12:30Z")
    answer = organizer.submit("/organizer/t/polio/send", version="1", note="Bring water.")
    assert answer.status_code == 409
    assert "Bring water." in text_of(answer)
    assert db.scalars(select(OutboxMessage)).all() == []


def test_a_draft_is_thrown_away(organizer, db, hall):
    organizer.submit("/organizer/t/polio/choose", start="2026-12-09T12:15Z")
    organizer.submit("/organizer/t/polio/discard")
    assert db.scalars(select(Draft)).all() == []
    assert organizer.get("/organizer/t/polio/draft").location == "/organizer/t/polio"
    assert organizer.get("/organizer/t/polio/draft/1").status_code == 404


def test_a_sitting_is_called_off(organizer, db, hall):
    organizer.submit("/organizer/t/polio/choose", start="2026-12-09T12:15Z")
    organizer.submit("/organizer/t/polio/send", version="1")
    answer = organizer.submit("/organizer/t/polio/call-off")
    assert "The sitting is cancelled" in text_of(organizer.get(answer.location))
    organizer.submit("/organizer/t/polio/send", version="1")
    assert db.scalars(select(Sitting.state)).all() == [SittingState.CANCELLED]
    assert "cancelled" in text_of(organizer.get("/organizer/t/polio"))
    assert "cancelled" in text_of(organizer.get("/organizer/"))


def test_a_mail_can_be_read_as_page_text_calendar_and_file(organizer, db, hall):
    organizer.submit("/organizer/t/polio/choose", start="2026-12-09T12:15Z")
    organizer.submit("/organizer/t/polio/send", version="1")
    row = db.scalars(select(OutboxMessage)).one()
    path = f"/organizer/t/polio/mail/{row.code}"

    page = organizer.get(path)
    assert "BEGIN:VCALENDAR" in page.get_data(as_text=True)
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert "sandbox" in organizer.get(f"{path}/page").headers["Content-Security-Policy"]
    assert organizer.get(f"{path}/octets").data == row.octets
    assert organizer.get("/organizer/t/polio/mail/none").status_code == 404


def test_a_mail_whose_words_were_erased_says_so(organizer, db, hall):
    organizer.submit("/organizer/t/polio/choose", start="2026-12-09T12:15Z")
    organizer.submit("/organizer/t/polio/send", version="1")
    from townhall.db import transaction

    with transaction(db):
        row = db.scalars(select(OutboxMessage)).one()
        row.octets = None
    path = f"/organizer/t/polio/mail/{row.code}"
    assert "were erased" in text_of(organizer.get(path))
    assert organizer.get(f"{path}/page").status_code == 404
    assert organizer.get(f"{path}/octets").status_code == 404


def test_a_refused_mail_shows_the_servers_words_and_is_sent_again(organizer, db, hall):
    organizer.submit("/organizer/t/polio/choose", start="2026-12-09T12:15Z")
    organizer.submit("/organizer/t/polio/send", version="1")
    from townhall.db import transaction

    with transaction(db):
        row = db.scalars(select(OutboxMessage)).one()
        row.state, row.fence, row.last_error = Delivery.FAILED, 1, "550 no such mailbox"
    assert "550 no such mailbox" in text_of(organizer.get("/organizer/t/polio/mail"))
    answer = organizer.submit(f"/organizer/t/polio/mail/{row.code}/resend")
    assert answer.status_code == 303
    db.rollback()
    assert db.scalars(select(OutboxMessage.state)).all() == [Delivery.QUEUED]


def test_mail_is_listed_by_state_and_all_that_is_lost_goes_again(organizer, db, hall):
    from townhall.db import transaction

    organizer.submit("/organizer/t/polio/choose", start="2026-12-09T12:15Z")
    organizer.submit("/organizer/t/polio/send", version="1")
    page = text_of(organizer.get("/organizer/t/polio/mail"))
    assert "0 of 1 mails are through" in page
    assert "Send again all" not in page
    with transaction(db):
        row = db.scalars(select(OutboxMessage)).one()
        row.state, row.fence, row.last_error = Delivery.FAILED, 1, "550 no such mailbox"
    assert "550 no such" in text_of(organizer.get("/organizer/t/polio/mail?state=failed"))
    assert "No mail is in this state" in text_of(
        organizer.get("/organizer/t/polio/mail?state=sent")
    )
    assert "550 no such" in text_of(organizer.get("/organizer/t/polio/mail?state=nonsense"))
    assert organizer.submit("/organizer/t/polio/mail/resend").status_code == 303
    db.rollback()
    assert db.scalars(select(OutboxMessage.state)).all() == [Delivery.QUEUED]


def test_the_silent_are_reminded_from_the_page_of_mail(organizer, db, hall):
    from townhall.db import transaction

    organizer.submit("/organizer/t/polio/choose", start="2026-12-09T12:15Z")
    organizer.submit("/organizer/t/polio/send", version="1")
    assert "Who has not answered" not in text_of(organizer.get("/organizer/t/polio/mail"))
    with transaction(db):
        row = db.scalars(select(OutboxMessage)).one()
        row.state, row.fence, row.sent_at = Delivery.SENT, 1, NOW - timedelta(days=2)
    page = text_of(organizer.get("/organizer/t/polio/mail"))
    assert "1 person has not answered and had no mail for a day" in page
    assert organizer.submit("/organizer/t/polio/mail/remind", number="1").status_code == 303
    assert "Please answer" in text_of(organizer.get("/organizer/t/polio/mail"))


def test_lists_of_people_and_mail_come_a_page_at_a_time(organizer, db, hall, make, monkeypatch):
    from townhall.queries import mails
    from townhall.web.organizer import invitations

    monkeypatch.setattr(mails, "PAGE", 2)
    monkeypatch.setattr(invitations, "PEOPLE_A_PAGE", 2)
    seat = db.scalars(select(Seat).order_by(Seat.position)).first()
    for number in range(4):
        make.seat_contact(seat, make.contact(f"Guest {number}"))
    organizer.submit("/organizer/t/polio/choose", start="2026-12-09T12:15Z")
    first = text_of(organizer.get("/organizer/t/polio/draft"))
    assert "1 to 2 of 5" in first
    last = organizer.get("/organizer/t/polio/draft?from=5")
    assert "5 to 5 of 5" in text_of(last)
    assert 'href="/organizer/t/polio/draft/5"' in last.get_data(as_text=True)
    assert "1 to 2 of 5" in text_of(organizer.get("/organizer/t/polio/draft?from=nonsense"))
    organizer.submit("/organizer/t/polio/send", version="1")
    path, seen = "/organizer/t/polio/mail", []
    while path:
        page = organizer.get(path).get_data(as_text=True)
        seen += re.findall(r'<td><a href="/organizer/t/polio/mail/([\w-]+)"', page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        path = more and more[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 5


def test_a_link_is_shown_once_and_revoked(organizer, db, hall, app):
    made = organizer.submit("/organizer/t/polio/links", role="office", seat="2")
    address = re.search(r"http://localhost(/k/[\w-]+)", made.get_data(as_text=True))[1]
    assert address not in organizer.get("/organizer/t/polio/links").get_data(as_text=True)
    assert app.test_client().get(address).location.endswith("/office/polio/2")

    link = db.scalars(select(Link).where(Link.role == Role.OFFICE)).one()
    organizer.submit(f"/organizer/t/polio/links/{link.id}/revoke")
    assert "revoked" in text_of(organizer.get("/organizer/t/polio/links"))
    assert app.test_client().get(address).status_code == 410


def test_a_link_gives_no_part_that_is_not_on_the_list(organizer, hall):
    answer = organizer.submit("/organizer/t/polio/links", role="owner")
    assert answer.status_code == 422
    assert "owner" in field_error(answer, "role")


def test_every_link_is_called_by_its_part(organizer, hall, make):
    for role in Role:
        make.link(hall, role)
    listed = text_of(organizer.get("/organizer/t/polio/links"))
    listed = listed.partition("Links of this town hall")[2]
    for name in ("Owner: may do everything", "Producer: works on all of it", "Presenter screen:"):
        assert name in listed


def test_a_seat_plays_no_part_that_is_not_on_the_list(organizer, db, hall):
    seat = {"name": "Suva", "zone": "Pacific/Fiji", "role": "king"}
    answer = organizer.submit("/organizer/t/polio/seats/new", **seat)
    assert answer.status_code == 422
    assert field_error(answer, "role") == "“king” is not a part that a seat can have."


@pytest.mark.parametrize(
    "language, minutes, says",
    [
        ("en", 15, "Islamabad pays most, 1 point."),
        ("en", 60, "Islamabad pays most, 4 points."),
        ("ar", 15, "أكثر من يدفع Islamabad: نقطة واحدة."),
        ("ar", 60, "أكثر من يدفع Islamabad: 4 نقاط."),
    ],
)
def test_points_are_said_as_the_language_counts(organizer, db, hall, language, minutes, says):
    hall.minutes = minutes
    db.commit()
    prices = {f"bands-{seat}": f"00:00-24:00 {price}" for seat, price in ((1, 0), (2, 0), (3, 1))}
    query = urlencode({**prices, "lang": language})
    assert says in text_of(organizer.get(f"/organizer/t/polio/plan?{query}"))


def test_the_overview_is_loaded_again_by_a_link(organizer, hall):
    page = organizer.get("/organizer/t/polio").get_data(as_text=True)
    assert '<a href="/organizer/t/polio">Load again</a>' in page


def test_pages_are_not_kept_by_browsers(organizer, hall):
    assert organizer.get("/organizer/t/polio").headers["Cache-Control"] == "no-store"


def test_a_change_is_tried_without_being_kept(organizer, db, hall):
    kept = text_of(organizer.get("/organizer/t/polio/plan"))
    tried = organizer.get("/organizer/t/polio/plan?weight-2=3&required-1=no&never-3=18:00-21:00")
    said = text_of(tried)
    assert "You are trying changes." in said
    assert "Keep these changes" in said
    assert "New York optional" in said
    assert "You are trying changes." not in kept
    db.rollback()
    assert [seat.weight for seat in hall.seats] == [1, 1, 1]


@pytest.mark.parametrize(
    "query,says",
    [
        ("weight-2=many", "New Delhi : “many”"),
        ("never-3=late", "Islamabad : “late”"),
        ("bands-3=09:00-17:00 0", "gap"),
    ],
)
def test_a_change_that_cannot_be_tried_is_said_and_the_plan_stays(organizer, hall, query, says):
    answer = organizer.get(f"/organizer/t/polio/plan?{query}")
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert "Fairest hour: Wednesday 9 December, 07:15–08:15." in text_of(answer)


def test_what_was_tried_is_kept_at_once_or_not_at_all(organizer, db, hall):
    changes = {"weight-2": "3", "required-3": "no", "never-3": "18:00-21:00"}
    answer = organizer.submit("/organizer/t/polio/plan", version="1", **changes)
    assert answer.location == "/organizer/t/polio/plan"
    db.rollback()
    assert [seat.weight for seat in hall.seats] == [1, 3, 1]
    assert (hall.seats[2].required, hall.seats[2].never) == (False, [["18:00", "21:00"]])

    stale = organizer.submit("/organizer/t/polio/plan", version="1", **{"weight-2": "1"})
    assert stale.status_code == 409
    bad = {"weight-1": "2", "bands-3": "09:00-17:00 0"}
    assert organizer.submit("/organizer/t/polio/plan", version="2", **bad).status_code == 422
    cleared = organizer.submit("/organizer/t/polio/plan", version="2", **{"never-3": ""})
    assert cleared.status_code == 303
    db.rollback()
    assert (hall.seats[0].weight, hall.seats[2].never) == (1, [])


def test_the_hour_is_slid_without_a_script(organizer, hall):
    said = text_of(organizer.get("/organizer/t/polio/plan?start=2026-12-09T00:00Z&later=750"))
    assert "Wednesday 9 December, 07:30–08:30." in said
    assert (
        organizer.get("/organizer/t/polio/plan?start=2026-12-09T00:00Z&later=x").status_code == 422
    )


def test_the_hour_is_a_picture_for_a_mail(organizer, hall):
    drawing = organizer.get("/organizer/t/polio/plan.svg")
    assert drawing.content_type.startswith("image/svg+xml")
    said = text_of(drawing)
    assert "New Delhi" in said
    assert "Wed 17:45–18:45" in said
    arabic = organizer.get("/organizer/t/polio/plan.svg?lang=ar")
    assert "نقاط" in arabic.get_data(as_text=True)

    picture = organizer.get("/organizer/t/polio/plan.png")
    assert picture.content_type == "image/png"
    assert picture.data.startswith(b"\x89PNG")
    assert organizer.get("/organizer/t/polio/plan.gif").status_code == 422


def test_a_picture_needs_an_hour(organizer, make, account):
    hall = make.town_hall(account, code="never")
    make.seat(hall, never=[["00:00", "00:00"]])
    assert organizer.get("/organizer/t/never/plan.svg").status_code == 422


def test_a_changed_town_hall_offers_to_tell_who_is_invited(organizer, db, hall):
    organizer.submit("/organizer/t/polio/choose", start="2026-12-09T12:15Z")
    organizer.submit("/organizer/t/polio/send", version="1")
    told = "have been told something else"
    assert told not in text_of(organizer.get("/organizer/t/polio"))
    assert organizer.submit("/organizer/t/polio/revise").status_code == 409

    organizer.submit("/organizer/t/polio/edit", **{**HALL, "title": "New"}, version="1")
    assert told in text_of(organizer.get("/organizer/t/polio"))
    answer = organizer.submit("/organizer/t/polio/revise")
    assert "The hour stays, other things change" in text_of(organizer.get(answer.location))
    organizer.submit("/organizer/t/polio/send", version="1")
    assert told not in text_of(organizer.get("/organizer/t/polio"))
    db.rollback()
    assert db.scalars(select(Sitting.title)).all() == ["New"]
