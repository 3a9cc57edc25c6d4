"""Who was asked to come, what they answered, and the mail that is on its way."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from townhall.db import Base, Code, Digest, Key, choice
from townhall.domain import invites
from townhall.domain.states import ContactKind, Delivery, MailKind, PartStat
from townhall.models.accounts import Contact
from townhall.models.planning import Seat, Sitting
from townhall.models.staff import Staffer

_REASONS = ("seat_id", "staffer_id", "registration_id")
"""An invitation is for one of these."""


class Invitation(Base):
    """One person's place in one sitting's calendar entry.

    It is for a seat, as one of the team, or as they registered.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("sitting_id", "contact_id"),
        CheckConstraint(
            " + ".join(f"CASE WHEN {key} IS NULL THEN 0 ELSE 1 END" for key in _REASONS) + " = 1",
            name="one_reason",
        ),
    )

    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    """Names the invitation in its reply link, whose other half is a signature."""
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sittings.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("seats.id"))
    staffer_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"), index=True)
    kind: Mapped[ContactKind] = mapped_column(choice(ContactKind))
    partstat: Mapped[PartStat] = mapped_column(choice(PartStat), default=PartStat.NEEDS_ACTION)
    answered_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="")
    asked_sequence: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """The SEQUENCE at which the person was last asked anew; older answers are to another time."""
    said_sequence: Mapped[int | None]
    said_at: Mapped[datetime | None]
    """With the sequence before, which answer counts: when it was given, by the answerer's clock."""
    removed_at: Mapped[datetime | None]
    told_zone: Mapped[str | None] = mapped_column(String(64))
    told_start: Mapped[str | None] = mapped_column(String(32))
    """What a person with a clock of their own was told that it shows at the start, and which
    clock that was; as a promise writes it. Null for a person of a seat, which is promised it."""

    sitting: Mapped[Sitting] = relationship()
    contact: Mapped[Contact] = relationship(lazy="joined")
    seat: Mapped[Seat | None] = relationship(lazy="joined")
    staffer: Mapped[Staffer | None] = relationship()


class Circular(Base):
    """What all mails have in common that tell the same in one language; never changed."""

    __tablename__ = "circulars"
    __table_args__ = (Index(None, "digest", unique=True),)

    id: Mapped[Key]
    digest: Mapped[Digest | None]
    """Of the contents: who is told the same later shares the row."""
    contents: Mapped[dict[str, Any]]
    """`domain/invites`, `Circular`, as it is stored."""


class OutboxMessage(Base):
    """A mail, written in the transaction of the change that caused it.

    Unique on (thread, recipient, revision, method). `thread` is the sitting's UID, within
    which order is kept for a recipient, or the letter's own code. A mail that thousands get
    alike is a circular and what is its person's own; any other is kept whole.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("thread", "contact_id", "revision", "method"),
        Index(None, "state", "due_at", "id"),
        Index(None, "contact_id"),
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
    """REQUEST, CANCEL, which reminder of a sitting it is, or empty for another letter."""
    subject: Mapped[str] = mapped_column(String(500))
    circular_id: Mapped[int | None] = mapped_column(ForeignKey("circulars.id"))
    own: Mapped[dict[str, Any] | None]
    """`domain/invites`, `Copy`, as it is stored; erased at the retention time."""
    whole: Mapped[bytes | None] = mapped_column("octets", LargeBinary, deferred=True)
    """The whole message of a letter; erased at the retention time."""
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
    circular: Mapped[Circular | None] = relationship()

    @property
    def octets(self) -> bytes | None:
        """The whole message as it is sent; None once it is erased."""
        if self.circular is None or self.own is None:
            return self.whole
        told = invites.Circular.read(self.circular.contents)
        return told.copy(invites.Copy.read(self.own), self.code)

    @octets.setter
    def octets(self, whole: bytes | None) -> None:
        """Keep a message whole, or erase it."""
        self.whole, self.own = whole, None


class MailPace(Base):
    """How far the mails to one mail domain have used its pace up, for all workers together."""

    __tablename__ = "mail_paces"

    domain: Mapped[str] = mapped_column(String(255), primary_key=True)
    free_at: Mapped[datetime]
    promised_at: Mapped[datetime]
    """`domain/outbox`, `Pace`, as it is stored."""
