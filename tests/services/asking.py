"""Questions as their tests ask them, through the services."""

from sqlalchemy import select

from tests.fixtures.make import NOW
from townhall.domain.access import Role
from townhall.domain.ports import SilentFeed
from townhall.models.stage import TurnEvent
from townhall.services import moderation, questions
from townhall.services.people import Participant
from townhall.services.questions import Wording

SECRET = "a secret key that only these tests have"
TEXT = "When will the polio drops come to our village?"
FEED = SilentFeed()


class Told:
    """A feed that remembers what it was told."""

    def __init__(self):
        self.codes = []

    def changed(self, code):
        self.codes.append(code)


def ask(db, town_hall, text=TEXT, key="k1", who="amina", *, feed=FEED, actor=None, **wording):
    participant = Participant(who, actor) if actor else Participant(who)
    return questions.ask(
        db, feed, participant, town_hall.code, Wording(text, key, **wording), secret=SECRET, now=NOW
    )


def approved(db, make, town_hall, text=TEXT, backers=(), **asked):
    """Return a question on the board, backed by its asker and by `backers`."""
    question = ask(db, town_hall, text, **asked).question
    moderator = make.actor(town_hall, Role.MODERATOR)
    moderation.approve(
        db, FEED, moderator, town_hall.code, question.number, version=question.version, now=NOW
    )
    for who in backers:
        questions.support(db, FEED, Participant(who), town_hall.code, question.number, now=NOW)
    return question


def log(db, town_hall):
    """Return the kinds and data of the turn log, whose numbers have no gap."""
    rows = db.scalars(
        select(TurnEvent).where(TurnEvent.town_hall_id == town_hall.id).order_by(TurnEvent.seq)
    ).all()
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    return [(row.kind, row.data) for row in rows]
