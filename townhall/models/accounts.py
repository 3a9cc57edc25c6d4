"""Who may come in: contacts, accounts, sign-ins, sessions, secret links, the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from townhall.db import Base, Code, Digest, Key, Name, Renewals, choice
from townhall.domain.access import Role


class Contact(Base):
    """A person's mail address; the only table that holds one, so that it can be erased."""

    __tablename__ = "contacts"

    id: Mapped[Key]
    name: Mapped[Name]
    address: Mapped[str | None] = mapped_column(String(254))
    address_key: Mapped[str | None] = mapped_column(String(254), unique=True)
    """The address folded for comparison; unique, so that one person is one contact."""
    language: Mapped[str] = mapped_column(String(8), default="en")
    feed_renewals: Mapped[Renewals]
    erased_at: Mapped[datetime | None]


class Account(Base):
    """Someone of the organizers' team, who signs in."""

    __tablename__ = "accounts"

    id: Mapped[Key]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), unique=True)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    contact: Mapped[Contact] = relationship(lazy="joined")


class Membership(Base):
    """An account's role in one town hall."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("account_id", "town_hall_id"),)

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"))
    role: Mapped[Role] = mapped_column(choice(Role))


class SignIn(Base):
    """One mailed link and code; used once, and by the browser or code it was made for."""

    __tablename__ = "sign_ins"

    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    token_hash: Mapped[Digest] = mapped_column(unique=True)
    code_hash: Mapped[Digest]
    browser_hash: Mapped[Digest] = mapped_column(index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)


class Session(Base):
    """A browser that proved something: an account, links, or both."""

    __tablename__ = "sessions"

    id: Mapped[Key]
    token_hash: Mapped[Digest] = mapped_column(unique=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    account: Mapped[Account | None] = relationship(lazy="joined")
    links: Mapped[list["Link"]] = relationship(secondary="session_links", lazy="selectin")


class Link(Base):
    """A secret address that gives one role in one town hall, until it is revoked."""

    __tablename__ = "links"
    __table_args__ = (Index(None, "town_hall_id", "role"),)

    id: Mapped[Key]
    token_hash: Mapped[Digest] = mapped_column(unique=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    town_hall_id: Mapped[int] = mapped_column(ForeignKey("town_halls.id"))
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("seats.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    """Only a demonstration's organizer link signs an account in; see services/links.py."""
    label: Mapped[Name]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SessionLink(Base):
    """A link that was opened in a session."""

    __tablename__ = "session_links"

    session_id: Mapped[int] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    )
    link_id: Mapped[int] = mapped_column(ForeignKey("links.id"), primary_key=True)


class AuditEntry(Base):
    """Who did what to what, when, before and after; rows are only ever added.

    `actor` is an internal key such as `account:3` or `person:17`, never an address.
    """

    __tablename__ = "audit_entries"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[Code]
    action: Mapped[str] = mapped_column(String(64))
    town_hall_id: Mapped[int | None] = mapped_column(ForeignKey("town_halls.id"), index=True)
    object: Mapped[str] = mapped_column(String(64))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    note: Mapped[str | None] = mapped_column(Text)
