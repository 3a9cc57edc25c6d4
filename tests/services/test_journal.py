from decimal import Decimal

from sqlalchemy import select

from tests.fixtures.make import NOW
from townhall.db import transaction
from townhall.domain.access import SYSTEM, Actor, Role
from townhall.domain.states import QA
from townhall.models.accounts import AuditEntry, SessionLink
from townhall.services.journal import audit


def entry(db):
    found = db.scalars(select(AuditEntry)).one()
    return {
        column.key: getattr(found, column.key)
        for column in AuditEntry.__table__.columns
        if column.key != "id"
    }


def test_audit_keeps_who_what_when_before_and_after(db, make):
    town_hall = make.town_hall()
    before = {"qa": QA.OPEN, "alpha": Decimal("0.500"), "compare_at": None}
    after = {"qa": QA.CLOSED, "alpha": Decimal("0.750"), "compare_at": NOW}
    with transaction(db):
        audit(
            db,
            Actor("account:3"),
            "qa.closed",
            town_hall,
            NOW,
            before=before,
            after=after,
            note="!",
        )
    assert entry(db) == {
        "at": NOW,
        "actor": "account:3",
        "action": "qa.closed",
        "town_hall_id": town_hall.id,
        "object": f"townhall:{town_hall.id}",
        "before": {"qa": "open", "alpha": "0.500", "compare_at": None},
        "after": {"qa": "closed", "alpha": "0.750", "compare_at": "2026-11-23T09:00:00+00:00"},
        "note": "!",
    }


def test_audit_finds_the_town_hall_in_the_row(db, make):
    seat = make.seat(make.town_hall())
    with transaction(db):
        audit(db, SYSTEM, "seat.added", seat, NOW)
    assert entry(db)["town_hall_id"] == seat.town_hall_id
    assert entry(db)["object"] == f"seat:{seat.id}"


def test_audit_takes_the_town_hall_that_a_row_does_not_tell(db, make):
    town_hall = make.town_hall()
    contact = make.contact()
    with transaction(db):
        audit(db, SYSTEM, "contact.added", contact, NOW, town_hall_id=town_hall.id)
    assert entry(db)["town_hall_id"] == town_hall.id


def test_audit_names_a_new_row_by_both_halves_of_its_key(db, make):
    link, _token = make.link(make.town_hall(), Role.HOST)
    session, _token = make.session()
    with transaction(db):
        opened = SessionLink(session_id=session.id, link_id=link.id)
        db.add(opened)
        audit(db, SYSTEM, "link.opened", opened, NOW)
    assert entry(db)["object"] == f"sessionlink:{session.id}-{link.id}"
    assert entry(db)["town_hall_id"] is None
