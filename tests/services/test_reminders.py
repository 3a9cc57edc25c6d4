"""Reminding who was invited and is silent: the same entry again, and nobody twice a day."""

from datetime import timedelta
from email import message_from_bytes, policy

import icalendar
import pytest

from tests.fixtures.make import NOW
from tests.services.test_several_sittings import EARLY, LATE, Halves
from tests.services.test_sittings import SENDER, Story
from townhall.db import transaction
from townhall.domain.access import ANYONE
from townhall.domain.states import Delivery, MailKind, PartStat
from townhall.errors import ConflictError, NotFoundError
from townhall.models.accounts import AuditEntry
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.services import reminders, sittings

LATER = NOW + timedelta(days=1, hours=1)


@pytest.fixture
def story(db, make):
    """Return a town hall whose invitations have all been sent."""
    made = Story(db, make)
    made.sitting = made.send(made.choose())
    hand_on(db)
    return made


def hand_on(db, at=NOW):
    with transaction(db):
        for row in db.query(OutboxMessage).filter_by(state=Delivery.QUEUED):
            row.state, row.fence, row.sent_at = Delivery.SENT, 1, at


def remind(story, now=LATER, actor=None):
    return reminders.remind(
        story.db, actor or story.actor, story.hall.code, story.sitting.number, SENDER, now=now
    )


def newest(db):
    db.expire_all()
    return db.query(OutboxMessage).filter_by(kind=MailKind.REMINDER).order_by("id").all()


def entry(row):
    message = message_from_bytes(row.octets, policy=policy.default)
    [part] = [each for each in message.walk() if each.get_content_type() == "text/calendar"]
    [event] = icalendar.Calendar.from_ical(part.get_content()).events
    return {
        name: str(event.get(name).to_ical()) for name in ("UID", "SEQUENCE", "DTSTAMP", "DTSTART")
    }


def test_the_silent_get_the_same_entry_again(db, story):
    with transaction(db):
        db.query(Invitation).order_by("id").first().partstat = PartStat.ACCEPTED
    assert remind(story) == 2
    rows = newest(db)
    assert [row.contact.name for row in rows] == ["Dev", "Sana"]
    first = db.query(OutboxMessage).filter_by(contact=rows[0].contact, kind=MailKind.INVITE).one()
    assert entry(rows[0]) == entry(first)
    assert (rows[0].sequence, rows[0].revision) == (0, 1)
    assert first.state is Delivery.SENT
    assert (
        "have not answered yet"
        in message_from_bytes(rows[0].octets, policy=policy.default)
        .get_body(("plain",))
        .get_content()
    )
    audited = db.query(AuditEntry).filter_by(action="sitting.reminded").one()
    assert audited.after == {"mails": 2}


def test_nobody_is_reminded_twice_in_a_day(db, story):
    assert remind(story) == 3
    with pytest.raises(ConflictError, match="Nobody is to be reminded"):
        remind(story)
    hand_on(db, LATER)
    with pytest.raises(ConflictError, match="Nobody is to be reminded"):
        remind(story, LATER + timedelta(hours=23))
    assert remind(story, LATER + timedelta(hours=24)) == 3


@pytest.mark.parametrize("state", [Delivery.QUEUED, Delivery.FAILED, Delivery.BOUNCED])
def test_whose_invitation_did_not_arrive_is_not_reminded_of_it(db, story, state):
    with transaction(db):
        db.query(OutboxMessage).order_by("id").first().state = state
    assert remind(story) == 2
    assert [row.contact.name for row in newest(db)] == ["Dev", "Sana"]


def test_a_change_after_a_reminder_takes_its_place(db, story):
    remind(story)
    story.send(story.call_off(), now=LATER)
    states = {row.kind: row.revision for row in db.query(OutboxMessage).order_by("id")}
    assert states == {MailKind.INVITE: 0, MailKind.REMINDER: 1, MailKind.CANCELLED: 2}
    with pytest.raises(ConflictError, match="over or cancelled"):
        remind(story)


def test_the_team_alone_reminds(db, story):
    with pytest.raises(NotFoundError):
        remind(story, actor=ANYONE)
    assert newest(db) == []


def test_of_two_sittings_only_the_one_that_is_named_is_asked_about_again(db, make):
    """The host is asked to both; who answered for one may be silent about the other."""
    story = Halves(db, make)
    early, late = story.hold(EARLY, LATE)
    with transaction(db):
        for row in db.query(OutboxMessage):
            row.sent_at = NOW
        places = {(row.sitting_id, row.contact.name): row for row in db.query(Invitation)}
        places[early.id, "Ann"].partstat = PartStat.ACCEPTED

    def again(sitting, now=LATER):
        code = story.hall.code
        return reminders.remind(db, story.actor, code, sitting.number, SENDER, now=now)

    assert again(early) == 1
    assert again(late) == 2
    found = [(row.contact.name, row.thread) for row in newest(db)]
    assert found == [("Dev", early.uid), ("Ann", late.uid), ("Sana", late.uid)]
    first, second = sittings_of(db, story)
    assert (first.revision, second.revision) == (1, 1)
    assert (first.sequence, second.sequence) == (0, 0)
    said = {
        row.contact.name: " ".join(
            message_from_bytes(row.octets, policy=policy.default)
            .get_body(("plain",))
            .get_content()
            .split()
        )
        for row in newest(db)
    }
    assert "It is held in 2 sittings; you are asked to all of them" in said["Ann"]
    assert "this one is yours" in said["Dev"]
    assert {entry(row)["DTSTART"] for row in newest(db)} == {
        "b'20261209T060000Z'",
        "b'20261209T150000Z'",
    }
    hand_on(db, LATER)
    for sitting in (early, late):
        with pytest.raises(ConflictError, match="Nobody is to be reminded"):
            again(sitting, LATER + timedelta(hours=23))


def test_who_moved_to_the_other_sitting_is_asked_about_that_alone(db, make):
    story = Halves(db, make)
    early, late = story.hold(EARLY, LATE)
    numbers = (early.number, late.number)
    story.send_all(sittings.call_off(db, story.actor, story.hall.code, early.number, now=NOW))
    hand_on(db)
    with transaction(db):
        for row in db.query(OutboxMessage):
            row.sent_at = NOW
    with pytest.raises(ConflictError, match="over or cancelled"):
        reminders.remind(db, story.actor, story.hall.code, numbers[0], SENDER, now=LATER)
    assert reminders.remind(db, story.actor, story.hall.code, numbers[1], SENDER, now=LATER) == 3
    assert {(row.contact.name, row.thread) for row in newest(db)} == {
        ("Ann", late.uid),
        ("Dev", late.uid),
        ("Sana", late.uid),
    }


def sittings_of(db, story):
    db.expire_all()
    return sorted(story.hall.sittings, key=lambda sitting: sitting.number)
