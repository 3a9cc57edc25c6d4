"""What seats say to the hours of a shortlist, and what the plan makes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from townhall.domain import invites
from townhall.domain.access import ANYONE, Role
from townhall.domain.availability import Said, Wish
from townhall.domain.ports import SilentFeed
from townhall.domain.slots import Answer
from townhall.domain.states import Delivery, MailKind
from townhall.errors import InputError, NotAllowedError, NotFoundError, TransitionError
from townhall.models.accounts import AuditEntry
from townhall.models.availability import Asked, SeatReply
from townhall.models.invitations import OutboxMessage
from townhall.queries import availability as queries
from townhall.queries import planner, planning
from townhall.services import availability, seats, shortlists, sittings
from townhall.services.senders import Sender

NOON = datetime(2026, 12, 2, 12, 0, tzinfo=UTC)
ONE = NOON + timedelta(hours=1)
DEADLINE = NOW + timedelta(days=3)
SENDER = Sender(invites.Mailbox("townhall@example.org"), "https://townhall.example", "k" * 32)
YES = Said({NOON: Answer.YES, ONE: Answer.YES})
NO = Said({NOON: Answer.NO, ONE: Answer.IF_NEED_BE}, "Ask us again in January.")


@pytest.fixture
def hall(db, make):
    hall = make.town_hall(window_from_at=NOON, window_until_at=NOON + timedelta(hours=2))
    for number, name in enumerate(("London", "Accra"), 1):
        seat = make.seat(hall, name, position=number, zone="Europe/London", country="GB")
        make.seat_contact(seat)
        make.seat_contact(seat)
    db.expire_all()
    return hall


@pytest.fixture
def asked(db, make, hall):
    """Return who was asked for London, and for Accra."""
    actor = make.actor(hall)
    made = shortlists.make(db, actor, hall.code, Wish((NOON, ONE), DEADLINE), now=NOW)
    shortlists.send(db, actor, hall.code, SENDER, version=made.version, now=NOW)
    return db.scalars(select(Asked).order_by(Asked.id)).all()


def reminders(db):
    db.expire_all()
    return {
        row.contact_id: row.state
        for row in db.scalars(select(OutboxMessage).where(OutboxMessage.kind == MailKind.REMINDER))
    }


def test_an_answer_is_kept_with_who_gave_it(db, asked):
    availability.answer(db, asked[0].code, NO, now=NOW)

    db.expire_all()
    reply = db.scalars(select(SeatReply)).one()
    assert (reply.seat_id, reply.answers, reply.note, reply.answered_at) == (
        asked[0].seat_id,
        {"2026-12-02T12:00Z": "no", "2026-12-02T13:00Z": "if-need-be"},
        "Ask us again in January.",
        NOW,
    )
    entry = db.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.actor, entry.action) == (
        f"contact:{asked[0].contact_id}",
        "availability.answered",
    )
    assert entry.before is None
    assert entry.after == {"answers": reply.answers, "has_note": True}


def test_a_note_alone_may_change_and_the_audit_log_tells_no_note(db, asked):
    availability.answer(db, asked[0].code, NO, now=NOW)
    other = replace(NO, note="Ask us again in May.")
    availability.answer(db, asked[0].code, other, now=NOW + timedelta(hours=1))

    reply = db.scalars(select(SeatReply)).one()
    assert (reply.note, reply.answered_at) == (other.note, NOW + timedelta(hours=1))
    entry = db.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.before == entry.after == {"answers": reply.answers, "has_note": True}


def test_the_newest_word_of_any_of_its_people_is_the_seats(db, asked):
    availability.answer(db, asked[0].code, NO, now=NOW)
    availability.answer(db, asked[1].code, YES, now=NOW + timedelta(hours=1))

    reply = db.scalars(select(SeatReply)).one()
    assert (set(reply.answers.values()), reply.note) == ({"yes"}, "")
    assert reply.answered_at == NOW + timedelta(hours=1)


def test_the_same_answer_again_changes_nothing(db, asked):
    availability.answer(db, asked[0].code, YES, now=NOW)
    availability.answer(db, asked[0].code, YES, now=NOW + timedelta(hours=1))

    assert db.scalars(select(SeatReply.answered_at)).one() == NOW
    answered = AuditEntry.action == "availability.answered"
    assert len(db.scalars(select(AuditEntry).where(answered)).all()) == 1


def test_an_answer_ends_the_reminders_of_its_seat_alone(db, asked):
    availability.answer(db, asked[0].code, YES, now=NOW)

    assert reminders(db) == {
        asked[0].contact_id: Delivery.SUPERSEDED,
        asked[1].contact_id: Delivery.SUPERSEDED,
        asked[2].contact_id: Delivery.QUEUED,
        asked[3].contact_id: Delivery.QUEUED,
    }


def test_an_answer_may_change_until_the_deadline_and_no_longer(db, asked):
    availability.answer(db, asked[0].code, NO, now=DEADLINE - timedelta(seconds=1))
    with pytest.raises(TransitionError, match="The time to answer ended on 2026-11-26 09:00"):
        availability.answer(db, asked[0].code, YES, now=DEADLINE)
    db.expire_all()
    assert db.scalars(select(SeatReply)).one().note == "Ask us again in January."


def test_an_hour_left_out_is_refused_and_nothing_is_kept(db, asked):
    with pytest.raises(InputError, match="2026-12-02 13:00 UTC has no answer"):
        availability.answer(db, asked[0].code, Said({NOON: Answer.YES}), now=NOW)
    assert db.scalars(select(SeatReply)).all() == []


def test_answers_rank_the_hours_anew_at_once(db, make, hall, asked):
    before = planner.plan(hall, None, None)
    assert before.best[0].start == NOON
    assert before.ranking.feasible == 8

    availability.answer(db, asked[0].code, NO, now=NOW)

    db.expire_all()
    document = planning.plan_document(hall)
    assert [seat.get("answers") for seat in document["seats"]] == [
        {"2026-12-02T12:00Z": "no", "2026-12-02T13:00Z": "if-need-be"},
        None,
    ]
    after = planner.plan(hall, ONE, None)
    assert after.ranking.feasible == 7
    assert NOON not in {option.start for option in after.best}
    assert after.shown.parts[0].cost.burden == 8
    with pytest.raises(InputError, match="London cannot take part at 2026-12-02 12:00 UTC"):
        sittings.choose(db, make.actor(hall), hall.code, NOON, now=NOW)


def test_nobody_is_asked_on_once_an_hour_is_set(db, make, hall, asked):
    availability.answer(db, asked[0].code, YES, now=NOW)
    actor = make.actor(hall)
    draft = sittings.choose(db, actor, hall.code, ONE, now=NOW)
    sittings.send(db, SilentFeed(), actor, hall.code, SENDER, version=draft.version, now=NOW)

    assert set(reminders(db).values()) == {Delivery.SUPERSEDED}
    with pytest.raises(TransitionError, match="no longer ask"):
        availability.answer(db, asked[2].code, YES, now=NOW)


def test_a_seat_that_is_removed_takes_its_mails_and_answers_along(db, make, hall, asked):
    for seat in hall.seats:
        make.site(hall, seat)
    availability.answer(db, asked[0].code, YES, now=NOW)
    london = {each.contact_id for each in asked[:2]}

    seats.remove(db, make.actor(hall), hall.code, 1, version=hall.version, now=NOW)

    db.expire_all()
    assert {
        row.contact_id
        for row in db.scalars(select(OutboxMessage))
        if row.state is Delivery.SUPERSEDED
    } == london
    assert db.scalars(select(SeatReply)).all() == []
    assert len(db.scalars(select(Asked)).all()) == 2


def test_answers_stay_when_the_asking_ends_and_newer_ones_win(db, make, hall, asked):
    actor = make.actor(hall)
    availability.answer(db, asked[0].code, NO, now=NOW)
    shortlists.end(db, actor, hall.code, now=NOW)
    with pytest.raises(TransitionError, match="no longer ask"):
        availability.answer(db, asked[0].code, YES, now=NOW)

    made = shortlists.make(db, actor, hall.code, Wish((NOON,), DEADLINE), now=NOW)
    shortlists.send(db, actor, hall.code, SENDER, version=made.version, now=NOW)
    newest = db.scalars(select(Asked).where(Asked.shortlist_id == made.id)).first()
    availability.answer(db, newest.code, Said({NOON: Answer.YES}), now=NOW)

    db.expire_all()
    assert planning.plan_document(hall)["seats"][0]["answers"] == {
        "2026-12-02T12:00Z": "yes",
        "2026-12-02T13:00Z": "if-need-be",
    }


def test_somebody_of_the_seat_answers_for_it_and_nobody_else(db, make, hall, asked):
    london, accra = hall.seats
    office = make.actor(hall, Role.OFFICE, london)
    availability.answer_for_seat(db, office, hall.code, 1, YES, now=NOW)

    shortlist = queries.newest_sent(hall)
    assert [row.answers for row in queries.rows(shortlist, hall.seats)] == [
        (Answer.YES, Answer.YES),
        (None, None),
    ]
    with pytest.raises(NotAllowedError):
        availability.answer_for_seat(db, office, hall.code, accra.position, YES, now=NOW)
    with pytest.raises(NotFoundError):
        availability.answer_for_seat(db, ANYONE, hall.code, 1, YES, now=NOW)


def test_there_is_nothing_to_answer_before_anybody_asks(db, make, hall):
    office = make.actor(hall, Role.OFFICE, hall.seats[0])
    with pytest.raises(TransitionError, match="Nobody asks about hours now"):
        availability.answer_for_seat(db, office, hall.code, 1, YES, now=NOW)


def test_a_made_up_code_was_not_asked(db, asked):
    with pytest.raises(NotFoundError):
        availability.answer(db, "nobody", YES, now=NOW)
