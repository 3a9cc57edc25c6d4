"""The stage's screens: what moderators, hosts and presenters see and do."""

import re

import pytest

from tests.fixtures.make import NOW
from tests.fixtures.web import text_of
from tests.services.asking import FEED, TEXT, approved, ask
from townhall.domain.access import Role
from townhall.domain.states import QA, Mode, State
from townhall.models.planning import TownHall
from townhall.queries import questions as queries
from townhall.services import stage

ROLES = {"moderate": Role.MODERATOR, "host": Role.HOST, "present": Role.PRESENTER}


@pytest.fixture
def hall(make):
    hall = make.town_hall(title="Polio: a live conversation", languages=["en", "ur"])
    make.seat(hall, "Islamabad", position=1)
    return hall


@pytest.fixture
def browser(app, make, hall, sign_in):
    """Return a browser that opened the link of a role."""

    def opened(role):
        link, _token = make.link(hall, role)
        return sign_in(app.test_client(), links=(link,))

    return opened


def now_is(db, hall, number=1):
    """Return a question as the application has kept it."""
    db.rollback()
    db.expire_all()
    return queries.question(db, hall, number)


def post(client, hall, path, on=None, **form):
    if on is not None:
        form = {"version": on.version} | form
        path = f"questions/{on.number}/{path}"
    return client.submit(f"/stage/{hall.code}/{path}", **form)


@pytest.mark.parametrize("screen", ROLES)
def test_screens_are_for_those_who_may(app, browser, hall, screen):
    assert app.test_client().get(f"/stage/{hall.code}/{screen}").status_code == 404
    assert browser(ROLES[screen]).get(f"/stage/{hall.code}/{screen}").status_code == 200
    if screen != "present":
        assert browser(Role.PRESENTER).get(f"/stage/{hall.code}/{screen}").status_code == 403


