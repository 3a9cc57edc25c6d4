"""Sittings agreed under one release of the zone database and looked at under another."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from tests.fixtures.make import NOW
from tests.fixtures.web import reread
from townhall import schema
from townhall.db import transaction
from townhall.domain import invites, zones
from townhall.domain.access import Role
from townhall.domain.states import ContactKind, MailKind, PartStat, SittingState
from townhall.errors import ConflictError, NotAllowedError, NotFoundError
from townhall.models.accounts import AuditEntry
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Promise, Sitting
from townhall.models.staff import Staffer
from townhall.queries import planning
from townhall.queries import promises as queries
from townhall.services import promises, registrations, sittings
from townhall.services.registrations import Wish
from townhall.services.senders import Sender

AT = datetime(2026, 12, 15, 18, 0, tzinfo=UTC)
WALLS = json.loads((Path(__file__).parents[1] / "cases" / "zones-2025b.json").read_text())["walls"]
SENDER = Sender(
    organizer=invites.Mailbox("townhall@example.org", "UNICEF"),
    base_url="https://townhall.example",
    key="a key that signs the links of these tests",
)
PLACES = {
    "Geneva": "Europe/Zurich",
    "Rabat": "Africa/Casablanca",
    "Vancouver": "America/Vancouver",
    "Havana": "America/Havana",
    "Winnipeg": "America/Winnipeg",
    "Nairobi": "Africa/Nairobi",
}
CHANGED = ["Rabat", "Vancouver", "Havana", "Winnipeg"]

UNDER_THE_OLDER_RELEASE = """
import sys
from datetime import UTC, datetime
from townhall.db import open_engine, sessions
from townhall.domain import invites
from townhall.domain.access import SYSTEM, Actor, Grant, Role
from townhall.services import sittings
from townhall.services.senders import Sender
from townhall.queries import planning

class Feed:
    def changed(self, code):
        pass

now = datetime.fromisoformat(sys.argv[2])
sender = Sender(invites.Mailbox("townhall@example.org"), "https://townhall.example", "a key")
with sessions(open_engine(sys.argv[1]))() as db:
    for code in sys.argv[3:]:
        hall = planning.town_hall(db, code)
        actor = Actor("account:1", 1, frozenset({Grant(hall.id, Role.OWNER)}))
        start = datetime(2026, 12, 15, 18, 0, tzinfo=UTC)
        draft = sittings.choose(db, actor, code, start, now=now)
        sittings.send(db, Feed(), actor, code, sender, version=draft.version, now=now)
