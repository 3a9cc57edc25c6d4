"""Questions, by those who moderate: onto the board, off it, to whom, answered in writing."""

from datetime import datetime

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import questions as rules
from townhall.domain.access import Action, Actor, require
from townhall.domain.ports import Feed
from townhall.domain.states import State
from townhall.domain.turns.events import Approved, Closed, Event, Merged, Reopened, Split
from townhall.errors import InputError, TransitionError
from townhall.i18n import N_
from townhall.models.planning import TownHall
from townhall.models.questions import Question
from townhall.queries import planning
from townhall.queries import questions as queries
from townhall.services import boards, journal, people


def approve(
    db: Session, feed: Feed, actor: Actor, code: str, number: int, *, version: int, now: datetime
) -> Question:
    """Put a question on the board, or back on it, and tell the viewers.

    Raises:
        NotAllowedError: The actor does not moderate this town hall.
        TransitionError: The question cannot become approved from where it is.
        ConflictError: Another moderator changed it first.
    """
    with transaction(db) as tx:
        town_hall, question = _moderated(db, actor, code, number, version)
        if question.state is State.ON_AIR:
            raise TransitionError(N_("Question %(number)s is on air."), number=number)
        event = _board_event(question)
        boards.move(db, actor, question, State.APPROVED, now)
        question.approved_at = question.approved_at or now
        question.merged_into_id = None
        boards.log(db, town_hall, now, event)
        tx.after_commit(lambda: feed.changed(code))
    return question


def decline(
    db: Session,
    feed: Feed,
    actor: Actor,
    code: str,
    number: int,
    *,
    reason: str,
    version: int,
    now: datetime,
) -> Question:
    """Keep a question off the board; the asker reads the reason.

    Raises:
        InputError: The reason is missing or too long.
        NotAllowedError, TransitionError, ConflictError: As in `approve`.
    """
    reason = rules.reason(reason)
    with transaction(db) as tx:
        town_hall, question = _moderated(db, actor, code, number, version)
        _leave_board(db, town_hall, actor, question, State.DECLINED, now=now, reason=reason)
        tx.after_commit(lambda: feed.changed(code))
    return question


def set_aside(
    db: Session, feed: Feed, actor: Actor, code: str, number: int, *, version: int, now: datetime
) -> Question:
    """Treat a question as spam.

    Raises:
        NotAllowedError, TransitionError, ConflictError: As in `approve`.
    """
    with transaction(db) as tx:
        town_hall, question = _moderated(db, actor, code, number, version)
        _leave_board(db, town_hall, actor, question, State.SPAM, now=now)
        tx.after_commit(lambda: feed.changed(code))
    return question


def address(
    db: Session,
    feed: Feed,
    actor: Actor,
    code: str,
    number: int,
    *,
    position: int | None,
    version: int,
    now: datetime,
) -> Question:
    """Mark a question for a speaker or an office, by the position of its seat; None for nobody.

    Raises:
        NotFoundError: There is no such seat.
        NotAllowedError, ConflictError: As in `approve`.
    """
    with transaction(db) as tx:
        town_hall, question = _moderated(db, actor, code, number, version)
        seat = planning.seat(db, town_hall, position) if position is not None else None
        before, after = question.addressed_to, seat
        question.addressed_to = seat
        question.version += 1
        journal.audit(
            db,
            actor,
            "question.addressed",
            question,
            now,
            before={"addressed_to": before and before.name},
            after={"addressed_to": after and after.name},
        )
        tx.after_commit(lambda: feed.changed(code))
    return question


def merge(
    db: Session,
    feed: Feed,
    actor: Actor,
    code: str,
    number: int,
    *,
    into: int,
    version: int,
    now: datetime,
) -> Question:
    """Let one question stand for another too: its askers and supporters count for both, once.

    `approve` of the merged question undoes it.

    Raises:
        InputError: `into` is the question itself, or not waiting on the board.
        NotAllowedError, TransitionError, ConflictError: As in `approve`.
    """
    with transaction(db) as tx:
        town_hall, question = _moderated(db, actor, code, number, version)
        root = queries.question(db, town_hall, into)
        if root.id == question.id:
            raise InputError(
                N_("Question %(number)s cannot be joined with itself; choose another one."),
                field="into",
                number=into,
            )
        if root.state is not State.APPROVED:
            raise InputError(
                N_("Question %(number)s is not waiting on the board; merge into one that is."),
                field="into",
                number=into,
            )
        events: list[Event] = []
        if question.state is State.PENDING:
            question.approved_at = now
            events.append(_approved(question))
        boards.move(db, actor, question, State.MERGED, now)
        question.merged_into_id = root.id
        boards.log(db, town_hall, now, *events, Merged(question.number, root.number))
        tx.after_commit(lambda: feed.changed(code))
    return root


def answer_in_writing(
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
    """Answer a question by text instead of on air; it costs its supporters nothing.

    Raises:
        InputError: The text is missing or too long, or the language is not the town hall's.
        NotAllowedError, TransitionError, ConflictError: As in `approve`.
    """
    text = rules.answer(text)
    with transaction(db) as tx:
        town_hall, question = _moderated(db, actor, code, number, version)
        events: list[Event] = [] if question.approved_at else [_approved(question)]
        if question.state in {State.PENDING, State.APPROVED}:
            events.append(Closed(question.number))
        boards.move(db, actor, question, State.WRITTEN, now)
        question.approved_at = question.approved_at or now
        question.answered_at = now
        boards.write_answer(db, actor, question, text, language, live=False, now=now)
        boards.log(db, town_hall, now, *events)
        tx.after_commit(lambda: feed.changed(code))
    return question


def _moderated(
    db: Session, actor: Actor, code: str, number: int, version: int
) -> tuple[TownHall, Question]:
    """Return the town hall, locked, and its question, if the actor may moderate it."""
    town_hall = boards.raised(db, code)
    require(actor, Action.MODERATE, town_hall.id)
    question = queries.question(db, town_hall, number)
    boards.check_version(question, version)
    return town_hall, question


def _leave_board(
    db: Session,
    town_hall: TownHall,
    actor: Actor,
    question: Question,
    target: State,
    *,
    now: datetime,
    reason: str = "",
) -> None:
    """Move a question off the board, or keep it from it, without a turn."""
    was_open = question.state is State.APPROVED
    boards.move(db, actor, question, target, now, reason=reason)
    if was_open:
        boards.log(db, town_hall, now, Closed(question.number))


def _board_event(question: Question) -> Event:
    """Return what a question's way to the board is called in the turn log."""
    if question.approved_at is None:
        return _approved(question)
    if question.state is State.MERGED:
        return Split(question.number)
    return Reopened(question.number)


def _approved(question: Question) -> Approved:
    """Return the event of a question's first approval; its turn credit is its asker's site's."""
    return Approved(
        question=question.number,
        site=people.site_key(question.asker.site),
        at=question.number,
        askers=(question.asker_id,),
        via=question.channel.value,
    )
