from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from townhall.domain.access import Role
from townhall.domain.replies import Reply
from townhall.domain.states import PartStat, SittingState
from townhall.errors import ConflictError, NotAllowedError, NotFoundError, TransitionError
from townhall.models.accounts import AuditEntry
from townhall.services import replies

YES = Reply(PartStat.ACCEPTED, 0, "We come with four.")


@pytest.fixture
def town_hall(make):
    return make.town_hall()


@pytest.fixture
def seat(make, town_hall):
    return make.seat(town_hall)


@pytest.fixture
def invitation(make, town_hall, seat):
    return make.invitation(make.sitting(town_hall), seat)


def audited(db):
    return [
        (entry.actor, entry.action, entry.object, entry.town_hall_id, entry.before, entry.after)
        for entry in db.scalars(select(AuditEntry).order_by(AuditEntry.id))
    ]


def answer_of(invitation):
    return invitation.partstat, invitation.note, invitation.answered_at


def test_answer_is_kept_and_audited_without_the_address(db, town_hall, invitation):
    answered = replies.answer(db, invitation.code, YES, now=NOW)

    assert answered is invitation
    assert answer_of(invitation) == (PartStat.ACCEPTED, "We come with four.", NOW)
    assert audited(db) == [
        (
            f"contact:{invitation.contact_id}",
            "invitation.answered",
            f"invitation:{invitation.id}",
            town_hall.id,
            {"partstat": "NEEDS-ACTION", "has_note": False},
            {"partstat": "ACCEPTED", "has_note": True},
        )
    ]


def test_note_that_says_something_else_is_an_answer_and_the_audit_log_tells_no_note(db, invitation):
    replies.answer(db, invitation.code, YES, now=NOW)
    later = NOW + timedelta(hours=1)
    replies.answer(db, invitation.code, Reply(PartStat.ACCEPTED, 0, "With five."), now=later)
    assert answer_of(invitation) == (PartStat.ACCEPTED, "With five.", later)
    _first, (*_who, before, after) = audited(db)
    assert before == after == {"partstat": "ACCEPTED", "has_note": True}


def test_the_same_answer_once_more_changes_nothing(db, invitation):
    replies.answer(db, invitation.code, YES, now=NOW)
    replies.answer(db, invitation.code, YES, now=NOW + timedelta(hours=1))
    assert invitation.answered_at == NOW
    assert len(audited(db)) == 1


def test_an_answer_can_be_changed(db, invitation):
    replies.answer(db, invitation.code, YES, now=NOW)
    later = NOW + timedelta(hours=1)
    replies.answer(db, invitation.code, Reply(PartStat.DECLINED, 0), now=later)
    assert answer_of(invitation) == (PartStat.DECLINED, "", later)


def test_an_answer_to_a_time_that_has_moved_is_refused(db, make, town_hall, seat):
    moved = make.sitting(town_hall, sequence=1)
    invitation = make.invitation(moved, seat, asked_sequence=1)
    with pytest.raises(ConflictError, match="The event has moved to another time"):
        replies.answer(db, invitation.code, YES, now=NOW)
    assert answer_of(invitation) == (PartStat.NEEDS_ACTION, "", None)
    replies.answer(db, invitation.code, Reply(PartStat.ACCEPTED, 1), now=NOW)
    assert invitation.partstat is PartStat.ACCEPTED


@pytest.mark.parametrize(
    "sitting, columns, sentence",
    [
        ({"state": SittingState.CANCELLED}, {}, "This event is cancelled"),
        ({"state": SittingState.HELD}, {}, "This event is over"),
        ({"starts_at": NOW - timedelta(hours=1), "minutes": 60}, {}, "This event is over"),
        ({}, {"removed_at": NOW}, "You are no longer on the list"),
    ],
)
def test_answer_is_refused_where_none_is_needed(
    db, make, town_hall, seat, sitting, columns, sentence
):
    invitation = make.invitation(make.sitting(town_hall, **sitting), seat, **columns)
    with pytest.raises(TransitionError, match=sentence):
        replies.answer(db, invitation.code, YES, now=NOW)
    assert answer_of(invitation) == (PartStat.NEEDS_ACTION, "", None)
    assert audited(db) == []


def test_answer_needs_an_invitation(db):
    with pytest.raises(NotFoundError):
        replies.answer(db, "nobody", YES, now=NOW)


def test_the_office_answers_for_the_people_of_its_seat(db, make, town_hall, seat, invitation):
    office = make.actor(town_hall, Role.OFFICE, seat)
    replies.answer_for_seat(db, office, invitation.code, YES, now=NOW)
    assert invitation.partstat is PartStat.ACCEPTED
    assert [entry[0] for entry in audited(db)] == [office.key]


def test_nobody_else_answers_for_a_seat(db, make, town_hall, invitation):
    for actor, error in [
        (make.actor(town_hall, Role.OFFICE, make.seat(town_hall)), NotAllowedError),
        (make.actor(town_hall, Role.OWNER), NotAllowedError),
        (make.actor(make.town_hall(), Role.OWNER), NotFoundError),
    ]:
        with pytest.raises(error):
            replies.answer_for_seat(db, actor, invitation.code, YES, now=NOW)
    assert answer_of(invitation) == (PartStat.NEEDS_ACTION, "", None)
