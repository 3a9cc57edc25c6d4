"""What is kept of people once an event is over, and what is not."""

from datetime import timedelta

import pytest

from tests.fixtures.make import NOW
from townhall.db import transaction
from townhall.domain.incoming import Fate, Kind
from townhall.domain.states import Delivery, DraftAction, MailKind, PartStat, SittingState
from townhall.models.accounts import AuditEntry, Contact
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Draft, DraftStep
from townhall.models.registrations import Registration
from townhall.models.replies import IncomingMail, MailedReply
from townhall.services import registrations, retention

STARTS = NOW - timedelta(days=30)


@pytest.fixture
def put(db):
    """Return a function that keeps rows as they are."""

    def keep(*rows):
        with transaction(db):
            db.add_all(rows)
            db.flush()
        return rows

    return keep


@pytest.fixture
def mail(put, make):
    """Return a function that keeps a mail of a town hall."""

    def keep(hall, code, **columns):
        values = {"state": Delivery.SENT, "whole": b"Subject: x", "last_error": "550 you@x"}
        (row,) = put(
            OutboxMessage(
                code=code,
                kind=MailKind.INVITE,
                town_hall_id=hall.id,
                contact=make.contact(),
                thread=code,
                subject="x",
                due_at=NOW,
                give_up_at=NOW,
                created_at=NOW,
                **values | columns,
            )
        )
        return row

    return keep


@pytest.fixture
def answer(put):
    """Return a function that keeps an answer by mail."""

    def keep(sitting, sender=None, invitation=None):
        (came,) = put(
            IncomingMail(
                digest=f"{sitting.id}-{sender and sender.id}", kind=Kind.REPLY, received_at=NOW
            )
        )
        (row,) = put(
            MailedReply(
                mail_id=came.id,
                sitting_id=sitting.id,
                invitation_id=invitation and invitation.id,
                attendee_id=sender and sender.id,
                sender_id=sender and sender.id,
                partstat=PartStat.ACCEPTED,
                counters=False,
                note="I am ill",
                fate=Fate.COUNTED,
                received_at=NOW,
            )
        )
        return row

    return keep


def test_people_of_an_event_are_forgotten_a_month_after_its_last_sitting(db, make, mail, answer):
    hall = make.town_hall()
    make.sitting(hall, starts_at=STARTS - timedelta(days=7))
    sitting = make.sitting(hall, starts_at=STARTS)
    seat = make.seat(hall)
    invited = make.invitation(sitting, seat, partstat=PartStat.DECLINED, note="I am ill")
    registered = make.registration(hall)
    stranger = make.contact(address="stranger@example.org")
    answer(sitting, stranger)
    answer(sitting, invited.contact, invited)
    mail(hall, "sent")
    waits = mail(hall, "waits", state=Delivery.QUEUED)

    assert retention.forget(db, now=NOW - timedelta(seconds=1)) == 0
    assert retention.forget(db, now=NOW) == 1
    assert registrations.forget(db, now=NOW) == 1
    db.expire_all()

    assert (registered.is_on, registered.contact.address) == (False, None)
    assert db.query(MailedReply).count() == 0
    assert (stranger.address, stranger.name, stranger.erased_at) == (None, "", NOW)
    kept = db.query(Invitation).one()
    assert (kept.note, kept.partstat) == ("", PartStat.DECLINED)
    assert invited.contact.address is not None
    assert db.query(IncomingMail).count() == 2
    states = {row.code: (row.octets, row.last_error) for row in db.query(OutboxMessage)}
    assert states["sent"] == (None, "")
    assert waits.octets == b"Subject: x"
    entry = db.query(AuditEntry).filter_by(action="town_hall.forgotten").one()
    assert entry.after == {"registrations": 1, "answers": 2, "notes": 1, "mails": 1}


def test_event_that_is_not_over_keeps_its_people(db, make, mail, answer):
    ahead = make.town_hall()
    make.sitting(ahead, starts_at=STARTS)
    sitting = make.sitting(ahead, starts_at=NOW + timedelta(days=3))
    make.town_hall()  # never had a sitting, and its window is still to come
    answer(sitting, make.contact())
    row = make.registration(ahead)
    assert retention.forget(db, now=NOW) == 0
    db.expire_all()
    assert row.is_on
    assert db.query(MailedReply).count() == 1


def test_event_that_never_was_is_over_with_its_window(db, make):
    hall = make.town_hall(window_until_at=STARTS)
    row = make.registration(hall)
    assert retention.forget(db, now=NOW) == 1
    db.expire_all()
    assert not row.is_on


@pytest.fixture
def keeps(db, make):
    """Return a function that tells whether who registered for a town hall is still on its list."""

    def look(hall):
        row = make.registration(hall)
        retention.forget(db, now=NOW)
        db.expire_all()
        return row.is_on

    return look


