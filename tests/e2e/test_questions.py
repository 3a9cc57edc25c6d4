"""The hour, from a question to its answer, in real browsers."""

import re
import shutil
import subprocess
from email import message_from_bytes, policy
from itertools import count
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from tests.fixtures.make import NOW
from tests.promptness import happens_within
from tests.require import require
from tests.services.asking import FEED, approved
from tests.services.asking import ask as put
from townhall.domain.access import Role
from townhall.domain.states import PartStat, State
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.questions import Question
from townhall.queries import questions as queries
from townhall.services import moderation, questions, stage
from townhall.services.people import Participant

pytestmark = pytest.mark.browser

TEXT = "ہمارے گاؤں میں پولیو کے قطرے کب آئیں گے؟"
ENGLISH = "How do you keep vaccines cold without power?"


@pytest.fixture
def hall(make):
    hall = make.town_hall(title="Polio: a live conversation", languages=["en", "ur", "fr"])
    make.seat(hall, "Islamabad", position=1)
    make.seat(hall, "Bukavu", position=2, zone="Africa/Lubumbashi", country="CD")
    make.sitting(hall)
    return hall


@pytest.fixture
def link(make, hall):
    """Return a function that gives the token of a role's secret link."""
    return lambda role: make.link(hall, role)[1]


def kept(db, hall):
    db.rollback()
    db.expire_all()
    return db.scalars(
        select(Question).where(Question.town_hall_id == hall.id).order_by(Question.number)
    ).all()


def ask(page, hall, text):
    page.goto(f"/t/{hall.code}")
    page.get_by_label("Your question").fill(text)
    page.get_by_label("Where are you?").select_option("Islamabad")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_url("**/q/*")


def test_an_hour_in_browsers_with_scripts(db, people, hall, link):
    viewer = people.page()
    viewer.goto(f"/t/{hall.code}")
    moderator = people.page(link=link(Role.MODERATOR))
    moderator.goto(f"/stage/{hall.code}/moderate")
    host = people.page(link=link(Role.HOST))
    host.goto(f"/stage/{hall.code}/host")
    screen = people.page(link=link(Role.PRESENTER))
    screen.goto(f"/stage/{hall.code}/present")

    asker = people.page()
    ask(asker, hall, TEXT)
    expect(asker.get_by_role("status").first).to_contain_text("waits for a moderator")

    moderator.get_by_text(TEXT).wait_for()
    moderator.get_by_role("button", name="Approve").click()

    expect(viewer.get_by_text(TEXT)).to_be_visible()
    expect(host.locator("#next-1")).to_contain_text(TEXT)
    expect(viewer.locator("#q1 bdi").first).to_have_attribute("lang", "ur")

    viewer.get_by_role("button", name="Support").click()
    expect(viewer.locator("#q1")).to_contain_text("2 people back this")
    expect(viewer.get_by_role("button", name="Take support back")).to_be_visible()
    expect(host.locator("#next-1")).to_contain_text("2 people from the public back this.")

    host.get_by_role("button", name="Take it").click()
    expect(viewer.get_by_role("heading", name="On air now")).to_be_visible()
    expect(viewer.locator("[data-announce]")).to_contain_text("On air now: question 1.")
    expect(screen.locator("#screen-1")).to_contain_text(TEXT)

    host.locator("#air-1").get_by_label("Answer as text").fill("منگل کو")
    host.locator("#air-1").get_by_role("button", name="Answered").click()
    expect(viewer.locator("#answered")).to_contain_text("منگل کو")
    expect(screen.locator("#screen-idle")).to_be_visible()
    asker.reload()
    expect(asker.locator("main")).to_contain_text("Your question was answered live.")
    assert [question.state for question in kept(db, hall)] == [State.ANSWERED]