"""


class Feed:
    """Remembers which boards were said to have changed."""

    def __init__(self):
        self.codes = []

    def changed(self, code):
        self.codes.append(code)


class House:
    """A town hall of six places, four of whose clocks differ between two releases."""

    def __init__(self, db, make, **columns):
        self.db = db
        self.hall = make.town_hall(**columns)
        self.actor = make.actor(self.hall)
        self.feed = Feed()
        self.seats = {}
        for position, (name, zone) in enumerate(PLACES.items(), 1):
            seat = make.seat(self.hall, name, zone=zone, country=None, position=position)
            make.seat_contact(seat, make.contact(f"Reader in {name}"))
            self.seats[name] = seat

    def sitting_of_2025b(self, make, **columns):
        """Return a sitting as it was kept when release 2025b was in use."""
        sitting = make.sitting(self.hall, starts_at=AT, **{"zone_release": "2025b"} | columns)
        with transaction(self.db):
            for seat in self.seats.values():
                row = Promise(seat=seat, zone=seat.zone, local_start=WALLS[seat.zone], burden=3)
                self.db.get_one(Sitting, sitting.id).promises.append(row)
        for seat in self.seats.values():
            answered = {"partstat": PartStat.ACCEPTED, "contact": seat.contacts[0].contact}
            make.invitation(sitting, seat, **answered)
        self.db.expire_all()
        return sitting

    def keep(self, actor=None, version=1, number=None):
        return promises.keep_instant(
            self.db,
            self.feed,
            actor or self.actor,
            self.hall.code,
            SENDER,
            number=number or self.hall.sittings[0].number,
            version=version,
            now=NOW,
        )

    def mails(self):
        self.db.rollback()
        rows = select(OutboxMessage).order_by(OutboxMessage.id)
        return self.db.scalars(rows.options(undefer(OutboxMessage.whole))).all()


@pytest.fixture
def house(db, make):
    return House(db, make)


def found(db, now=NOW):
    return [
        (finding.sitting.town_hall.code, [seat.promise.name for seat in finding.seats])
        for finding in queries.findings(db, now=now)
    ]


def test_sittings_sent_under_an_older_release_are_found_and_no_others(
    db, make, database_url, release_2025b
):
    house = House(db, make)
    calm = make.town_hall()
    make.seat(calm, "Nairobi", zone="Africa/Nairobi", country="KE")
    path = os.pathsep.join([str(release_2025b), *filter(None, sys.path)])
    codes = [house.hall.code, calm.code]
    command = [sys.executable, "-c", UNDER_THE_OLDER_RELEASE, database_url, NOW.isoformat(), *codes]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=True, timeout=120)

    reread(db)
    [sitting] = planning.sittings(db, house.hall)
    assert sitting.zone_release == "2025b"
    assert {row.seat.name: row.local_start for row in sitting.promises} == {
        name: WALLS[zone] for name, zone in PLACES.items()
    }
    assert found(db) == [(house.hall.code, CHANGED)]


@pytest.mark.parametrize(
    "columns",
    [
        {"zone_release": zones.release()},
        {"state": SittingState.CANCELLED},
        {"state": SittingState.HELD},
    ],
)
def test_a_sitting_that_is_off_over_or_of_this_release_is_not_found(db, make, house, columns):
    sitting = house.sitting_of_2025b(make, **columns)
    assert found(db) == []
    assert queries.moved(sitting, now=NOW) == ()


def test_a_sitting_that_has_begun_is_not_found(db, make, house):
    sitting = house.sitting_of_2025b(make)
    assert found(db, now=AT) == []
    assert queries.moved(sitting, now=AT) == ()
    assert len(queries.moved(sitting, now=AT - timedelta(minutes=1))) == len(CHANGED)


def test_there_is_nothing_to_look_at_without_a_sitting():
    assert queries.moved(None, now=NOW) == ()


def test_a_seat_with_another_zone_by_now_is_judged_by_the_clock_it_was_promised_by(db, make, house):
    sitting = house.sitting_of_2025b(make)
    with transaction(db):
        house.seats["Nairobi"].zone = "Asia/Karachi"
        house.seats["Rabat"].zone = "Africa/Abidjan"
    assert found(db) == [(house.hall.code, CHANGED)]
    house.keep()
    assert {row.seat.name: row.zone for row in sitting.promises} == PLACES | {
        "Rabat": "Africa/Abidjan"
    }


def test_promises_of_before_zones_were_kept_have_their_seats_zone(db, engine, make, house):
    sitting = house.sitting_of_2025b(make)
    db.rollback()
    schema.downgrade(engine, "0003")
    schema.upgrade(engine)
    db.expire_all()
    assert {row.seat.name: row.zone for row in sitting.promises} == PLACES


def test_findings_come_earliest_first_and_are_told_as_json(db, make, house):
    house.sitting_of_2025b(make)
    other = House(db, make, title="An earlier one")
    sitting = other.sitting_of_2025b(make)
    with transaction(db):
        sitting.starts_at = AT - timedelta(days=1)
    told = queries.told(queries.findings(db, now=NOW))
    assert [each["title"] for each in told["sittings"]] == ["An earlier one", house.hall.title]
    assert told["tz_release"] == zones.release()
    assert told["sittings"][1] | {"seats": told["sittings"][1]["seats"][:1]} == {
        "code": house.hall.code,
        "title": house.hall.title,
        "start": "2026-12-15T18:00Z",
        "tz_release": "2025b",
        "seats": [
            {
                "name": "Rabat",
                "zone": "Africa/Casablanca",
                "promised": "2026-12-15T19:00+01:00",
                "start": "2026-12-15T18:00+00:00",
                "burden_before": 3,
                "burden": 8,
            }
        ],
        "clocks": [],
    }


def test_keeping_the_instant_renews_promises_and_mails_only_who_is_concerned(db, make, house):
    sitting = house.sitting_of_2025b(make)
    kept = house.keep()

    assert kept.id == sitting.id
    assert (kept.starts_at, kept.sequence, kept.revision, kept.version) == (AT, 0, 1, 2)
    assert (kept.zone_release, kept.revised_at) == (zones.release(), NOW)
    assert {row.seat.name: (row.local_start, row.burden) for row in kept.promises} == {
        "Geneva": ("2026-12-15T19:00+01:00", 8),
        "Rabat": ("2026-12-15T18:00+00:00", 8),
        "Vancouver": ("2026-12-15T11:00-07:00", 0),
        "Havana": ("2026-12-15T14:00-04:00", 0),
        "Winnipeg": ("2026-12-15T13:00-05:00", 0),
        "Nairobi": ("2026-12-15T21:00+03:00", 16),
    }
    assert [
        (mail.contact.name, mail.kind, mail.method, mail.sequence, mail.revision)
        for mail in house.mails()
    ] == [(f"Reader in {name}", MailKind.UPDATED, "REQUEST", 0, 1) for name in CHANGED]
    assert {mail.invitation.partstat for mail in house.mails()} == {PartStat.ACCEPTED}
    assert house.feed.codes == [house.hall.code]
    assert found(db) == []
    entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "sitting.promised")).one()
    assert (entry.before, entry.after) == (
        {"zone_release": "2025b"},
        {"zone_release": zones.release(), "moved": CHANGED, "clocks": [], "mails": 4},
    )


def test_the_mail_tells_the_time_of_before_and_of_now_and_that_the_moment_stays(house, make):
    house.sitting_of_2025b(make)
    house.keep()
    message = message_from_bytes(house.mails()[0].octets, policy=policy.default)
    said = " ".join(message.get_body(("plain",)).get_content().split())
    assert "stays at its moment, but your clock will show another time" in said
    assert "On your clock in Rabat: Tuesday 15 December 2026, 18:00 to 19:00, UTC+00:00." in said
    assert "We had told you Tue 15 Dec 2026, 19:00 UTC+01:00." in said


def test_a_person_whose_address_was_erased_gets_no_mail(db, make, house):
    house.sitting_of_2025b(make)
    with transaction(db):
        house.seats["Rabat"].contacts[0].contact.address = None
    house.keep()
    assert [mail.contact.name for mail in house.mails()] == [f"Reader in {n}" for n in CHANGED[1:]]


@pytest.mark.parametrize("version", [1, 3])
def test_what_is_settled_or_changed_meanwhile_is_not_kept_again(make, house, version):
    house.sitting_of_2025b(make)
    house.keep()
    with pytest.raises(ConflictError):
        house.keep(version=version)
    assert len(house.mails()) == len(CHANGED)


def test_a_notice_of_an_older_version_keeps_nothing(make, house):
    sitting = house.sitting_of_2025b(make, version=2)
    with pytest.raises(ConflictError):
        house.keep(version=1)
    assert (house.mails(), sitting.zone_release) == ([], "2025b")


def test_without_a_sitting_there_is_no_instant_to_keep(house):
    with pytest.raises(NotFoundError):
        house.keep(number=1)


def test_keeping_the_instant_is_for_the_team(make, house):
    house.sitting_of_2025b(make)
    with pytest.raises(NotAllowedError):
        house.keep(make.actor(house.hall, Role.MODERATOR))
    assert house.mails() == []


def tell(db, make, sitting, zone, name, *, is_staff=False, **columns):
    """Invite a person without a seat who was told by 2025b what their clock shows."""
    contact = make.contact(name)
    hall = sitting.town_hall
    reason = (
        {"staffer_id": make.staffer(hall, contact, zone=zone).id, "kind": ContactKind.STAFF}
        if is_staff
        else {
            "registration_id": make.registration(hall, contact, zone=zone).id,
            "kind": ContactKind.REGISTERED,
        }
    )
    told = {"told_zone": zone, "told_start": WALLS[zone], "partstat": PartStat.ACCEPTED} | columns
    with transaction(db):
        row = Invitation(code=f"own-{name}", sitting_id=sitting.id, contact=contact, **reason)
        for key, value in told.items():
            setattr(row, key, value)
        db.add(row)
    db.expire_all()
    return contact


def test_who_registered_and_the_team_hear_of_their_own_clocks_and_nobody_else_does(db, make, house):
    sitting = house.sitting_of_2025b(make)
    tell(db, make, sitting, "America/Vancouver", "Amy")
    tell(db, make, sitting, "Africa/Nairobi", "Naisula")
    tell(db, make, sitting, "Africa/Casablanca", "Tariq", is_staff=True)
    tell(db, make, sitting, "America/Vancouver", "Gone", removed_at=NOW)
    tell(db, make, sitting, "America/Vancouver", "Unknown", told_zone=None, told_start=None)
    erased = tell(db, make, sitting, "America/Vancouver", "Erased")
    with transaction(db):
        erased.address = erased.address_key = None

    [finding] = queries.findings(db, now=NOW)
    assert [(each.zone, each.people) for each in finding.clocks] == [
        ("Africa/Casablanca", 1),
        ("America/Vancouver", 1),
    ]
    house.keep()

    mails = house.mails()
    assert [mail.contact.name for mail in mails] == [
        *(f"Reader in {name}" for name in CHANGED),
        "Tariq",
        "Amy",
    ]
    assert {(mail.kind, mail.method, mail.sequence) for mail in mails} == {
        (MailKind.UPDATED, "REQUEST", 0)
    }
    tariq, amy = (" ".join(body(mail).split()) for mail in mails[-2:])
    for said, place, now, before in (
        (tariq, "Casablanca", "18:00 to 19:00, UTC+00:00", "19:00 UTC+01:00"),
        (amy, "Vancouver", "11:00 to 12:00, UTC-07:00", "10:00 UTC-08:00"),
    ):
        assert "stays at its moment, but your clock will show another time" in said
        assert f"On your clock in {place}: Tuesday 15 December 2026, {now}." in said
        assert f"We had told you Tue 15 Dec 2026, {before}." in said
    assert "To leave the list" in amy
    assert "To leave the list" not in tariq
    told = {row.contact.name: row.told_start for row in db.query(Invitation)}
    assert told["Amy"] == "2026-12-15T11:00-07:00"
    assert told["Tariq"] == "2026-12-15T18:00+00:00"
    assert told["Naisula"] == WALLS["Africa/Nairobi"]
    assert {mail.invitation.partstat for mail in mails} == {PartStat.ACCEPTED}
    assert queries.findings(db, now=NOW) == []
    entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "sitting.promised")).one()
    assert (entry.after["clocks"], entry.after["mails"]) == (
        ["Africa/Casablanca", "America/Vancouver"],
        6,
    )


def body(mail):
    message = message_from_bytes(mail.octets, policy=policy.default)
    return message.get_body(("plain",)).get_content()


def test_a_sitting_of_which_no_seat_moved_is_found_by_its_people_and_told_as_json(db, make, house):
    calm = make.town_hall(title="Calm")
    sitting = make.sitting(calm, starts_at=AT, zone_release="2025b")
    make.seat(calm, "Nairobi", zone="Africa/Nairobi", country=None)
    for name in ("Amy", "Bo"):
        tell(db, make, sitting, "America/Vancouver", name)
    found = queries.findings(db, now=NOW)
    assert [(each.sitting.id, each.seats) for each in found] == [(sitting.id, ())]
    [told] = queries.told(found)["sittings"]
    assert (told["seats"], told["clocks"]) == (
        [],
        [
            {
                "zone": "America/Vancouver",
                "promised": "2026-12-15T10:00-08:00",
                "start": "2026-12-15T11:00-07:00",
                "people": 2,
            }
        ],
    )
    actor, number = make.actor(calm), sitting.number
    kept = promises.keep_instant(
        db, house.feed, actor, calm.code, SENDER, number=number, version=1, now=NOW
    )
    assert kept.zone_release == zones.release()
    assert [mail.contact.name for mail in house.mails()] == ["Amy", "Bo"]


def test_the_preview_of_a_person_without_a_seat_is_their_own(db, make, house):
    sitting = house.sitting_of_2025b(make)
    tell(db, make, sitting, "America/Vancouver", "Amy")
    people = queries.concerned(db, queries.finding(db, sitting, now=NOW))
    octets = promises.preview(db, sitting, people[-1], SENDER, now=NOW)
    said = message_from_bytes(octets, policy=policy.default).get_body(("plain",)).get_content()
    assert "On your clock in Vancouver" in said
    assert "/preview/leave" in said


class Flow:
    """A town hall of one place, with one of the team and one who registered."""

    def __init__(self, db, make):
        self.db = db
        self.hall = make.town_hall(window_from_at=AT - timedelta(days=1), window_until_at=AT)
        seat = make.seat(self.hall, "Geneva", zone="Europe/Zurich", country=None)
        make.seat_contact(seat, make.contact("Ann"))
        make.staffer(self.hall, make.contact("Tariq"))
        self.registration = make.registration(self.hall, make.contact("Amy"))
        self.actor, self.feed = make.actor(self.hall), Feed()
        db.expire_all()

    def send(self, draft):
        args = (self.db, self.feed, self.actor, self.hall.code, SENDER)
        sittings.send(*args, version=draft.version, now=NOW)

    def choose(self, start):
        self.send(sittings.choose(self.db, self.actor, self.hall.code, start, now=NOW))

    def told(self):
        self.db.expire_all()
        return {
            row.contact.name: (row.told_zone, row.told_start) for row in self.db.query(Invitation)
        }


def test_what_each_clock_shows_is_kept_when_people_are_told_of_an_hour(db, make):
    flow = Flow(db, make)
    flow.choose(AT - timedelta(hours=6))
    first = {
        "Ann": (None, None),
        "Tariq": ("Europe/Zurich", "2026-12-15T13:00+01:00"),
        "Amy": ("Africa/Nairobi", "2026-12-15T15:00+03:00"),
    }
    assert flow.told() == first
    with transaction(db):
        flow.hall.description = "New words."
        for row in db.query(Invitation).filter(Invitation.told_start.is_not(None)):
            row.told_start = "2026-12-15T14:00+02:00"
    flow.send(sittings.revise(db, flow.actor, flow.hall.code, now=NOW))
    assert {wall for _, wall in flow.told().values()} == {None, "2026-12-15T14:00+02:00"}
    flow.choose(AT - timedelta(hours=5))
    assert flow.told() == {
        "Ann": (None, None),
        "Tariq": ("Europe/Zurich", "2026-12-15T14:00+01:00"),
        "Amy": ("Africa/Nairobi", "2026-12-15T16:00+03:00"),
    }


def test_an_update_keeps_what_it_tells_of_another_clock_or_another_reason(db, make):
    flow = Flow(db, make)
    flow.hall.seats[0].zone = "America/Havana"
    db.commit()
    flow.choose(AT - timedelta(hours=6))
    assert flow.told()["Tariq"] == ("America/Havana", "2026-12-15T08:00-04:00")
    ann, amy = flow.hall.seats[0].contacts[0].contact, flow.registration.contact
    other = make.seat(flow.hall, "Nairobi", zone="Africa/Nairobi", country=None, position=2)
    with transaction(db):
        [tariq] = db.query(Staffer)
        tariq.zone = "America/Vancouver"
        flow.hall.seats[0].contacts.clear()
    make.seat_contact(flow.hall.seats[0], make.contact("Bea"))
    make.seat_contact(other, amy)
    make.staffer(flow.hall, ann, zone="Africa/Casablanca")
    with transaction(db):
        flow.hall.title = "New words"
    db.expire_all()
    flow.send(sittings.revise(db, flow.actor, flow.hall.code, now=NOW))
    kinds = {mail.contact.name: mail.kind for mail in db.query(OutboxMessage).order_by("id")}
    assert {kinds[name] for name in ("Ann", "Tariq", "Amy")} == {MailKind.UPDATED}
    assert flow.told() == {
        "Ann": ("Africa/Casablanca", "2026-12-15T12:00+00:00"),
        "Bea": (None, None),
        "Tariq": ("America/Vancouver", "2026-12-15T05:00-07:00"),
        "Amy": (None, None),
    }


def test_who_is_of_a_seat_by_now_hears_of_the_seats_clock_alone(db, make, house):
    sitting = house.sitting_of_2025b(make)
    calm = house.seats["Nairobi"]
    tell(
        db,
        make,
        sitting,
        "America/Vancouver",
        "Amy",
        seat_id=calm.id,
        registration_id=None,
        kind=ContactKind.CONTACT,
    )
    [found] = queries.findings(db, now=NOW)
    assert found.clocks == ()
    assert "Amy" not in {person.contact.name for person in queries.concerned(db, found)}


def test_who_says_another_clock_is_told_by_that_one_from_then_on(db, make):
    flow = Flow(db, make)
    flow.choose(AT - timedelta(hours=6))
    code = flow.registration.code
    registrations.confirm(db, SENDER, code, Wish("Asia/Tokyo"), now=NOW)
    assert flow.told()["Amy"] == ("Asia/Tokyo", "2026-12-15T21:00+09:00")
    count = db.query(OutboxMessage).count()
    registrations.confirm(db, SENDER, code, Wish("Asia/Tokyo"), now=NOW)
    assert db.query(OutboxMessage).count() == count


def test_who_registered_before_clocks_were_kept_was_told_by_the_release_of_then(db, engine, make):
    flow = Flow(db, make)
    flow.choose(AT - timedelta(hours=6))
    other = Flow(db, make)
    other.choose(AT - timedelta(hours=6))
    with transaction(db):
        other.hall.sittings[0].zone_release = "2025b"
    numbers = [flow.registration.id, other.registration.id]
    db.close()
    schema.downgrade(engine, "0016")
    schema.upgrade(engine)
    told = {
        row.registration_id: (row.told_zone, row.told_start)
        for row in db.query(Invitation).filter(Invitation.registration_id.is_not(None))
    }
    assert told == {
        numbers[0]: ("Africa/Nairobi", "2026-12-15T15:00+03:00"),
        numbers[1]: (None, None),
    }
