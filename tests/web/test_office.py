import gzip
import re

import pytest
from sqlalchemy import select

from tests.fixtures.web import SECRET, reread, text_of
from townhall.domain import tokens
from townhall.domain.access import Role
from townhall.domain.states import PartStat, SeatRole, SittingState, State
from townhall.models.accounts import AuditEntry
from townhall.models.planning import Promise


@pytest.fixture
def town_hall(make):
    return make.town_hall(
        code="polio", join_url="https://meet.example/polio", phone="+41 22 555 01 00"
    )


@pytest.fixture
def host(make, town_hall):
    return make.seat(town_hall, "New York", zone="America/New_York", role=SeatRole.HOST, position=1)


@pytest.fixture
def seat(make, town_hall, host):
    return make.seat(town_hall, "Karachi", position=2)


@pytest.fixture
def office(make, town_hall, seat, client, sign_in):
    link, _token = make.link(town_hall, Role.OFFICE, seat)
    return sign_in(client, links=(link,))


def test_a_seat_sees_its_own_clock_headquarters_and_how_to_join(make, town_hall, office):
    make.sitting(town_hall)
    page = text_of(office.get("/office/polio/2"))
    for said in (
        "Karachi",
        "Wednesday 2 December 2026, 16:30 (UTC+05:00)",
        "New York Wednesday 2 December 2026, 06:30 (UTC-05:00)",
        "World time Wednesday 2 December 2026, 11:30 (UTC+00:00)",
        "60 minutes",
        "It starts in 9 days.",
        "https://meet.example/polio",
        "By phone +41 22 555 01 00",
        "Your place takes part",
        "No question has been put to you yet.",
    ):
        assert said in page


def test_a_seats_page_is_cheap_on_a_poor_line(make, town_hall, seat, office):
    sitting = make.sitting(town_hall)
    for _ in range(5):
        make.invitation(sitting, seat)
    page = office.get("/office/polio/2").get_data()
    files = set(re.findall(r'(?:href|src)="(/static/[^"?]+)', page.decode()))
    assert len(files) <= 2, "three requests with the page itself"
    octets = len(gzip.compress(page))
    for path in files:
        with office.get(path) as answer:
            octets += len(gzip.compress(answer.get_data()))
    assert octets <= 15_000


def test_a_seat_sees_what_the_hour_costs_it(make, town_hall, seat, office):
    sitting = make.sitting(town_hall)
    promise = Promise(
        sitting_id=sitting.id,
        seat_id=seat.id,
        zone="Asia/Karachi",
        local_start="2026-12-02T16:30+05:00",
        burden=8,
    )
    make.db.add(promise)
    make.db.commit()
    assert "it counts 8 points of burden" in text_of(office.get("/office/polio/2"))


def test_a_seat_without_an_hour_is_told_so(office):
    assert "The hour is not set yet." in text_of(office.get("/office/polio/2"))


def test_a_seats_page_is_loaded_again_by_a_link(office):
    page = office.get("/office/polio/2").get_data(as_text=True)
    assert '<a href="/office/polio/2">Load again</a>' in page


def test_a_seat_of_a_cancelled_sitting_is_told_so(make, town_hall, seat, office):
    sitting = make.sitting(town_hall, state=SittingState.CANCELLED)
    make.invitation(sitting, seat)
    page = office.get("/office/polio/2").get_data(as_text=True)
    assert "This sitting was cancelled." in page
    assert 'name="answer"' not in page


def test_a_seat_sees_the_questions_put_to_it_and_no_others(make, town_hall, seat, office):
    person = make.person(make.site(town_hall))
    to_us = {"addressed_to_id": seat.id}
    make.question(person, "When does it begin?", state=State.APPROVED, **to_us)
    make.question(person, "Nobody has approved this.", **to_us)
    make.question(person, "Who pays for it?", state=State.APPROVED)
    page = text_of(office.get("/office/polio/2"))
    assert "When does it begin?" in page
    assert "on the board" in page
    assert "Nobody has approved this." not in page
    assert "Who pays for it?" not in page


@pytest.mark.parametrize("path, status", [("/office/polio/1", 403), ("/office/polio/7", 404)])
def test_a_seat_does_not_see_another(office, host, path, status):
    assert office.get(path).status_code == status


def test_an_office_answers_for_its_people(db, make, town_hall, seat, office):
    invitation = make.invitation(make.sitting(town_hall), seat, make.contact("Amina Diallo"))
    path = f"/office/polio/2/answers/{invitation.code}"
    assert "Amina Diallo has not answered" in text_of(office.get("/office/polio/2"))

    done = office.submit(path, answer="ACCEPTED", sequence=0, note="")

    assert (done.status_code, done.location) == (303, "/office/polio/2")
    assert "Amina Diallo comes" in text_of(office.get("/office/polio/2"))
    refused = office.submit(path, answer="ACCEPTED", sequence=1)
    assert refused.status_code == 409
    assert "The event has moved to another time" in text_of(refused)
    refused = office.submit(path, answer="PERHAPS", sequence=0)
    assert refused.status_code == 422
    assert "“PERHAPS” is not an answer" in text_of(refused)


