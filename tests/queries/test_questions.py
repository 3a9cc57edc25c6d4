"""The board and who backs what."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from tests.fixtures.make import NOW
from tests.services.asking import FEED, approved
from townhall.domain.access import Role
from townhall.models.planning import TownHall
from townhall.queries import questions
from townhall.services import moderation
from townhall.services.people import Participant
from townhall.services.questions import Vote, vote


def test_board_has_the_readers_language_first_then_the_oldest(db, make):
    hall = make.town_hall(languages=["en", "fr"])
    for number, language in enumerate(("fr", "en", "fr", "en"), start=1):
        approved(db, make, hall, f"Question {number}, of four?", language=language, who="a")
    assert [q.number for q in questions.board(db, hall, "en").waiting] == [2, 4, 1, 3]
    assert [q.number for q in questions.board(db, hall, "fr").waiting] == [1, 3, 2, 4]
    assert [q.number for q in questions.board(db, hall).waiting] == [1, 2, 3, 4]


def test_board_reads_as_often_for_many_questions_as_for_one(db, engine, make):
    hall_id = make.town_hall().id
    statements = []
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))

    def reads():
        db.rollback()
        db.expunge_all()
        hall = db.get_one(TownHall, hall_id)
        statements.clear()
        board = questions.board(db, hall)
        shown = [(each.site.name, each.answers, each.addressed_to) for each in board.waiting]
        return len(shown), len(statements)

    approved(db, make, db.get_one(TownHall, hall_id))
    _, once = reads()
    for number in range(4):
        hall = db.get_one(TownHall, hall_id)
        approved(db, make, hall, f"Question {number}, of four?", who=f"p{number}")
    assert reads() == (5, once)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    votes=st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 3)), max_size=12),
    merges=st.lists(
        st.sampled_from([(2, 1), (3, 1), (3, 2)]), max_size=2, unique_by=lambda m: m[0]
    ),
)
def test_support_never_counts_anyone_twice(db, make, votes, merges):
    hall = make.town_hall()
    for number in (1, 2, 3):
        approved(db, make, hall, f"Question {number}, of three?", who=f"asker{number}")
    vote(db, FEED, hall.code, [Vote(Participant(who), number) for who, number in votes], now=NOW)
    moderator = make.actor(hall, Role.MODERATOR)
    into = {}
    for number, root in sorted(merges, reverse=True):
        question = questions.question(db, hall, number)
        moderation.merge(
            db,
            FEED,
            moderator,
            hall.code,
            number,
            into=root,
            version=question.version,
            now=NOW,
        )
        into[number] = root
    backers = {number: {f"asker{number}"} for number in (1, 2, 3)}
    for who, number in votes:
        backers[number].add(who)
    for number in sorted(into, reverse=True):
        backers[into[number]] |= backers.pop(number)
    counts = questions.support(db, hall)
    shown = {q.number: counts[q.id] for q in questions.board(db, hall).waiting}
    assert shown == {number: len(people) for number, people in backers.items()}
