"""A series in a real browser: made with one press, its search watched until it has ended."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from townhall import clock
from townhall.domain.access import Role
from townhall.models.accounts import Account
from townhall.models.series import Occurrence
from townhall.services import solving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("backend", ["sqlite"], indirect=True),
]

WINDOW = datetime(2030, 12, 9, tzinfo=UTC)


@pytest.fixture
def hall(make):
    hall = make.town_hall(
        make.account("Dana"),
        window_from_at=WINDOW,
        window_until_at=WINDOW + timedelta(days=1),
    )
    zones = {"New York": "America/New_York", "Suva": "Pacific/Fiji"}
    for position, (name, zone) in enumerate(zones.items(), start=1):
        make.seat(hall, name, position=position, zone=zone, country=None)
    return hall


@pytest.fixture
def settings(settings):
    """Return the settings of a demonstration, in which a link signs an account in."""
    return settings.model_copy(update={"demo": True})


@pytest.fixture
def page(people, make, db, hall):
    account = db.scalars(select(Account)).one()
    return people.page(link=make.link(hall, Role.OWNER, account_id=account.id)[1])


def test_a_series_is_made_watched_and_drafted(page, db, hall, sessions):
    page.goto(f"/organizer/t/{hall.code}/repeat?count=3")
    page.get_by_role("button", name="Make these 3 town halls").click()
    expect(page.get_by_text("The search for the hours begins in a moment.")).to_be_visible()

    solving.work(sessions, now=clock.now, stopwatch=clock.monotonic)

    # Nobody presses anything: the page notices by itself.
    expect(
        page.get_by_text("This is proven: what is left cannot be planned better.")
    ).to_be_visible()
    page.get_by_role("button", name="Drafts for all planned hours").click()
    expect(page.get_by_role("link", name="Look at the draft")).to_have_count(3)
    db.rollback()
    assert all(place.town_hall.draft for place in db.scalars(select(Occurrence)))


def test_a_series_is_tried_out_without_leaving_the_page(page, hall):
    page.goto(f"/organizer/t/{hall.code}/repeat")
    page.evaluate("window.stayed = true")
    page.get_by_label("How many sittings").fill("3")
    page.get_by_role("button", name="Plan them all").click()
    expect(page.get_by_role("button", name="Make these 3 town halls")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("The place that pays most pays")
    assert page.evaluate("window.stayed")
    assert "count=3" in page.url
    page.get_by_label("How many sittings").fill("1")
    page.get_by_role("button", name="Plan them all").click()
    expect(page.get_by_text("“1” is not a whole number from 2 to 52.").first).to_be_visible()


def test_a_series_is_tried_out_without_scripts(people, make, db, hall):
    account = db.scalars(select(Account)).one()
    page = people.page(link=make.link(hall, Role.OWNER, account_id=account.id)[1], scripts=False)
    page.goto(f"/organizer/t/{hall.code}/repeat")
    page.get_by_label("How many sittings").fill("3")
    page.get_by_role("button", name="Plan them all").click()
    expect(page.get_by_role("button", name="Make these 3 town halls")).to_be_visible()
    assert "search=yes" in page.url


def test_who_fills_in_a_form_is_told_that_the_search_has_ended(page, hall, sessions):
    page.goto(f"/organizer/t/{hall.code}/repeat?count=2")
    page.get_by_role("button", name="Make these 2 town halls").click()
    field = page.get_by_label("More town halls at the end")
    field.fill("7")

    solving.work(sessions, now=clock.now, stopwatch=clock.monotonic)

    expect(page.get_by_role("status")).to_contain_text("The search has ended.")
    expect(field).to_have_value("7")
    expect(page.get_by_role("button", name="End the search")).to_have_count(0)
    page.get_by_role("link", name="Look at the hours").click()
    expect(page.get_by_role("heading", name="Each hour on each clock")).to_be_visible()
