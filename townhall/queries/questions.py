"""Reads of questions, of who asked and backed them, and of the board."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from townhall.domain import tokens
from townhall.domain.states import State
from townhall.errors import NotFoundError
from townhall.models.planning import Seat, TownHall
from townhall.models.questions import Person, Question, QuestionMove, Site, Support


@dataclass(frozen=True, slots=True)
class Board:
    """What the public sees of a town hall's questions.

    `support` counts people by the question's id, each once, also after a merge.
    """

    on_air: Question | None
    waiting: Sequence[Question]
    answered: Sequence[Question]
    later: Sequence[Question]
    support: Mapping[int, int]

    @property
    def is_empty(self) -> bool:
        """Whether there is no question to show."""
        return not (self.on_air or self.waiting or self.answered or self.later)


def person_digest(code: str, key: str) -> str:
    """Return what is kept of a participant's key: another in each town hall."""
    return tokens.digest("person", code, key)


def person(db: Session, town_hall: TownHall, key: str) -> Person | None:
    """Return the participant who holds a key; None if they have done nothing here yet."""
    return db.scalar(
        select(Person).where(
            Person.town_hall_id == town_hall.id,
            Person.key_hash == person_digest(town_hall.code, key),
        )
    )


def site(db: Session, town_hall: TownHall, seat_id: int | None) -> Site | None:
    """Return the site of a seat, or the public's for None."""
    return db.scalar(select(Site).where(Site.town_hall_id == town_hall.id, Site.seat_id == seat_id))


def question(db: Session, town_hall: TownHall, number: int) -> Question:
    """Return a question by the number that people call it by.

    Raises:
        NotFoundError: The town hall has no such question.
    """
    found = db.scalar(
        select(Question).where(Question.town_hall_id == town_hall.id, Question.number == number)
    )
    if found is None:
        raise NotFoundError
    return found


def followed(db: Session, token: str) -> Question:
    """Return the question of an asker's private link.

    Raises:
        NotFoundError: No question has this link.
    """
    found = db.scalar(
        select(Question)
        .where(Question.token_hash == tokens.digest(token))
        .options(joinedload(Question.town_hall), joinedload(Question.asker))
    )
    if found is None:
        raise NotFoundError
    return found


def asked_before(db: Session, asker: Person, key_digest: str, text: str) -> Question | None:
    """Return the question that this person has asked under this key, or in these words."""
    return db.scalar(
        select(Question)
        .where(
            Question.asker_id == asker.id,
            (Question.idempotency_key == key_digest) | (Question.text == text),
        )
        .order_by(Question.id)
        .limit(1)
    )


def next_number(db: Session, town_hall: TownHall) -> int:
    """Return the number of the town hall's next question."""
    highest = db.scalar(
        select(func.max(Question.number)).where(Question.town_hall_id == town_hall.id)
    )
    return (highest or 0) + 1


def pending(db: Session, town_hall: TownHall) -> Sequence[Question]:
    """Return the questions that wait for a moderator, the oldest first."""
    return in_state(db, town_hall, State.PENDING)


def in_state(db: Session, town_hall: TownHall, *states: State) -> Sequence[Question]:
    """Return the questions in some states, the oldest first, with whom they are for."""
    return db.scalars(
        select(Question)
        .where(Question.town_hall_id == town_hall.id, Question.state.in_(states))
        .options(
            joinedload(Question.asker),
            joinedload(Question.addressed_to).lazyload(Seat.contacts),
        )
        .order_by(Question.number)
    ).all()


def board(db: Session, town_hall: TownHall, language: str | None = None) -> Board:
    """Return the public board.

    The order never jumps under a finger: waiting questions stand oldest first, those in the
    reader's language before the others; answered ones by when they were answered, newest first.
    """
    on_air, waiting, answered, later = None, [], [], []
    for found in in_state(
        db, town_hall, State.APPROVED, State.ON_AIR, State.ANSWERED, State.WRITTEN, State.DEFERRED
    ):
        if found.state is State.ON_AIR:
            on_air = found
        elif found.state is State.APPROVED:
            waiting.append(found)
        elif found.state is State.DEFERRED:
            later.append(found)
        else:
            answered.append(found)
    waiting.sort(key=lambda each: language is not None and each.language != language)
    answered.sort(key=lambda each: (each.answered_at or each.asked_at, each.number), reverse=True)
    return Board(on_air, waiting, answered, later, support(db, town_hall))


