"""Organizers' own calendars on servers of others, and the sittings that are kept in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from townhall.db import Base, Key, Name, choice
from townhall.domain.own_calendar import Access, Keeping
from townhall.models.accounts import Account
from townhall.models.planning import Sitting, TownHall


class OwnCalendar(Base):
    """An account's calendar, into which the sittings of its town halls are put."""

    __tablename__ = "own_calendars"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), unique=True)
    address: Mapped[str] = mapped_column(String(1100))
    """Of the collection; pages name its host alone to all but its form."""
    user_name: Mapped[Name]
    password: Mapped[Name]
    """As it was typed, since the server asks for it each time: never shown, never logged."""
    name: Mapped[Name] = mapped_column(default="", server_default=text("''"))
    """What the server calls the calendar."""
    lists_people: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether entries name the invited, with their mail addresses and answers."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was given up; the row stays until its entries were taken out."""

    account: Mapped[Account] = relationship(lazy="joined")

    @property
    def access(self) -> Access:
        """How the calendar is reached."""
        return Access(self.address, self.user_name, self.password)


class LeftOut(Base):
    """A town hall that an organizer does not want in the own calendar."""

    __tablename__ = "left_out"

    calendar_id: Mapped[int] = mapped_column(
        ForeignKey("own_calendars.id", ondelete="CASCADE"), primary_key=True
    )
    town_hall_id: Mapped[int] = mapped_column(
        ForeignKey("town_halls.id", ondelete="CASCADE"), primary_key=True
    )

    town_hall: Mapped[TownHall] = relationship(lazy="joined")


class OwnEntry(Base):
    """A sitting in an own calendar: what its server has, and what it is to have.

    There is one row for each sitting and calendar, so a newer change takes the place of an older
    one that was not put yet.
    """

    __tablename__ = "own_entries"
    __table_args__ = (
        UniqueConstraint("calendar_id", "sitting_id"),
        Index(None, "state", "due_at", "id"),
    )

    id: Mapped[Key]
    calendar_id: Mapped[int] = mapped_column(ForeignKey("own_calendars.id", ondelete="CASCADE"))
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"), index=True)
    wanted: Mapped[int] = mapped_column(default=1)
    """Rises with every change that is to be put."""
    kept: Mapped[int] = mapped_column(default=0)
    """Which of them the server has; 0 for none."""
    leaves: Mapped[bool] = mapped_column(default=False)
    """Whether it is to be taken out, after which the row goes, too."""
    state: Mapped[Keeping] = mapped_column(choice(Keeping), default=Keeping.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    give_up_at: Mapped[datetime]
    """No try from then on."""
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    """Rises with every claim; who holds an older number may no longer mark the row."""
    problem: Mapped[dict[str, Any] | None]
    """Why it is not in step: the message's template and values."""
    kept_at: Mapped[datetime | None]
    """Since when the calendar is in step."""

    calendar: Mapped[OwnCalendar] = relationship(lazy="joined")
    sitting: Mapped[Sitting] = relationship(lazy="joined")
