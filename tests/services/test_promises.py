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
from townhall.domain.states import MailKind, PartStat, SittingState
from townhall.errors import ConflictError, NotAllowedError, NotFoundError
from townhall.models.accounts import AuditEntry
from townhall.models.invitations import OutboxMessage
from townhall.models.planning import Promise, Sitting
from townhall.queries import planning
from townhall.queries import promises as queries
from townhall.services import promises
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
        {"zone_release": zones.release(), "moved": CHANGED, "mails": 4},
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