def test_the_team_sees_a_seats_page_and_does_not_answer_for_it(app, make, town_hall, seat, sign_in):
    account = make.account()
    make.member(account, town_hall, Role.OWNER)
    invitation = make.invitation(make.sitting(town_hall), seat)
    owner = sign_in(app.test_client(), account)
    assert 'name="answer"' not in owner.get("/office/polio/2").get_data(as_text=True)
    path = f"/office/polio/2/answers/{invitation.code}"
    assert owner.submit(path, answer="ACCEPTED", sequence=0).status_code == 403


def test_an_office_makes_the_link_for_its_people(app, office):
    page = text_of(office.submit("/office/polio/2/link"))
    address = next(word for word in page.split() if "/k/" in word)
    colleague = app.test_client()
    opened = colleague.get(address.removeprefix("http://localhost"))
    assert (opened.status_code, opened.location) == (303, "/t/polio")
    assert colleague.get("/office/polio/2").status_code == 403
    assert address not in text_of(office.get("/office/polio/2"))


@pytest.fixture
def invited(make, town_hall, seat):
    sitting = make.sitting(town_hall)
    return make.invitation(sitting, seat, make.contact("Amina Diallo"))


def address(invitation):
    return f"/i/{invitation.code}/{tokens.sign(SECRET, 'reply', invitation.code)}"


def test_an_invited_person_sees_when_and_answers(client, db, invited):
    path = address(invited)
    page = text_of(client.get(path))
    for said in (
        "A town hall on polio",
        "When, on the clock of Karachi",
        "Wednesday 2 December 2026, 16:30 (UTC+05:00)",
        "For Amina Diallo . One press is enough",
        "Yes, I will come",
        "By phone +41 22 555 01 00",
    ):
        assert said in page
    reread(db)
    assert invited.partstat is PartStat.NEEDS_ACTION, "GET answers nothing"

    done = client.submit(path, answer="TENTATIVE", sequence=0, note="If the line holds.")

    assert (done.status_code, done.location) == (303, path)
    reread(db)
    assert (invited.partstat, invited.note) == (PartStat.TENTATIVE, "If the line holds.")
    page = client.get(path).get_data(as_text=True)
    assert "Thank you, " in page
    assert "If the line holds.</textarea>" in page
    assert 'value="TENTATIVE" aria-pressed="true"' in page
    assert db.scalars(select(AuditEntry.actor)).all() == [f"contact:{invited.contact_id}"]


def test_a_made_up_reply_link_is_no_page(client, make, invited):
    _code, _slash, signature = address(invited).rpartition("/")
    other = make.invitation(invited.sitting, invited.seat)
    for path in (f"/i/{invited.code}/{'0' * 32}", f"/i/{other.code}/{signature}"):
        assert client.get(path).status_code == 404
        assert client.submit(path, answer="ACCEPTED", sequence=0).status_code == 404


def test_an_answer_to_a_moved_time_shows_the_new_one_and_keeps_the_note(
    client, db, make, town_hall, seat
):
    sitting = make.sitting(town_hall, sequence=3)
    invitation = make.invitation(sitting, seat, asked_sequence=3)
    refused = client.submit(
        address(invitation), answer="ACCEPTED", sequence=2, note="We come with four."
    )
    page = refused.get_data(as_text=True)
    assert refused.status_code == 409
    assert "The event has moved to another time. Look at the new time, then answer." in page
    assert "We come with four.</textarea>" in page
    assert '<input type="hidden" name="sequence" value="3">' in page


@pytest.mark.parametrize(
    "form, field",
    [
        ({"answer": "ACCEPTED", "sequence": 0, "note": "x" * 501}, "note"),
        ({"answer": "ACCEPTED", "sequence": "", "note": ""}, "sequence"),
        ({"answer": "", "sequence": 0, "note": "Hello"}, "answer"),
        ({"answer": "NEEDS-ACTION", "sequence": 0, "note": "Hello"}, "answer"),
    ],
)
def test_a_reply_that_cannot_be_used_is_said_and_changes_nothing(client, db, invited, form, field):
    refused = client.submit(address(invited), **form)
    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.get_data(as_text=True) or field != "note"
    assert 'class="note warn error"' in refused.get_data(as_text=True) or field == "note"
    reread(db)
    assert invited.partstat is PartStat.NEEDS_ACTION


@pytest.mark.parametrize(
    "state, days, sentence",
    [
        (SittingState.CANCELLED, 0, "This event is cancelled; no answer is needed."),
        (SittingState.HELD, 0, "This event is over; answers are no longer taken."),
        (SittingState.SCHEDULED, 10, "This event is over; answers are no longer taken."),
    ],
)
def test_an_invitation_that_needs_no_answer_says_so(
    client, clock, make, town_hall, seat, state, days, sentence
):
    invitation = make.invitation(make.sitting(town_hall, state=state), seat)
    clock.advance(days=days)
    shown = client.get(address(invitation))
    assert shown.status_code == 200
    assert sentence in text_of(shown)
    assert 'name="answer"' not in shown.get_data(as_text=True)
    refused = client.submit(address(invitation), answer="ACCEPTED", sequence=0)
    assert refused.status_code == 409
    assert sentence in text_of(refused)


def test_replies_are_throttled_per_invitation(client, invited):
    path = address(invited)
    codes = [client.submit(path, answer="ACCEPTED", sequence=0).status_code for _ in range(31)]
    assert codes == [303] * 30 + [429]
