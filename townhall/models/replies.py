"""Answers that came by mail, the addresses that speak for a person, and a trace of every mail."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from townhall.db import Base, Digest, Key, choice
from townhall.domain.incoming import Doubt, Fate, Kind
from townhall.domain.states import PartStat
from townhall.models.accounts import Contact
from townhall.models.invitations import Invitation
from townhall.models.planning import Sitting


class ContactAlias(Base):
    """Another address that speaks for a person, as an organizer confirmed.

    The address is a contact too, so that all addresses stand in one table.
    """

    __tablename__ = "contact_aliases"
    __table_args__ = (UniqueConstraint("contact_id", "alias_id"),)

    id: Mapped[Key]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    alias_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    confirmed_at: Mapped[datetime]

    contact: Mapped[Contact] = relationship(foreign_keys=[contact_id], lazy="joined")
    alias: Mapped[Contact] = relationship(foreign_keys=[alias_id], lazy="joined")


class IncomingMail(Base):
    """That a mail came, so that it counts once however often it is delivered; not what it said."""

    __tablename__ = "incoming_mails"
    __table_args__ = (Index(None, "town_hall_id", "kind"),)

    id: Mapped[Key]
    digest: Mapped[Digest] = mapped_column(unique=True)
    kind: Mapped[Kind] = mapped_column(choice(Kind))
    town_hall_id: Mapped[int | None] = mapped_column(ForeignKey("town_halls.id"))
    """Which town hall it is about, where it answers a mail of ours."""
    received_at: Mapped[datetime]


class MailedReply(Base):
    """One person's answer to one sitting in a mail, and what became of it."""

    __tablename__ = "mailed_replies"
    __table_args__ = (Index(None, "sitting_id", "fate"),)

    id: Mapped[Key]
    mail_id: Mapped[int] = mapped_column(ForeignKey("incoming_mails.id"))
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"), index=True)
    """Whose answer it is; while it waits, whose it may be."""
    attendee_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    """Who answers, by the calendar; null where it names no address."""
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    """Who sent the mail, by From; null where that is no one address."""
    partstat: Mapped[PartStat] = mapped_column(choice(PartStat))
    sequence: Mapped[int | None]
    stamped_at: Mapped[datetime | None]
    starts_at: Mapped[datetime | None]
    """The time that is answered; in a counter-proposal, the time that is proposed."""
    counters: Mapped[bool]
    note: Mapped[str] = mapped_column(Text, default="")
    fate: Mapped[Fate] = mapped_column(choice(Fate))
    doubt: Mapped[Doubt | None] = mapped_column(choice(Doubt))
    received_at: Mapped[datetime]

    sitting: Mapped[Sitting] = relationship()
    invitation: Mapped[Invitation | None] = relationship()
    attendee: Mapped[Contact | None] = relationship(foreign_keys=[attendee_id])
    sender: Mapped[Contact | None] = relationship(foreign_keys=[sender_id])
