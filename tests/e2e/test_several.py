"""Two sittings in a real browser: slide one hour, the other stays, choose both and send."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from townhall.domain.access import Role
from townhall.domain.states import SeatRole
from townhall.models.planning import Sitting

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("backend", ["sqlite"], indirect=True),
]
ZONES = {
    "New York": ("America/New_York", "US"),
    "New Delhi": ("Asia/Kolkata", "IN"),
    "Suva": ("Pacific/Fiji", "FJ"),
}


@pytest.fixture
def hall(make):
    hall = make.town_hall(
        title="Polio: a live conversation",
        sittings_wanted=2,
        window_from_at=datetime(2030, 12, 9, tzinfo=UTC),
        window_until_at=datetime(2030, 12, 10, tzinfo=UTC),
    )
    host = make.seat(
        hall,
        "Kinshasa",
        position=1,
        zone="Africa/Kinshasa",
        country="CD",
        role=SeatRole.HOST,
        everywhere=True,
    )
    make.seat_contact(host)
    for position, (name, (zone, country)) in enumerate(ZONES.items(), 2):
        make.seat(hall, name, position=position, zone=zone, country=country)
    return hall


@pytest.fixture
def organizer(make, hall):
    return make.link(hall, Role.PRODUCER)[1]


def test_one_hour_slides_and_both_are_chosen(people, hall, organizer, db):
    page = people.page(link=organizer)
    page.goto(f"/organizer/t/{hall.code}/plan")
    expect(page.locator("#lede")).to_contain_text("Fairest hours for 2 sittings:")
    expect(page.locator("#lede")).to_contain_text("07:00–08:00 · Monday 9 December, 16:00–17:00")

    page.get_by_label("Slide sitting 2").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#lede")).to_contain_text("07:00–08:00 · Monday 9 December, 16:15–17:15")
    expect(page.locator("#seat-2")).to_contain_text("10:15–11:15")
    expect(page.get_by_label("Slide sitting 2")).to_be_focused()
    for _ in range(30):
        page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("start=2030-12-09T07%3A45Z"))
    expect(page.locator("#lede")).to_contain_text("8 hours have to lie between")
    expect(page.get_by_role("button", name="Choose these hours")).to_have_count(0)

    page.get_by_role("link", name="Back to the fairest").click()
    expect(page.locator("#lede")).to_contain_text("Fairest hours for 2 sittings:")
    page.get_by_role("button", name="Choose these hours").click()
    page.get_by_role("button", name="Send 2 mails").click()
    page.wait_for_url("**/mail")
    db.rollback()
    starts = db.scalars(select(Sitting.starts_at).order_by(Sitting.starts_at)).all()
    assert [start.hour for start in starts] == [6, 15]
    assert people.complaints == []


def test_a_cell_of_the_heat_map_moves_its_sitting_and_a_change_is_tried(people, hall, organizer):
    page = people.page(link=organizer, viewport={"width": 1280, "height": 1400})
    page.goto(f"/organizer/t/{hall.code}/plan")
    sitting = page.locator("#heat").get_by_role("link", name="Sitting 2")
    sitting.click()
    expect(sitting).to_have_attribute("aria-current", "true")
    page.locator(".heat tbody tr").first.locator("a").nth(19).click()
    expect(page.locator("#lede")).to_contain_text("07:00–08:00 · Monday 9 December, 20:00–21:00")
    expect(page.get_by_label("Slide sitting 2")).to_have_value(str(19 * 60))

    page.get_by_label("Slide sitting 2").focus()
    page.keyboard.press("Home")
    expect(page.locator("#lede")).to_contain_text("01:00–02:00 · Monday 9 December, 07:00–08:00")
    expect(page.get_by_label("Slide sitting 1")).to_be_focused()
    expect(page.get_by_label("Slide sitting 2")).to_have_value("360")
    page.get_by_role("link", name="Back to the fairest").click()
    expect(page.locator("#lede")).to_contain_text("Fairest hours for 2 sittings:")

    trial = page.locator("[data-trial]")
    trial.get_by_text("Kinshasa").click()
    trial.locator("textarea[name=never-1]").fill("07:00-08:00")
    expect(page.locator("#keep")).to_contain_text("The fairest hours would be")
    page.get_by_role("button", name="Keep these changes").click()
    expect(page.locator("#lede")).to_contain_text("Fairest hours for 2 sittings:")
    expect(page.locator("#lede")).not_to_contain_text("07:00–08:00")
    assert people.complaints == []


def test_without_scripts_an_hour_is_moved_by_its_links(people, hall, organizer):
    page = people.page(link=organizer, scripts=False)
    page.goto(f"/organizer/t/{hall.code}/plan")
    page.get_by_role("link", name="15 minutes later").last.click()
    expect(page.locator("#lede")).to_contain_text("07:00–08:00 · Monday 9 December, 16:15–17:15")
    page.get_by_role("link", name="Back to the fairest").click()
    expect(page.locator("#lede")).to_contain_text("Fairest hours for 2 sittings:")
