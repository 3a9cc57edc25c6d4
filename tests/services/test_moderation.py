"""Moderation: docs/questions.md, the life of a question."""

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from tests.services.asking import FEED, TEXT, Told, approved, ask, log
from townhall.domain.access import ANYONE, Role
from townhall.domain.states import MOVES, State
from townhall.errors import (
    ConflictError,
    InputError,
    NotAllowedError,
    NotFoundError,
    TransitionError,
)
from townhall.models.accounts import AuditEntry
from townhall.models.questions import Question, QuestionMove
from townhall.queries import questions as queries
from townhall.services import moderation, questions, stage
from townhall.services.people import Participant

CALLS = {
    "approve": {},
    "decline": {"reason": "It was answered before."},
    "set_aside": {},
    "address": {"position": None},
    "answer_in_writing": {"text": "On Tuesday.", "language": "en"},
}


@pytest.fixture
def hall(make):
    return make.town_hall(languages=["en", "ar"])


@pytest.fixture
def moderator(make, hall):
    return make.actor(hall, Role.MODERATOR)


def call(name, db, actor, hall, question, *, feed=FEED, version=None, **values):
    return getattr(moderation, name)(
        db,
        feed,
        actor,
        hall.code,
        question.number,
        version=version or question.version,
        now=NOW,
        **CALLS.get(name, {}) | values,
    )


def test_approve_puts_a_question_on_the_board(db, hall, moderator):
    question = ask(db, hall).question
    told = Told()
    call("approve", db, moderator, hall, question, feed=told)
    assert told.codes == [hall.code]
    assert [each.number for each in queries.board(db, hall).waiting] == [1]
    assert log(db, hall)[-1] == (
        "approved",
        {"question": 1, "site": "public", "at": 1, "askers": [question.asker_id], "via": "page"},
    )
    move = db.scalars(select(QuestionMove).order_by(QuestionMove.id.desc())).first()
    assert (move.origin, move.target, move.actor, move.version) == (
        State.PENDING,
        State.APPROVED,
        moderator.key,
        2,
    )


@pytest.mark.parametrize("name", CALLS)
def test_moderation_asks_who_may(db, make, hall, name):
    question = ask(db, hall).question
    with pytest.raises(NotAllowedError):
        call(name, db, make.actor(hall, Role.PRESENTER), hall, question)
    for stranger in (ANYONE, make.actor(make.town_hall(), Role.OWNER)):
        with pytest.raises(NotFoundError):
            call(name, db, stranger, hall, question)
    assert (question.state, question.version) == (State.PENDING, 1)


@pytest.mark.parametrize("name", CALLS)
def test_moderation_on_a_stale_page_is_told_what_changed(db, hall, moderator, name):
    question = ask(db, hall).question
    call("decline", db, moderator, hall, question)
    with pytest.raises(ConflictError) as caught:
        call(name, db, moderator, hall, question, version=1)
    assert str(caught.value) == "Somebody declined question 1 meanwhile."
    assert (question.state, question.version) == (State.DECLINED, 2)


def test_decline_needs_a_reason_that_the_asker_reads(db, hall, moderator):
    question = ask(db, hall).question
    with pytest.raises(InputError) as caught:
        call("decline", db, moderator, hall, question, reason="  ")
    assert caught.value.field == "reason"
    call("decline", db, moderator, hall, question)
    assert (question.state, question.reason) == (State.DECLINED, "It was answered before.")
    entry = db.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.action, entry.note) == ("question.declined", "It was answered before.")


def test_decline_after_approval_closes_and_approve_reopens(db, make, hall, moderator):
    question = approved(db, make, hall)
    call("decline", db, moderator, hall, question)
    assert queries.board(db, hall).is_empty
    call("approve", db, moderator, hall, question)
    assert (question.reason, question.state) == ("", State.APPROVED)
    assert [kind for kind, _ in log(db, hall)][-3:] == ["approved", "closed", "reopened"]


def test_approve_after_a_first_decline_is_the_first_approval(db, hall, moderator):
    question = ask(db, hall).question
    call("decline", db, moderator, hall, question)
    call("approve", db, moderator, hall, question)
    assert [kind for kind, _ in log(db, hall)] == ["tuned", "joined", "approved"]


def test_set_aside_as_spam_can_be_taken_back(db, hall, moderator):
    question = ask(db, hall).question
    call("set_aside", db, moderator, hall, question)
    assert question.state is State.SPAM
    call("approve", db, moderator, hall, question)
    assert question.state is State.APPROVED


