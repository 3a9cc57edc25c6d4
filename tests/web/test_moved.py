"""What the team sees and can do when clocks changed after an hour was promised."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.fixtures.web import reread, text_of
from townhall.db import transaction
from townhall.domain import zones
from townhall.domain.states import ContactKind, DraftAction
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Draft, Promise, Sitting

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

AT = datetime(2026, 12, 15, 18, 0, tzinfo=UTC)


@pytest.fixture
def organizer(client, make, sign_in, db):
    """Return the owner's browser; Rabat was promised 19:00 by release 2025b, Nairobi 21:00."""
    owner = make.account("Dana")
    hall = make.town_hall(owner, code="polio")
    sitting = make.sitting(hall, starts_at=AT, zone_release="2025b")
    for position, (name, zone, wall) in enumerate(
        [
            ("Rabat", "Africa/Casablanca", "2026-12-15T19:00+01:00"),
            ("Nairobi", "Africa/Nairobi", "2026-12-15T21:00+03:00"),
        ],
        1,
    ):
        seat = make.seat(hall, name, zone=zone, country=None, position=position)
        make.seat_contact(seat, make.contact(f"Reader in {name}"))
        make.invitation(sitting, seat, seat.contacts[0].contact)
        with transaction(db):
            row = Promise(seat_id=seat.id, zone=zone, local_start=wall, burden=8)
            db.get_one(Sitting, sitting.id).promises.append(row)
    return sign_in(client, owner)


def number(db):
    return db.scalars(select(Sitting.number)).one()


def test_the_overview_tells_whose_clock_changed_and_of_nobody_else(organizer):
    page = organizer.get("/organizer/t/polio")
    notice = page.get_data(as_text=True).partition("Clocks changed")[2].partition("</section>")[0]
    said = " ".join(re.sub(r"<[^>]+>", " ", notice).split())
    assert f"was 2025b when the invites went out; now it is {zones.release()}." in said
    assert "Rabat Tue 15 Dec, 19:00 (UTC+01:00) Tue 15 Dec, 18:00 (UTC+00:00) 8, now 8" in said
    assert "To 19:00 in Rabat again" in said
    assert "Nairobi" not in said


def test_keeping_the_moment_is_looked_at_before_anything_is_sent(organizer, db):
    overview = organizer.get("/organizer/t/polio").get_data(as_text=True)
    look = re.search(r'href="([^"]*keep-instant[^"]*)"', overview)[1]
    page = organizer.get(look)
    said = text_of(page)
    assert "Rabat : Tue 15 Dec, 18:00 instead of Tue 15 Dec, 19:00" in said
    assert "Reader in Rabat" in said
    assert "Reader in Nairobi" not in said
    assert "Send 1 mail" in said
    framed = re.search(r'<iframe[^>]* src="([^"]+)"', page.text)[1]
    mail = organizer.get(framed)
    assert "18:00" in text_of(mail)
    assert "sandbox" in mail.headers["Content-Security-Policy"]
    assert organizer.get(framed.removesuffix("/1") + "/2").status_code == 404
    assert organizer.get("/organizer/t/polio/sittings/99/keep-instant").status_code == 404
    reread(db)
    assert db.scalars(select(OutboxMessage)).all() == []
    assert db.scalars(select(Sitting.version)).one() == 1


def test_there_is_nothing_to_keep_where_no_clock_changed(organizer, db):
    with transaction(db):
        db.scalars(select(Sitting)).one().zone_release = zones.release()
    answer = organizer.get(f"/organizer/t/polio/sittings/{number(db)}/keep-instant")
    assert (answer.status_code, answer.location) == (303, "/organizer/t/polio")


def test_keeping_the_moment_tells_those_places_and_ends_the_notice(organizer, db):
    kept = organizer.submit(f"/organizer/t/polio/sittings/{number(db)}/keep-instant", version="1")
    assert (kept.status_code, kept.location) == (303, "/organizer/t/polio/mail")
    reread(db)
    mails = db.scalars(select(OutboxMessage)).all()
    assert [mail.contact.name for mail in mails] == ["Reader in Rabat"]
    assert "Clocks changed" not in text_of(organizer.get("/organizer/t/polio"))
    assert (
        organizer.submit(
            f"/organizer/t/polio/sittings/{number(db)}/keep-instant", version="2"
        ).status_code
        == 409
    )


