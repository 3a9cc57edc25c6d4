"""The people who run a town hall and are invited to its sittings."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from townhall.db import Base, Key, choice
from townhall.domain.staff import StaffRole
from townhall.models.accounts import Contact


class Staffer(Base):
    """Somebody of the team who is invited to every sitting of a town hall.

    The row stays when they are taken off, since their invitations were for it.
    """

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("town_hall_id", "contact_id"),)

    id: Mapped[Key]
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    role: Mapped[StaffRole] = mapped_column(choice(StaffRole))
    zone: Mapped[str | None] = mapped_column(String(64))
    """On whose clock their mails tell the hour; null for headquarters'."""
    required: Mapped[bool]
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]

    contact: Mapped[Contact] = relationship(lazy="joined")
