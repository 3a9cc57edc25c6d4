"""Questions, who asked and backed them, and what became of them."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from townhall.db import Base, Code, Digest, Key, Name, choice
from townhall.domain.states import Channel, State
from townhall.models.planning import Seat, TownHall


class Site(Base):
    """The group a participant votes with: a seat's people, or the public (no seat)."""

    __tablename__ = "sites"
    __table_args__ = (UniqueConstraint("town_hall_id", "seat_id"),)

    id: Mapped[Key]
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"))
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("seats.id"))
    name: Mapped[Name]

    seat: Mapped[Seat | None] = relationship(lazy="joined")


class Person(Base):
    """A participant, known by a random key in a signed cookie and by nothing else."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("town_hall_id", "key_hash"),)

    id: Mapped[Key]
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"))
    key_hash: Mapped[Digest]
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    trust: Mapped[Decimal] = mapped_column(Numeric(4, 3))
    """1 for one who came by an office's own link, 0.2 for one from the open page."""
    created_at: Mapped[datetime]

    site: Mapped[Site] = relationship(lazy="joined")


class Question(Base):
    """A question as it was written, and where it is in its life."""

    __tablename__ = "questions"
    __table_args__ = (
        UniqueConstraint("town_hall_id", "number"),
        UniqueConstraint("asker_id", "idempotency_key"),
        Index(None, "town_hall_id", "state"),
    )

    id: Mapped[Key]
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"))
    number: Mapped[int]
    """Counts from 1 within the town hall; what people call the question by."""
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    """The place the asker named; whose turn credit it uses is said by the asker's own site."""
    asker_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    channel: Mapped[Channel] = mapped_column(choice(Channel))
    idempotency_key: Mapped[Digest]
    token_hash: Mapped[Digest] = mapped_column(unique=True)
    """Of the asker's private link."""
    state: Mapped[State] = mapped_column(choice(State), default=State.PENDING)
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was declined; the asker reads it."""
    addressed_to_id: Mapped[int | None] = mapped_column(ForeignKey("seats.id"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("questions.id"))
    asked_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    on_air_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    town_hall: Mapped[TownHall] = relationship()
    site: Mapped[Site] = relationship(lazy="joined")
    asker: Mapped[Person] = relationship()
    addressed_to: Mapped[Seat | None] = relationship()
    answers: Mapped[list["Answer"]] = relationship(order_by="Answer.id", lazy="selectin")


class Answer(Base):
    """What was answered, as text."""

    __tablename__ = "answers"

    id: Mapped[Key]
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    live: Mapped[bool]
    """Given on air, or else in writing."""
    author: Mapped[Code]
    """The actor's internal key."""
    at: Mapped[datetime]


class Support(Base):
    """One person backs one question; the row goes when support is taken back."""

    __tablename__ = "supports"

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    at: Mapped[datetime]


class QuestionMove(Base):
    """A question went from one state to another; rows are only ever added."""

    __tablename__ = "question_moves"

    id: Mapped[Key]
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), index=True)
    origin: Mapped[State | None] = mapped_column(choice(State))
    target: Mapped[State] = mapped_column(choice(State))
    actor: Mapped[Code]
    reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int]
    at: Mapped[datetime]