def test_moving_makes_a_draft_of_the_start_that_keeps_the_promised_time(organizer, db):
    page = organizer.get("/organizer/t/polio").get_data(as_text=True)
    start = re.search(r'name="start" value="([^"]+)"', page)[1]
    moved = organizer.submit("/organizer/t/polio/choose", start=start)
    assert moved.status_code == 303
    reread(db)
    [step] = db.scalars(select(Draft)).one().steps
    assert (step.action, step.starts_at) == (DraftAction.MOVE, AT.replace(hour=19))
    assert db.scalars(select(OutboxMessage)).all() == []


def test_a_skipped_time_cannot_be_restored(organizer, db):
    with transaction(db):
        sitting = db.scalars(select(Sitting)).one()
        sitting.promises[0].zone = "Europe/Zurich"
        sitting.promises[0].local_start = "2027-03-28T02:30+01:00"
    assert "Its clock skips the promised time." in text_of(organizer.get("/organizer/t/polio"))


@pytest.fixture
def registered(organizer, db, make):
    """Return a function that puts people of Casablanca on the list, told 19:00 by 2025b."""
    sitting = db.scalars(select(Sitting)).one()

    def put(count, zone="Africa/Casablanca", wall="2026-12-15T19:00+01:00"):
        for _ in range(count):
            own = make.registration(sitting.town_hall, zone=zone)
            with transaction(db):
                db.add(
                    Invitation(
                        code=f"own-{own.id}",
                        sitting_id=sitting.id,
                        contact_id=own.contact_id,
                        registration_id=own.id,
                        kind=ContactKind.REGISTERED,
                        told_zone=zone,
                        told_start=wall,
                    )
                )

    return put


def test_people_without_a_seat_are_told_of_by_their_clock(organizer, db, registered):
    registered(2)
    registered(1, "Africa/Nairobi", "2026-12-15T21:00+03:00")
    notice = organizer.get("/organizer/t/polio").text.partition("Clocks changed")[2]
    said = " ".join(re.sub(r"<[^>]+>", " ", notice.partition("</section>")[0]).split())
    assert "Africa/Casablanca : Tue 15 Dec, 18:00 instead of Tue 15 Dec, 19:00 (2 people)" in said
    assert "Africa/Nairobi" not in said
    page = text_of(organizer.get(f"/organizer/t/polio/sittings/{number(db)}/keep-instant"))
    assert page.count("registered on the public page") == 2
    assert "Send 3 mails" in page


def test_where_no_place_is_concerned_the_team_can_keep_or_move(organizer, db, registered):
    with transaction(db):
        sitting = db.scalars(select(Sitting)).one()
        sitting.promises[0].local_start = "2026-12-15T18:00+00:00"
    assert "Clocks changed" not in organizer.get("/organizer/t/polio").text
    registered(1)
    page = organizer.get("/organizer/t/polio").text.partition("Clocks changed")[2]
    notice = page.partition("</section>")[0]
    assert "<table" not in notice
    assert "Keep the moment and tell them" in notice
    assert "/plan?start=2026-12-15T18:00Z" in notice.replace("%3A", ":")


def test_many_people_are_listed_a_page_at_a_time(organizer, db, registered):
    registered(150)
    path = f"/organizer/t/polio/sittings/{number(db)}/keep-instant"
    first = organizer.get(path)
    assert "1 to 100 of 151" in text_of(first)
    assert first.text.count("Read it") == 100
    second = organizer.get(re.search(r'rel="next" href="([^"]+)"', first.text)[1])
    assert second.text.count("Read it") == 51
    assert "Send 151 mails" in text_of(second)
    last = re.findall(r'href="([^"]+keep-instant/\d+)"', second.text)[-1]
    assert last.endswith("/151")
    assert organizer.get(last).status_code == 200
