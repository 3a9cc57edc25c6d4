"""What every change to a board does: shared by the services, a use case of nobody.

Writers to one town hall's board queue behind its row, so that numbers and the turn log count
without gaps and two moderators are one after the other.
"""

from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from townhall.domain.access import Actor
from townhall.domain.questions import MEANWHILE
from townhall.domain.states import State, check_move
from townhall.domain.turns.events import Event, Tuned, to_json
from townhall.errors import ConflictError, InputError, NotFoundError
from townhall.i18n import N_
from townhall.models.planning import TownHall
from townhall.models.questions import Answer, Question, QuestionMove
from townhall.models.stage import TurnEvent
from townhall.services import journal


def raised(db: Session, code: str) -> TownHall:
    """Return the town hall with its board's version raised.

    Its row stays locked until the transaction ends: call it first.

    Raises:
        NotFoundError: No town hall has this code.
    """
    town_hall = db.scalars(
        update(TownHall)
        .where(TownHall.code == code)
        .values(board_version=TownHall.board_version + 1)
        .returning(TownHall),
        execution_options={"synchronize_session": False, "populate_existing": True},
    ).one_or_none()
    if town_hall is None:
        raise NotFoundError
    return town_hall


def check_unchanged(town_hall: TownHall, version: int) -> None:
    """Raise ConflictError if somebody changed a town hall since the form showed it."""
    if town_hall.version != version:
        raise ConflictError(
            N_("Somebody else changed this meanwhile. Look at it again, then decide.")
        )


def log(db: Session, town_hall: TownHall, now: datetime, *events: Event) -> None:
    """Append to the turn log, which begins with how the organizers share turns.

    The town hall's row must be locked, as `raised` does. Read the state of turns before this:
    what is appended here is not committed yet.
    """
    if not events:
        return
    seq = db.scalar(select(func.max(TurnEvent.seq)).where(TurnEvent.town_hall_id == town_hall.id))
    if seq is None:
        seq = 0
        events = (Tuned(town_hall.alpha, nominal=60 * town_hall.nominal_minutes), *events)
    rows = [
        {
            "town_hall_id": town_hall.id,
            "seq": seq + step,
            "kind": event.kind,
            "data": to_json(event),
            "at": now,
        }
        for step, event in enumerate(events, start=1)
    ]
    db.execute(insert(TurnEvent), rows)


def check_version(question: Question, version: int) -> None:
    """Return if `version` is the question's own.

    Raises:
        ConflictError: Somebody changed it since; the sentence says what it is now.
    """
    if question.version != version:
        raise ConflictError(MEANWHILE[question.state], number=question.number)


def move(
    db: Session, actor: Actor, question: Question, target: State, now: datetime, *, reason: str = ""
) -> None:
    """Bring a question to another state, with its entry in the log of moves and the audit log.

    Raises:
        TransitionError: It cannot become this from where it is.
    """
    origin = question.state
    check_move(origin, target)
    question.state = target
    question.reason = reason
    question.version += 1
    db.add(
        QuestionMove(
            question_id=question.id,
            origin=origin,
            target=target,
            actor=actor.key,
            reason=reason,
            version=question.version,
            at=now,
        )
    )
    journal.audit(
        db,
        actor,
        f"question.{target.value}",
        question,
        now,
        before={"state": origin},
        after={"state": target},
        note=reason or None,
    )


def write_answer(
    db: Session,
    actor: Actor,
    question: Question,
    text: str,
    language: str,
    *,
    live: bool,
    now: datetime,
) -> None:
    """Add an answer's text to its question, and to the audit log that it was written.

    Args:
        text: As docs/questions.md allows it.
        live: Whether it was given on air.

    Raises:
        InputError: The language is none of the town hall's.
    """
    if language not in question.town_hall.languages:
        raise InputError(
            N_("“%(value)s” is not one of the languages of this town hall."),
            field="language",
            value=language[:20],
        )
    answer = Answer(text=text, language=language, live=live, author=actor.key, at=now)
    question.answers.append(answer)
    journal.audit(db, actor, "answer.written", answer, now, town_hall_id=question.town_hall_id)
