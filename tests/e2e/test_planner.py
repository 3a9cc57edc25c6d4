"""The planner in a real browser: slide the hour, try a change, choose and send."""

import re
import shutil
import subprocess
from datetime import UTC, datetime
from itertools import pairwise
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from tests.require import require
from townhall import clock
from townhall.domain.access import Role
from townhall.domain.states import SeatRole
from townhall.models.invitations import OutboxMessage
from townhall.web.context import SESSION_COOKIE

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


def test_a_key_that_is_held_down_ends_at_the_last_hour_with_all_its_tables(people, hall, organizer):
    page = people.page(link=organizer, viewport={"width": 1280, "height": 1400})
    page.goto(f"/organizer/t/{hall.code}/plan")
    slide = page.get_by_label("Slide the hour")
    slide.focus()
    for _ in range(13):
        page.keyboard.press("ArrowRight")
    expect(slide).to_have_value("930")
    expect(page.locator("#lede")).to_contain_text("Monday 9 December, 10:30–11:30.")
    expect(page.locator(".heat thead [aria-current]")).to_have_text("15:30")
    expect(page.locator("#beside thead")).to_contain_text("10:30")
    frame = page.locator("#seat-1 .sitting")
    assert float(frame.get_attribute("x").rstrip("%")) == pytest.approx(930 / 14.4, abs=0.01)
    assert page.url.endswith("start=2030-12-09T15%3A30Z")
    expect(page.locator("[data-announce]")).to_contain_text("10:30–11:30")
    expect(slide).to_be_focused()


def test_a_ceiling_is_followed_as_it_is_typed(people, hall, organizer):
    page = people.page(link=organizer)
    page.goto(f"/organizer/t/{hall.code}/plan?lens=ceiling&value=8")
    cap = page.get_by_label("Points at most")
    cap.focus()
    page.keyboard.press("End")
    page.keyboard.type("4")
    expect(page.locator("#lens")).to_contain_text("while no place is above 84 points")
    expect(cap).to_be_focused()
    expect(cap).to_have_value("84")
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    expect(page.locator("#lens")).to_contain_text("while no place is above 8 points")
    expect(cap).to_be_focused()


def test_hours_that_are_typed_halfway_are_no_mistake_until_nothing_more_comes(
    people, hall, organizer
):
    page = people.page(link=organizer)
    page.clock.install()
    page.goto(f"/organizer/t/{hall.code}/plan")
    trial = page.locator("[data-trial]")
    trial.get_by_text("New Delhi").click()
    never = trial.locator("textarea[name=never-2]")
    page.clock.pause_at(datetime(2040, 1, 1, tzinfo=UTC))
    with page.expect_response(lambda answer: answer.status == 422):
        never.fill("17:30-19:0")
    # By the time that a further question is answered, the first one's answer has been used.
    page.evaluate("fetch(location.href).then((answer) => answer.text())")
    assert page.locator("#keep [role=alert]").count() == 0
    page.clock.run_for(1_000)
    expect(page.locator("#keep [role=alert]")).to_contain_text("New Delhi")
    expect(never).to_be_focused()
    never.press("End")
    never.press("0")
    expect(page.locator("#keep")).to_contain_text("The fairest hour")
    expect(page.locator("#ranked li").first).not_to_contain_text("07:15–08:15")


def test_the_heat_map_stays_where_it_was_scrolled_to(people, hall, organizer):
    page = people.page(link=organizer, viewport={"width": 320, "height": 640})
    page.goto(f"/organizer/t/{hall.code}/plan")
    page.locator("#heat .scroll").evaluate("(each) => (each.scrollLeft = 300)")
    page.locator(".heat tbody tr").first.locator("a").nth(9).click()
    expect(page.locator("#heat thead [aria-current]")).to_have_text("09:00")
    assert page.locator("#heat .scroll").evaluate("(each) => each.scrollLeft") == 300


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


def test_a_cell_and_a_ribbon_choose_the_hour_by_mouse_and_by_keys(people, hall, organizer):
    page = people.page(link=organizer, viewport={"width": 1280, "height": 1400})
    page.goto(f"/organizer/t/{hall.code}/plan")
    heads = page.locator(".heat thead a")
    assert [link.get_attribute("tabindex") for link in heads.all()] == [
        "0" if number == 13 else "-1" for number in range(25)
    ], "the hour that is looked at, 12:15, is the one stop"
    page.locator(".heat tbody tr").nth(1).locator("a").nth(9).click()
    expect(page.locator("#lede")).to_contain_text("Monday 9 December, 04:00–05:00.")
    expect(page.get_by_label("Slide the hour")).to_have_value("540")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#lede")).to_contain_text("Monday 9 December, 05:00–06:00.")
    expect(page.locator(".heat tbody tr").nth(2).locator("a").nth(10)).to_be_focused()

    box = page.locator(".ribbon").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 10)
    page.mouse.up()
    expect(page.locator("#lede")).to_contain_text("Monday 9 December, 13:00–14:00.")


