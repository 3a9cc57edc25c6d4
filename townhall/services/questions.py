"""Questions, by those who ask and back them; services/moderation.py is the other side."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import languages, tokens
from townhall.domain import questions as rules
from townhall.domain.access import Actor
from townhall.domain.ports import Feed
from townhall.domain.states import QA, Channel, State
from townhall.domain.turns.events import Closed, Event, Supported, Unsupported
from townhall.errors import InputError, NotFoundError, TownhallError, TransitionError
from townhall.i18n import N_
from townhall.models.planning import Seat, TownHall
from townhall.models.questions import Person, Question, QuestionMove, Support
from townhall.queries import planning
from townhall.queries import questions as queries
from townhall.services import boards, journal, people
from townhall.services.people import Participant

CLOSED = {
    QA.PAUSED: N_("Questions are paused for a moment. Please try again soon."),
    QA.CLOSED: N_("Questions are closed. You can still read the answers."),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """What a form says of a question.

    Args:
        text: As typed.
        key: Random, made with the form; the same key and text are one question.
        language: The writer's choice; empty lets the text decide.
        place: The position of the seat that the writer names as their place; None elsewhere.
        reader: The language of the page.
        channel: Which page it was.
    """

    text: str
    key: str
    language: str = ""
    place: int | None = None
    reader: str = ""
    channel: Channel = Channel.PAGE


@dataclass(frozen=True, slots=True)
class Vote:
    """A person's support of a question, or that they take it back."""

    participant: Participant
    number: int
    backs: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is kept, and the secret of its private link."""

    question: Question
    token: str
    is_new: bool


def follow_token(secret: str, code: str, number: int) -> str:
    """Return the secret of a question's private link: derived, so that it can be told again."""
    return tokens.sign(secret, "follow", code, str(number))


def ask(
    db: Session,
    feed: Feed,
    participant: Participant,
    code: str,
    wording: Wording,
    *,
    secret: str,
    now: datetime,
) -> Asked:
    """Keep a question for the moderators; asked twice, it is still one.

    The same person's same key and text, or the same text under another key, give the question
    that is there already.

    Raises:
        InputError: Fields `text`, `place` and `key`.
        TransitionError: Questions are paused or closed.
    """
    text = rules.question(wording.text)
    if not wording.key or len(wording.key) > 64:
        raise InputError(N_("This form is incomplete. Load the page again."), field="key")
    key_digest = _digest(wording.key, text)
    with transaction(db) as tx:
        town_hall = boards.raised(db, code)
        asker_id = people.known(db, town_hall, [participant], now)[participant.key]
        asker = db.get_one(Person, asker_id)
        question = queries.asked_before(db, asker, key_digest, text)
        is_new = question is None
        if question is None:
            _check_open(town_hall)
            question = _kept(
                db, town_hall, asker, replace(wording, text=text), secret=secret, now=now
            )
            tx.after_commit(lambda: feed.changed(code))
    return Asked(question, follow_token(secret, code, question.number), is_new)


def vote(
    db: Session, feed: Feed, code: str, votes: Sequence[Vote], *, now: datetime
) -> list[TownhallError | None]:
    """Let people back questions, or take support back; doing so twice changes nothing.

    Several people's votes share one transaction here, as a disk syncs far less often than an
    audience votes. One that is refused changes nothing and refuses none of the others.

    Returns:
        For each vote None, or why it was refused: NotFoundError where there is no such question
        on the board; TransitionError where voting on it has closed, or someone would take
        support back from their own question.
    """
    with transaction(db) as tx:
        town_hall = boards.raised(db, code)
        ballot = queries.ballot(db, town_hall, {each.number for each in votes})
        refusals = [_refusal(town_hall, ballot.get(each.number), each.number) for each in votes]
        counted = [each for each, refusal in zip(votes, refusals, strict=True) if refusal is None]
        people_ids = people.known(db, town_hall, [each.participant for each in counted], now)
        backed = queries.backed(db, ballot.values(), people_ids.values())
        before = frozenset(backed)
        events: list[Event] = []
        for at, each in enumerate(votes):
            if refusals[at] is not None:
                continue
            row, person = ballot[each.number], people_ids[each.participant.key]
            pair = (row.id, person)
            if each.backs and pair not in backed:
                backed.add(pair)
                events.append(Supported(each.number, person))
            elif not each.backs and row.asker_id == person:
                refusals[at] = TransitionError(
                    N_("This is your own question. You can withdraw it on its own page.")
                )
            elif not each.backs and pair in backed:
                backed.remove(pair)
                events.append(Unsupported(each.number, person))
        _keep_support(db, before, backed, now)
        boards.log(db, town_hall, now, *events)
        tx.after_commit(lambda: feed.changed(code))
    return refusals


