"""Town halls and their seats."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from townhall.domain.access import Actor, Role
from townhall.domain.people import ContactDetails
from townhall.domain.states import ContactKind, SeatRole
from townhall.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from townhall.models.accounts import Contact, Membership
from townhall.models.directory import OfficeContact
from townhall.models.questions import Site
from townhall.queries import planning
from townhall.services import seats, townhalls
from townhall.services.casts import SeatDetails
from townhall.services.townhalls import Details

WINDOW = NOW.replace(hour=0)
DETAILS = Details(
    title="Polio: a live conversation",
    minutes=60,
    window_from_at=WINDOW + timedelta(days=14),
    window_until_at=WINDOW + timedelta(days=19),
    languages=("en", "ar"),
)
SEAT = SeatDetails(
    name="Islamabad",
    zone="Asia/Karachi",
    country="PK",
    contacts=[ContactDetails("Sana", "sana@example.org")],
)


@pytest.fixture
def organizer(make):
    account = make.account()
    return Actor(key=f"account:{account.id}", account_id=account.id)


@pytest.fixture
def hall(db, make):
    return make.town_hall()


def test_create_makes_a_seat_a_site_and_contacts_of_each_office(db, make, organizer):
    office = make.office("Karachi", zone="Asia/Karachi", country="PK", people=12)
    contact = make.contact("Sana", address="sana@example.org")
    make._keep(OfficeContact(office_id=office.id, contact_id=contact.id))
    db.expire_all()

    made = townhalls.create(db, organizer, DETAILS, [office], now=NOW)

    db.expire_all()
    hall = planning.town_hall(db, made.code)
    seat = hall.seats[0]
    assert (seat.name, seat.zone, seat.country, seat.people) == (
        "Karachi",
        "Asia/Karachi",
        "PK",
        12,
    )
    assert [each.contact.name for each in seat.contacts] == ["Sana"]
    sites = db.scalars(select(Site).order_by(Site.id)).all()
    assert [(site.name, site.seat_id) for site in sites] == [("", None), ("Karachi", seat.id)]
    assert db.scalars(select(Membership.role)).all() == [Role.OWNER]


@pytest.mark.parametrize(
    "change, field",
    [
        ({"title": "  "}, "title"),
        ({"title": "Polio\nBcc: all@example.org"}, "title"),
        ({"minutes": 50}, "minutes"),
        ({"window_until_at": DETAILS.window_from_at}, "window_until_at"),
        ({"join_url": "javascript:alert(1)"}, "join_url"),
        ({"hashtag": "\x07"}, "hashtag"),
    ],
)
def test_details_name_the_field_at_fault(change, field):
    with pytest.raises(InputError) as caught:
        replace(DETAILS, **change)
    assert caught.value.field == field


def test_edit_counts_versions_and_tells_who_is_too_late(db, make, hall):
    actor = make.actor(hall)
    townhalls.edit(db, actor, hall.code, DETAILS, version=1, now=NOW)
    db.expire_all()
    assert planning.town_hall(db, hall.code).title == DETAILS.title
    with pytest.raises(ConflictError):
        townhalls.edit(db, actor, hall.code, DETAILS, version=1, now=NOW)


def test_edit_is_for_the_team(db, make, hall):
    with pytest.raises(NotAllowedError):
        townhalls.edit(db, make.actor(hall, Role.MODERATOR), hall.code, DETAILS, version=1, now=NOW)
    with pytest.raises(NotFoundError):
        townhalls.edit(db, make.actor(make.town_hall()), hall.code, DETAILS, version=1, now=NOW)


def test_add_seat_makes_its_site_and_its_contacts(db, make, hall):
    seats.add(db, make.actor(hall), hall.code, SEAT, now=NOW)
    speaker = replace(
        SEAT,
        name="Mia Farrow",
        role=SeatRole.SPEAKER,
        contacts=[
            ContactDetails("Mia", "mia@example.org"),
            ContactDetails("Her office", "office@example.org"),
        ],
    )
    seats.add(db, make.actor(hall), hall.code, speaker, now=NOW)

    db.expire_all()
    own = planning.town_hall(db, hall.code).seats
    assert [(seat.position, seat.name) for seat in own] == [(1, "Islamabad"), (2, "Mia Farrow")]
    assert [(each.contact.name, each.kind) for each in own[1].contacts] == [
        ("Mia", ContactKind.SPEAKER),
        ("Her office", ContactKind.CONTACT),
    ]
    assert planning.site(db, own[1]).name == "Mia Farrow"


@pytest.mark.parametrize("name", ["Islamabad", " Islam\u200babad"])
def test_add_seat_refuses_a_second_seat_of_the_name(db, make, hall, name):
    seats.add(db, make.actor(hall), hall.code, SEAT, now=NOW)
    with pytest.raises(InputError, match=name):
        seats.add(db, make.actor(hall), hall.code, replace(SEAT, name=name), now=NOW)


def test_a_bad_seat_is_refused_whole(db, make, hall):
    bad = replace(SEAT, never=[["18:00", "25:00"]])
    with pytest.raises(InputError) as caught:
        seats.add(db, make.actor(hall), hall.code, bad, now=NOW)
    assert caught.value.field == "never"
    db.expire_all()
    assert planning.town_hall(db, hall.code).seats == []
    assert db.scalars(select(Contact.address)).all() == []


def test_edit_seat_replaces_its_contacts(db, make, hall):
    actor = make.actor(hall)
    seats.add(db, actor, hall.code, SEAT, now=NOW)
    changed = replace(SEAT, people=30, contacts=[ContactDetails("Omar", "omar@example.org")] * 2)
    seats.edit(db, actor, hall.code, 1, changed, version=2, now=NOW)

    db.expire_all()
    seat = planning.town_hall(db, hall.code).seats[0]
    assert (seat.people, [each.contact.name for each in seat.contacts]) == (30, ["Omar"])
    with pytest.raises(ConflictError):
        seats.edit(db, actor, hall.code, 1, changed, version=2, now=NOW)


def test_a_renamed_seat_is_renamed_on_boards_too(db, make, hall):
    actor = make.actor(hall)
    seat = seats.add(db, actor, hall.code, SEAT, now=NOW)
    seats.edit(db, actor, hall.code, 1, replace(SEAT, name="Peshawar"), version=2, now=NOW)

    db.expire_all()
    assert planning.site(db, seat).name == "Peshawar"


def test_boards_are_shown_anew_when_seats_change(db, make, hall):
    actor = make.actor(hall)
    seen = [hall.board_version]

    def look():
        db.expire_all()
        seen.append(planning.town_hall(db, hall.code).board_version)

    seats.add(db, actor, hall.code, SEAT, now=NOW)
    look()
    seats.edit(db, actor, hall.code, 1, SEAT, version=2, now=NOW)
    look()
    seats.remove(db, actor, hall.code, 1, version=3, now=NOW)
    look()
    assert seen == sorted(set(seen))


def test_remove_seat_revokes_its_links(db, make, hall):
    actor = make.actor(hall)
    seat = seats.add(db, actor, hall.code, SEAT, now=NOW)
    link, _token = make.link(hall, Role.OFFICE, seat)
    seats.remove(db, actor, hall.code, 1, version=2, now=NOW)

    db.expire_all()
    assert planning.town_hall(db, hall.code).seats == []
    assert (link.seat_id, link.revoked_at) == (None, NOW)


def test_remove_seat_keeps_one_that_was_heard(db, make, hall):
    actor = make.actor(hall)
    seat = seats.add(db, actor, hall.code, SEAT, now=NOW)
    make.person(planning.site(db, seat))
    with pytest.raises(ConflictError):
        seats.remove(db, actor, hall.code, 1, version=2, now=NOW)


def test_remove_seat_keeps_one_that_was_promised_an_hour(db, make, hall):
    actor = make.actor(hall)
    seats.add(db, actor, hall.code, SEAT, now=NOW)
    make.sitting(hall)
    db.expire_all()
    with pytest.raises(ConflictError):
        seats.remove(db, actor, hall.code, 1, version=2, now=NOW)


def test_remove_seat_tells_who_is_too_late(db, make, hall):
    actor = make.actor(hall)
    seats.add(db, actor, hall.code, SEAT, now=NOW)
    with pytest.raises(ConflictError):
        seats.remove(db, actor, hall.code, 1, version=1, now=NOW)
