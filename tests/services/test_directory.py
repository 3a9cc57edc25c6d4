"""The office directory."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.fixtures.make import NOW
from townhall.domain import office_sheet
from townhall.domain.access import ANYONE, Actor
from townhall.domain.people import ContactDetails
from townhall.errors import ConflictError, InputError, SignInRequiredError
from townhall.models.accounts import AuditEntry, Contact
from townhall.queries import directory as queries
from townhall.services import directory
from townhall.services.directory import OfficeDetails

CASES = Path(__file__).parents[1] / "cases"
KINSHASA = OfficeDetails(
    name="DR Congo, Kinshasa",
    zone="Africa/Kinshasa",
    country="CD",
    language="en",
    people=40,
    contacts=[ContactDetails("Amina", "amina@example.org", "ar")],
)


@pytest.fixture
def organizer(make):
    account = make.account()
    return Actor(key=f"account:{account.id}", account_id=account.id)


def test_add_keeps_an_office_its_contacts_and_who_added_it(db, organizer):
    office = directory.add(db, organizer, KINSHASA, now=NOW)

    db.expire_all()
    found = queries.office(db, office.id)
    assert (found.name, found.zone, found.people) == ("DR Congo, Kinshasa", "Africa/Kinshasa", 40)
    assert [(c.name, c.address, c.language) for c in found.contacts] == [
        ("Amina", "amina@example.org", "ar")
    ]
    entry = db.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action) == (organizer.key, "office.added")


def test_add_needs_an_account(db):
    with pytest.raises(SignInRequiredError):
        directory.add(db, ANYONE, KINSHASA, now=NOW)
    assert queries.offices(db) == []


@pytest.mark.parametrize("name", ["DR Congo, Kinshasa", "DR  Congo,\u00a0Kinshasa\u200b"])
def test_add_refuses_a_name_twice_and_keeps_nothing_of_it(db, organizer, name):
    directory.add(db, organizer, KINSHASA, now=NOW)
    again = replace(KINSHASA, name=name, contacts=[ContactDetails("Ben", "ben@example.org")])
    with pytest.raises(InputError, match=name) as caught:
        directory.add(db, organizer, again, now=NOW)
    assert caught.value.field == "name"
    assert db.scalars(select(Contact.name).where(Contact.name == "Ben")).all() == []


def test_details_name_the_field_that_cannot_be_planned_with():
    with pytest.raises(InputError) as caught:
        replace(KINSHASA, zone="Africa/Kinshase")
    assert caught.value.field == "zone"
    assert "Africa/Kinshasa" in str(caught.value)


def test_details_need_a_name():
    with pytest.raises(InputError) as caught:
        replace(KINSHASA, name=" ")
    assert caught.value.field == "name"


def test_edit_changes_an_office_and_its_people(db, organizer):
    office = directory.add(db, organizer, KINSHASA, now=NOW)
    changed = replace(KINSHASA, people=41, contacts=[ContactDetails("Ben", "ben@example.org")] * 2)
    directory.edit(db, organizer, office.id, changed, version=1, now=NOW)

    db.expire_all()
    found = queries.office(db, office.id)
    assert (found.people, found.version, [c.name for c in found.contacts]) == (41, 2, ["Ben"])
    before = db.scalars(select(AuditEntry.before).order_by(AuditEntry.id.desc())).first()
    assert before["people"] == 40


def test_edit_tells_who_is_too_late(db, organizer):
    office = directory.add(db, organizer, KINSHASA, now=NOW)
    with pytest.raises(ConflictError):
        directory.edit(db, organizer, office.id, KINSHASA, version=2, now=NOW)


def test_one_address_is_one_person_with_the_newest_name(db, organizer):
    first = directory.add(db, organizer, KINSHASA, now=NOW)
    other = replace(
        KINSHASA, name="Kisangani", contacts=[ContactDetails("Amina Diallo", "Amina@Example.org")]
    )
    second = directory.add(db, organizer, other, now=NOW)

    assert first.contacts[0].id == second.contacts[0].id
    assert second.contacts[0].name == "Amina Diallo"


def lines(text):
    sheet = office_sheet.read(text)
    assert sheet.problems == ()
    return sheet.lines


def test_import_adds_changes_and_leaves_alone(db, organizer):
    directory.add(db, organizer, KINSHASA, now=NOW)
    directory.add(db, organizer, OfficeDetails("Suva", "Pacific/Fiji", people=7), now=NOW)
    sheet = lines(
        "name,zone,contacts\n"
        "Suva,Pacific/Fiji,\n"
        '"DR  Congo, Kinshasa",Africa/Lubumbashi,Ben <ben@example.org>; Ben <BEN@example.org>\n'
        "Cairo,Africa/Cairo,Eve <eve@example.org>\n"
    )
    assert [
        (step.line.number, step.office and step.office.name, step.changes)
        for step in queries.steps(db, sheet)
    ] == [(2, "Suva", False), (3, "DR Congo, Kinshasa", True), (4, None, True)]

    directory.import_(db, organizer, sheet, now=NOW)

    db.expire_all()
    assert [
        (office.name, office.zone, office.people, [each.name for each in office.contacts])
        for office in queries.offices(db)
    ] == [
        ("Cairo", "Africa/Cairo", 1, ["Eve"]),
        ("DR  Congo, Kinshasa", "Africa/Lubumbashi", 40, ["Ben"]),
        ("Suva", "Pacific/Fiji", 7, []),
    ]
    assert [office.version for office in queries.offices(db)] == [1, 2, 1]
    entries = db.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[2:]
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("office.edited", organizer.key),
        ("office.added", organizer.key),
        ("offices.imported", organizer.key),
    ]
    assert entries[0].before == {"name": "DR Congo, Kinshasa", "zone": "Africa/Kinshasa"}
    assert entries[2].after == {"changed": 2}


def test_import_without_a_column_of_contacts_keeps_them(db, organizer):
    directory.add(db, organizer, KINSHASA, now=NOW)
    sheet = lines('name,zone,people\n"DR Congo, Kinshasa",Africa/Kinshasa,41\n')
    directory.import_(db, organizer, sheet, now=NOW)
    (office,) = queries.offices(db)
    assert (office.people, [each.name for each in office.contacts]) == (41, ["Amina"])


def test_import_needs_an_account(db):
    with pytest.raises(SignInRequiredError):
        directory.import_(db, ANYONE, lines("name,zone\nCairo,Africa/Cairo\n"), now=NOW)
    assert queries.offices(db) == []


def test_import_is_all_or_nothing(db, organizer):
    sheet = lines("name,zone\nCairo,Africa/Cairo\nSuva,Pacific/Fiji\n")
    broken = replace(sheet[1], columns={**sheet[1].columns, "zone": None})
    with pytest.raises(IntegrityError):
        directory.import_(db, organizer, [sheet[0], broken], now=NOW)
    assert queries.offices(db) == []


def test_offices_of_the_whole_world_are_imported_within_seconds_and_come_back(db, organizer):
    text = (CASES / "offices-of-the-world.csv").read_bytes().decode()
    begun = time.thread_time()
    directory.import_(db, organizer, lines(text), now=NOW)
    assert time.thread_time() - begun < 5

    db.expire_all()
    offices = queries.offices(db)
    assert len(offices) == 193
    exported = office_sheet.write(
        {name: getattr(office, name) for name in office_sheet.COLUMNS}
        | {"contacts": queries.people(office)}
        for office in offices
    )
    assert sorted(exported.splitlines()) == sorted(text.splitlines())
    assert not any(step.changes for step in queries.steps(db, lines(text)))