def test_address_names_whom_a_question_is_for(db, make, hall, moderator):
    seat = make.seat(hall, "Islamabad", position=4)
    question = approved(db, make, hall)
    call("address", db, moderator, hall, question, position=4)
    assert [each.id for each in queries.addressed_to(db, seat)] == [question.id]
    with pytest.raises(NotFoundError):
        call("address", db, moderator, hall, question, position=9)
    call("address", db, moderator, hall, question, position=None)
    assert queries.addressed_to(db, seat) == []


def test_merge_counts_everybody_once(db, make, hall, moderator):
    first = approved(db, make, hall, backers=["bilal", "chandra"])
    second = approved(db, make, hall, "When do the drops come to us?", who="bilal", key="2")
    third = ask(db, hall, "When are the drops coming here?", who="dalia", key="3").question
    call("merge", db, moderator, hall, third, into=second.number)
    call("merge", db, moderator, hall, second, into=first.number)
    counts = queries.support(db, hall)
    assert counts[first.id] == 4  # amina, bilal, chandra, dalia
    assert [each.number for each in queries.board(db, hall).waiting] == [1]
    assert [kind for kind, _ in log(db, hall)][-3:] == ["approved", "merged", "merged"]


def test_merge_is_undone_by_approving_again(db, make, hall, moderator):
    first = approved(db, make, hall)
    second = approved(db, make, hall, "When do the drops come to us?", who="bilal", key="2")
    call("merge", db, moderator, hall, second, into=first.number)
    call("approve", db, moderator, hall, second)
    assert queries.support(db, hall) == {first.id: 1, second.id: 1}
    assert log(db, hall)[-1] == ("split", {"question": 2})


def test_merge_is_into_another_that_waits(db, make, hall, moderator):
    first = approved(db, make, hall)
    pending = ask(db, hall, "When do the drops come to us?", key="2").question
    for into, says in (
        (first.number, "Question 1 cannot be joined with itself; choose another one."),
        (pending.number, "Question 2 is not waiting on the board; merge into one that is."),
    ):
        with pytest.raises(InputError) as caught:
            call("merge", db, moderator, hall, first, into=into)
        assert str(caught.value) == f"into: {says}"


@pytest.mark.parametrize("is_approved", [True, False])
def test_answer_in_writing_shows_the_text_and_costs_nothing(db, make, hall, moderator, is_approved):
    question = approved(db, make, hall) if is_approved else ask(db, hall).question
    call("answer_in_writing", db, moderator, hall, question, text="يوم الثلاثاء", language="ar")
    board = queries.board(db, hall)
    assert [(each.number, each.state) for each in board.answered] == [(1, State.WRITTEN)]
    (answer,) = db.get(Question, question.id).answers
    assert (answer.text, answer.language, answer.live) == ("يوم الثلاثاء", "ar", False)
    assert [kind for kind, _ in log(db, hall)][-2:] == ["approved", "closed"]


def test_answer_in_writing_refuses_other_languages(db, hall, moderator):
    question = ask(db, hall).question
    with pytest.raises(InputError) as caught:
        call("answer_in_writing", db, moderator, hall, question, language="tlh")
    assert caught.value.field == "language"
    assert (question.state, question.answers) == (State.PENDING, [])


def test_moderation_moves_only_as_the_table_allows(db, make, hall, moderator):
    question = approved(db, make, hall)
    questions.support(db, FEED, Participant("bilal"), hall.code, 1, now=NOW)
    call("answer_in_writing", db, moderator, hall, question)
    assert State.DECLINED not in MOVES[State.WRITTEN]
    with pytest.raises(TransitionError):
        call("decline", db, moderator, hall, question)
    assert db.get(Question, question.id).text == TEXT


def test_approve_of_what_is_on_air_is_refused(db, make, hall, moderator):
    question = approved(db, make, hall)
    version = question.version
    host = make.actor(hall, Role.HOST)
    stage.take(db, FEED, host, hall.code, question.number, replacing=None, version=version, now=NOW)
    with pytest.raises(TransitionError, match="Question 1 is on air"):
        call("approve", db, moderator, hall, question)


def test_answer_in_writing_of_what_was_kept_for_later_closes_it_once(db, make, hall, moderator):
    question = approved(db, make, hall)
    host = make.actor(hall, Role.HOST)
    stage.defer(db, FEED, host, hall.code, question.number, version=question.version, now=NOW)
    before = log(db, hall)
    call("answer_in_writing", db, moderator, hall, question)
    assert (question.state, log(db, hall)) == (State.WRITTEN, before)
