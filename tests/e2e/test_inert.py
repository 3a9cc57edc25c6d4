"""What people wrote is shown as they wrote it, and does nothing, wherever it is shown."""

import pytest

from tests.fixtures.make import NOW
from tests.fixtures.web import SECRET
from tests.services.asking import FEED, approved, ask
from townhall.domain import tokens
from townhall.domain.access import Role
from townhall.domain.states import DraftAction, SeatRole
from townhall.models.planning import Draft, DraftStep
from townhall.services import moderation, stage

pytestmark = pytest.mark.browser

SCRIPT = "<script>window.pwned=1;alert(1)</script>"
PAYLOADS = [
    SCRIPT,
    "\"'><img src=x onerror=window.pwned=1;alert(1)>",
    "</textarea></title></svg><svg onload=window.pwned=1>",
    "' onfocus=window.pwned=1 autofocus x='",
    "<a href=javascript:window.pwned=1>click</a><base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example><iframe src=//evil.example>",
    "<style>body{display:none}</style><link rel=stylesheet href=//evil.example>",
    "{{7*7}}{%raw%}${7*7}#{7*7} %(title)s %s 100% --><!--",
    "\\u003cscript\\u003ewindow.pwned=1\\u003c/script\\u003e &lt;script&gt; ]]>",
]
SHORT = f"{SCRIPT}\"'><img src=x onerror=window.pwned=1>{{{{7*7}}}} %(a)s"
"""For names and titles."""

LONG = "\n".join(PAYLOADS)

QUESTION = " ".join(PAYLOADS[:5])
"""At most 500 characters long."""

HTML = "Subject: x\r\nContent-Type: text/html\r\n\r\n<p>Hi</p>{}\r\n"

INERT = """() => ({
  pwned: window.pwned === undefined ? [] : ['a script ran'],
  scripts: [...document.scripts].map(each => each.getAttribute('src'))
    .filter(src => !(src || '').startsWith('/static/')),
  handlers: [...document.querySelectorAll('*')].flatMap(each => each.getAttributeNames())
    .filter(name => name.startsWith('on') || name === 'style' || name === 'srcdoc'),
  foreign: [...document.querySelectorAll('base,object,embed,meta[http-equiv],style,img')]
    .map(each => each.outerHTML),
  links: [...document.querySelectorAll('[href],[action],[src]')]
    .map(each => each.href || each.action || each.src).map(String)
    .filter(address => !/^(https?|webcal|mailto|tel|data:image|data:,$)/.test(address)),
})"""
CLEAN = {"pwned": [], "scripts": [], "handlers": [], "foreign": [], "links": []}


@pytest.fixture
def hall(make):
    hall = make.town_hall(
        title=SHORT,
        topic=SHORT,
        description=LONG,
        hashtag=SHORT[:64],
        phone=SHORT[:100],
        join_url="https://meet.example/'onclick='window.pwned=1",
        languages=["en", "ar"],
    )
    host = make.seat(hall, f"{SHORT} host", role=SeatRole.HOST, position=1)
    seat = make.seat(hall, f"{SHORT} seat", position=2, zone="Africa/Lubumbashi", country="CD")
    make.seat_contact(host, make.contact(SHORT))
    for each in (host, seat):
        make.site(hall, each)
    make.site(hall)
    return hall


@pytest.fixture
def invitation(make, hall):
    invitation = make.invitation(make.sitting(hall), hall.seats[1], make.contact(SHORT), note=LONG)
    mail = make.mail(
        invitation.contact,
        town_hall_id=hall.id,
        subject=SHORT,
        octets=HTML.format("").encode(),
        last_error=LONG,
    )
    draft = Draft(
        town_hall_id=hall.id,
        steps=[
            DraftStep(
                sitting_id=invitation.sitting_id,
                action=DraftAction.MOVE,
                starts_at=hall.window_from_at,
            )
        ],
        note=LONG,
        created_at=NOW,
    )
    make.db.add_all([mail, draft])
    make.db.commit()
    make.link(hall, Role.HOST, label=SHORT)
    return invitation, mail


@pytest.fixture
def follow(db, make, hall):
    """Return the private links of askers, whose questions are everywhere in their life."""
    moderator, host = make.actor(hall, Role.MODERATOR), make.actor(hall, Role.HOST)
    for number, payload in enumerate(PAYLOADS):
        approved(db, make, hall, f"On the board: {payload}", key=str(number), who=payload)
    on_air = approved(db, make, hall, f"On air: {QUESTION}", key="on-air", who="on air")
    first = {"replacing": None, "version": on_air.version, "now": NOW}
    stage.take(db, FEED, host, hall.code, on_air.number, **first)
    written = approved(db, make, hall, f"Answered: {SHORT}", key="written", who="written")
    moderation.answer_in_writing(
        db,
        FEED,
        moderator,
        hall.code,
        written.number,
        text=LONG,
        language="en",
        version=written.version,
        now=NOW,
    )
    declined = ask(db, hall, f"Declined: {SHORT}", "declined", "declined")
    moderation.decline(
        db,
        FEED,
        moderator,
        hall.code,
        declined.question.number,
        reason=SHORT,
        version=declined.question.version,
        now=NOW,
    )
    pending = ask(db, hall, f"Pending: {QUESTION}", "pending", "pending")
    return [pending.token, declined.token]


