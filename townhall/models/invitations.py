"""Who was asked to come, what they answered, and the mail that is on its way."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from townhall.db import Base, Code, Key, choice
from townhall.domain.states import ContactKind, Delivery, MailKind, PartStat
from townhall.models.accounts import Contact
from townhall.models.planning import Seat, Sitting


class Invitation(Base):
    """One person's place in one sitting's calendar entry."""

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("sitting_id", "contact_id"),)

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    """Names the invitation in its reply link, whose other half is a signature."""
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"))
    kind: Mapped[ContactKind] = mapped_column(choice(ContactKind))
    partstat: Mapped[PartStat] = mapped_column(choice(PartStat), default=PartStat.NEEDS_ACTION)
    answered_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
    removed_at: Mapped[datetime | None]

    sitting: Mapped[Sitting] = relationship()
    contact: Mapped[Contact] = relationship(lazy="joined")
    seat: Mapped[Seat] = relationship(lazy="joined")


class OutboxMessage(Base):
    """A mail, written in the transaction of the change that caused it.

    Unique on (thread, recipient, revision, method). `thread` is the sitting's UID, within
    which order is kept for a recipient, or the letter's own code.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("thread", "contact_id", "revision", "method"),
        Index(None, "state", "due_at"),
    )

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    """The left side of Message-ID."""
    kind: Mapped[MailKind] = mapped_column(choice(MailKind))
    town_hall_id: Mapped[int | None] = mapped_column(ForeignKey("town_halls.id"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    thread: Mapped[str] = mapped_column(String(120))
    revision: Mapped[int] = mapped_column(default=0)
    sequence: Mapped[int] = mapped_column(default=0)
    method: Mapped[str] = mapped_column(String(12), default="")
    """REQUEST, CANCEL, or empty for a letter."""
    subject: Mapped[str] = mapped_column(String(500))
    octets: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """The whole message as it is sent; erased at the retention time."""
    state: Mapped[Delivery] = mapped_column(choice(Delivery), default=Delivery.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    give_up_at: Mapped[datetime]
    """No retry after this: the sitting's start, or a letter's own patience."""
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    """Rises with every claim; who holds an older number may no longer mark the row."""
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    contact: Mapped[Contact] = relationship(lazy="joined")
    invitation: Mapped[Invitation | None] = relationship()