def test_each_step_of_an_hour_shows_by_itself_within_two_seconds(
    db, make, people, hall, link, served
):
    viewer, moderator = people.page(), people.page(link=link(Role.MODERATOR))
    host, screen = people.page(link=link(Role.HOST)), people.page(link=link(Role.PRESENTER))
    viewer.goto(f"/t/{hall.code}")
    for page, name in ((moderator, "moderate"), (host, "host"), (screen, "present")):
        page.goto(f"/stage/{hall.code}/{name}")
    feed, chair = served.extensions["townhall"].feed, make.actor(hall, Role.OWNER)
    texts = (f"{ENGLISH} {number}" for number in count())
    on_air = []

    def ask_one(text):
        put(db, hall, text, text, text, feed=feed)
        moderator.get_by_text(text, exact=True).first.wait_for()

    def pending():
        text = next(texts)
        return (put(db, hall, text, text, text).question,)

    def step(do, question, **how):
        how |= {"version": question.version, "now": NOW}
        do(db, feed, chair, hall.code, question.number, **how)

    def approve(question):
        step(moderation.approve, question)
        viewer.locator(f"#q{question.number}").wait_for()
        host.get_by_text(question.text, exact=True).first.wait_for()

    def waiting():
        text = next(texts)
        return (approved(db, make, hall, text, key=text, who=text),)

    def take(question):
        step(stage.take, question, replacing=on_air[-1] if on_air else None)
        on_air.append(question.number)
        viewer.locator(f"#on-air-{question.number}").wait_for()
        screen.locator(f"#screen-{question.number}").wait_for()

    def taken():
        (question,) = waiting()
        take(question)
        return (question,)

    def answer(question):
        step(stage.answer, question, text=f"Answer {question.number}", language="en")
        on_air.clear()
        viewer.get_by_text(f"Answer {question.number}", exact=True).wait_for()

    assert happens_within(2, ask_one, prepare=lambda: (next(texts),))
    assert happens_within(2, approve, prepare=pending)
    assert happens_within(2, take, prepare=waiting)
    assert happens_within(2, answer, prepare=taken)


def test_an_hour_in_browsers_without_scripts(db, people, hall, link):
    asker = people.page(scripts=False)
    ask(asker, hall, ENGLISH)
    moderator = people.page(link=link(Role.MODERATOR), scripts=False)
    moderator.goto(f"/stage/{hall.code}/moderate")
    moderator.get_by_role("button", name="Approve").click()
    expect(moderator.locator("#board-list")).to_contain_text(ENGLISH)

    viewer = people.page(scripts=False)
    viewer.goto(f"/t/{hall.code}")
    viewer.get_by_role("button", name="Support").click()
    expect(viewer.locator("#q1")).to_contain_text("2 people back this")
    viewer.get_by_role("button", name="Take support back").click()
    expect(viewer.locator("#q1")).to_contain_text("1 person backs this")

    host = people.page(link=link(Role.HOST), scripts=False)
    host.goto(f"/stage/{hall.code}/host")
    host.get_by_role("button", name="Take it").click()
    viewer.get_by_role("link", name="Load again").click()
    expect(viewer.get_by_role("heading", name="On air now")).to_be_visible()
    host.locator("#air-1").get_by_label("Answer as text").fill("In a solar fridge.")
    host.locator("#air-1").get_by_role("button", name="Answered").click()
    viewer.get_by_role("link", name="Load again").click()
    expect(viewer.locator("#answered")).to_contain_text("In a solar fridge.")


def test_new_questions_wait_behind_a_button(db, make, people, hall):
    approved(db, make, hall, TEXT)
    viewer = people.page()
    viewer.goto(f"/t/{hall.code}")
    viewer.locator("#waiting-list").scroll_into_view_if_needed()
    approved(db, make, hall, ENGLISH, who="bilal")
    approved(db, make, hall, "Why are two drops enough for a child?", who="c")
    button = viewer.get_by_role("button", name="New questions: show (2)")
    button.wait_for()
    expect(viewer.get_by_text(ENGLISH)).to_be_hidden()
    button.click()
    expect(viewer.get_by_text(ENGLISH)).to_be_visible()
    expect(button).to_be_hidden()


def test_a_new_question_after_all_others_is_seen_at_once(db, make, people, hall):
    approved(db, make, hall, ENGLISH)
    viewer = people.page()
    viewer.goto(f"/t/{hall.code}")
    viewer.locator("#waiting-list").scroll_into_view_if_needed()
    approved(db, make, hall, TEXT, who="bilal")
    expect(viewer.get_by_text(TEXT)).to_be_visible()
    expect(viewer.get_by_role("button", name="New questions")).to_have_count(0)


def test_a_new_question_below_the_screen_is_shown_at_once(db, make, people, hall):
    approved(db, make, hall, TEXT)
    viewer = people.page(viewport={"width": 320, "height": 400})
    viewer.goto(f"/t/{hall.code}")
    approved(db, make, hall, ENGLISH, who="bilal")
    expect(viewer.get_by_text(ENGLISH)).to_be_visible()
    expect(viewer.get_by_role("button", name="New questions")).to_have_count(0)