def support(db: Session, town_hall: TownHall) -> dict[int, int]:
    """Return how many people back each question, by the question's id; none is left out.

    Those of a question that was merged count for the one that stands for it, each person once.
    """
    counts = {
        row.id: row.people
        for row in db.execute(
            select(Question.id, func.count(Support.person_id).label("people"))
            .outerjoin(Support, Support.question_id == Question.id)
            .where(Question.town_hall_id == town_hall.id)
            .group_by(Question.id)
        )
    }
    roots = merged_roots(db, town_hall)
    if roots:
        people: dict[int, set[int]] = {}
        for row in db.execute(
            select(Support.question_id, Support.person_id).where(
                Support.question_id.in_({*roots, *roots.values()})
            )
        ):
            root = roots.get(row.question_id, row.question_id)
            people.setdefault(root, set()).add(row.person_id)
        counts |= {root: len(backers) for root, backers in people.items()}
    return counts


def merged_roots(db: Session, town_hall: TownHall) -> dict[int, int]:
    """Return, for each merged question's id, the id of the one that now stands for it."""
    into = {
        row.id: row.merged_into_id
        for row in db.execute(
            select(Question.id, Question.merged_into_id).where(
                Question.town_hall_id == town_hall.id,
                Question.merged_into_id.is_not(None),
                Question.state == State.MERGED,
            )
        )
    }

    def root(each: int) -> int:
        while each in into:
            each = into[each]
        return each

    return {each: root(each) for each in into}


def supported_by(db: Session, town_hall: TownHall, backer: Person | None) -> frozenset[int]:
    """Return the ids of the questions that a person backs."""
    if backer is None:
        return frozenset()
    return frozenset(
        db.scalars(
            select(Support.question_id)
            .join(Question, Question.id == Support.question_id)
            .where(Support.person_id == backer.id, Question.town_hall_id == town_hall.id)
        )
    )


class OnBallot(NamedTuple):
    """What is to be known of a question that was put on the board, to vote on it."""

    id: int
    state: State
    asker_id: int


def ballot(db: Session, town_hall: TownHall, numbers: Collection[int]) -> dict[int, OnBallot]:
    """Return the questions of these numbers that were put on the board, by number."""
    rows = db.execute(
        select(Question.number, Question.id, Question.state, Question.asker_id).where(
            Question.town_hall_id == town_hall.id,
            Question.number.in_(numbers),
            Question.approved_at.is_not(None),
        )
    )
    return {row.number: OnBallot(row.id, row.state, row.asker_id) for row in rows}


def backed(db: Session, ballots: Iterable[OnBallot], people: Iterable[int]) -> set[tuple[int, int]]:
    """Return who of these people backs which of these questions: question's and person's id."""
    rows = db.execute(
        select(Support.question_id, Support.person_id).where(
            Support.question_id.in_([each.id for each in ballots]),
            Support.person_id.in_(list(people)),
        )
    )
    return {(row.question_id, row.person_id) for row in rows}


def moves(db: Session, asked: Question) -> Sequence[QuestionMove]:
    """Return what became of a question, step by step."""
    return db.scalars(
        select(QuestionMove).where(QuestionMove.question_id == asked.id).order_by(QuestionMove.id)
    ).all()


def addressed_to(db: Session, seat: Seat) -> Sequence[Question]:
    """Return the questions on the board that are for a seat, the oldest first."""
    return db.scalars(
        select(Question)
        .where(
            Question.addressed_to_id == seat.id,
            Question.state.in_((State.APPROVED, State.ON_AIR)),
        )
        .order_by(Question.number)
    ).all()
