"""Everything that can happen to questions, in any order: the log, the board and turns agree."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from tests.fixtures.make import NOW, Make
from tests.services.asking import FEED, ask, log
from townhall.db import open_engine, sessions
from townhall.domain.access import Role
from townhall.domain.states import State
from townhall.domain.turns.events import from_json
from townhall.domain.turns.state import replay
from townhall.errors import TownhallError
from townhall.models.questions import Question, QuestionMove
from townhall.queries import questions as queries
from townhall.queries import stage as stage_queries
from townhall.services import moderation, questions, stage
from townhall.services.people import Participant

PEOPLE = st.sampled_from(["amina", "bilal", "chandra", "dalia"])
NUMBERS = st.integers(1, 3)


class Hour(RuleBasedStateMachine):
    """A town hall's hour: every act may be refused, none may leave things half done."""

    template: Path
    looks = 0
    """How often all moves were compared with all states, over every history."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copyfile(self.template, self.folder / "townhall.db")
        self.engine = open_engine(f"sqlite:///{self.folder / 'townhall.db'}")
        self.db = sessions(self.engine)()
        make = Make(self.db)
        self.hall = make.town_hall(languages=["en"], nominal_minutes=2)
        seat = make.seat(self.hall, "Bukavu", position=1)
        self.offices = {"amina": make.actor(self.hall, Role.AUDIENCE, seat)}
        self.host = make.actor(self.hall, Role.HOST)
        for number, who in enumerate(("amina", "bilal", "chandra"), start=1):
            self.asks(who, number)
            self.approves(number)

    def teardown(self):
        self.db.close()
        self.engine.dispose()
        shutil.rmtree(self.folder)

    def act(self, service, number, **values):
        """Do something with the version that a fresh page would show."""
        self.db.rollback()
        try:
            version = queries.question(self.db, self.hall, number).version
            service(
                self.db, FEED, self.host, self.hall.code, number, version=version, now=NOW, **values
            )
        except TownhallError:
            return

    @rule(who=PEOPLE, text=NUMBERS)
    def asks(self, who, text):
        ask(
            self.db,
            self.hall,
            f"Question {text}, of three at most?",
            who=who,
            actor=self.offices.get(who),
        )

    @rule(number=NUMBERS)
    def approves(self, number):
        self.act(moderation.approve, number)

    @rule(number=NUMBERS)
    def declines(self, number):
        self.act(moderation.decline, number, reason="It was asked already.")

    @rule(number=NUMBERS, into=NUMBERS)
    def merges(self, number, into):
        self.act(moderation.merge, number, into=into)

    @rule(number=NUMBERS)
    def writes(self, number):
        self.act(moderation.answer_in_writing, number, text="Yes.", language="en")

    @rule(number=NUMBERS)
    def takes(self, number):
        self.db.rollback()
        on_air = stage_queries.on_air(self.db, self.hall)
        self.act(stage.take, number, replacing=on_air and on_air.number)

    @rule(number=NUMBERS)
    def answers(self, number):
        self.act(stage.answer, number, text="Yes.", language="en")

    @rule(number=NUMBERS)
    def undoes(self, number):
        self.act(stage.undo, number)

    @rule(number=NUMBERS)
    def defers(self, number):
        self.act(stage.defer, number)

    @rule(who=PEOPLE, number=NUMBERS, backs=st.booleans())
    def votes(self, who, number, backs):
        person = Participant(who, self.offices[who]) if who in self.offices else Participant(who)
        vote = questions.Vote(person, number, backs)
        questions.vote(self.db, FEED, self.hall.code, [vote], now=NOW)

    @invariant()
    def turns_equal_the_replay_of_the_log(self):
        fresh = replay(from_json(kind, data) for kind, data in log(self.db, self.hall))
        with stage_queries.turns(self.db, self.hall) as kept:
            assert kept.order() == fresh.order()
            assert kept.levels() == fresh.levels()
            assert kept.peak == fresh.peak

    @invariant()
    def turns_know_the_board_and_its_supporters(self):
        board = queries.board(self.db, self.hall)
        with stage_queries.turns(self.db, self.hall) as turns:
            assert set(turns.order()) == {each.number for each in board.waiting}
            for each in board.waiting:
                assert turns.people(each.number) == board.support[each.id]

    @invariant()
    def at_most_one_question_is_on_air(self):
        on_air = select(func.count(Question.id)).where(Question.state == State.ON_AIR)
        assert self.db.scalar(on_air) <= 1

    @invariant()
    def every_move_is_kept(self):
        last = select(func.max(QuestionMove.id)).group_by(QuestionMove.question_id)
        moves = self.db.execute(
            select(QuestionMove.question_id, QuestionMove.target).where(QuestionMove.id.in_(last))
        )
        states = self.db.execute(select(Question.id, Question.state))
        assert dict(map(tuple, moves)) == dict(map(tuple, states))
        Hour.looks += 1


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_an_hour_in_any_order(migrated_sqlite):
    Hour.template, Hour.looks = migrated_sqlite, 0
    run_state_machine_as_test(
        Hour,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Hour.looks > 15
