"""The page of an organizer's own calendar, without scripts, and read by axe-core."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.services.own_calendars import Organizer, refusal
from townhall import clock
from townhall.web.context import SESSION_COOKIE, parts

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("backend", ["sqlite"], indirect=True),
]

PATH = "/organizer/calendar"


@pytest.fixture
def story(served, db, make, sessions):
    story = Organizer(db, make, sessions)
    story.now = clock.now().replace(microsecond=0)
    with served.app_context():
        served.extensions["townhall"] = replace(parts(), calendar_server=story.server)
    return story


def signed_in(people, make, story, **options):
    _session, token = make.session(story.account, created_at=story.now)
    page = people.page(**options)
    cookie = {"name": SESSION_COOKIE, "value": token, "domain": "localhost", "path": "/"}
    page.context.add_cookies([cookie | {"secure": True, "httpOnly": True}])
    return page


def test_a_calendar_is_given_and_given_up_without_scripts(people, make, story):
    page = signed_in(people, make, story, scripts=False)
    page.goto(PATH)
    page.get_by_label("Address of the calendar").fill("nowhere")
    page.get_by_label("User name").fill("ana")
    page.get_by_label("App password").fill("app password")
    page.get_by_role("button", name="Look at it and keep it in step").click()
    expect(page.get_by_text("is not the address of a calendar on a server")).to_be_visible()
    page.get_by_label("Address of the calendar").fill("https://cloud.example/dav/ana/events")
    page.get_by_label("App password").fill("app password")
    page.get_by_role("button", name="Look at it and keep it in step").click()
    expect(page.get_by_role("heading", name="Work at cloud.example")).to_be_visible()
    page.get_by_role("button", name="Try the connection").click()
    expect(page.get_by_text("All is well")).to_be_visible()
    page.get_by_label("They are taken out of the calendar").check()
    page.get_by_role("button", name="Give up this calendar").click()
    expect(page.get_by_role("heading", name="Which calendar")).to_be_visible()


@pytest.mark.parametrize("language, scheme", [("en", "dark"), ("ar", "light")])
def test_the_page_keeps_nobody_out(people, make, story, barriers, language, scheme):
    page = signed_in(people, make, story, bypass_csp=True, color_scheme=scheme)
    story.give()
    story.hold()
    story.server.failing = refusal("507 Insufficient Storage", again=True, whole=True)
    story.work()
    for path in (PATH, f"/organizer/t/{story.hall.code}"):
        page.set_viewport_size({"width": 320, "height": 700})
        assert page.goto(f"{path}?lang={language}").ok
        assert "507 Insufficient Storage" in page.inner_text("main")
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 320
