"""Asking, backing, withdrawing: docs/questions.md, the life of a question."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests.fixtures.make import NOW
from tests.services.asking import FEED, SECRET, TEXT, Told, approved, ask, log
from townhall.domain import tokens
from townhall.domain.access import Role
from townhall.domain.states import QA, State
from townhall.errors import InputError, NotFoundError, TransitionError
from townhall.models.accounts import AuditEntry
from townhall.models.planning import TownHall
from townhall.models.questions import Person, Question, QuestionMove, Support
from townhall.queries import questions as queries
from townhall.services import moderation, questions, stage
from townhall.services.people import Participant
from townhall.services.questions import Vote


def test_ask_keeps_a_question_for_the_moderators(db, make):
    town_hall = make.town_hall(languages=["en", "fr"])
    kinshasa = make.seat(town_hall, "Kinshasa", position=3)
    told = Told()
    asked = ask(db, town_hall, "Pourquoi deux gouttes seulement ?", place=3, feed=told)
    question = db.get(Question, asked.question.id)
    assert asked.is_new
    assert (question.number, question.text, question.language, question.state) == (
        1,
        "Pourquoi deux gouttes seulement ?",
        "fr",
        State.PENDING,
    )
    assert question.site.seat_id == kinshasa.id
    assert (question.asker.site.seat_id, question.asker.trust) == (None, Decimal("0.2"))
    assert question.token_hash == tokens.digest(asked.token)
    assert told.codes == [town_hall.code]
    assert db.scalars(select(QuestionMove.target)).all() == [State.PENDING]
    entry = db.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor) == ("question.asked", f"person:{question.asker_id}")
    assert db.get(TownHall, town_hall.id).board_version == 2


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"key": "another"},
        {"text": f"  {TEXT}\u200b "},
        {"place": None, "language": "en"},
    ],
)
def test_ask_twice_is_one_question_with_one_link(db, make, again):
    town_hall = make.town_hall()
    first = ask(db, town_hall)
    second = ask(db, town_hall, **again)
    assert (second.question.id, second.token, second.is_new) == (
        first.question.id,
        first.token,
        False,
    )
    assert db.scalar(select(func.count(Question.id))) == 1
    assert db.scalar(select(func.count(Person.id))) == 1


@pytest.mark.parametrize("other", [{"who": "bilal"}, {"text": "Is the vaccine safe for newborns?"}])
def test_ask_matches_a_key_only_for_the_same_person_and_text(db, make, other):
    town_hall = make.town_hall()
    first = ask(db, town_hall)
    second = ask(db, town_hall, **other)
    assert second.is_new
    assert (first.question.number, second.question.number) == (1, 2)
    assert first.token != second.token


def test_ask_again_is_answered_also_after_questions_have_closed(db, make):
    town_hall = make.town_hall()
    first = ask(db, town_hall)
    owner = make.actor(town_hall)
    stage.let_ask(db, FEED, owner, town_hall.code, QA.CLOSED, now=NOW)
    assert ask(db, town_hall).question.id == first.question.id
    with pytest.raises(TransitionError, match="Questions are closed"):
        ask(db, town_hall, "Is the vaccine safe for newborns?")


def test_ask_at_the_same_time_is_one_question(sessions, make):
    town_hall = make.town_hall()

    def once(_):
        with sessions() as db:
            return ask(db, town_hall).question.number

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(once, range(6))) == [1] * 6
    with sessions() as db:
        assert db.scalar(select(func.count(Question.id))) == 1


def test_ask_numbers_questions_without_gaps_when_many_ask(sessions, make):
    town_hall = make.town_hall()

    def once(each):
        with sessions() as db:
            return ask(db, town_hall, f"Question {each} of many people?", who=f"p{each}")

    with ThreadPoolExecutor(6) as pool:
        numbers = [asked.question.number for asked in pool.map(once, range(12))]
    assert sorted(numbers) == list(range(1, 13))


@pytest.mark.parametrize(
    "change, field, error",
    [
        ({"text": "Short"}, "text", InputError),
        ({"key": ""}, "key", InputError),
        ({"key": "x" * 65}, "key", InputError),
        ({"place": 99}, None, NotFoundError),
    ],
)
def test_ask_refuses_bad_input_and_keeps_nothing(db, make, change, field, error):
    town_hall = make.town_hall()
    with pytest.raises(error) as caught:
        ask(db, town_hall, **change)
    assert caught.value.field == field
    assert db.scalar(select(func.count(Question.id))) == 0
    assert db.scalar(select(func.count(Person.id))) == 0


def test_ask_by_an_offices_link_speaks_for_its_site(db, make):
    town_hall = make.town_hall()
    seat = make.seat(town_hall, "Bukavu", position=1)
    actor = make.actor(town_hall, Role.AUDIENCE, seat)
    question = ask(db, town_hall, actor=actor, place=1).question
    assert (question.asker.site.seat_id, question.asker.trust) == (seat.id, Decimal(1))


def test_person_who_comes_back_by_an_offices_link_moves_to_its_site(db, make):
    town_hall = make.town_hall()
    seat = make.seat(town_hall, "Bukavu", position=1)
    first = ask(db, town_hall).question
    audience = make.actor(town_hall, Role.AUDIENCE, seat)
    second = ask(db, town_hall, "Is the vaccine safe for newborns?", actor=audience).question
    third = ask(db, town_hall, "And is it safe for the old ones?").question
    assert first.asker_id == second.asker_id == third.asker_id
    assert db.get(Person, first.asker_id).trust == Decimal(1)
    assert [kind for kind, _ in log(db, town_hall)] == ["tuned", "joined", "moved"]


def test_support_counts_each_person_once(db, make):
    town_hall = make.town_hall()
    question = approved(db, make, town_hall)
    for who in ("bilal", "bilal", "chandra"):
        questions.support(db, FEED, Participant(who), town_hall.code, question.number, now=NOW)
    assert queries.support(db, town_hall) == {question.id: 3}
    kinds = [kind for kind, _ in log(db, town_hall)]
    assert kinds == ["tuned", "joined", "approved", "joined", "supported", "joined", "supported"]


def test_support_at_the_same_time_is_one_vote(sessions, make):
    town_hall = make.town_hall()
    with sessions() as db:
        number = approved(db, make, town_hall).number

    def once(_):
        with sessions() as db:
            questions.support(db, FEED, Participant("bilal"), town_hall.code, number, now=NOW)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(once, range(6)))
    with sessions() as db:
        assert list(queries.support(db, town_hall).values()) == [2]
        assert [kind for kind, _ in log(db, town_hall)].count("supported") == 1


def test_a_vote_is_taken_back(db, make):
    town_hall = make.town_hall()
    question = approved(db, make, town_hall)
    bilal = Participant("bilal")
    questions.support(db, FEED, bilal, town_hall.code, question.number, now=NOW)
    for who in (bilal, bilal, Participant("nobody")):
        vote = Vote(who, question.number, backs=False)
        assert questions.vote(db, FEED, town_hall.code, [vote], now=NOW) == [None]
    assert queries.support(db, town_hall) == {question.id: 1}
    kinds = [kind for kind, _ in log(db, town_hall) if "support" in kind]
    assert kinds == ["supported", "unsupported"]


def test_an_asker_stays_behind_their_question(db, make):
    town_hall = make.town_hall()
    question = approved(db, make, town_hall)
    vote = Vote(Participant("amina"), question.number, backs=False)
    (refusal,) = questions.vote(db, FEED, town_hall.code, [vote], now=NOW)
    assert isinstance(refusal, TransitionError)
    assert "your own question" in str(refusal)
    assert db.scalar(select(func.count(Support.person_id))) == 1


def test_support_is_for_what_waits_on_the_board(db, make):
    town_hall = make.town_hall()
    pending = ask(db, town_hall).question
    bilal = Participant("bilal")
    for number in (pending.number, 77):
        with pytest.raises(NotFoundError):
            questions.support(db, FEED, bilal, town_hall.code, number, now=NOW)
    moderator = make.actor(town_hall, Role.MODERATOR)
    moderation.answer_in_writing(
        db,
        FEED,
        moderator,
        town_hall.code,
        pending.number,
        text="On Tuesday.",
        language="en",
        version=1,
        now=NOW,
    )
    with pytest.raises(TransitionError, match="Voting on question 1 has closed"):
        questions.support(db, FEED, bilal, town_hall.code, pending.number, now=NOW)
    assert db.scalar(select(func.count(Person.id))) == 1


def test_vote_of_many_keeps_each_and_refuses_each_alone(db, make):
    town_hall = make.town_hall()
    question = approved(db, make, town_hall)
    ask(db, town_hall, "Is the vaccine safe for newborns?", who="bilal")
    amina, bilal, dalia = Participant("amina"), Participant("bilal"), Participant("dalia")
    told = Told()
    refusals = questions.vote(
        db,
        told,
        town_hall.code,
        [
            Vote(bilal, 1),
            Vote(bilal, 1),
            Vote(bilal, 2),
            Vote(amina, 1, backs=False),
            Vote(dalia, 1),
            Vote(dalia, 1, backs=False),
            Vote(Participant("e"), 1),
        ],
        now=NOW,
    )
    assert [type(refusal) for refusal in refusals] == [
        type(None),
        type(None),
        NotFoundError,
        TransitionError,
        type(None),
        type(None),
        type(None),
    ]
    assert queries.support(db, town_hall)[question.id] == 3
    assert told.codes == [town_hall.code]
    assert [kind for kind, _ in log(db, town_hall)][-4:] == [
        "supported",
        "supported",
        "unsupported",
        "supported",
    ]


def test_withdraw_by_the_private_link(db, make):
    town_hall = make.town_hall()
    question = approved(db, make, town_hall)
    token = questions.follow_token(SECRET, town_hall.code, question.number)
    questions.withdraw(db, FEED, token, now=NOW)
    assert db.get(Question, question.id).state is State.WITHDRAWN
    assert log(db, town_hall)[-1] == ("closed", {"question": 1})
    with pytest.raises(TransitionError):
        questions.withdraw(db, FEED, token, now=NOW)
    with pytest.raises(NotFoundError):
        questions.withdraw(db, FEED, "another", now=NOW)


def test_withdraw_of_what_was_never_on_the_board_is_not_in_the_turns(db, make):
    town_hall = make.town_hall()
    question = ask(db, town_hall).question
    before = log(db, town_hall)
    token = questions.follow_token(SECRET, town_hall.code, question.number)
    questions.withdraw(db, FEED, token, now=NOW)
    assert db.get(Question, question.id).state is State.WITHDRAWN
    assert log(db, town_hall) == before
