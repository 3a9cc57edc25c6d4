"""The public page, asking, backing, following, clocks: what participants see and do."""

import re
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from tests.fixtures.make import NOW
from tests.fixtures.web import text_of
from tests.services.asking import FEED, TEXT
from townhall.domain.access import Role
from townhall.domain.states import QA, Channel, SittingState, State
from townhall.models.questions import Person, Question
from townhall.queries import questions as queries
from townhall.services import moderation, questions, stage
from townhall.services.people import Participant
from townhall.web.context import PERSON_COOKIE, ZONE_COOKIE
from townhall.web.live.hub import LOOK_S

STARTS_AT = datetime(2026, 12, 2, 11, 30, tzinfo=UTC)


@pytest.fixture
def hall(make):
    hall = make.town_hall(title="Polio: a live conversation", languages=["en", "fr", "ur"])
    make.seat(hall, "Islamabad", position=1)
    make.seat(hall, "Bukavu", position=2, zone="Africa/Lubumbashi", country="CD")
    return hall


@pytest.fixture
def moderator(make, hall):
    return make.actor(hall, Role.MODERATOR)


def field(page, name):
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.get_data(as_text=True))
    assert found, name
    return found[1]


def asked(db, hall, number=1):
    """Return a question as the application has kept it."""
    db.rollback()
    return queries.question(db, hall, number)


def count(db, table):
    db.rollback()
    return db.scalar(select(func.count(table.id)))


def ask(client, hall, text=TEXT, **form):
    page = client.get(f"/t/{hall.code}")
    values = {"key": field(page, "key"), "person": field(page, "person"), "text": text}
    return client.post(f"/t/{hall.code}/ask", data=values | form)


def approve(db, moderator, hall, number=1):
    question = asked(db, hall, number)
    moderation.approve(db, FEED, moderator, hall.code, number, version=question.version, now=NOW)
    return question


def test_front_takes_a_code_as_people_say_it(client, hall):
    spoken = f" {hall.code[:4].upper()}-{hall.code[4:]} "
    answer = client.get("/", query_string={"code": spoken})
    assert (answer.status_code, answer.location) == (303, f"/t/{hall.code}")


def test_front_says_that_a_code_is_unknown(client):
    answer = client.get("/", query_string={"code": "<b>nope"})
    assert answer.status_code == 404
    assert "There is no town hall with the code “&lt;b&gt;nope”." in text_of(answer)


@pytest.mark.parametrize(
    "columns, said",
    [
        (None, "The hour is not set yet"),
        ({"state": SittingState.CANCELLED}, "This sitting was cancelled."),
        ({"state": SittingState.HELD}, "It has taken place"),
        ({}, "Wednesday 2 December 2026, 11:30 (UTC+00:00)"),
    ],
)
def test_board_says_when_it_is(client, make, hall, columns, said):
    if columns is not None:
        make.sitting(hall, starts_at=STARTS_AT, **columns)
    page = client.get(f"/t/{hall.code}")
    assert page.status_code == 200
    assert said in text_of(page)
    assert "No question is here yet." in text_of(page)


def test_board_shows_each_places_clock(client, make, hall):
    make.sitting(hall, starts_at=STARTS_AT)
    said = text_of(client.get(f"/t/{hall.code}"))
    assert "Islamabad takes part Wed 16:30" in said
    assert "Bukavu takes part Wed 13:30" in said


@pytest.mark.parametrize("typed", ["Asia/Kathmandu", "kathmandu", " Kathmandu "])
def test_clock_is_remembered_and_shown_with_its_offset(client, make, hall, typed):
    make.sitting(hall, starts_at=STARTS_AT)
    answer = client.post(f"/t/{hall.code}/clock", data={"zone": typed})
    assert (answer.status_code, answer.location) == (303, f"/t/{hall.code}")
    assert client.cookie(ZONE_COOKIE) == "Asia/Kathmandu"
    said = text_of(client.get(f"/t/{hall.code}"))
    assert "Wednesday 2 December 2026, 17:15 (UTC+05:45)" in said
    assert "On your clock: Asia/Kathmandu." in said


def test_clock_knows_the_places_that_take_part(client, hall):
    client.post(f"/t/{hall.code}/clock", data={"zone": "bukavu"})
    assert client.cookie(ZONE_COOKIE) == "Africa/Lubumbashi"


