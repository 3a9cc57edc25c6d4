"""Registering by mail on the public pages, and what the organizers see of it."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from tests.fixtures.make import NOW
from tests.fixtures.web import SECRET, reread, text_of
from townhall.domain import tokens
from townhall.domain.access import Role
from townhall.domain.states import MailKind, SeatRole, SittingState
from townhall.models.accounts import Contact
from townhall.models.invitations import OutboxMessage
from townhall.models.registrations import Registration

FORM = {"address": "amina@example.org", "zone": "Nairobi", "language": "en"}


@pytest.fixture
def hall(make):
    hall = make.town_hall(title="Ending polio")
    make.seat(hall, "New York", zone="America/New_York", role=SeatRole.HOST, position=1)
    return hall


@pytest.fixture
def path(hall):
    return f"/t/{hall.code}/register"


@pytest.fixture
def registered(client, db, path):
    """Return the path of a person's own page, before anything is confirmed."""
    client.submit(path, **FORM)
    return own_path(db)


def own_path(db):
    reread(db)
    letter = db.query(OutboxMessage).filter_by(kind=MailKind.REGISTER).order_by("id").all()[-1]
    text = message_from_bytes(letter.octets, policy=policy.default).get_body(("plain",))
    return re.search(
        r"^http://localhost(/r/\S+)$", text.get_content().replace("\r", ""), re.MULTILINE
    )[1]


def row(db):
    reread(db)
    return db.query(Registration).one()


@pytest.mark.parametrize("page", ["t", "l"])
def test_both_public_pages_have_the_form(client, db, hall, page):
    shown = client.get(f"/{page}/{hall.code}").get_data(as_text=True)
    assert f'action="/t/{hall.code}/register"' in shown
    names = set(re.findall(r'name="(\w+)"', shown[shown.index("/register") :]))
    assert {"address", "zone", "language"} <= names

    sent = client.submit(f"/t/{hall.code}/register", **FORM)
    assert (sent.status_code, sent.location) == (303, f"/t/{hall.code}/register?sent=1")
    assert "Look into your mail" in text_of(client.get(sent.location))
    assert row(db).zone == "Africa/Nairobi"


def test_the_answer_is_the_same_for_known_addresses(client, db, make, path, registered):
    make.account(address="boss@example.org")
    answers = [
        client.submit(path, **FORM | {"address": address})
        for address in ("new@example.org", "boss@example.org", "amina@example.org")
    ]
    assert len({(each.status_code, each.location, each.data) for each in answers}) == 1


def test_the_link_shows_and_only_the_button_confirms(client, db, registered):
    page = client.get(registered)
    assert page.status_code == 200
    assert "Shall we tell you by mail?" in text_of(page)
    assert "amina@example.org" in text_of(page)
    assert row(db).confirmed_at is None
    assert client.get(f"{registered}/leave").status_code == 200
    assert not row(db).left_at, "GET changes nothing"

    done = client.submit(registered, zone="Asia/Tokyo")
    assert (done.status_code, done.location) == (303, registered)
    assert (row(db).confirmed_at, row(db).zone) == (NOW, "Asia/Tokyo")
    shown = text_of(client.get(registered))
    assert "The hour is not set yet" in shown
    assert "on the clock of Tokyo" in shown


def test_who_registers_sees_their_hour_and_leaves(client, db, make, hall, registered):
    make.sitting(hall, title=hall.title)
    client.submit(registered, zone="Nairobi")
    assert "14:30" in text_of(client.get(registered))

    left = client.submit(f"{registered}/leave")
    assert left.status_code == 200
    assert "You have left the list" in text_of(left)
    assert "Changed your mind?" in text_of(left)
    assert row(db).left_at == NOW
    client.submit(registered, zone="Nairobi")
    assert row(db).is_on


