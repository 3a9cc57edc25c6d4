"""When seats can: shortlists and what was said to them; busy times of their calendars."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from townhall.db import Base, Code, Key
from townhall.models.accounts import Contact
from townhall.models.planning import Seat, TownHall


class Shortlist(Base):
    """Starts that a town hall's places are asked about; nobody knows of it before it is sent.

    What was said stays said when the organizers stop asking: an hour that a place refused
    has not become a better one.
    """

    __tablename__ = "shortlists"

    id: Mapped[Key]
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"), index=True)
    starts: Mapped[list[Any]]
    """Instants as the planning document writes them, ascending."""
    deadline_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    town_hall: Mapped[TownHall] = relationship(back_populates="shortlists")
    asked: Mapped[list["Asked"]] = relationship(
        order_by="Asked.id", back_populates="shortlist", cascade="all, delete-orphan"
    )
    replies: Mapped[list["SeatReply"]] = relationship(
        order_by="SeatReply.id", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def instants(self) -> list[datetime]:
        """The starts as instants, UTC."""
        return [datetime.fromisoformat(start) for start in self.starts]


class Asked(Base):
    """A person who was asked for a seat."""

    __tablename__ = "asked"
    __table_args__ = (UniqueConstraint("shortlist_id", "seat_id", "contact_id"),)

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    """Names the person in their link, whose other half is a signature."""
    shortlist_id: Mapped[int] = mapped_column(ForeignKey("shortlists.id"))
    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id", ondelete="CASCADE"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))

    shortlist: Mapped[Shortlist] = relationship(back_populates="asked")
    seat: Mapped[Seat] = relationship(lazy="joined")
    contact: Mapped[Contact] = relationship(lazy="joined")


class SeatReply(Base):
    """What a seat said to the starts of a shortlist; the newest word of any of its people."""

    __tablename__ = "seat_replies"
    __table_args__ = (UniqueConstraint("shortlist_id", "seat_id"),)

    id: Mapped[Key]
    shortlist_id: Mapped[int] = mapped_column(ForeignKey("shortlists.id"))
    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id", ondelete="CASCADE"))
    answers: Mapped[dict[str, Any]]
    """By start, in the planning document's shape."""
    note: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime]


class BusyCalendar(Base):
    """When a seat's own calendar is busy; of what it is busy with nothing is kept."""

    __tablename__ = "busy_calendars"

    id: Mapped[Key]
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"), index=True)
    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id", ondelete="CASCADE"), unique=True)
    address: Mapped[str | None] = mapped_column(String(1000))
    """Where to read it again; null for a file. It is a secret: pages name its host alone."""
    busy: Mapped[list[Any]]
    """Intervals as the planning document has them, of the last time it could be read."""
    read_at: Mapped[datetime]
    """When that was."""
    tried_at: Mapped[datetime]
    problem: Mapped[dict[str, Any] | None]
    """Why it could not be read since: the message's template and values."""

    town_hall: Mapped[TownHall] = relationship(back_populates="calendars")
    seat: Mapped[Seat] = relationship(lazy="joined")
