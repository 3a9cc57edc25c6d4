"""Town halls that repeat, and the searches for their hours."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from townhall.db import Base, Key, Renewals, choice
from townhall.domain.states import SolveState
from townhall.models.planning import TownHall


class Series(Base):
    """What the town halls of a series share beside their seats."""

    __tablename__ = "series"

    id: Mapped[Key]
    every_days: Mapped[int]
    """From each window to the next, on the wall clock of `clock`."""
    clock: Mapped[str] = mapped_column(String(64))
    """The zone that tells times of day and weekdays."""
    distinct_times: Mapped[int | None]
    """How many times of day are used at most; null for any number."""
    weekdays: Mapped[list[Any] | None]
    """On which sittings may start, as the planning document names them; null for all."""
    apart_days: Mapped[int | None]
    time_limit_s: Mapped[int] = mapped_column(default=60)
    feed_renewals: Mapped[Renewals]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    occurrences: Mapped[list["Occurrence"]] = relationship(
        order_by="Occurrence.number", back_populates="series", lazy="selectin"
    )


class Occurrence(Base):
    """A town hall's place in its series."""

    __tablename__ = "occurrences"
    __table_args__ = (UniqueConstraint("series_id", "number"),)

    id: Mapped[Key]
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"), unique=True)
    number: Mapped[int]
    """From 1, without gaps."""
    planned_at: Mapped[datetime | None]
    """The start that the series plans for it, while nobody was told of any."""

    series: Mapped[Series] = relationship(back_populates="occurrences")
    town_hall: Mapped[TownHall] = relationship(back_populates="occurrence", lazy="joined")


class Solve(Base):
    """One search for the hours that are left of a series; a worker holds it by a lease."""

    __tablename__ = "solves"
    __table_args__ = (Index(None, "state", "lease_until"),)

    id: Mapped[Key]
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), index=True)
    state: Mapped[SolveState] = mapped_column(choice(SolveState), default=SolveState.WAITING)
    time_limit_s: Mapped[int]
    asked_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    """Rises with every claim; who holds an older number may no longer write here."""
    stop_wanted: Mapped[bool] = mapped_column(default=False)
    """Whether somebody wants no more than what is known by now."""
    ended_at: Mapped[datetime | None]
    milliseconds: Mapped[int] = mapped_column(default=0)
    """How long the search has taken."""
    worst: Mapped[int | None]
    """The largest ledger of the best series known; null before there is one."""
    bound: Mapped[int] = mapped_column(default=0)
    """No series has a smaller one."""
    is_optimal: Mapped[bool] = mapped_column(default=False)
    stuck: Mapped[dict[str, Any] | None]
    """Which occurrence has no start, what to relax and what is in the way, where nothing fits."""
    fixed: Mapped[dict[str, Any] | None]
    """What an hour that never changes would cost each seat, by its kin; whether that is proven."""
    problem: Mapped[dict[str, Any] | None]
    """Why it failed: the message's template and values."""