def support(
    db: Session, feed: Feed, participant: Participant, code: str, number: int, *, now: datetime
) -> None:
    """Let a person back a question; as `vote`, which raises here what it returns."""
    (refusal,) = vote(db, feed, code, [Vote(participant, number)], now=now)
    if refusal is not None:
        raise refusal


def withdraw(db: Session, feed: Feed, token: str, *, now: datetime) -> Question:
    """Let the holder of a question's private link take the question back.

    Raises:
        NotFoundError: No question has this link.
        TransitionError: It is on air, or its life is over.
    """
    with transaction(db) as tx:
        code = queries.followed(db, token).town_hall.code
        town_hall = boards.raised(db, code)
        question = queries.followed(db, token)
        was_open = question.state is State.APPROVED
        asker = Actor(key=f"person:{question.asker_id}")
        boards.move(db, asker, question, State.WITHDRAWN, now)
        if was_open:
            boards.log(db, town_hall, now, Closed(question.number))
        tx.after_commit(lambda: feed.changed(code))
    return question


def _check_open(town_hall: TownHall) -> None:
    """Return if questions are taken.

    Raises:
        TransitionError: They are paused or closed.
    """
    if town_hall.qa in CLOSED:
        raise TransitionError(CLOSED[town_hall.qa])


def _kept(
    db: Session,
    town_hall: TownHall,
    asker: Person,
    wording: Wording,
    *,
    secret: str,
    now: datetime,
) -> Question:
    """Return the new question's row, backed by its asker."""
    seat: Seat | None = None
    if wording.place is not None:
        seat = planning.seat(db, town_hall, wording.place)
    number = queries.next_number(db, town_hall)
    question = Question(
        town_hall_id=town_hall.id,
        number=number,
        text=wording.text,
        language=languages.guess(
            wording.text,
            town_hall.languages or [town_hall.language],
            chosen=wording.language,
            reader=wording.reader,
        ),
        site=people.place(db, town_hall, seat.id if seat else None),
        asker=asker,
        channel=wording.channel,
        idempotency_key=_digest(wording.key, wording.text),
        token_hash=tokens.digest(follow_token(secret, town_hall.code, number)),
        state=State.PENDING,
        asked_at=now,
        version=1,
    )
    db.add(question)
    db.flush()
    actor = Actor(key=f"person:{asker.id}")
    db.add(Support(question_id=question.id, person_id=asker.id, at=now))
    db.add(
        QuestionMove(
            question_id=question.id,
            origin=None,
            target=State.PENDING,
            actor=actor.key,
            version=question.version,
            at=now,
        )
    )
    journal.audit(db, actor, "question.asked", question, now, after={"number": number})
    return question


def _refusal(
    town_hall: TownHall, row: queries.OnBallot | None, number: int
) -> TownhallError | None:
    """Return why nobody can vote on a question now; None if everybody can."""
    if row is None:
        return NotFoundError()
    if row.state is not State.APPROVED:
        return TransitionError(
            N_("Voting on question %(number)s has closed: it is no longer waiting."),
            number=number,
        )
    return TransitionError(CLOSED[QA.CLOSED]) if town_hall.qa is QA.CLOSED else None


def _keep_support(
    db: Session,
    before: AbstractSet[tuple[int, int]],
    after: AbstractSet[tuple[int, int]],
    now: datetime,
) -> None:
    """Bring the rows of support, by question and person, from `before` to `after`."""
    for question_id, person_id in before - after:
        db.execute(
            delete(Support).where(
                Support.question_id == question_id, Support.person_id == person_id
            )
        )
    rows = [
        {"question_id": question_id, "person_id": person_id, "at": now}
        for question_id, person_id in after - before
    ]
    if rows:
        db.execute(insert(Support), rows)


def _digest(key: str, text: str) -> str:
    """Return what is kept of a form's key; with another text it is another question's."""
    return tokens.digest("key", key, text)