def test_a_press_ends_on_what_it_began_on(people, hall, organizer):
    page = people.page(link=organizer, viewport={"width": 1280, "height": 1400})
    page.goto(f"/organizer/t/{hall.code}/plan")
    held = []

    def hold(route):
        held.append(route)

    page.route("**/plan?*", hold)
    page.get_by_label("Slide the hour").focus()
    with page.expect_request("**/plan?*"):
        page.keyboard.press("ArrowRight")
    page.locator(".heat tbody tr").nth(1).locator("a").nth(9).hover()
    page.mouse.down()
    with page.expect_response("**/plan?*") as answers:
        held.pop().continue_()
    answers.value.finished()
    page.unroute("**/plan?*")
    expect(page.locator("#lede")).to_contain_text("Fairest hour: Monday 9 December, 07:15–08:15.")
    page.mouse.up()
    expect(page.locator("#lede")).to_contain_text("Monday 9 December, 04:00–05:00.")


def test_a_place_is_added_on_trial_and_the_comparison_stays(people, hall, organizer):
    page = people.page(link=organizer)
    page.goto(f"/organizer/t/{hall.code}/plan")
    page.locator("#ranked [name=beside]").nth(2).check()
    expect(page.locator("#beside thead a")).to_have_count(2)
    page.get_by_label("Add a place").fill("Nairobi")
    page.keyboard.press("Enter")
    expect(page.locator("#seat-4")).to_contain_text("Nairobi")
    expect(page.locator("#keep")).to_contain_text("The fairest hour")
    expect(page.locator("#beside thead a")).to_have_count(2)


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


def test_a_very_long_name_makes_the_planner_no_wider_than_a_phone(make, people, hall, organizer):
    make.seat(hall, "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch", position=4)
    page = people.page(link=organizer, viewport={"width": 320, "height": 640})
    page.goto(f"/organizer/t/{hall.code}/plan?lens=ceiling")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_hours_of_the_heat_map_stand_apart(make, people, hall, organizer):
    make.seat(hall, "Mia Farrow, goodwill ambassador", position=4)
    page = people.page(link=organizer, viewport={"width": 1280, "height": 900})
    page.goto(f"/organizer/t/{hall.code}/plan")
    boxes = [each.bounding_box() for each in page.locator(".heat thead a").all()]
    gaps = [later["x"] - box["x"] - box["width"] for box, later in pairwise(boxes)]
    assert len(gaps) == 24
    assert min(gaps) >= 6, gaps


def test_a_text_browser_walks_from_the_planner_to_the_mail(
    db, make, served, base_url, hall, tmp_path
):
    w3m = shutil.which("w3m")
    require("w3m", available=bool(w3m), reason="it is not installed")
    link, _token = make.link(hall, Role.PRODUCER)
    _session, session = make.session(None, (link,), created_at=clock.now())

    def look(path, *words):
        cookie = f"Cookie: {SESSION_COOKIE}={session}"
        address = f"{base_url}/organizer/t/{hall.code}{path}"
        answer = subprocess.run(
            [w3m, "-O", "UTF-8", "-header", cookie, *words, address],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )
        return answer.stdout

    def press(page, action):
        """Send the form of a page that goes to an address, as it stands."""
        markup = look(page, "-dump_source")
        form = re.search(rf'<form[^>]*action="[^"]*/{action}".*?</form>', markup, re.DOTALL)[0]
        fields = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form)
        (tmp_path / "form").write_text(urlencode(fields))
        look(f"/{action}", "-dump", "-post", str(tmp_path / "form"))

    said = look("/plan", "-dump")
    assert "Fairest hour: Monday 9 December, 07:15–08:15." in said
    assert "Choose this hour" in said
    press("/plan", "choose")
    assert "Send 1 mail" in look("/draft", "-dump")
    press("/draft", "send")
    db.rollback()
    assert db.scalar(select(func.count(OutboxMessage.id))) == 1