def test_one_click_of_a_mailer_leaves(app, client, db, registered):
    client.submit(registered, zone="Nairobi")
    mailer = app.test_client()
    done = mailer.post(f"{registered}/leave", data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200, "RFC 8058, section 3.2: no cookie, no redirect"
    assert row(db).left_at == NOW


def test_a_person_of_a_seat_is_told_so(client, db, make, hall, registered):
    make.seat_contact(make.seat(hall), db.query(Contact).one())
    client.submit(registered, zone="Nairobi")
    assert "have invited you themselves" in text_of(client.get(registered))


def test_links_that_were_made_up_lead_nowhere(client, db, registered):
    code = row(db).code
    wrong = tokens.sign(SECRET, "reply", code)
    for path in (f"/r/{code}/{wrong}", f"/r/{code}/{wrong}/leave"):
        assert client.get(path).status_code == 404
        assert client.submit(path, zone="Nairobi").status_code == 404


def test_a_link_of_an_address_that_was_forgotten_says_so(client):
    path = f"/r/gone/{tokens.sign(SECRET, 'registration', 'gone')}"
    page = client.get(path)
    assert page.status_code == 410
    assert "your address was forgotten" in text_of(page)
    assert client.submit(f"{path}/leave").status_code == 410


@pytest.mark.parametrize(
    "form, said",
    [
        ({"address": "amina"}, "is not a mail address"),
        ({"zone": "Xyzzy"}, "Xyzzy"),
        ({"zone": ""}, "This field is empty"),
        ({"sitting": "x"}, "is not a whole number"),
    ],
)
def test_what_cannot_be_used_is_said_and_what_was_typed_stays(client, db, path, form, said):
    page = client.submit(path, **FORM | form)
    assert page.status_code == 422
    assert said in text_of(page)
    assert f'value="{(FORM | form)["address"]}"' in page.get_data(as_text=True)
    assert db.query(Registration).count() == 0


def test_a_clock_that_is_none_is_said_on_the_own_page(client, db, registered):
    page = client.submit(registered, zone="Xyzzy")
    assert page.status_code == 422
    assert "Xyzzy" in text_of(page)
    assert row(db).confirmed_at is None


def test_of_several_sittings_one_is_chosen(client, db, make, hall, path):
    make.sitting(hall, number=1)
    make.sitting(hall, number=2, starts_at=datetime(2026, 12, 3, 1, 30, tzinfo=UTC))
    client.submit(f"/t/{hall.code}/clock", zone="Asia/Tokyo")
    for page in (f"/t/{hall.code}", path):
        shown = text_of(client.get(page))
        assert "The one that is best on my clock (Thu 3 Dec, 10:30)" in shown
    client.submit(path, **FORM | {"sitting": "2"})
    assert row(db).sitting.number == 2
    page = client.get(own_path(db)).get_data(as_text=True)
    assert '<option value="2" selected>' in page
    assert client.submit(path, **FORM | {"sitting": "9"}).status_code == 404
    assert 'name="sitting"' in client.get(f"/l/{hall.code}").get_data(as_text=True)


def test_of_what_is_over_nobody_registers(client, make, hall, path):
    make.sitting(hall, state=SittingState.HELD, starts_at=NOW.replace(day=1))
    assert "register" not in client.get(f"/t/{hall.code}").get_data(as_text=True)
    assert "register" not in client.get(f"/l/{hall.code}").get_data(as_text=True)
    assert "this event is over" in text_of(client.get(path))


def test_an_unknown_language_is_the_pages(client, db, path):
    client.get("/?lang=ar")
    client.submit(path, **FORM | {"language": "tlh"})
    assert row(db).language == "ar"


def test_addresses_and_networks_are_throttled(client, path):
    codes = [client.submit(path, **FORM).status_code for _ in range(6)]
    assert codes == [303] * 5 + [429]
    others = [
        client.submit(path, **FORM | {"address": f"p{number}@example.org"}).status_code
        for number in range(60)
    ]
    assert others.count(429) == 6


@pytest.fixture
def organizer(client, make, sign_in, hall):
    account = make.account()
    make.member(account, hall, Role.OWNER)
    return sign_in(client, account)


def test_organizers_see_how_many_and_who(organizer, db, hall, path):
    overview = f"/organizer/t/{hall.code}"
    assert "Nobody has registered" in text_of(organizer.get(overview))
    assert "0 people registered" in text_of(organizer.get(f"{overview}/registered"))
    for address in ("=cmd@example.org", "amina@example.org"):
        organizer.submit(path, **FORM | {"address": address})
        organizer.submit(own_path(db), zone="Nairobi")

    shown = text_of(organizer.get(overview))
    assert "2 people registered on the public page." in shown
    assert "Africa/Nairobi" in shown
    page = text_of(organizer.get(f"{overview}/registered?after=x"))
    assert "amina@example.org" in page
    sheet = organizer.get(f"{overview}/registered.csv")
    assert sheet.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert sheet.get_data(as_text=True).splitlines() == [
        "\ufeffaddress,language,zone,registered_at,sitting,answer",
        "'=cmd@example.org,en,Africa/Nairobi,2026-11-23T09:00Z,,",
        "amina@example.org,en,Africa/Nairobi,2026-11-23T09:00Z,,",
    ]


def test_organizers_erase_a_person(organizer, db, hall, registered):
    organizer.submit(registered, zone="Nairobi")
    number = row(db).id
    done = organizer.submit(f"/organizer/t/{hall.code}/registered/erase", number=number)
    assert (done.status_code, done.location) == (303, f"/organizer/t/{hall.code}/registered")
    assert row(db).left_at == NOW
    assert "amina@example.org" not in text_of(organizer.get(done.location))


def test_the_draft_says_who_registered(organizer, db, hall, registered):
    organizer.submit(registered, zone="Nairobi")
    start = hall.window_from_at.strftime("%Y-%m-%dT%H:%MZ")
    organizer.submit(f"/organizer/t/{hall.code}/choose", start=start)
    page = text_of(organizer.get(f"/organizer/t/{hall.code}/draft"))
    assert "1 of them goes to a person who registered" in page
    assert "registered on the public page" in page
    mail = organizer.get(f"/organizer/t/{hall.code}/draft/1").get_data(as_text=True)
    assert "You are registered for" in mail
    assert "/r/preview/leave" in mail
