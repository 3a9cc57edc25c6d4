"""Reminders of sittings that are still to be written, and how far each has come."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from townhall.db import Base, Key, choice
from townhall.domain.reminders import Lead
from townhall.models.planning import Sitting


class Reminder(Base):
    """That a sitting's people are to be reminded; the mails are written when it is due.

    Two rows for a sitting, however many people come: they are put there when it gets its hour,
    and make room for others when it gets another or is cancelled.
    """

    __tablename__ = "reminders"
    __table_args__ = (
        UniqueConstraint("sitting_id", "lead"),
        Index(None, "done_at", "due_at"),
    )

    id: Mapped[Key]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"))
    lead: Mapped[Lead] = mapped_column(choice(Lead))
    sequence: Mapped[int]
    """The sitting's when it got its hour; a mail with a lower one is about another hour."""
    due_at: Mapped[datetime]
    until_at: Mapped[datetime]
    """From then on it is too late."""
    reached: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """The id of the last invitation that was looked at; mails are written some at a time."""
    done_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship()
