"""The office directory."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from townhall.db import Base, Key, Name, Renewals
from townhall.models.accounts import Contact


class Office(Base):
    """A place with a zone, a country and working days.

    The JSON columns have the shapes of the planning document (docs/fairness.md); null
    means what the country says.
    """

    __tablename__ = "offices"

    id: Mapped[Key]
    name: Mapped[Name] = mapped_column(unique=True)
    zone: Mapped[str] = mapped_column(String(64))
    country: Mapped[str | None] = mapped_column(String(2))
    region: Mapped[str | None] = mapped_column(String(24))
    language: Mapped[str] = mapped_column(String(8), default="en")
    people: Mapped[int] = mapped_column(default=1)
    bands: Mapped[list[Any] | None]
    rest_days: Mapped[list[Any] | None]
    never: Mapped[list[Any] | None]
    extra_holidays: Mapped[list[Any] | None]
    struck_holidays: Mapped[list[Any] | None]
    feed_renewals: Mapped[Renewals]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    contacts: Mapped[list[Contact]] = relationship(
        secondary="office_contacts", order_by=Contact.id, lazy="selectin"
    )


class OfficeContact(Base):
    """A person to write to at an office."""

    __tablename__ = "office_contacts"

    office_id: Mapped[int] = mapped_column(
        ForeignKey("offices.id", ondelete="CASCADE"), primary_key=True
    )
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), primary_key=True)
