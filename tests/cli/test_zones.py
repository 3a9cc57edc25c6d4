"""`townhall zones check`, as a person or a timer runs it."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from townhall import clock
from townhall.cli import main
from townhall.db import transaction
from townhall.domain import zones
from townhall.domain.states import ContactKind
from townhall.models.invitations import Invitation
from townhall.models.planning import Promise, Sitting


@pytest.fixture
def backend():
    return "sqlite"


@pytest.fixture
def run(database_url, monkeypatch):
    monkeypatch.setenv("TOWNHALL_DATABASE_URL", database_url)
    monkeypatch.setenv("TOWNHALL_SECRET_KEY", "only the tests use this secret key")
    return lambda *arguments: CliRunner().invoke(main, ["zones", "check", *arguments])


@pytest.fixture
def start(db, make):
    """Return the start of a sitting in which Suva, and no other, was promised another time."""
    start = (clock.now() + timedelta(days=30)).replace(minute=0, second=0, microsecond=0)
    hall = make.town_hall(code="polio", title="Polio: a live conversation")
    seats = [
        make.seat(hall, name, zone=zone, country=None, position=position)
        for position, (name, zone) in enumerate(
            [("Nairobi", "Africa/Nairobi"), ("Suva", "Pacific/Fiji")], 1
        )
    ]
    sitting = make.sitting(hall, starts_at=start, zone_release="2022a")
    nairobi, suva = (zones.local(start, seat.zone) for seat in seats)
    walls = [
        nairobi.isoformat(timespec="minutes"),
        f"{suva + timedelta(hours=1):%Y-%m-%dT%H:%M+13:00}",
    ]
    with transaction(db):
        for seat, wall in zip(seats, walls, strict=True):
            row = Promise(seat=seat, zone=seat.zone, local_start=wall, burden=2)
            row.sitting_id = sitting.id
            db.add(row)
    return start


def test_without_findings_the_status_is_0(run):
    result = run()
    assert (result.exit_code, result.output) == (
        0,
        f"No promised time moved (zones {zones.release()}).\n",
    )


def test_findings_are_a_table_and_the_status_is_3(run, start):
    result = run()
    suva = zones.local(start, "Pacific/Fiji")
    heading, columns, row = result.output.splitlines()
    assert result.exit_code == 3
    assert heading == (
        f"polio, “Polio: a live conversation”, {start:%Y-%m-%dT%H:%MZ}: "
        f"promised by 2022a, now {zones.release()}."
    )
    assert columns.split() == ["Seat", "Promised", "Now", "Points", "before", "Points", "now"]
    assert row.split()[:4] == [
        "Suva",
        f"{suva + timedelta(hours=1):%Y-%m-%dT%H:%M+13:00}",
        f"{suva:%Y-%m-%dT%H:%M+12:00}",
        "2",
    ]


def test_findings_are_json_for_a_program(run, start):
    result = run("--format", "json")
    found = json.loads(result.output)
    assert result.exit_code == 3
    assert (found["tz_release"], [seat["name"] for seat in found["sittings"][0]["seats"]]) == (
        zones.release(),
        ["Suva"],
    )


def test_a_check_changes_nothing(run, start):
    assert run("--format", "json").output == run("--format", "json").output


def test_people_without_a_seat_stand_below_the_seats(run, start, db, make):
    sitting = db.query(Sitting).one()
    own = make.registration(sitting.town_hall, zone="Pacific/Fiji")
    told = f"{zones.local(start, 'Pacific/Fiji') + timedelta(hours=1):%Y-%m-%dT%H:%M+13:00}"
    with transaction(db):
        db.add(
            Invitation(
                code="own",
                sitting_id=sitting.id,
                contact_id=own.contact_id,
                registration_id=own.id,
                kind=ContactKind.REGISTERED,
                told_zone="Pacific/Fiji",
                told_start=told,
            )
        )
    result = run()
    assert result.exit_code == 3
    assert result.output.splitlines()[-1].split()[:5] == [
        *("Pacific/Fiji", "(1", "person)"),
        told,
        f"{zones.local(start, 'Pacific/Fiji'):%Y-%m-%dT%H:%M+12:00}",
    ]
