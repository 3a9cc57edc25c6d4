"""What happens live: the log from which turn credit is computed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from townhall.db import Base, Key, choice
from townhall.domain.states import Mode


class TurnEvent(Base):
    """One entry of the turn log; the state of turns is a fold over it (docs/questions.md)."""

    __tablename__ = "turn_events"
    __table_args__ = (UniqueConstraint("town_hall_id", "seq"),)

    id: Mapped[Key]
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"))
    seq: Mapped[int]
    """Counts from 1 without a gap within the town hall."""
    kind: Mapped[str] = mapped_column(String(32))
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Take(Base):
    """A question was taken on air: by which mode, why, for how long."""

    __tablename__ = "takes"

    id: Mapped[Key]
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"), index=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    mode: Mapped[Mode] = mapped_column(choice(Mode))
    level: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(500), default="")
    actor: Mapped[str] = mapped_column(String(32))
    taken_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