def test_clock_offers_what_may_have_been_meant(client, make, hall):
    make.sitting(hall, starts_at=STARTS_AT)
    answer = client.post(f"/t/{hall.code}/clock", data={"zone": "Africa/Nairobbi"})
    assert answer.status_code in {303, 422}
    answer = client.post(f"/t/{hall.code}/clock", data={"zone": "nowhere at all"})
    assert answer.status_code == 422
    assert "“nowhere at all” is not a known time zone" in text_of(answer)


def test_ask_leads_to_a_private_page(client, db, hall):
    answer = ask(client, hall, place="2", language="fr")
    assert answer.status_code == 303
    assert re.fullmatch(r"/q/[0-9a-f]{32}", answer.location)
    question = asked(db, hall)
    assert (question.text, question.language, question.site.name, question.channel) == (
        TEXT,
        "fr",
        "Bukavu",
        Channel.PAGE,
    )
    private = client.get(answer.location)
    assert "Your question is kept and waits for a moderator." in text_of(private)
    assert private.headers["Cache-Control"] == "no-store"
    assert TEXT not in text_of(client.get(f"/t/{hall.code}"))


def test_ask_twice_by_reload_without_cookies_is_one_question(app, db, hall):
    page = app.test_client().get(f"/t/{hall.code}")
    form = {"key": field(page, "key"), "person": field(page, "person"), "text": TEXT}
    answers = [
        app.test_client(use_cookies=False).post(f"/t/{hall.code}/ask", data=form) for _ in range(2)
    ]
    assert answers[1].location == f"{answers[0].location}?again=1"
    assert count(db, Question) == count(db, Person) == 1
    said = text_of(app.test_client().get(answers[1].location))
    assert "You have asked this already." in said


def test_ask_remembers_the_person(client, db, hall):
    ask(client, hall)
    ask(client, hall, "Is the vaccine safe for newborns?")
    assert count(db, Person) == 1
    assert client.cookie(PERSON_COOKIE)


def test_ask_with_a_forged_person_is_somebody_new(client, db, hall):
    ask(client, hall)
    page = client.get(f"/t/{hall.code}")
    key, _, signature = field(page, "person").rpartition(".")
    client.delete_cookie(PERSON_COOKIE)
    ask(client, hall, person=f"{key}.{signature[::-1]}")
    assert count(db, Person) == 2


def test_ask_again_keeps_what_was_typed(client, db, hall):
    answer = ask(client, hall, "<short", place="2")
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "&lt;short</textarea>" in page
    assert "a question has at least 10 characters." in page
    assert 'aria-describedby="text-error"' in page
    assert '<option value="2" selected>' in page
    assert count(db, Question) == 0


def test_ask_while_questions_are_paused_keeps_the_text_on_the_page(client, db, make, hall):
    stage.let_ask(db, FEED, make.actor(hall), hall.code, QA.PAUSED, now=NOW)
    assert "Questions are paused for a moment." in text_of(client.get(f"/t/{hall.code}"))
    answer = ask(client, hall)
    assert answer.status_code == 409
    assert TEXT in text_of(answer)