def test_what_people_wrote_does_nothing_on_any_page(
    people, base_url, make, hall, invitation, follow
):
    invited, mail = invitation
    code = hall.code
    signature = tokens.sign(SECRET, "reply", invited.code)
    _link, producer = make.link(hall, Role.PRODUCER)
    _link, office = make.link(hall, Role.OFFICE, hall.seats[1])
    journeys = {
        "": [
            f"/t/{code}",
            f"/t/{code}?lang=ar",
            f"/l/{code}",
            *(f"/q/{token}" for token in follow),
            f"/i/{invited.code}/{signature}",
            f"/t/{SHORT}",
        ],
        office: [f"/office/{code}/2"],
        producer: [
            f"/organizer/t/{code}{path}"
            for path in (
                "",
                "/edit",
                "/links",
                "/mail",
                f"/mail/{mail.code}",
                "/plan",
                "/draft",
                "/draft/1",
                "/seats/2",
            )
        ]
        + [f"/stage/{code}/{screen}" for screen in ("moderate", "host", "present")]
        + [f"/office/{code}/2"],
    }
    found, seen = {}, {}
    for link, paths in journeys.items():
        page = people.page(link=link)
        page.on("dialog", lambda dialog: (found.update(dialog=dialog.message), dialog.dismiss()))
        page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((base_url, "data:"))
                else found.update({asked.url: "was asked for"})
            ),
        )
        for path in paths:
            page.goto(path)
            # A mail's page has a style of its own, which its own policy names.
            state = CLEAN if path.endswith("/draft/1") else page.evaluate(INERT)
            if state != CLEAN:
                found[path] = state
            seen[path] = page.locator("body").inner_text()
    assert found == {}
    # The pages showed the texts, so that their silence means something.
    shown = [f"/t/{code}", f"/l/{code}", f"/office/{code}/2", f"/i/{invited.code}/{signature}"]
    shown += [f"/q/{token}" for token in follow]
    shown += [f"/stage/{code}/{screen}" for screen in ("moderate", "host", "present")]
    shown += [f"/organizer/t/{code}{path}" for path in ("", "/links", "/mail", "/plan", "/draft")]
    assert [path for path in shown if SCRIPT not in seen[path]] == []
    assert "{{7*7}}${7*7}#{7*7} %(title)s %s 100%" in seen[f"/t/{code}"].replace("{%raw%}", "")


def test_a_mail_is_shown_in_a_page_that_can_do_nothing(people, base_url, make, hall, invitation):
    _invited, mail = invitation
    mail.octets = HTML.format(LONG).encode()
    make.db.commit()
    _link, producer = make.link(hall, Role.PRODUCER)
    page = people.page(link=producer)
    found = []
    page.on("dialog", lambda dialog: (found.append(dialog.message), dialog.dismiss()))
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(base_url) else found.append(asked.url),
    )
    # The browser says what it refuses, which is what this page is for.
    with page.expect_console_message(lambda said: "Content Security Policy" in said.text):
        page.goto(f"/organizer/t/{hall.code}/mail/{mail.code}/page")
    assert "Hi" in page.locator("body").text_content()
    assert page.evaluate("window.pwned === undefined")
    page.wait_for_timeout(300)
    assert found == []
    people.complaints.clear()


def test_a_form_that_comes_back_keeps_the_text_and_does_nothing(people, hall):
    page = people.page()
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"/t/{hall.code}")
    page.get_by_label("Your question").fill(LONG)
    # In one step: between finding the field and opening, the page may bring its own clock.
    page.evaluate("document.querySelector('#when details').open = true")
    page.get_by_label("Your city").fill(SHORT)
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_text("is not a known time zone").wait_for()
    assert page.get_by_label("Your city").input_value() == SHORT
    assert page.evaluate(INERT) == CLEAN
    page.goto("/sign-in")
    page.get_by_label("Your mail address").evaluate("field => field.type = 'text'")
    page.get_by_label("Your mail address").fill(SHORT)
    page.get_by_role("button", name="Send me the mail").click()
    page.get_by_text("is not a mail address").wait_for()
    assert page.get_by_label("Your mail address").input_value() == SHORT
    assert page.evaluate(INERT) == CLEAN
    assert dialogs == []
