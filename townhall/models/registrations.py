"""Participants who asked to be told by mail."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from townhall.db import Base, Code, Key
from townhall.models.accounts import Contact
from townhall.models.planning import Sitting, TownHall


class Registration(Base):
    """A person who asked on the public page to be told of a town hall by mail.

    Nobody is told anything before the link that was mailed to the address is confirmed.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("town_hall_id", "contact_id"),
        Index(None, "contact_id"),
        Index(None, "forget_at"),
    )

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    """Names the registration in its links, whose other half is a signature."""
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    zone: Mapped[str] = mapped_column(String(64))
    """On whose clock mails tell the hour."""
    language: Mapped[str] = mapped_column(String(8))
    sitting_id: Mapped[int | None] = mapped_column(ForeignKey("sittings.id"))
    """The sitting that was chosen; null for whichever is best on the person's clock."""
    asked_at: Mapped[datetime]
    mailed_at: Mapped[datetime | None]
    """When a letter with the link was last written."""
    confirmed_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    forget_at: Mapped[datetime | None]
    """When a worker forgets the address: of who never confirmed, and of who left."""

    town_hall: Mapped[TownHall] = relationship()
    contact: Mapped[Contact] = relationship(lazy="joined")
    sitting: Mapped[Sitting | None] = relationship()

    @property
    def is_on(self) -> bool:
        """Whether the person is told of the town hall."""
        return self.confirmed_at is not None and self.left_at is None