def test_a_form_that_someone_types_in_is_left_alone(db, make, people, hall, link):
    approved(db, make, hall, ENGLISH)
    approved(db, make, hall, TEXT, who="bilal")
    moderator = people.page(link=link(Role.MODERATOR))
    moderator.goto(f"/stage/{hall.code}/moderate")
    moderator.locator("#b1 summary").click()
    field = moderator.locator("#b1").get_by_label("Answer as text")
    field.fill("In a solar")
    approved(db, make, hall, "Pourquoi deux gouttes seulement ?", who="c")
    moderator.locator("#b3").wait_for()
    expect(field).to_have_value("In a solar")
    field.press_sequentially(" fridge.")
    moderator.locator("#b1").get_by_role("button", name="Answer in writing").click()
    expect(moderator.locator("#b1")).to_have_count(0)
    (answer,) = kept(db, hall)[0].answers
    assert answer.text == "In a solar fridge."


def test_a_press_ends_on_what_it_began_on(db, make, people, hall):
    approved(db, make, hall, ENGLISH)
    viewer, other = people.page(), people.page()
    for page in (viewer, other):
        page.goto(f"/t/{hall.code}")
    viewer.get_by_role("button", name="Support").hover()
    viewer.mouse.down()
    questions.support(db, FEED, Participant("bilal"), hall.code, 1, now=NOW)
    expect(other.locator("#q1")).to_contain_text("2 people back this")
    expect(viewer.locator("#q1")).to_contain_text("1 person backs this")
    viewer.mouse.up()
    expect(viewer.locator("#q1")).to_contain_text("3 people back this")


def test_what_was_sent_goes_though_the_news_came_before_the_answer(db, make, people, hall, link):
    approved(db, make, hall, ENGLISH)
    moderator, other = people.page(link=link(Role.MODERATOR)), people.page()
    other.goto(f"/t/{hall.code}")
    moderator.goto(f"/stage/{hall.code}/moderate")
    late = []
    moderator.route("**/write", lambda route: late.append((route, route.fetch(max_redirects=0))))
    moderator.locator("#b1 summary").click()
    moderator.locator("#b1").get_by_label("Answer as text").fill("In a solar fridge.")
    moderator.locator("#b1").get_by_role("button", name="Answer in writing").click()
    expect(other.locator("#answered")).to_contain_text("In a solar fridge.")
    approved(db, make, hall, TEXT, who="bilal")
    moderator.locator("#b2").wait_for()
    expect(moderator.locator("#b1")).to_be_visible()
    ((route, answer),) = late
    route.fulfill(response=answer)
    expect(moderator.locator("#b1")).to_have_count(0)


def test_a_stale_moderator_is_told_on_the_page(db, make, people, hall, link):
    approved(db, make, hall, ENGLISH)
    moderator = people.page(link=link(Role.MODERATOR))
    moderator.goto(f"/stage/{hall.code}/moderate")
    moderator.locator("#b1 summary").click()
    reason = moderator.locator("#b1").get_by_label("Why? The asker will read it.")
    reason.fill("It was asked already.")
    host = people.page(link=link(Role.HOST))
    host.goto(f"/stage/{hall.code}/host")
    host.get_by_role("button", name="Take it").click()
    expect(host.locator("#air-1")).to_be_visible()
    moderator.locator("#b1").get_by_role("button", name="Take off the board").click()
    expect(moderator.get_by_role("alert")).to_have_text(
        "Somebody took question 1 on air meanwhile."
    )


def test_a_draft_survives_a_dead_line_and_is_asked_once(db, people, hall):
    asker = people.page()
    asker.goto(f"/t/{hall.code}")
    asker.context.set_offline(True)
    asker.wait_for_function("!navigator.onLine")
    asker.get_by_label("Your question").fill(ENGLISH)
    asker.get_by_role("button", name="Ask", exact=True).click()
    expect(asker.locator("[data-offline]")).to_contain_text("There is no line.")
    assert kept(db, hall) == []
    asker.context.set_offline(False)
    asker.wait_for_url("**/q/*")
    assert [question.text for question in kept(db, hall)] == [ENGLISH]
    asker.goto(f"/t/{hall.code}")
    expect(asker.get_by_label("Your question")).to_have_value("")


def test_a_draft_survives_a_reload(people, hall):
    asker = people.page()
    asker.goto(f"/t/{hall.code}")
    asker.get_by_label("Your question").fill(ENGLISH)
    asker.reload()
    expect(asker.get_by_label("Your question")).to_have_value(ENGLISH)