def test_moderator_sees_what_waits_and_approves_it(db, browser, hall):
    question = ask(db, hall, "<script>alert(1)</script> When?").question
    client = browser(Role.MODERATOR)
    page = client.get(f"/stage/{hall.code}/moderate")
    assert "1 question waits for you" in text_of(page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; When?" in page.get_data(as_text=True)
    assert page.headers["Cache-Control"] == "no-store"
    answer = post(client, hall, "approve", question)
    assert (answer.status_code, answer.location) == (303, f"/stage/{hall.code}/moderate")
    assert now_is(db, hall).state is State.APPROVED


def test_moderator_on_a_stale_page_is_told_what_changed(db, browser, hall):
    question = ask(db, hall).question
    first, second = browser(Role.MODERATOR), browser(Role.MODERATOR)
    post(first, hall, "decline", question, reason="It was asked already.")
    answer = post(second, hall, "approve", question, version=1)
    assert answer.status_code == 409
    assert "Somebody declined question 1 meanwhile." in text_of(answer)
    assert now_is(db, hall).state is State.DECLINED


def test_moderator_declines_with_a_reason_alone(db, browser, hall):
    question = ask(db, hall).question
    client = browser(Role.MODERATOR)
    assert post(client, hall, "decline", question, reason="  ").status_code == 422
    post(client, hall, "decline", question, reason="It was asked already.")
    assert now_is(db, hall).reason == "It was asked already."
    said = text_of(client.get(f"/stage/{hall.code}/moderate"))
    assert "declined: It was asked already." in said


def test_moderator_marks_merges_answers_and_sets_aside(db, make, browser, hall):
    first = approved(db, make, hall)
    second = approved(db, make, hall, "When do the drops come to us?", who="b")
    third = ask(db, hall, "Is it safe for newborns, they ask?", who="c").question
    fourth = ask(db, hall, "Buy cheap watches from me now!", who="d").question
    client = browser(Role.MODERATOR)
    assert post(client, hall, "address", first, position="1").status_code == 303
    assert now_is(db, hall).addressed_to.name == "Islamabad"
    assert post(client, hall, "merge", second, into="1").status_code == 303
    assert now_is(db, hall, 2).state is State.MERGED
    assert post(client, hall, "write", third, text="Yes.", language="en").status_code == 303
    assert [answer.text for answer in now_is(db, hall, 3).answers] == ["Yes."]
    assert post(client, hall, "spam", fourth).status_code == 303
    assert now_is(db, hall, 4).state is State.SPAM
    assert "for Islamabad" in text_of(client.get(f"/stage/{hall.code}/moderate"))


def test_host_runs_the_hour_with_one_button(db, make, browser, hall):
    approved(db, make, hall)
    approved(db, make, hall, "And the second one?", who="bilal", backers=["c"])
    client = browser(Role.HOST)
    heard = []
    for _ in range(2):
        page = client.get(f"/stage/{hall.code}/host").get_data(as_text=True)
        form = re.search(r'<form method="post" action="([^"]*/take)".*?</form>', page, re.DOTALL)
        hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
        assert client.post(form[1], data=hidden).status_code == 303
        db.rollback()
        heard.append(queries.board(db, hall).on_air.number)
    assert heard == [2, 1]
    assert now_is(db, hall, 2).state is State.ANSWERED


def test_host_sees_the_reason_and_who_was_heard(db, make, browser, hall):
    seat = hall.seats[0]
    audience = make.actor(hall, Role.AUDIENCE, seat)
    question = approved(db, make, hall, who="islamabad", actor=audience, place=1)
    client = browser(Role.HOST)
    said = text_of(client.get(f"/stage/{hall.code}/host"))
    assert "Nobody from Islamabad has been heard yet." in said
    post(client, hall, "take", question)
    page = client.get(f"/stage/{hall.code}/host")
    assert "On air since 09:00 UTC" in text_of(page)
    assert "Islamabad 1" in text_of(page)
    assert "Nothing is on air." not in text_of(page)


def test_host_answers_undoes_and_defers(db, make, browser, hall):
    question = approved(db, make, hall)
    client = browser(Role.HOST)
    post(client, hall, "take", now_is(db, hall))
    post(client, hall, "undo", now_is(db, hall))
    assert now_is(db, hall).state is State.APPROVED
    post(client, hall, "take", now_is(db, hall))
    post(client, hall, "answered", now_is(db, hall), text="منگل کو", language="ur")
    assert [answer.language for answer in now_is(db, hall).answers] == ["ur"]
    page = client.get(f"/stage/{hall.code}/host").get_data(as_text=True)
    assert '<bdi dir="auto" lang="ur" class="pre">منگل کو</bdi>' in page
    second = approved(db, make, hall, "And the second one?", who="bilal")
    answer = post(client, hall, "defer", second)
    assert answer.status_code == 303, text_of(answer)
    assert now_is(db, hall, 2).state is State.DEFERRED
    assert question.number == 1


def test_host_takes_another_of_all(db, make, browser, hall):
    for each in range(7):
        approved(db, make, hall, f"Question {each} of the seven?", who=f"p{each}")
    client = browser(Role.HOST)
    page = client.get(f"/stage/{hall.code}/host").get_data(as_text=True)
    choice = re.findall(r'<option value="(\d+-\d+)">', page)[-1]
    assert choice == "7-2"
    assert post(client, hall, "take", question="7-2", replacing="0").status_code == 303
    assert now_is(db, hall, 7).state is State.ON_AIR
    assert post(client, hall, "take", question="6-2", replacing="0").status_code == 409
    assert post(client, hall, "take", question="six", replacing="7").status_code == 422
    assert post(client, hall, "take", question="6-2", replacing="7").status_code == 303


def test_host_opens_pauses_and_orders(db, browser, hall):
    client = browser(Role.HOST)
    assert post(client, hall, "door", qa="paused").status_code == 303
    assert post(client, hall, "order", mode="oldest").status_code == 303
    db.rollback()
    kept = db.get(TownHall, hall.id)
    assert (kept.qa, kept.mode) == (QA.PAUSED, Mode.OLDEST)
    assert post(client, hall, "door", qa="ajar").status_code == 422
    assert post(client, hall, "order", mode="loudest").status_code == 422
    assert "Questions are paused." in text_of(client.get(f"/stage/{hall.code}/host"))


def test_presenter_shows_what_is_on_air_and_how_to_ask(db, make, browser, hall):
    client = browser(Role.PRESENTER)
    idle = client.get(f"/stage/{hall.code}/present")
    assert "Ask your question" in text_of(idle)
    assert f"http://localhost/t/{hall.code}" in text_of(idle)
    assert re.search(r'<svg role="img" aria-labelledby="address"', idle.get_data(as_text=True))
    assert "style=" not in idle.get_data(as_text=True)
    question = approved(db, make, hall)
    host = make.actor(hall, Role.HOST)
    stage.take(db, FEED, host, hall.code, 1, replacing=None, version=question.version, now=NOW)
    assert TEXT in text_of(client.get(f"/stage/{hall.code}/present"))


def test_presenter_without_scripts_loads_again(browser, hall):
    page = browser(Role.PRESENTER).get(f"/stage/{hall.code}/present").get_data(as_text=True)
    link = f'<a href="/stage/{hall.code}/present">Load again</a>'
    assert link in page.partition("<noscript>")[2].partition("</noscript>")[0]


def test_stage_forms_need_their_token(db, browser, hall):
    question = ask(db, hall).question
    client = browser(Role.MODERATOR)
    answer = client.post(
        f"/stage/{hall.code}/questions/1/approve", data={"version": question.version}
    )
    assert answer.status_code == 403
    assert now_is(db, hall).state is State.PENDING
