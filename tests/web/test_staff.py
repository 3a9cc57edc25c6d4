"""The team's page: who is invited, who is proposed, and what the organizers see of it elsewhere."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest

from tests.fixtures import answers
from tests.fixtures.make import NOW
from tests.fixtures.web import SECRET, reread, text_of
from townhall.db import transaction
from townhall.domain import tokens
from townhall.domain.access import Role
from townhall.domain.states import PartStat, SeatRole
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Draft
from townhall.models.staff import Staffer
from townhall.services import incoming

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
PATH = "/organizer/t/polio"
TARIQ = {"contact": "Tariq <tariq@example.org>", "role": "interpreter", "language": "ar"}


@pytest.fixture
def dana(make):
    return make.account('Dana "D." O’Neil')


@pytest.fixture
def organizer(client, hall, dana, sign_in):
    return sign_in(client, dana)


@pytest.fixture
def hall(make, dana):
    hall = make.town_hall(
        dana,
        code="polio",
        window_from_at=datetime(2026, 12, 9, tzinfo=UTC),
        window_until_at=datetime(2026, 12, 10, tzinfo=UTC),
    )
    make.seat(
        hall, "New York", position=1, zone="America/New_York", country="US", role=SeatRole.HOST
    )
    make.seat_contact(make.seat(hall, "New Delhi", position=2, zone="Asia/Kolkata", country="IN"))
    return hall


def fields(page, button):
    """Return the hidden and chosen values of the form in which a button stands."""
    [form] = [
        form for form in re.findall(r"<form.*?</form>", page, re.DOTALL) if f">{button}<" in form
    ]
    values = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    values |= dict(re.findall(r'<input id="[^"]+" name="(\w+)" value="([^"]*)"', form))
    for name, select in re.findall(
        r'<select id="[^"]+" name="(\w+)">(.*?)</select>', form, re.DOTALL
    ):
        values[name] = re.search(r'value="([^"]*)" selected', select)[1]
    return {name: unescape(value) for name, value in values.items() if name != "csrf"}


def send(organizer, db, hall):
    organizer.submit(f"{PATH}/choose", start="2026-12-09T12:15Z")
    draft = db.query(Draft).filter_by(town_hall_id=hall.id).one()
    assert organizer.submit(f"{PATH}/send", version=draft.version).status_code == 303
    reread(db)


def test_who_has_a_part_is_proposed_and_invited_by_one_press(db, organizer, dana):
    page = organizer.get(f"{PATH}/staff").text
    assert "Nobody of the team is invited." in page
    found = fields(page, "Invite")
    assert found == {
        "contact": f'"Dana \\"D.\\" O’Neil" <{dana.contact.address}>',
        "role": "organizer",
        "language": "en",
    }
    assert organizer.submit(f"{PATH}/staff", **found).status_code == 303
    [row] = db.query(Staffer)
    assert (row.contact.name, row.role.value, row.zone, row.required) == (
        'Dana "D." O’Neil',
        "organizer",
        None,
        True,
    )
    page = organizer.get(f"{PATH}/staff").text
    assert "Has a part in this town hall" not in page
    assert "America/New_York · English" in text_of(organizer.get(f"{PATH}/staff"))


def test_an_example_of_a_person_is_shown_whole(organizer):
    for path in ("staff", "seats/new"):
        assert "Amina Diallo <amina@example.org>" in unescape(
            re.sub(r"<[^>]+>", " ", organizer.get(f"{PATH}/{path}").text)
        )


def test_anybody_of_the_team_is_put_on_the_list_changed_and_taken_off(db, organizer):
    organizer.submit(f"{PATH}/staff", **TARIQ, zone="Asia/Amman")
    page = organizer.get(f"{PATH}/staff").text
    found = fields(page, "Keep this")
    assert found == {
        "contact": "Tariq <tariq@example.org>",
        "role": "interpreter",
        "zone": "Asia/Amman",
        "required": "yes",
        "language": "ar",
    }
    organizer.submit(f"{PATH}/staff", **found | {"zone": "", "required": "no", "role": "host"})
    [row] = db.query(Staffer)
    assert (row.role.value, row.zone, row.required, row.contact.language) == (
        "host",
        None,
        False,
        "ar",
    )
    assert organizer.submit(f"{PATH}/staff/dismiss", number=row.id).status_code == 303
    assert "Nobody of the team is invited." in organizer.get(f"{PATH}/staff").text


@pytest.mark.parametrize(
    "field, value, says",
    [
        ("contact", "", "This field is empty"),
        ("contact", "Tariq", "“Tariq” is not a contact such as"),
        ("zone", "Atlantis", "“Atlantis”"),
        ("role", "king", "“king” is not a part that one of the team can have."),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(db, organizer, field, value, says):
    answer = organizer.submit(f"{PATH}/staff", **TARIQ | {field: value})
    assert answer.status_code == 422
    assert says in unescape(answer.text)
    assert f'id="{field}-error"' in answer.text
    if field != "contact":
        assert 'value="Tariq &lt;tariq@example.org&gt;"' in answer.text
    assert db.query(Staffer).count() == 0


def test_the_draft_tells_of_those_who_could_be_invited_and_of_those_who_are(db, organizer, hall):
    organizer.submit(f"{PATH}/staff", **TARIQ)
    organizer.submit(f"{PATH}/choose", start="2026-12-09T12:15Z")
    page = text_of(organizer.get(f"{PATH}/draft"))
    assert "1 person of the team has a part and is not invited." in page
    assert "Tariq tariq@example.org Invitation of the team العربية" in page


def test_the_list_is_told_once_the_sitting_stands(db, organizer, hall):
    send(organizer, db, hall)
    assert "have been told something else" not in organizer.get(f"{PATH}/staff").text
    organizer.submit(f"{PATH}/staff", **TARIQ)
    page = organizer.get(f"{PATH}/staff").text
    assert "have been told something else" in page
    assert organizer.submit(f"{PATH}/revise").status_code == 303
    reread(db)
    draft = db.query(Draft).filter_by(town_hall_id=hall.id).one()
    organizer.submit(f"{PATH}/send", version=draft.version)
    reread(db)
    assert [row.contact.name for row in db.query(OutboxMessage).order_by("id")][1:] == ["Tariq"]


def test_who_comes_shows_the_team_and_their_answers(db, organizer, hall):
    organizer.submit(f"{PATH}/staff", **TARIQ | {"role": "host"})
    assert "The team Tariq" in text_of(organizer.get(PATH))
    send(organizer, db, hall)
    with transaction(db):
        place = db.query(Invitation).filter(Invitation.staffer_id.is_not(None)).one()
        place.partstat, place.answered_at, place.note = PartStat.ACCEPTED, NOW, "in the booth"
    shown = text_of(organizer.get(f"{PATH}/attendance"))
    assert "The team Tariq host “ in the booth ” comes" in shown
    assert "come 1" in shown


def test_who_is_invited_of_the_team_reads_their_clock_on_their_page(db, organizer, hall, app):
    organizer.submit(f"{PATH}/staff", **TARIQ, zone="Asia/Amman")
    organizer.submit(f"{PATH}/staff", contact="Mira <mira@example.org>", language="en")
    send(organizer, db, hall)
    clocks = {}
    for row in db.query(Invitation).filter(Invitation.staffer_id.is_not(None)):
        signature = tokens.sign(SECRET, "reply", row.code)
        page = app.test_client().get(f"/i/{row.code}/{signature}")
        clocks[row.contact.name] = re.search(
            r"When, on the clock of (.+?) \w+day.*? (\d\d:\d\d)", text_of(page)
        ).groups()
    assert clocks == {"Tariq": ("Amman", "15:15"), "Mira": ("New York", "07:15")}


def test_an_answer_from_a_strange_address_can_be_taken_as_one_of_the_team_s(db, organizer, hall):
    organizer.submit(f"{PATH}/staff", **TARIQ)
    send(organizer, db, hall)
    place = db.query(Invitation).filter(Invitation.staffer_id.is_not(None)).one()
    said = answers.answer("ACCEPTED", uid=place.sitting.uid, attendee="t@home.example")
    incoming.receive(db, answers.mail(said, sender="t@home.example"), key="k", now=NOW)
    page = organizer.get(f"{PATH}/answers").text
    assert f'<option value="{place.code}">Tariq (the team)</option>' in page


def test_a_moderator_does_not_see_the_list(client, make, hall, sign_in):
    link, _ = make.link(hall, Role.MODERATOR)
    assert sign_in(client, links=(link,)).get(f"{PATH}/staff").status_code == 403