def test_the_page_shows_the_browsers_clock(people, hall):
    viewer = people.page(timezone_id="Asia/Tehran")
    viewer.goto(f"/t/{hall.code}")
    expect(viewer.locator("#when")).to_contain_text("Wednesday 2 December 2026, 15:00")
    expect(viewer.locator("#when")).to_contain_text("On your clock: Asia/Tehran.")


def test_a_phone_shows_everything_in_320_pixels(db, make, people, hall, link):
    approved(db, make, hall, TEXT)
    phone = {"viewport": {"width": 320, "height": 640}}
    token = link(Role.OWNER)
    for path in (f"t/{hall.code}", *(f"stage/{hall.code}/{s}" for s in ("moderate", "host"))):
        page = people.page(link=token, **phone)
        page.goto(f"/{path}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, path


def test_the_screens_title_begins_where_its_header_does(people, hall, link):
    screen = people.page(link=link(Role.PRESENTER), viewport={"width": 1920, "height": 1080})
    screen.goto(f"/stage/{hall.code}/present")
    starts = [screen.locator(each).bounding_box()["x"] for each in (".brand", "h1")]
    assert starts[0] == starts[1]


@pytest.fixture
def look(tmp_path):
    """Return a function that gives what w3m shows, with the words of its command line."""
    w3m = shutil.which("w3m")
    require("w3m", available=bool(w3m), reason="it is not installed")

    def dump(*words):
        answer = subprocess.run(
            [w3m, "-O", "UTF-8", *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        )
        return answer.stdout

    return dump


def test_w3m_shows_only_what_is_true(db, make, served, base_url, hall, look):
    approved(db, make, hall, ENGLISH)
    page = look("-dump", f"{base_url}/t/{hall.code}")
    questions = page.partition("1 person backs this")[2].partition("Who is next")[0]
    assert questions.split() == ["Support", "question", "1"]
    assert "There is no line" not in page


def test_w3m_asks_a_question(db, served, base_url, hall, look, tmp_path):
    page = look("-dump", f"{base_url}/l/{hall.code}")
    assert "Polio: a live conversation" in page
    assert "Wednesday 2 December 2026, 11:30 (UTC+00:00)" in page
    source = look("-dump_source", f"{base_url}/l/{hall.code}")
    key, person = (
        source.partition(f'name="{name}" value="')[2].partition('"')[0]
        for name in ("key", "person")
    )
    form = tmp_path / "form"
    form.write_text(
        urlencode({"key": key, "person": person, "channel": "lite", "place": "", "text": TEXT})
    )
    for said in ("waits for a moderator", "You have asked this already."):
        assert said in look("-dump", "-post", str(form), f"{base_url}/t/{hall.code}/ask")
    db.rollback()
    assert db.scalar(select(func.count(Question.id))) == 1
    assert queries.question(db, hall, 1).text == TEXT


def test_w3m_registers_from_the_lite_page_to_the_confirmation(
    db, served, base_url, hall, look, tmp_path
):
    page = look("-dump", f"{base_url}/l/{hall.code}")
    assert "Tell me by mail" in page
    source = look("-dump_source", f"{base_url}/l/{hall.code}")
    own = source.partition(f'action="/t/{hall.code}/register"')[2].partition("</form>")[0]
    assert set(re.findall(r'name="(\w+)"', own)) == {"language", "address", "zone"}
    form = tmp_path / "form"
    form.write_text(
        urlencode({"language": "en", "address": "amina@example.org", "zone": "Nairobi"})
    )
    said = look("-dump", "-post", str(form), f"{base_url}/t/{hall.code}/register")
    assert "Look into your mail" in said
    db.rollback()
    [letter] = db.scalars(select(OutboxMessage)).all()
    mail = message_from_bytes(letter.octets, policy=policy.default)
    link = re.search(r"http\S+/r/\S+", mail.get_body(("plain",)).get_content())[0]
    asked = look("-dump", link)
    assert "Shall we tell you by mail?" in asked
    assert "Yes, tell me by mail" in asked
    db.rollback()
    assert db.scalar(select(func.count(Invitation.id))) == 0
    form.write_text(urlencode({"zone": "Africa/Nairobi"}))
    told = look("-dump", "-post", str(form), link)
    assert "You are told of it by mail" in told
    assert "Wednesday 2 December 2026, 14:30 (UTC+03:00)" in told
    db.rollback()
    [place] = db.scalars(select(Invitation)).all()
    assert (place.contact.address, place.partstat) == ("amina@example.org", PartStat.ACCEPTED)
    form.write_text("")
    left = look("-dump", "-post", str(form), f"{link}/leave")
    assert "You have left the list" in left
