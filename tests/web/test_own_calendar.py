"""The page of an organizer's own calendar."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.fixtures.web import reread, text_of
from tests.services.own_calendars import ADDRESS, Organizer, refusal
from tests.services.test_sittings import LATER
from townhall.domain.access import Role
from townhall.domain.own_calendar import Keeping
from townhall.models.own_calendars import OwnCalendar
from townhall.web.context import parts

PATH = "/organizer/calendar"
FORM = {"address": ADDRESS, "user": "ana", "password": "app password"}


@pytest.fixture
def story(app, db, make, sessions, client, sign_in):
    story = Organizer(db, make, sessions)
    with app.app_context():
        app.extensions["townhall"] = replace(parts(), calendar_server=story.server)
    sign_in(client, story.account)
    story.client = client
    return story


@pytest.fixture
def kept(story):
    """Return an organizer whose one sitting is in step."""
    assert story.client.submit(PATH, **FORM).status_code == 303
    story.hold()
    assert story.work() == 1
    return story


def page(story):
    return text_of(story.client.get(PATH))


def calendar(story):
    reread(story.db)
    return story.db.scalars(select(OwnCalendar)).one_or_none()


def test_the_page_says_what_it_takes_before_anything_is_given(story):
    said = page(story)
    assert "Which calendar" in said
    assert "Give it up" not in said


def test_a_calendar_is_given_and_shown_with_what_stands_in_it(kept):
    said = page(kept)
    assert "Work at cloud.example" in said
    assert "A town hall on polio" in said
    assert "in step since 23 Nov 04:00" in said, "on the first seat's clock"
    whole = kept.client.get(PATH).get_data(as_text=True)
    assert "app password" not in whole
    assert f'value="{ADDRESS}"' in whole


def test_the_town_halls_page_says_how_far_it_is_in_step(kept):
    path = f"/organizer/t/{kept.hall.code}"
    assert "in step since" in text_of(kept.client.get(path))
    kept.hold(LATER)
    assert "on its way" in text_of(kept.client.get(path))
    kept.server.failing = refusal("507 Insufficient Storage", again=True, whole=True)
    kept.work()
    said = text_of(kept.client.get(path))
    assert "is tried again at 23 Nov 04:01" in said
    assert "server says: 507 Insufficient Storage" in said


def test_the_town_halls_page_leads_to_the_calendar_that_is_not_given_yet(story, make, sign_in):
    path = f"/organizer/t/{story.hall.code}"
    assert "Keep it in step with one" in text_of(story.client.get(path))
    link, _token = make.link(story.hall, Role.OWNER)
    by_link = sign_in(story.client.application.test_client(), links=(link,))
    assert "My own calendar" not in text_of(by_link.get(path))


def test_what_is_off_is_said_and_the_password_is_not_shown_again(story):
    answer = story.client.submit(PATH, **FORM | {"address": "nowhere", "lists_people": "1"})
    assert answer.status_code == 422
    whole = answer.get_data(as_text=True)
    assert "is not the address of a calendar on a server" in whole
    assert 'value="nowhere"' in whole
    assert 'name="lists_people" value="1" checked' in whole
    assert "app password" not in whole
    assert calendar(story) is None


def test_the_servers_words_stand_at_the_field(story):
    error = refusal("401 Unauthorized")
    error.field = "password"
    story.server.failing = error
    answer = story.client.submit(PATH, **FORM)
    assert answer.status_code == 422
    whole = answer.get_data(as_text=True)
    assert 'id="password-error">The calendar&#39;s server says: 401 Unauthorized' in whole
    assert 'aria-invalid="true" aria-describedby="password-error"' in whole


def test_words_of_a_server_are_no_markup(kept):
    kept.server.failing = refusal("403 <img src=x onerror=alert(1)>")
    kept.hold(LATER)
    kept.work()
    for path in (PATH, f"/organizer/t/{kept.hall.code}"):
        whole = kept.client.get(path).get_data(as_text=True)
        assert "403 &lt;img" in whole
        assert "<img" not in whole


def test_an_expired_form_does_not_show_the_password(story):
    answer = story.client.post(
        PATH, data=FORM | {"csrf": "old"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 403
    whole = answer.get_data(as_text=True)
    assert ADDRESS in whole, "what was typed is kept"
    assert "app password" not in whole


def test_the_connection_is_tried(kept):
    assert "All is well: the server shows the calendar “Work”." in text_of(
        kept.client.submit(f"{PATH}/look")
    )
    kept.server.look = lambda _access: ""
    assert "All is well: the server shows the calendar." in text_of(
        kept.client.submit(f"{PATH}/look")
    )
    del kept.server.look
    kept.server.failing = refusal("503 Busy")
    assert "server says: 503 Busy" in text_of(kept.client.submit(f"{PATH}/look"))


def test_what_failed_is_tried_again_by_a_button(kept):
    kept.hold(LATER)
    kept.server.failing = refusal()
    kept.work()
    assert "not in step" in page(kept)
    kept.server.failing = None
    assert kept.client.submit(f"{PATH}/again").status_code == 303
    assert kept.work() == 1
    said = page(kept)
    assert "not in step" not in said
    assert "Try again now" not in said


def test_a_town_hall_is_left_out_and_taken_in(kept):
    sorted_path = f"{PATH}/town-halls"
    code = kept.hall.code
    kept.client.submit(sorted_path, code=code, choice="out", takes_out="1")
    assert "is being taken out" in page(kept)
    kept.work()
    assert kept.server.objects == {}
    assert "You left it out of your calendar." in page(kept)
    kept.client.submit(sorted_path, code=code, choice="in")
    kept.work()
    assert "in step since" in page(kept)


def test_the_calendar_is_given_up_and_its_entries_stay_unless_wished_otherwise(kept):
    kept.client.submit(f"{PATH}/remove", entries="leave")
    assert calendar(kept) is None
    assert len(kept.server.objects) == 1
    assert "Which calendar" in page(kept)


def test_entries_are_taken_out_before_the_calendar_is_forgotten(kept):
    kept.client.submit(f"{PATH}/remove", entries="take-out")
    kept.server.failing = refusal("503 Busy", again=True, whole=True)
    kept.work()
    said = page(kept)
    assert "1 entry is still to be taken out of it" in said
    assert "server says: 503 Busy" in said
    kept.client.submit(f"{PATH}/remove")
    assert calendar(kept) is None
    assert len(kept.server.objects) == 1


def test_looking_at_servers_is_throttled(story):
    answers = [story.client.submit(PATH, **FORM).status_code for _ in range(11)]
    assert answers == [303] * 10 + [429]


def test_a_calendar_without_a_name_and_without_sittings_is_shown(story):
    story.server.look = lambda _access: ""
    story.client.submit(PATH, **FORM)
    said = page(story)
    assert "The calendar at cloud.example" in said
    assert "No sitting is to come." in said


def test_a_sitting_that_is_off_is_shown_as_such(kept):
    kept.off()
    kept.work()
    assert kept.row().state is Keeping.KEPT
    assert "· cancelled" in page(kept)
