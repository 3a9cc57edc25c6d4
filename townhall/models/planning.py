"""Town halls, their seats, drafts and sittings."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Numeric, String, Text, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from townhall.db import Base, Code, Key, Name, choice
from townhall.domain.states import QA, ContactKind, DraftAction, Mode, SeatRole, SittingState
from townhall.models.accounts import Contact
from townhall.models.directory import Office

if TYPE_CHECKING:
    from townhall.models.availability import BusyCalendar, Shortlist
    from townhall.models.series import Occurrence


EMPTY = text("''")
"""What a column holds where nothing was said."""


class TownHall(Base):
    """The event: what it is about, how to join, how its questions are run."""

    __tablename__ = "town_halls"

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    """Short, random, spoken and printed; the public address ends in it."""
    title: Mapped[Name]
    topic: Mapped[Name] = mapped_column(default="")
    description: Mapped[str] = mapped_column(Text, default="")
    hashtag: Mapped[str] = mapped_column(String(64), default="")
    language: Mapped[str] = mapped_column(String(8), default="en")
    languages: Mapped[list[Any]]
    """Codes of the languages that questions come in, the organizers' first."""
    minutes: Mapped[int]
    join_url: Mapped[str] = mapped_column(String(500), default="")
    phone: Mapped[str] = mapped_column(String(100), default="")
    """A phone bridge for those whose line carries no video."""
    sittings_wanted: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    """How many sittings it is planned with; two serve both halves of the world."""
    window_from_at: Mapped[datetime]
    window_until_at: Mapped[datetime]
    compare_at: Mapped[datetime | None]
    """An earlier hour, shown beside the ranked ones with what it cost each place."""
    reminds_day: Mapped[bool] = mapped_column(default=True, server_default=true())
    reminds_hour: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether people are reminded a day before a sitting, and an hour before."""
    qa: Mapped[QA] = mapped_column(choice(QA), default=QA.OPEN)
    mode: Mapped[Mode] = mapped_column(choice(Mode), default=Mode.FAIR)
    alpha: Mapped[Decimal] = mapped_column(Numeric(4, 3), default=Decimal("0.5"))
    nominal_minutes: Mapped[int] = mapped_column(default=4)
    """What a live answer is meant to take; a longer one costs more turn credit."""
    board_version: Mapped[int] = mapped_column(default=1)
    """Raised by every change that open pages should show."""
    created_at: Mapped[datetime]
    forgotten_at: Mapped[datetime | None]
    """When a worker last forgot the people of the event, once that was over."""
    version: Mapped[int] = mapped_column(default=1)

    seats: Mapped[list["Seat"]] = relationship(
        order_by="Seat.position", back_populates="town_hall", cascade="all, delete-orphan"
    )
    sittings: Mapped[list["Sitting"]] = relationship(
        order_by="Sitting.number", back_populates="town_hall"
    )
    draft: Mapped["Draft | None"] = relationship(back_populates="town_hall")
    shortlists: Mapped[list["Shortlist"]] = relationship(
        order_by="Shortlist.id", back_populates="town_hall"
    )
    calendars: Mapped[list["BusyCalendar"]] = relationship(
        order_by="BusyCalendar.id", back_populates="town_hall"
    )
    occurrence: Mapped["Occurrence | None"] = relationship(back_populates="town_hall")
    """Its place in a series, if it is part of one."""


class Seat(Base):
    """One office's or person's part in one town hall.

    A null among the calendar columns means what the office says, then the country.
    """

    __tablename__ = "seats"
    __table_args__ = (UniqueConstraint("town_hall_id", "name"),)

    id: Mapped[Key]
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    position: Mapped[int]
    name: Mapped[Name]
    role: Mapped[SeatRole] = mapped_column(choice(SeatRole), default=SeatRole.OFFICE)
    zone: Mapped[str] = mapped_column(String(64))
    country: Mapped[str | None] = mapped_column(String(2))
    region: Mapped[str | None] = mapped_column(String(24))
    people: Mapped[int] = mapped_column(default=1)
    weight: Mapped[int] = mapped_column(default=1)
    required: Mapped[bool] = mapped_column(default=True)
    everywhere: Mapped[bool] = mapped_column(default=False)
    ledger: Mapped[int] = mapped_column(default=0)
    """Burden already paid before; in a series the ledger is counted from its sittings instead."""
    kin: Mapped[str | None] = mapped_column(String(32))
    """The same for one seat in every town hall of a series, whatever it is called there."""
    bands: Mapped[list[Any] | None]
    rest_days: Mapped[list[Any] | None]
    never: Mapped[list[Any] | None]
    busy: Mapped[list[Any] | None]
    extra_holidays: Mapped[list[Any] | None]
    struck_holidays: Mapped[list[Any] | None]

    town_hall: Mapped[TownHall] = relationship(back_populates="seats")
    office: Mapped[Office | None] = relationship(lazy="joined")
    contacts: Mapped[list["SeatContact"]] = relationship(
        order_by="SeatContact.id", cascade="all, delete-orphan", lazy="selectin"
    )


class SeatContact(Base):
    """A person who is invited for a seat."""

    __tablename__ = "seat_contacts"
    __table_args__ = (UniqueConstraint("seat_id", "contact_id"),)

    id: Mapped[Key]
    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    kind: Mapped[ContactKind] = mapped_column(choice(ContactKind), default=ContactKind.CONTACT)

    contact: Mapped[Contact] = relationship(lazy="joined")


class Draft(Base):
    """Changes that nobody has been told of yet; one draft at a time for each town hall."""

    __tablename__ = "drafts"

    id: Mapped[Key]
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"), unique=True)
    note: Mapped[str] = mapped_column(Text, default="")
    """The organizer's words to the recipients."""
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    town_hall: Mapped[TownHall] = relationship(back_populates="draft")
    steps: Mapped[list["DraftStep"]] = relationship(
        order_by="DraftStep.id", cascade="all, delete-orphan", lazy="selectin"
    )


