"""The stage: docs/questions.md, turns, rules 5 to 10."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from tests.services.asking import FEED, TEXT, Told, approved, ask, log
from townhall.db import transaction
from townhall.domain.access import ANYONE, Role
from townhall.domain.states import QA, Mode, State
from townhall.domain.turns.events import from_json
from townhall.domain.turns.state import replay
from townhall.errors import (
    ConflictError,
    InputError,
    NotAllowedError,
    NotFoundError,
    TransitionError,
)
from townhall.i18n import ENGLISH
from townhall.models.accounts import AuditEntry
from townhall.models.planning import TownHall
from townhall.models.stage import Take
from townhall.queries import questions
from townhall.queries import stage as queries
from townhall.services import moderation, stage

LATER = NOW + timedelta(minutes=3)


@pytest.fixture
def hall(make):
    return make.town_hall(nominal_minutes=2)


@pytest.fixture
def host(make, hall):
    return make.actor(hall, Role.HOST)


def take(db, host, hall, question, *, replacing=None, now=NOW, feed=FEED, **changes):
    version = changes.get("version", question.version)
    return stage.take(
        db,
        feed,
        host,
        hall.code,
        question.number,
        replacing=replacing,
        version=version,
        now=now,
    )


def answer(db, host, hall, question, text=""):
    return stage.answer(
        db,
        FEED,
        host,
        hall.code,
        question.number,
        text=text,
        language="en",
        version=question.version,
        now=LATER,
    )


def numbers(db, hall):
    return [each.question.number for each in queries.ahead(db, hall, ENGLISH)]


def check_replayed(db, hall):
    """The state that is kept equals the replay of the whole log."""
    events = [from_json(kind, data) for kind, data in log(db, hall)]
    with queries.turns(db, hall) as state:
        fresh = replay(events)
        assert (state.levels(), state.order(), state.peak) == (
            fresh.levels(),
            fresh.order(),
            fresh.peak,
        )


def test_next_is_whose_supporters_could_pay_soonest(db, make, hall, host):
    first = approved(db, make, hall)
    second = approved(db, make, hall, "And the second one?", who="bilal", backers=["c", "d"])
    ahead = queries.ahead(db, hall, ENGLISH)
    assert [each.question for each in ahead] == [second, first]
    assert ahead[0].reason == (
        "Nobody from the public has been heard yet. 3 people from the public back this. "
        "No other question could be paid for sooner by those who back it."
    )
    take(db, host, hall, second)
    assert numbers(db, hall) == [first.number]
    check_replayed(db, hall)


def test_take_keeps_why(db, make, hall, host):
    question = approved(db, make, hall)
    told = Told()
    take(db, host, hall, question, feed=told)
    assert told.codes == [hall.code]
    assert queries.on_air(db, hall) is question
    row = db.scalars(select(Take)).one()
    assert (row.mode, row.level, row.actor, row.taken_at) == (
        Mode.FAIR,
        "2.236065955",  # 1 / √0.2, by the weight of one from the open page
        host.key,
        NOW,
    )
    assert row.reason.startswith("Nobody from the public has been heard yet.")
    assert log(db, hall)[-1] == ("taken", {"question": 1, "mode": "fair"})


def test_take_ends_what_was_on_air(db, make, hall, host):
    first = approved(db, make, hall)
    second = approved(db, make, hall, "And the second one?", key="2")
    take(db, host, hall, first)
    take(db, host, hall, second, replacing=first.number, now=LATER)
    assert (first.state, first.answered_at) == (State.ANSWERED, LATER)
    assert queries.on_air(db, hall) is second
    assert log(db, hall)[-2:] == [
        ("ended", {"question": 1, "airtime": 180}),
        ("taken", {"question": 2, "mode": "fair"}),
    ]
    check_replayed(db, hall)


def test_take_by_two_hosts_at_once_takes_one(db, make, hall, host):
    first = approved(db, make, hall)
    second = approved(db, make, hall, "And the second one?", key="2")
    seen = first.version
    take(db, host, hall, first)
    with pytest.raises(ConflictError, match="changed what is on air"):
        take(db, host, hall, second)
    with pytest.raises(ConflictError, match="took question 1 on air meanwhile"):
        take(db, host, hall, first, version=seen)
    assert queries.on_air(db, hall) is first
    assert second.state is State.APPROVED


def test_take_of_what_does_not_wait_is_refused(db, hall, host):
    question = ask(db, hall).question
    with pytest.raises(TransitionError):
        take(db, host, hall, question)
    assert db.scalars(select(Take)).all() == []


def test_answer_keeps_the_text_and_charges_the_airtime(db, make, hall, host):
    question = approved(db, make, hall)
    take(db, host, hall, question)
    answer(db, host, hall, question, "On Tuesday.")
    assert (question.state, question.answered_at) == (State.ANSWERED, LATER)
    (kept,) = question.answers
    assert (kept.text, kept.live, kept.author) == ("On Tuesday.", True, host.key)
    assert log(db, hall)[-1] == ("ended", {"question": 1, "airtime": 180})
    with queries.turns(db, hall) as state:
        assert str(state.peak) == "3.354098932502"  # 3 of 2 minutes: 1.5 / √0.2


def test_answer_can_be_written_later_but_not_be_empty_then(db, make, hall, host):
    question = approved(db, make, hall)
    with pytest.raises(TransitionError, match="was not on air"):
        answer(db, host, hall, question, "On Tuesday.")
    take(db, host, hall, question)
    answer(db, host, hall, question)
    assert (question.state, question.answers) == (State.ANSWERED, [])
    with pytest.raises(InputError, match="Please write the answer"):
        answer(db, host, hall, question)
    answer(db, host, hall, question, "On Tuesday.")
    assert [each.text for each in question.answers] == ["On Tuesday."]


def test_undo_leaves_the_take_out(db, make, hall, host):
    question = approved(db, make, hall)
    take(db, host, hall, question)
    stage.undo(db, FEED, host, hall.code, 1, version=question.version, now=LATER)
    assert (question.state, queries.on_air(db, hall)) == (State.APPROVED, None)
    assert not db.query(Take).filter_by(question_id=question.id, undone_at=None).count()
    with queries.turns(db, hall) as state:
        assert (state.peak, state.next()) == (0, 1)
    check_replayed(db, hall)
    with pytest.raises(TransitionError, match="is not on air"):
        stage.undo(db, FEED, host, hall.code, 1, version=question.version, now=LATER)


@pytest.mark.parametrize("is_on_air", [True, False])
def test_defer_keeps_a_question_for_later_for_free(db, make, hall, host, is_on_air):
    question = approved(db, make, hall)
    if is_on_air:
        take(db, host, hall, question)
    stage.defer(db, FEED, host, hall.code, 1, version=question.version, now=LATER)
    assert question.state is State.DEFERRED
    assert [each.number for each in questions.board(db, hall).later] == [1]
    with queries.turns(db, hall) as state:
        assert (state.peak, state.next()) == (0, None)
    moderator = make.actor(hall, Role.MODERATOR)
    moderation.approve(db, FEED, moderator, hall.code, 1, version=question.version, now=LATER)
    assert numbers(db, hall) == [1]
    check_replayed(db, hall)


def test_order_by_changes_who_is_next(db, make, hall, host):
    first = approved(db, make, hall)
    second = approved(db, make, hall, "And the second one?", who="bilal", backers=["c"])
    assert numbers(db, hall) == [second.number, first.number]
    stage.order_by(db, FEED, host, hall.code, Mode.OLDEST, now=NOW)
    assert numbers(db, hall) == [first.number, second.number]
    take(db, host, hall, first)
    assert db.scalars(select(Take.mode)).all() == [Mode.OLDEST]
    assert log(db, hall)[-1] == ("taken", {"question": 1, "mode": "oldest"})


def test_let_ask_opens_and_closes(db, hall, host):
    for qa in QA:
        stage.let_ask(db, FEED, host, hall.code, qa, now=NOW)
        assert db.get(TownHall, hall.id).qa is qa


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.PRESENTER, None])
def test_stage_is_run_by_those_who_may(db, make, hall, role):
    question = approved(db, make, hall)
    actor = make.actor(hall, role) if role else ANYONE
    refusal = NotAllowedError if role else NotFoundError
    number, version = question.number, question.version
    for call in (
        lambda: take(db, actor, hall, question),
        lambda: answer(db, actor, hall, question),
        lambda: stage.undo(db, FEED, actor, hall.code, number, version=version, now=NOW),
        lambda: stage.defer(db, FEED, actor, hall.code, number, version=version, now=NOW),
        lambda: stage.let_ask(db, FEED, actor, hall.code, QA.CLOSED, now=NOW),
        lambda: stage.order_by(db, FEED, actor, hall.code, Mode.OLDEST, now=NOW),
    ):
        with pytest.raises(refusal):
            call()


def test_turns_by_site_counts_those_who_were_heard(db, make, hall, host):
    seat = make.seat(hall, "Bukavu", position=1)
    make.site(hall, make.seat(hall, "Asmara", position=2))
    audience = make.actor(hall, Role.AUDIENCE, seat)
    first = approved(db, make, hall, who="bukavu", actor=audience)
    second = approved(db, make, hall, "And the second one?")
    third = approved(db, make, hall, "And the third one?")
    take(db, host, hall, first)
    take(db, host, hall, second, replacing=first.number)
    stage.undo(db, FEED, host, hall.code, 2, version=second.version, now=NOW)
    take(db, host, hall, third)
    assert [(site.name, turns) for site, turns in queries.turns_by_site(db, hall)] == [
        ("Asmara", 0),
        ("Bukavu", 1),
        ("", 1),
    ]


def test_turns_are_brought_up_to_date_from_another_session(sessions, make, hall):
    with sessions() as db:
        approved(db, make, hall)
        assert numbers(db, hall) == [1]
    with sessions() as db:
        approved(db, make, hall, "And the second one?", who="bilal", backers=["c"])
    with sessions() as db:
        assert numbers(db, hall) == [2, 1]
        check_replayed(db, hall)


def test_order_by_what_is_in_force_is_no_change(db, hall, host):
    stage.order_by(db, FEED, host, hall.code, hall.mode, now=NOW)
    assert db.scalars(select(AuditEntry).where(AuditEntry.action == "stage.mode")).all() == []


def test_take_from_beyond_the_look_ahead_keeps_its_level_without_a_reason(db, make, hall, host):
    asked = [
        approved(db, make, hall, f"{TEXT} Number {n}?", key=f"k{n}", who=f"person{n}")
        for n in range(queries.AHEAD + 1)
    ]
    take(db, host, hall, asked[-1])
    taken = db.scalars(select(Take)).one()
    assert (taken.level is None, taken.reason) == (False, "")


def test_answer_of_what_no_take_brought_on_air_charges_nobody(db, make, hall, host):
    question = approved(db, make, hall)
    with transaction(db):
        question.state = State.ON_AIR
    before = log(db, hall)
    answer(db, host, hall, question)
    assert (question.state, log(db, hall)) == (State.ANSWERED, before)


def test_stage_of_no_town_hall_is_not_found(db, make, hall):
    with pytest.raises(NotFoundError):
        stage.order_by(db, FEED, make.actor(hall), "nowhere", Mode.OLDEST, now=NOW)
