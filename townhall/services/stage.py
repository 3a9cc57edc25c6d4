"""The stage: what goes on air, how long it stayed, whether questions are taken.

The state of turns is a fold over the log, so a service only says what happened; what it
costs whom is found by the fold (docs/questions.md, turns).
"""

from datetime import datetime

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import questions as rules
from townhall.domain.access import Action, Actor, require
from townhall.domain.ports import Feed
from townhall.domain.states import QA, Mode, State
from townhall.domain.turns import reasons
from townhall.domain.turns.events import Closed, Ended, Taken, Undone
from townhall.errors import ConflictError, TransitionError
from townhall.i18n import N_, speech
from townhall.models.planning import TownHall
from townhall.models.questions import Question
from townhall.models.stage import Take
from townhall.queries import questions
from townhall.queries import stage as queries
from townhall.services import boards, journal

_REASON_LIMIT = 500


def take(
    db: Session,
    feed: Feed,
    actor: Actor,
    code: str,
    number: int,
    *,
    replacing: int | None,
    version: int,
    now: datetime,
) -> Question:
    """Bring a question on air; what was on air before is answered by that.

    Args:
        replacing: The number of the question that the host saw on air; None for silence.
        version: The question's, as the host saw it.

    Raises:
        NotAllowedError: The actor does not run this stage.
        TransitionError: The question does not wait on the board.
        ConflictError: Something else is on air than the host saw, or the question changed.
    """
    with transaction(db) as tx:
        town_hall, question = _staged(db, actor, code, number, version)
        before = queries.on_air(db, town_hall)
        if (before and before.number) != replacing:
            raise ConflictError(
                N_("Somebody else changed what is on air meanwhile. Look at it again.")
            )
        taken = _taken(db, town_hall, question, actor, now)
        if before is not None:
            _end(db, town_hall, actor, before, now)
        boards.move(db, actor, question, State.ON_AIR, now)
        question.on_air_at = now
        db.add(taken)
        boards.log(db, town_hall, now, Taken(number, town_hall.mode))
        tx.after_commit(lambda: feed.changed(code))
    return question


def answer(
    db: Session,
    feed: Feed,
    actor: Actor,
    code: str,
    number: int,
    *,
    text: str,
    language: str,
    version: int,
    now: datetime,
) -> Question:
    """End the answer on air, and keep its text; the text can also come, or be more, later.

    An answer that took longer than is meant raises what the question's supporters pay.

    Raises:
        InputError: There is no text, and the answer is over already; or it is too long.
        NotAllowedError: The actor does not run this stage.
        TransitionError: The question was not on air.
        ConflictError: Somebody else changed it first.
    """
    with transaction(db) as tx:
        town_hall, question = _staged(db, actor, code, number, version)
        if question.state is State.ON_AIR:
            _end(db, town_hall, actor, question, now)
            text = rules.answer(text) if text.strip() else ""
        elif question.state in {State.ANSWERED, State.WRITTEN}:
            text = rules.answer(text)
            question.version += 1
        else:
            raise TransitionError(N_("Question %(number)s was not on air."), number=number)
        if text:
            live = question.state is State.ANSWERED
            boards.write_answer(db, actor, question, text, language, live=live, now=now)
        tx.after_commit(lambda: feed.changed(code))
    return question


def undo(
    db: Session, feed: Feed, actor: Actor, code: str, number: int, *, version: int, now: datetime
) -> Question:
    """Take a question off the air as if it had never been on; nobody pays for it.

    Raises:
        NotAllowedError: The actor does not run this stage.
        TransitionError: The question is not on air.
        ConflictError: Somebody else changed it first.
    """
    with transaction(db) as tx:
        _, question = _staged(db, actor, code, number, version)
        _undo(db, actor, question, State.APPROVED, now)
        tx.after_commit(lambda: feed.changed(code))
    return question


