"""Asking the places when they can: the organizer's page, the mailed link, the seat's page."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.fixtures.web import SECRET, reread, text_of
from townhall.domain import tokens
from townhall.domain.access import Role
from townhall.domain.states import SeatRole
from townhall.models.availability import Asked, SeatReply, Shortlist
from townhall.models.invitations import OutboxMessage

NOON, ONE = "2026-12-09T12:00Z", "2026-12-09T13:00Z"
PATH = "/organizer/t/polio/shortlist"
FORM = {"start": [NOON, ONE], "deadline": "2026-12-04T12:00", "note": "Ask your teams too."}


@pytest.fixture
def organizer(client, make, sign_in):
    account = make.account("Dana")
    hall = make.town_hall(
        account,
        code="polio",
        window_from_at=datetime(2026, 12, 9, tzinfo=UTC),
        window_until_at=datetime(2026, 12, 10, tzinfo=UTC),
    )
    make.seat(
        hall, "New York", position=1, zone="America/New_York", country="US", role=SeatRole.HOST
    )
    karachi = make.seat(hall, "Karachi", position=2)
    make.seat_contact(karachi, make.contact("Sana", address="sana@example.org"))
    return sign_in(client, account)


@pytest.fixture
def asked(organizer, db):
    organizer.submit(PATH, **FORM)
    organizer.submit(f"{PATH}/send", version="1")
    reread(db)
    return db.scalars(select(Asked)).one()


def address(asked):
    return f"/a/{asked.code}/{tokens.sign(SECRET, 'when', asked.code)}"


def field_error(page, name):
    """Return what stands beside a field."""
    found = re.search(rf'id="{name}-error">([^<]*)<', page.get_data(as_text=True))
    return found and found[1]


def test_the_fairest_hours_are_offered_on_headquarters_clock(organizer):
    page = organizer.get(PATH).get_data(as_text=True)

    assert page.count('type="checkbox" name="start"') == 10
    assert 'value="2026-11-28T04:00"' in page, "a deadline to begin with, on New York's clock"
    assert "Another hour" in page


def test_a_shortlist_is_looked_at_before_anybody_is_asked(organizer, db):
    done = organizer.submit(PATH, **FORM, other="2026-12-09T10:00")

    assert (done.status_code, done.location) == (303, PATH)
    page = organizer.get(PATH)
    said = text_of(page)
    for expected in (
        "Wednesday 9 December 2026, 07:00 (UTC-05:00)",
        "Wednesday 9 December 2026, 10:00 (UTC-05:00)",
        "Answers until: Friday 4 December 2026, 12:00 (UTC-05:00)",
        "Sana sana@example.org",
        "Ask 1 person",
    ):
        assert expected in said
    assert page.get_data(as_text=True).count(" checked>") == 3
    mail = organizer.get(f"{PATH}/1")
    assert "Wednesday 9 December 2026, 17:00 to 18:00, UTC+05:00" in text_of(mail)
    assert "sandbox" in mail.headers["Content-Security-Policy"]
    assert organizer.get(f"{PATH}/2").status_code == 404
    reread(db)
    assert db.scalars(select(OutboxMessage)).all() == []


@pytest.mark.parametrize(
    "change, field, says",
    [
        ({"start": []}, "starts", "0 hours are chosen"),
        ({"start": ["soon"]}, "starts", "soon"),
        ({"other": "2026-12-09T10:05"}, "starts", "2026-12-09 15:05 UTC does not"),
        ({"other": "tomorrow"}, "other", "tomorrow"),
        ({"deadline": ""}, "deadline", "is not a date and time"),
        ({"deadline": "2026-12-09T08:00"}, "deadline", "is not before the first of the hours"),
        ({"deadline": "2026-11-01T12:00"}, "deadline", "has passed"),
        ({"note": "x" * 2001}, "note", "2001 characters"),
    ],
)
def test_a_bad_shortlist_is_refused_beside_its_field_and_nothing_is_lost(
    organizer, db, change, field, says
):
    refused = organizer.submit(PATH, **{**FORM, **change})

    assert refused.status_code == 422
    assert says in field_error(refused, field)
    page = refused.get_data(as_text=True)
    assert "start" in change or page.count(" checked>") == 2
    assert "note" in change or "Ask your teams too.</textarea>" in page
    reread(db)
    assert db.scalars(select(Shortlist)).all() == []


def test_an_hour_that_clocks_show_twice_is_chosen(organizer, db):
    twice = {**FORM, "other": "2027-11-07T01:30"}
    asked = organizer.submit(PATH, **twice)
    assert "Which of the two?" in text_of(asked)
    assert 'name="other_offset" value="UTC-05:00" required' in asked.text

    assert organizer.submit(PATH, **twice, other_offset="UTC-05:00").status_code == 303
    assert "Sunday 7 November 2027, 01:30 (UTC-05:00)" in text_of(organizer.get(PATH))


def test_what_was_not_sent_can_be_thrown_away(organizer, db):
    organizer.submit(PATH, **FORM)
    assert organizer.submit(f"{PATH}/end").status_code == 303
    reread(db)
    assert db.scalars(select(Shortlist)).all() == []


def test_a_town_hall_without_seats_has_nobody_to_ask(client, make, sign_in):
    account = make.account()
    make.town_hall(account, code="empty")
    organizer = sign_in(client, account)
    assert "Who takes part?" in text_of(organizer.get("/organizer/t/empty/shortlist"))
    assert organizer.submit("/organizer/t/empty/shortlist", **FORM).status_code == 404


def test_an_asked_person_answers_on_the_own_clock_and_may_change_it(app, organizer, db, asked):
    person = app.test_client()
    page = text_of(person.get(address(asked)))
    for said in (
        "When could Karachi take part?",
        "Wednesday 9 December 2026, 17:00 (UTC+05:00)",
        "New York : Wednesday 9 December 2026, 07:00 (UTC-05:00)",
        "Answer until: Friday 4 December 2026, 22:00 (UTC+05:00)",
        "Ask your teams too.",
    ):
        assert said in page

    done = person.submit(
        address(asked), **{NOON: "no", ONE: "if-need-be", "note": "School hours.", "x": "no"}
    )

    assert (done.status_code, done.location) == (303, address(asked))
    reread(db)
    assert db.scalars(select(SeatReply)).one().answers == {NOON: "no", ONE: "if-need-be"}
    page = person.get(address(asked))
    assert "Thank you. Your answer is kept" in text_of(page)
    markup = page.get_data(as_text=True)
    assert f'name="{NOON}" value="no" required checked>' in markup
    assert f'name="{ONE}" value="if-need-be" required checked>' in markup
    assert "School hours.</textarea>" in markup
    assert person.submit(address(asked), **{NOON: "yes", ONE: "yes"}).status_code == 303
    reread(db)
    assert set(db.scalars(select(SeatReply)).one().answers.values()) == {"yes"}


def test_an_answer_is_seen_by_the_organizers_at_once(app, organizer, asked):
    assert "Karachi has not answered" in text_of(organizer.get(PATH))
    app.test_client().submit(address(asked), **{NOON: "no", ONE: "yes", "note": "School hours."})

    for path in (PATH, "/organizer/t/polio/plan"):
        page = text_of(organizer.get(path))
        assert "New York has not answered" in page
        assert "Karachi No Yes School hours." in page
    assert "1 seat has answered." in text_of(organizer.get(PATH))
    looked_at = text_of(organizer.get(f"/organizer/t/polio/plan?start={NOON}"))
    assert "cannot take part" in looked_at


def test_an_answer_that_leaves_an_hour_out_is_refused_and_keeps_the_rest(app, db, asked):
    refused = app.test_client().submit(address(asked), **{NOON: "no", "note": "School hours."})
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "2026-12-09 13:00 UTC has no answer" in page
    assert f'name="{NOON}" value="no" required checked>' in page
    assert "School hours.</textarea>" in page
    reread(db)
    assert db.scalars(select(SeatReply)).all() == []


def test_a_late_answer_is_refused_with_one_sentence(app, clock, db, asked):
    person = app.test_client()
    person.submit(address(asked), **{NOON: "no", ONE: "yes"})
    clock.advance(days=12)

    refused = person.submit(address(asked), **{NOON: "yes", ONE: "yes"})

    assert refused.status_code == 409
    sentence = "The time to answer ended on 2026-12-04 22:00 (UTC+05:00)."
    assert text_of(refused).count(sentence) == 1
    page = text_of(person.get(address(asked)))
    assert sentence in page
    assert "17:00 (UTC+05:00) No" in page
    assert "Send the answer" not in page


def test_who_was_asked_is_told_when_nobody_asks_any_more(app, organizer, asked):
    organizer.submit(f"{PATH}/end")
    page = app.test_client().get(address(asked))
    assert "The organizers no longer ask about these hours" in text_of(page)


@pytest.mark.parametrize("changed", ["code", "proof"])
def test_a_made_up_link_is_no_page(app, asked, changed):
    path = address(asked)
    wrong = path[:-1] + ("0" if path[-1] != "0" else "1")
    path = wrong if changed == "proof" else path.replace(asked.code, "nobody")
    person = app.test_client()
    assert person.get(path).status_code == 404
    assert person.submit(path, **{NOON: "yes", ONE: "yes"}).status_code == 404


def test_a_seats_page_takes_the_answer_too(app, make, db, sign_in, asked):
    link, _token = make.link(asked.shortlist.town_hall, Role.OFFICE, asked.seat)
    office = sign_in(app.test_client(), links=(link,))
    assert "When could you?" in text_of(office.get("/office/polio/2"))

    refused = office.submit("/office/polio/2/hours", **{NOON: "yes"})
    assert refused.status_code == 422
    assert "has no answer" in text_of(refused)
    done = office.submit("/office/polio/2/hours", **{NOON: "yes", ONE: "no"})

    assert (done.status_code, done.location) == (303, "/office/polio/2#hours")
    reread(db)
    assert db.scalars(select(SeatReply)).one().answers == {NOON: "yes", ONE: "no"}
    assert "Thank you. Your answer is kept" in text_of(office.get("/office/polio/2"))


def test_a_seats_page_asks_nothing_before_a_shortlist_is_sent(app, organizer, make, db, sign_in):
    organizer.submit(PATH, **FORM)
    reread(db)
    hall = db.scalars(select(Shortlist)).one().town_hall
    link, _token = make.link(hall, Role.OFFICE, hall.seats[1])
    office = sign_in(app.test_client(), links=(link,))
    assert "When could you?" not in text_of(office.get("/office/polio/2"))