def test_ask_from_another_site_is_refused(client, db, hall):
    page = client.get(f"/t/{hall.code}")
    answer = client.post(
        f"/t/{hall.code}/ask",
        data={"key": field(page, "key"), "text": TEXT},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert count(db, Question) == 0


def test_board_shows_approved_questions_and_counts_support(app, client, db, hall, moderator):
    ask(client, hall)
    approve(db, moderator, hall)
    other = app.test_client()
    time.sleep(LOOK_S)
    page = other.get(f"/t/{hall.code}")
    assert TEXT in text_of(page)
    assert "1 person backs this" in text_of(page)
    answer = other.post(
        f"/t/{hall.code}/questions/1/support", data={"person": field(page, "person")}
    )
    assert (answer.status_code, answer.location) == (303, f"/t/{hall.code}#q1")
    time.sleep(LOOK_S)
    page = other.get(f"/t/{hall.code}")
    assert "2 people back this" in text_of(page)
    assert '<button class="quiet" value="1" name="back">' in page.get_data(as_text=True)
    other.post(f"/t/{hall.code}/questions/1/support", data={"back": "1"})
    assert "1 person backs this" in text_of(other.get(f"/t/{hall.code}"))
    assert "Your question" in text_of(client.get(f"/t/{hall.code}"))


def test_follow_tells_the_reason_of_a_decline(client, db, hall, moderator):
    private = ask(client, hall).location
    db.rollback()
    moderation.decline(
        db, FEED, moderator, hall.code, 1, reason="It was <asked>.", version=1, now=NOW
    )
    assert "why: It was &lt;asked&gt;." in text_of(client.get(private))


def test_follow_lets_the_asker_take_the_question_back(app, client, db, hall):
    private = ask(client, hall).location
    answer = app.test_client().post(f"{private}/withdraw")
    assert (answer.status_code, answer.location) == (303, private)
    assert asked(db, hall).state is State.WITHDRAWN
    assert "You have taken your question back." in text_of(client.get(private))
    assert app.test_client().get("/q/00000000000000000000000000000000").status_code == 404


def test_follow_is_the_same_link_after_asking_twice(client, hall):
    first, second = ask(client, hall).location, ask(client, hall).location
    assert second == f"{first}?again=1"


def test_event_is_a_calendar_file(client, make, hall):
    assert client.get(f"/t/{hall.code}/event.ics").status_code == 404
    make.sitting(hall, starts_at=STARTS_AT)
    answer = client.get(f"/t/{hall.code}/event.ics")
    assert answer.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
    assert b"DTSTART:20261202T113000Z\r\n" in answer.data
    assert b"ATTENDEE" not in answer.data


def test_lite_page_is_one_small_request(client, db, hall, moderator):
    ask(client, hall)
    approve(db, moderator, hall)
    page = client.get(f"/l/{hall.code}")
    markup = page.get_data(as_text=True)
    assert TEXT in markup
    assert not re.search(r"<(script|link rel=\"stylesheet|img)", markup)
    form = {
        "key": field(page, "key"),
        "person": field(page, "person"),
        "channel": "lite",
        "place": "",
        "text": "Is the vaccine safe for newborns?",
    }
    answer = client.post(f"/t/{hall.code}/ask", data=form)
    assert answer.status_code == 303
    assert asked(db, hall, 2).channel is Channel.LITE


def test_lite_page_again_keeps_what_was_typed(client, hall):
    page = client.get(f"/l/{hall.code}")
    form = {"key": field(page, "key"), "channel": "lite", "text": "Too short"}
    answer = client.post(f"/t/{hall.code}/ask", data=form)
    assert answer.status_code == 422
    assert ">Too short</textarea>" in answer.get_data(as_text=True)
    assert "<script" not in answer.get_data(as_text=True)


def test_lite_page_cuts_long_texts_with_a_link(client, db, hall, moderator):
    ask(client, hall, "When will they come? " * 20)
    approve(db, moderator, hall)
    markup = client.get(f"/l/{hall.code}").get_data(as_text=True)
    assert f'<a href="/t/{hall.code}#q1">all of it</a>' in markup
    assert markup.count("When will they come?") < 10


def test_board_is_no_store_and_mirrored_in_arabic(client, hall):
    page = client.get(f"/t/{hall.code}?lang=ar")
    assert page.headers["Cache-Control"] == "no-store"
    assert '<html lang="ar" dir="rtl">' in page.get_data(as_text=True)


def test_board_speaks_of_the_asking_site_of_an_office(app, db, make, hall, sign_in):
    seat = next(seat for seat in hall.seats if seat.name == "Bukavu")
    link, _token = make.link(hall, Role.AUDIENCE, seat)
    client = sign_in(app.test_client(), links=(link,))
    assert '<option value="2" selected>' in client.get(f"/t/{hall.code}").get_data(as_text=True)
    ask(client, hall, place="2")
    assert asked(db, hall).asker.site.seat_id == seat.id


def test_support_of_what_is_not_on_the_board_is_not_found(client, db, hall, make):
    site = make.site(hall)
    make.question(make.person(site), number=1)
    assert client.post(f"/t/{hall.code}/questions/1/support").status_code == 404
    assert client.post(f"/t/{hall.code}/questions/9/support").status_code == 404
    with pytest.raises(Exception, match="nothing at this address"):
        questions.support(db, FEED, Participant("x"), hall.code, 1, now=NOW)