class DraftStep(Base):
    """What a draft does to one sitting."""

    __tablename__ = "draft_steps"
    __table_args__ = (UniqueConstraint("draft_id", "sitting_id"),)

    id: Mapped[Key]
    draft_id: Mapped[int] = mapped_column(ForeignKey("drafts.id"))
    sitting_id: Mapped[int | None] = mapped_column(ForeignKey("sittings.id"))
    """The sitting to change; null makes a new one."""
    action: Mapped[DraftAction] = mapped_column(choice(DraftAction))
    starts_at: Mapped[datetime | None]

    sitting: Mapped["Sitting | None"] = relationship()


class Sitting(Base):
    """One time at which a town hall is held: an instant, agreed by many places."""

    __tablename__ = "sittings"
    __table_args__ = (UniqueConstraint("town_hall_id", "number"),)

    id: Mapped[Key]
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"))
    number: Mapped[int]
    uid: Mapped[str] = mapped_column(String(120), unique=True)
    """The calendar entry's UID, for ever."""
    state: Mapped[SittingState] = mapped_column(choice(SittingState))
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    title: Mapped[Name] = mapped_column(default="", server_default=EMPTY)
    """What people were told, this and the next three: the town hall may say otherwise by now."""
    description: Mapped[str] = mapped_column(Text, default="", server_default=EMPTY)
    join_url: Mapped[str] = mapped_column(String(500), default="", server_default=EMPTY)
    phone: Mapped[str] = mapped_column(String(100), default="", server_default=EMPTY)
    zone_release: Mapped[str] = mapped_column(String(16))
    sequence: Mapped[int] = mapped_column(default=0)
    """RFC 5545 SEQUENCE: rises when time, place or status change."""
    revision: Mapped[int] = mapped_column(default=0)
    """Rises with every change that is sent, also one of text alone."""
    revised_at: Mapped[datetime]
    """DTSTAMP: when the revision was made."""
    took_place: Mapped[bool | None]
    """What the organizers said when it was over; null while nobody asked them."""
    version: Mapped[int] = mapped_column(default=1)

    @property
    def ends_at(self) -> datetime:
        """When it ends, UTC."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def is_called_off(self) -> bool:
        """Whether people were told that it is off; one that merely was not held is not."""
        return self.state is SittingState.CANCELLED and self.took_place is None

    town_hall: Mapped[TownHall] = relationship(back_populates="sittings")
    promises: Mapped[list["Promise"]] = relationship(
        order_by="Promise.id", cascade="all, delete-orphan", lazy="selectin"
    )


class Promise(Base):
    """The local time that a seat was promised, and what it pays for it."""

    __tablename__ = "promises"
    __table_args__ = (UniqueConstraint("sitting_id", "seat_id"),)

    id: Mapped[Key]
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"))
    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"))
    local_start: Mapped[str] = mapped_column(String(32))
    """RFC 3339 wall time with offset, as computed under the sitting's zone release."""
    zone: Mapped[str] = mapped_column(String(64))
    """Whose clock that was; the seat may have another by now."""
    burden: Mapped[int]
    required: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether the seat had to be there, so that its ledger grows; it may be optional by now."""

    seat: Mapped[Seat] = relationship(lazy="joined")
