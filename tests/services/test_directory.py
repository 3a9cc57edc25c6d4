"""The office directory."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from townhall.domain.access import ANYONE, Actor
from townhall.domain.people import ContactDetails
from townhall.errors import ConflictError, InputError, SignInRequiredError
from townhall.models.accounts import AuditEntry, Contact
from townhall.queries import directory as queries
from townhall.services import directory
from townhall.services.directory import OfficeDetails

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


def test_add_refuses_a_name_twice_and_keeps_nothing_of_it(db, organizer):
    directory.add(db, organizer, KINSHASA, now=NOW)
    again = replace(KINSHASA, contacts=[ContactDetails("Ben", "ben@example.org")])
    with pytest.raises(InputError, match="DR Congo, Kinshasa") as caught:
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
