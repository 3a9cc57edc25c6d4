"""The planner in a real browser: slide the hour, try a change, choose and send."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from townhall.domain.access import Role
from townhall.domain.states import SeatRole
from townhall.models.invitations import OutboxMessage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("backend", ["sqlite"], indirect=True),
]


@pytest.fixture
def hall(make):
    hall = make.town_hall(
        title="Polio: a live conversation",
        window_from_at=datetime(2030, 12, 9, tzinfo=UTC),
        window_until_at=datetime(2030, 12, 10, tzinfo=UTC),
    )
    new_york = make.seat(
        hall, "New York", position=1, zone="America/New_York", country="US", role=SeatRole.HOST
    )
    make.seat(hall, "New Delhi", position=2, zone="Asia/Kolkata", country="IN")
    make.seat(hall, "Islamabad", position=3)
    make.seat_contact(new_york)
    return hall


@pytest.fixture
def organizer(make, hall):
    return make.link(hall, Role.PRODUCER)[1]


def test_arrow_keys_slide_the_hour_and_every_cost_follows(people, hall, organizer):
    page = people.page(link=organizer)
    page.goto(f"/organizer/t/{hall.code}/plan")
    expect(page.locator("#lede")).to_contain_text("Fairest hour: Monday 9 December, 07:15–08:15.")

    page.get_by_label("Slide the hour").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#lede")).to_contain_text("Number 3 of 96: Monday 9 December, 07:30–08:30.")
    expect(page.locator("#seat-2 .cost")).to_contain_text("8 points")
    expect(page.locator("[data-announce]")).to_contain_text("Number 3 of 96")
    expect(page.get_by_label("Slide the hour")).to_be_focused()
    assert people.complaints == []


def test_a_change_ranks_again_at_once_and_is_kept_by_one_button(people, hall, organizer):
    page = people.page(link=organizer)
    page.goto(f"/organizer/t/{hall.code}/plan")
    trial = page.locator("[data-trial]")
    trial.get_by_text("New Delhi").click()
    trial.locator("input[name=weight-2]").fill("3")
    expect(page.locator("#ranked li").first).to_contain_text("06:30–07:30")
    expect(trial.locator("input[name=weight-2]")).to_be_focused()

    page.get_by_role("button", name="Keep these changes").click()
    expect(page.locator("#lede")).to_contain_text("Fairest hour: Monday 9 December, 06:30–07:30.")
    assert people.complaints == []


@pytest.mark.parametrize("scripts", [True, False])
def test_an_hour_is_chosen_looked_at_and_sent(db, people, hall, organizer, scripts):
    page = people.page(link=organizer, scripts=scripts)
    page.goto(f"/organizer/t/{hall.code}/plan")
    page.get_by_role("button", name="Choose this hour").click()
    page.get_by_label("Your words to them (optional)").fill("Bring water.")
    page.get_by_role("button", name="Send 1 mail").click()
    page.wait_for_url("**/mail")
    db.rollback()
    assert db.scalar(select(func.count()).select_from(OutboxMessage)) == 1


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_of_the_organizer_is_wider_than_a_phone(people, hall, organizer, language):
    page = people.page(link=organizer, viewport={"width": 320, "height": 640})
    for path in ("", "/plan", "/mail", "/links", "/seats/2", "/edit"):
        page.goto(f"/organizer/t/{hall.code}{path}?lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    assert people.complaints == []


def test_hours_of_the_heat_map_stand_apart(make, people, hall, organizer):
    make.seat(hall, "Mia Farrow, goodwill ambassador", position=4)
    page = people.page(link=organizer, viewport={"width": 1280, "height": 900})
    page.goto(f"/organizer/t/{hall.code}/plan")
    boxes = [each.bounding_box() for each in page.locator(".heat thead a").all()]
    gaps = [later["x"] - box["x"] - box["width"] for box, later in pairwise(boxes)]
    assert len(gaps) == 23
    assert min(gaps) >= 6, gaps