def test_who_waits_for_a_new_hour_of_what_was_called_off_is_kept(make, keeps):
    hall = make.town_hall()
    make.sitting(hall, starts_at=STARTS, state=SittingState.CANCELLED)
    assert keeps(hall)


def test_what_was_called_off_is_over_with_its_window(make, keeps):
    hall = make.town_hall(window_until_at=STARTS)
    make.sitting(hall, starts_at=STARTS, state=SittingState.CANCELLED)
    assert not keeps(hall)


def test_what_is_called_off_ahead_of_its_hour_is_not_over_before_that(make, keeps):
    hall = make.town_hall(window_until_at=STARTS)
    make.sitting(hall, starts_at=NOW, state=SittingState.CANCELLED)
    assert keeps(hall)


def test_who_waits_for_the_second_of_two_sittings_is_kept(make, keeps):
    hall = make.town_hall(sittings_wanted=2)
    make.sitting(hall, starts_at=STARTS, state=SittingState.HELD)
    make.sitting(hall, starts_at=STARTS, state=SittingState.CANCELLED)
    assert keeps(hall)


@pytest.mark.parametrize("columns", [{}, {"window_until_at": STARTS}])
def test_event_is_over_with_the_last_sitting_that_is_wanted(make, keeps, columns):
    hall = make.town_hall(sittings_wanted=2, **columns)
    make.sitting(hall, starts_at=STARTS, state=SittingState.HELD)
    if not columns:
        make.sitting(hall, starts_at=STARTS)
    assert not keeps(hall)


@pytest.mark.parametrize("starts_at, is_kept", [(NOW, True), (STARTS, False), (None, False)])
def test_hour_that_a_draft_holds_counts_as_a_sitting(make, keeps, put, starts_at, is_kept):
    hall = make.town_hall(window_until_at=STARTS)
    make.sitting(hall, starts_at=STARTS)
    action = DraftAction.SCHEDULE if starts_at else DraftAction.UPDATE
    step = DraftStep(action=action, starts_at=starts_at)
    put(Draft(town_hall_id=hall.id, created_at=NOW, steps=[step]))
    assert keeps(hall) is is_kept


def test_words_of_a_server_about_a_mail_that_is_erased_already_are_forgotten(db, make, mail):
    hall = make.town_hall()
    make.sitting(hall, starts_at=STARTS)
    late = mail(hall, "late", state=Delivery.BOUNCED, whole=None)
    mail(hall, "done", whole=None, last_error="")
    retention.forget(db, now=NOW)
    db.expire_all()
    assert (late.state, late.last_error) == (Delivery.BOUNCED, "")
    entry = db.query(AuditEntry).filter_by(action="town_hall.forgotten").one()
    assert entry.after["mails"] == 1


def test_what_came_later_is_forgotten_within_a_week_and_nothing_is_told_twice(db, make, answer):
    hall = make.town_hall()
    sitting = make.sitting(hall, starts_at=STARTS)
    assert retention.forget(db, now=NOW) == 1
    answer(sitting, make.contact())
    assert retention.forget(db, now=NOW + timedelta(days=7)) == 0
    assert retention.forget(db, now=NOW + timedelta(days=7, seconds=1)) == 1
    assert db.query(MailedReply).count() == 0
    assert db.query(AuditEntry).filter_by(action="town_hall.forgotten").count() == 1


def test_who_answered_elsewhere_too_or_is_somebody_is_kept(db, make, answer):
    over, ahead = make.town_hall(), make.town_hall()
    past = make.sitting(over, starts_at=STARTS)
    coming = make.sitting(ahead)
    account, both = make.account(), make.contact()
    answer(past, account.contact)
    answer(past, both)
    answer(coming, both)
    answer(past)
    retention.forget(db, now=NOW)
    db.expire_all()
    assert db.query(Contact).filter(Contact.address.is_(None)).count() == 0
    assert db.query(MailedReply).one().sitting_id == coming.id


def test_who_registered_for_two_events_is_forgotten_after_the_second(db, make):
    first, second = make.town_hall(), make.town_hall()
    make.sitting(first, starts_at=STARTS)
    make.sitting(second, starts_at=NOW)
    person = make.contact()
    make.registration(first, person)
    make.registration(second, person)
    retention.forget(db, now=NOW)
    assert registrations.forget(db, now=NOW) == 1
    db.expire_all()
    assert person.address is not None
    later = NOW + timedelta(days=30)
    while retention.forget(db, now=later):
        pass
    assert registrations.forget(db, now=later) == 1
    db.expire_all()
    assert person.address is None
    assert {row.is_on for row in db.query(Registration)} == {False}