def defer(
    db: Session, feed: Feed, actor: Actor, code: str, number: int, *, version: int, now: datetime
) -> Question:
    """Keep a question for after the event; if it was on air, nobody pays for that.

    Raises:
        NotAllowedError: The actor does not run this stage.
        TransitionError: The question neither waits nor is on air.
        ConflictError: Somebody else changed it first.
    """
    with transaction(db) as tx:
        town_hall, question = _staged(db, actor, code, number, version)
        if question.state is State.ON_AIR:
            _undo(db, actor, question, State.DEFERRED, now)
        else:
            boards.move(db, actor, question, State.DEFERRED, now)
        boards.log(db, town_hall, now, Closed(number))
        tx.after_commit(lambda: feed.changed(code))
    return question


def let_ask(db: Session, feed: Feed, actor: Actor, code: str, qa: QA, *, now: datetime) -> TownHall:
    """Open, pause or close the questions.

    Raises:
        NotAllowedError: The actor does not run this stage.
    """
    with transaction(db) as tx:
        town_hall = boards.raised(db, code)
        require(actor, Action.RUN_STAGE, town_hall.id)
        if town_hall.qa is not qa:
            before, town_hall.qa = town_hall.qa, qa
            journal.audit(
                db,
                actor,
                "stage.questions",
                town_hall,
                now,
                before={"qa": before},
                after={"qa": qa},
            )
        tx.after_commit(lambda: feed.changed(code))
    return town_hall


def order_by(
    db: Session, feed: Feed, actor: Actor, code: str, mode: Mode, *, now: datetime
) -> TownHall:
    """Set the order in which questions are proposed; everybody is shown which it is.

    Raises:
        NotAllowedError: The actor does not run this stage.
    """
    with transaction(db) as tx:
        town_hall = boards.raised(db, code)
        require(actor, Action.RUN_STAGE, town_hall.id)
        if town_hall.mode is not mode:
            before, town_hall.mode = town_hall.mode, mode
            journal.audit(
                db,
                actor,
                "stage.mode",
                town_hall,
                now,
                before={"mode": before},
                after={"mode": mode},
            )
        tx.after_commit(lambda: feed.changed(code))
    return town_hall


def _staged(
    db: Session, actor: Actor, code: str, number: int, version: int
) -> tuple[TownHall, Question]:
    """Return the town hall, locked, and its question, if the actor may run the stage."""
    town_hall = boards.raised(db, code)
    require(actor, Action.RUN_STAGE, town_hall.id)
    question = questions.question(db, town_hall, number)
    boards.check_version(question, version)
    return town_hall, question


def _taken(
    db: Session, town_hall: TownHall, question: Question, actor: Actor, now: datetime
) -> Take:
    """Return the row that says why a question was taken, read before anything changes."""
    names = queries.site_names(db, town_hall)
    level, why = None, ""
    if question.state is State.APPROVED:
        with queries.turns(db, town_hall) as state:
            order = state.look_ahead(queries.AHEAD, town_hall.mode)
            level = state.levels()[question.number]
        if question.number in order:
            why = reasons.say(
                order[question.number],
                speech(town_hall.language),
                lambda site: names.get(site, str(site)),
            )
    return Take(
        town_hall_id=town_hall.id,
        question_id=question.id,
        mode=town_hall.mode,
        level=None if level is None else str(level),
        reason=why[:_REASON_LIMIT],
        actor=actor.key,
        taken_at=now,
    )


def _end(db: Session, town_hall: TownHall, actor: Actor, question: Question, now: datetime) -> None:
    """End the answer that is on air."""
    current = queries.current_take(db, question)
    boards.move(db, actor, question, State.ANSWERED, now)
    question.answered_at = now
    if current is not None:
        current.ended_at = now
        airtime = max(0, int((now - current.taken_at).total_seconds()))
        boards.log(db, town_hall, now, Ended(question.number, airtime))


def _undo(db: Session, actor: Actor, question: Question, target: State, now: datetime) -> None:
    """Leave the take of the question that is on air out of the log."""
    current = queries.current_take(db, question)
    if current is None:
        raise TransitionError(N_("Question %(number)s is not on air."), number=question.number)
    boards.move(db, actor, question, target, now)
    current.undone_at = now
    question.on_air_at = None
    boards.log(db, question.town_hall, now, Undone(question.number))
