"""Answers by mail on the organizers' pages."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import event, select

from tests.fixtures import answers
from tests.fixtures.answers import PERSON, answer, mail
from tests.fixtures.make import NOW
from tests.fixtures.web import SECRET, reread, text_of
from townhall.db import transaction
from townhall.domain.incoming import Fate, Kind
from townhall.domain.states import Delivery, PartStat, SeatRole
from townhall.models.replies import ContactAlias, IncomingMail, MailedReply
from townhall.services import incoming
from townhall.web.context import parts

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


@pytest.mark.parametrize(
    "start, why",
    [
        ("20400101T000000Z", "2040-01-01T00:00:00+00:00 lies after January 2038"),
        ("20380201T000000Z", "lies after January 2038"),
        ("21981231T235959Z", "lies outside the years 1901 to 2198"),
    ],
)
def test_a_time_whose_clocks_are_not_known_is_shown_without_what_it_costs(
    organizer, invitation, receive, start, why
):
    receive(answers.counter(start=f"DTSTART:{start}"))
    page = organizer.get(PAGE)
    assert page.status_code == 200
    said = text_of(page)
    assert "After school" in said
    assert why in said
    assert "What it would cost" not in said
    assert "Look at this hour" not in said


@pytest.mark.parametrize(
    "start", ["DTSTART:19010101T000000Z", "DTSTART;TZID=Asia/Tokyo:19010101T000000"]
)
def test_the_first_hour_that_a_mail_can_propose_breaks_no_page(
    organizer, invitation, receive, start
):
    receive(answers.counter(start=start))
    assert "After school" in text_of(organizer.get(PAGE))


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


def test_what_nobody_counts_is_counted(organizer, make, hall, invitation, receive):
    make.mail(
        invitation.contact,
        code="c0de",
        town_hall_id=hall.id,
        state=Delivery.SENT,
        sent_at=NOW - timedelta(hours=1),
    )
    about = "In-Reply-To: <c0de@example.org>\r\n"
    for number in range(3):
        headers = about + ("Auto-Submitted: auto-replied\r\n" if number else "")
        receive(mail("Hello", content="text/plain", headers=headers, number=number))
    said = text_of(organizer.get(PAGE))
    assert "2 automatic replies, such as out of office, were set aside." in said
    assert "1 mail is in somebody's own words: read it in the mailbox." in said


def test_a_mail_that_came_back_is_shown_with_the_servers_words(
    organizer, make, hall, invitation, receive
):
    make.mail(
        invitation.contact,
        code="c0de",
        town_hall_id=hall.id,
        state=Delivery.SENT,
        sent_at=NOW,
    )
    receive(answers.report())
    said = text_of(organizer.get("/organizer/t/polio/mail"))
    assert "came back" in said
    assert "no such mailbox" in said
    assert "Send again" in said
    assert "came back 1" in text_of(organizer.get("/organizer/t/polio"))


@pytest.fixture
def many(db, make, invitation):
    """Keep 250 answers that count, the twentieth and the last of Élodie, and 53 that wait."""
    elodie = make.contact("Élodie Müller", address="e.m@example.org")
    own = make.invitation(invitation.sitting, invitation.seat, elodie)
    with transaction(db):
        row = IncomingMail(digest="m" * 64, kind=Kind.REPLY, received_at=NOW)
        db.add(row)
        db.flush()
        counted = [(own if n in {20, 250} else invitation, Fate.COUNTED) for n in range(1, 251)]
        for number, (place, fate) in enumerate(counted + [(None, Fate.WAITING)] * 53, 1):
            db.add(
                MailedReply(
                    mail_id=row.id,
                    sitting=invitation.sitting,
                    invitation=place,
                    attendee=elodie if place is None else None,
                    partstat=PartStat.ACCEPTED,
                    counters=False,
                    note=f"answer {number}.",
                    fate=fate,
                    received_at=NOW + timedelta(minutes=number),
                )
            )


def listed(page):
    """Return the numbers of the answers in the list, and where each link below it leads."""
    whole = page.text.partition('id="all"')[2]
    links = re.findall(r'<a (?:rel="next" )?href="([^"]+)">(The newest|Older answers)<', whole)
    notes = [int(number) for number in re.findall(r"answer (\d+)\.", whole)]
    return notes, {words: unescape(link) for link, words in links}


def test_all_answers_are_read_page_by_page_the_newest_first(organizer, many):
    first, links = listed(organizer.get(PAGE))
    assert first == [*range(250, 150, -1)]
    assert set(links) == {"Older answers"}
    second, links = listed(organizer.get(links["Older answers"]))
    assert second == [*range(150, 50, -1)]
    assert set(links) == {"Older answers", "The newest"}
    third, links = listed(organizer.get(links["Older answers"]))
    assert third == [*range(50, 0, -1)]
    assert set(links) == {"The newest"}
    assert listed(organizer.get(links["The newest"]))[0] == first
    assert "No answer is older." in text_of(organizer.get(f"{PAGE}?after=1"))
    for odd in ("x", "-1", "9" * 30):
        assert listed(organizer.get(f"{PAGE}?after={odd}"))[0] == first


@pytest.mark.parametrize("name", ["élodie", "Müll", "E.M@EXAMPLE", "éLODIE müller"])
def test_answers_are_found_by_a_part_of_the_name_or_address(organizer, many, name):
    page = organizer.get(PAGE, query_string={"name": name})
    assert listed(page)[0] == [250, 20]
    assert f'value="{name}"' in page.text


def test_a_search_goes_on_over_its_pages(organizer, many):
    found, links = listed(organizer.get(PAGE, query_string={"name": "sana"}))
    assert len(found) == 100
    assert "name=sana" in links["Older answers"]
    assert len(listed(organizer.get(links["Older answers"]))[0]) == 100


@pytest.mark.parametrize("name", ["Nobody", "%", "_", "<b>"])
def test_a_name_that_nobody_has_finds_nothing(organizer, many, name):
    page = organizer.get(PAGE, query_string={"name": name})
    assert "No answer by mail is of anybody called so." in text_of(page)
    assert "<b>" not in page.text.partition('id="all"')[2]


def test_of_those_that_wait_the_oldest_come_first_and_the_rest_is_counted(organizer, many):
    said = organizer.get(PAGE).text.partition('id="all"')[0]
    assert [int(n) for n in re.findall(r"answer (\d+)\.", said)] == [*range(251, 301)]
    assert "3 more wait; they come up when these are decided on." in said


def test_a_page_of_answers_costs_as_many_questions_as_one(organizer, many, app, db):
    statements = []
    with app.app_context():
        event.listen(parts().engine, "before_cursor_execute", lambda *call: statements.append(1))
    counts = []
    for query in ("name=lodie", ""):
        statements.clear()
        organizer.get(f"{PAGE}?{query}")
        counts.append(len(statements))
    assert counts[1] == counts[0]
