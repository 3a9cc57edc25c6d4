"""Answers by mail on the organizers' pages."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.fixtures import answers
from tests.fixtures.answers import PERSON, answer, mail
from tests.fixtures.make import NOW
from tests.fixtures.web import SECRET, reread, text_of
from townhall.db import transaction
from townhall.domain.states import Delivery, MailKind, PartStat, SeatRole
from townhall.models.invitations import OutboxMessage
from townhall.models.replies import ContactAlias, MailedReply
from townhall.services import incoming

PAGE = "/organizer/t/polio/answers"


@pytest.fixture
def account(make):
    return make.account("Dana")


@pytest.fixture
def organizer(client, account, sign_in):
    return sign_in(client, account)


@pytest.fixture
def hall(make, account):
    hall = make.town_hall(
        account,
        code="polio",
        window_from_at=datetime(2026, 12, 2, tzinfo=UTC),
        window_until_at=datetime(2026, 12, 3, tzinfo=UTC),
    )
    make.seat(
        hall, "New York", position=1, zone="America/New_York", country="US", role=SeatRole.HOST
    )
    return hall


@pytest.fixture
def invitation(make, hall):
    seat = make.seat(hall, "Islamabad", position=2)
    sitting = make.sitting(hall, uid="hall-abcdefgh@townhall")
    sana = make.contact("Sana Khan", address=PERSON)
    make.invitation(sitting, seat, make.contact("Bilal"), partstat=PartStat.DECLINED)
    return make.invitation(sitting, seat, sana)


@pytest.fixture
def receive(db):
    def take(octets):
        return incoming.receive(db, octets, key=SECRET, now=NOW)

    return take


def test_there_is_nothing_to_look_at_at_first(organizer, hall):
    said = text_of(organizer.get(PAGE))
    assert "No answer waits for you." in said
    assert "No answer came by mail yet." in said
    assert "Look at the answers" not in text_of(organizer.get("/organizer/t/polio"))


def test_an_answer_of_somebody_unknown_waits_and_is_taken(organizer, db, invitation, receive):
    home = "s.khan@home.example"
    receive(mail(answer(attendee=home, more=("COMMENT:With four",)), sender=home))
    assert "1 answer by mail waits for you." in text_of(organizer.get("/organizer/t/polio"))
    page = organizer.get(PAGE)
    said = text_of(page)
    for words in (home, "comes", "With four", "Nobody with this address is invited."):
        assert words in said
    [row] = db.scalars(select(MailedReply))
    assert organizer.submit(f"{PAGE}/{row.id}/accept", person="").status_code == 422
    form = {"person": invitation.code, "remember": "yes"}
    taken = organizer.submit(f"{PAGE}/{row.id}/accept", **form)
    assert (taken.status_code, taken.location) == (303, PAGE)
    reread(db)
    assert invitation.partstat is PartStat.ACCEPTED
    said = text_of(organizer.get(PAGE))
    assert "No answer waits for you." in said
    assert f"{home} for Sana Khan" in said
    [alias] = db.scalars(select(ContactAlias))
    gone = organizer.submit(f"{PAGE}/addresses/{alias.id}/forget")
    assert (gone.status_code, gone.location) == (303, PAGE)
    reread(db)
    assert db.scalars(select(ContactAlias)).all() == []
    again = organizer.submit(f"{PAGE}/{row.id}/accept", **form)
    assert again.status_code == 409


def test_an_answer_from_elsewhere_is_set_aside(organizer, db, invitation, receive):
    receive(mail(answer(), sender="Mallory <mallory@example.net>"))
    said = text_of(organizer.get(PAGE))
    assert "an address that is not known to speak for this person: Mallory" in said
    [row] = db.scalars(select(MailedReply))
    assert organizer.submit(f"{PAGE}/{row.id}/ignore").status_code == 303
    reread(db)
    assert invitation.partstat is PartStat.NEEDS_ACTION
    assert "set aside" in text_of(organizer.get(PAGE))


def test_an_answer_that_names_no_address_is_shown(organizer, invitation, receive):
    receive(mail(answer(attendee="nobody"), sender="nobody"))
    assert "an address that is none" in text_of(organizer.get(PAGE))


def test_another_time_is_shown_with_what_it_costs_everyone(organizer, invitation, receive):
    receive(answers.counter(start="DTSTART:20261202T130730Z"))
    assert "1 person proposes another time." in text_of(organizer.get("/organizer/t/polio"))
    page = organizer.get(PAGE)
    said = text_of(page)
    assert "Sana Khan" in said
    assert "8:07" in said  # in New York
    assert "After school" in said
    assert re.search(r"New York \d+ Islamabad \d+", said)
    assert "/organizer/t/polio/plan?start=2026-12-02T13:00Z" in page.get_data(as_text=True)


def test_an_answer_to_a_former_time_is_shown_as_one(organizer, db, invitation, receive):
    with transaction(db):
        invitation.sitting.sequence = 1
        invitation.asked_sequence = 1
    receive(mail(answer(sequence=0)))
    said = text_of(organizer.get("/organizer/t/polio"))
    assert "no answer yet before the move: comes" in said
    assert "Sana Khan comes before the move" in text_of(organizer.get(PAGE))


def test_a_required_seat_that_nobody_comes_for_is_raised_with_other_hours(
    organizer, db, hall, invitation, receive
):
    assert "Nobody comes for" not in text_of(organizer.get("/organizer/t/polio"))
    receive(mail(answer("DECLINED")))
    page = organizer.get("/organizer/t/polio")
    said, markup = text_of(page), page.get_data(as_text=True)
    assert "Nobody comes for Islamabad, whose part is required." in said
    assert markup.count("/organizer/t/polio/plan?start=2026-12-02T") >= 3
    with transaction(db):
        invitation.seat.required = False
    assert "Nobody comes for" not in text_of(organizer.get("/organizer/t/polio"))


def test_what_nobody_counts_is_counted(organizer, db, hall, invitation, receive):
    with transaction(db):
        db.add(
            OutboxMessage(
                code="c0de",
                kind=MailKind.INVITE,
                town_hall_id=hall.id,
                contact=invitation.contact,
                thread="t",
                subject="Invitation",
                state=Delivery.SENT,
                due_at=NOW,
                give_up_at=NOW,
                created_at=NOW,
                sent_at=NOW - timedelta(hours=1),
            )
        )
    about = "In-Reply-To: <c0de@example.org>\r\n"
    for number in range(3):
        headers = about + ("Auto-Submitted: auto-replied\r\n" if number else "")
        receive(mail("Hello", content="text/plain", headers=headers, number=number))
    said = text_of(organizer.get(PAGE))
    assert "2 automatic replies, such as out of office, were set aside." in said
    assert "1 mail is in somebody's own words: read it in the mailbox." in said


def test_a_mail_that_came_back_is_shown_with_the_servers_words(
    organizer, db, hall, invitation, receive
):
    with transaction(db):
        db.add(
            OutboxMessage(
                code="c0de",
                kind=MailKind.INVITE,
                town_hall_id=hall.id,
                contact=invitation.contact,
                thread="t",
                subject="Invitation",
                state=Delivery.SENT,
                due_at=NOW,
                give_up_at=NOW,
                created_at=NOW,
                sent_at=NOW,
            )
        )
    receive(answers.report())
    said = text_of(organizer.get("/organizer/t/polio/mail"))
    assert "came back" in said
    assert "no such mailbox" in said
    assert "Send again" in said
    assert "came back 1" in text_of(organizer.get("/organizer/t/polio"))
