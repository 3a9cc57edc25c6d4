"""Databases of earlier versions, with what stood in them, brought to this one."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from tests.services.test_sittings import SENDER, START, Story
from townhall import schema
from townhall.db import transaction
from townhall.domain.reminders import Lead
from townhall.domain.states import Delivery, MailKind, SittingState
from townhall.models.invitations import OutboxMessage
from townhall.models.planning import Seat, Sitting
from townhall.models.reminders import Reminder
from townhall.services import upcoming

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def back_and_forward(db, engine, revision):
    """Bring the database back to what `revision` made of it, and forward again."""
    db.close()
    schema.downgrade(engine, revision)
    with engine.connect() as connection:
        tables = connection.dialect.get_table_names(connection)
    schema.upgrade(engine)
    return set(tables)


def test_sittings_that_were_scheduled_before_there_were_reminders_get_theirs(
    db, make, engine, sessions
):
    story = Story(db, make)
    sitting = story.send(story.choose())
    story.hand_to_worker()
    now = datetime.now(UTC).replace(microsecond=0)
    starts = {
        "tomorrow": now + timedelta(hours=2),
        "soon": now + timedelta(minutes=30),
        "over": now - DAY,
        "off": now + 2 * DAY,
    }
    for name, start in starts.items():
        state = SittingState.CANCELLED if name == "off" else SittingState.SCHEDULED
        starts[name] = make.sitting(make.town_hall(), starts_at=start, state=state, sequence=3).id
    with transaction(db):
        db.get_one(Sitting, sitting.id).sequence = 2
    number = sitting.id

    tables = back_and_forward(db, engine, "0010")

    assert "reminders" not in tables
    kept = {
        (row.sitting_id, row.lead): (row.sequence, row.due_at, row.until_at, row.reached)
        for row in db.query(Reminder)
    }
    soon = starts["tomorrow"]
    at = db.get_one(Sitting, soon).starts_at
    assert kept == {
        (number, Lead.DAY): (2, START - DAY, START - HOUR, 0),
        (number, Lead.HOUR): (2, START - HOUR, START, 0),
        (soon, Lead.HOUR): (3, at - HOUR, at, 0),
    }
    assert upcoming.work(sessions, SENDER, now=lambda: START - DAY) == 3
    db.rollback()
    reminded = db.query(OutboxMessage).filter_by(kind=MailKind.UPCOMING)
    assert sorted(row.contact.name for row in reminded) == ["Ann", "Dev", "Sana"]


def test_going_back_before_reminders_takes_back_those_that_wait(db, make, engine, sessions):
    story = Story(db, make)
    story.send(story.choose())
    story.hand_to_worker()
    assert upcoming.work(sessions, SENDER, now=lambda: START - DAY) == 3
    with transaction(db):
        db.query(OutboxMessage).filter_by(state=Delivery.QUEUED).first().state = Delivery.SENT

    back_and_forward(db, engine, "0010")

    states = [row.state for row in db.query(OutboxMessage).order_by(OutboxMessage.id)]
    assert states == [Delivery.SENT] * 4 + [Delivery.SUPERSEDED] * 2
    assert db.query(OutboxMessage).filter_by(kind=MailKind.UPCOMING).count() == 0


def test_a_region_keeps_its_name_as_long_as_there_is_room_for_it(db, make, engine):
    hall = make.town_hall()
    long = make.seat(hall, region="São Paulo Capital", country="BR").id
    short = make.seat(hall, region="South Canterbury", country="NZ").id
    office = make.office(region="TRG", country="MY").id
    back_and_forward(db, engine, "0013")
    assert [db.get_one(Seat, key).region for key in (long, short)] == [None, "South Canterbury"]
    assert (
        db.execute(text("SELECT region FROM offices WHERE id = :id"), {"id": office}).scalar()
        == "TRG"
    )
