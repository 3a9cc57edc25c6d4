"""Mail that comes in: answers of calendars are kept, mails that came back are marked."""

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import incoming, tokens
from townhall.domain.access import SYSTEM, Action, Actor, require
from townhall.domain.incoming import Fate, Incoming, Kind, Returned, Said
from townhall.domain.outbox import ORIGINS
from townhall.domain.replies import Reply
from townhall.domain.states import Delivery
from townhall.errors import InputError, TransitionError, UnavailableError
from townhall.i18n import N_
from townhall.models.accounts import Contact
from townhall.models.invitations import Invitation
from townhall.models.planning import Sitting, TownHall
from townhall.models.replies import ContactAlias, IncomingMail, MailedReply
from townhall.queries import replies
from townhall.services import answers, contacts, journal

_RETURNS_WITHIN = timedelta(days=7)
"""How long after it was sent a mail may come back that is known by its recipient alone."""


def receive(db: Session, octets: bytes, *, key: str, now: datetime) -> Kind:
    """Take in one mail and return what it was; the same mail once more changes nothing.

    Args:
        octets: The whole mail as it was delivered.
        key: Signs the tags of reply addresses.
        now: UTC.

    Raises:
        UnavailableError: The database is away, or the mail that came back is still being marked
            as sent; whoever delivers it should try again.
    """
    try:
        mail = incoming.read(octets)
    except InputError:
        mail = Incoming(Kind.UNREADABLE, incoming.digest(octets))
    try:
        with transaction(db):
            if not replies.is_taken(db, mail.digest):
                _take(db, mail, key, now)
    except IntegrityError as error:
        # Another process takes the same mail, or meets the same address, at this very moment.
        raise UnavailableError(
            N_("The database cannot keep this now. Nothing was changed; try again in a moment.")
        ) from error
    return mail.kind


def accept(
    db: Session,
    actor: Actor,
    town_hall: TownHall,
    number: int,
    invitation_code: str,
    *,
    remember: bool,
    now: datetime,
) -> MailedReply:
    """Take an answer that waits as an invited person's.

    Args:
        number: The answer's.
        invitation_code: Whose answer it is.
        remember: Whether its addresses speak for the person from now on.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        NotFoundError: No such answer, or nobody of its sitting has that invitation.
        TransitionError: It was decided on already.
    """
    with transaction(db):
        require(actor, Action.SEND_INVITES, town_hall.id)
        row = _waiting(db, town_hall, number)
        invitation = replies.invitation(db, invitation_code)
        if invitation.sitting_id != row.sitting_id:
            raise InputError(
                N_("“%(value)s” is not invited to this sitting."),
                field="person",
                value=invitation.contact.name,
            )
        for other in (row.attendee, row.sender):
            if remember and other is not None:
                _confirm(db, actor, invitation.contact, other, now)
        _count(db, actor, row, invitation, now)
        decided = {"fate": row.fate.value, "invitation": invitation.id}
        journal.audit(
            db, actor, "reply.accepted", row, now, town_hall_id=town_hall.id, after=decided
        )
    return row


def ignore(db: Session, actor: Actor, town_hall: TownHall, number: int, *, now: datetime) -> None:
    """Set an answer that waits aside.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        NotFoundError: No such answer.
        TransitionError: It was decided on already.
    """
    with transaction(db):
        require(actor, Action.SEND_INVITES, town_hall.id)
        row = _waiting(db, town_hall, number)
        row.fate = Fate.IGNORED
        journal.audit(db, actor, "reply.ignored", row, now, town_hall_id=town_hall.id)


def forget_alias(
    db: Session, actor: Actor, town_hall: TownHall, number: int, *, now: datetime
) -> None:
    """Let an address no longer speak for a person; what it said stays.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        NotFoundError: No such address speaks for anybody who is invited.
    """
    with transaction(db):
        require(actor, Action.SEND_INVITES, town_hall.id)
        row = replies.alias(db, town_hall, number)
        before = {"contact": row.contact_id, "alias": row.alias_id}
        journal.audit(
            db, actor, "alias.forgotten", row, now, town_hall_id=town_hall.id, before=before
        )
        db.delete(row)


def _take(db: Session, mail: Incoming, key: str, now: datetime) -> None:
    """Keep that a mail came, and what follows from it."""
    row = IncomingMail(digest=mail.digest, kind=mail.kind, received_at=now)
    db.add(row)
    db.flush()  # the digest is unique: who comes second changes nothing
    row.town_hall_id = replies.town_hall_id(db, mail.answers_to)
    tagged = {code for tag in mail.tags if (code := tokens.tagged(key, tag)) is not None}
    for said in mail.said:
        sitting = replies.sitting(db, said.uid)
        if sitting is not None:
            row.town_hall_id = sitting.town_hall_id
            _hear(db, row, mail, sitting, said, tagged=tagged, now=now)
    for returned in mail.returned:
        row.town_hall_id = _return(db, returned, now) or row.town_hall_id


def _hear(
    db: Session,
    mail: IncomingMail,
    read: Incoming,
    sitting: Sitting,
    said: Said,
    *,
    tagged: set[str],
    now: datetime,
) -> None:
    """Keep one answer to a sitting; it counts, or it is kept for what it is."""
    invitation = replies.invited(db, sitting, said.attendee)
    own = replies.addresses(db, invitation.contact) if invitation else frozenset()
    doubt = incoming.doubt(invitation.code if invitation else None, own, read.sender, tagged)
    written = read.sender_name if said.attendee == read.sender else ""
    row = MailedReply(
        mail_id=mail.id,
        sitting=sitting,
        invitation=invitation or replies.tagged(db, sitting, tagged),
        attendee=contacts.met(db, said.attendee, said.name or written),
        sender=contacts.met(db, read.sender, read.sender_name),
        partstat=said.partstat,
        sequence=said.sequence,
        stamped_at=said.stamped_at,
        starts_at=said.starts_at,
        counters=said.counters,
        note=said.note,
        fate=Fate.WAITING,
        doubt=doubt,
        received_at=now,
    )
    db.add(row)
    if doubt is None and invitation is not None:
        _count(db, Actor(f"contact:{invitation.contact_id}"), row, invitation, now)


def _count(
    db: Session, actor: Actor, row: MailedReply, invitation: Invitation, now: datetime
) -> None:
    """Let an answer be the person's, as far as it is to the present time and the newest."""
    # Of two answers of one person, the second waits until the first is written.
    db.flush()
    db.refresh(invitation, with_for_update={"of": Invitation})
    asked = replies.asked(invitation, now=now)
    said = _said(row)
    row.invitation = invitation
    row.fate = incoming.fate(said, asked, row.received_at)
    if row.fate is Fate.COUNTED:
        sequence, said_at = incoming.placed(said, asked, row.received_at)
        reply = Reply(row.partstat, sequence, row.note)
        answers.keep(db, actor, invitation, reply, said_at=said_at, now=now)


def _said(row: MailedReply) -> Said:
    """Return a kept answer as the rules see it."""
    return Said(
        uid=row.sitting.uid,
        attendee="",
        name="",
        partstat=row.partstat,
        sequence=row.sequence,
        stamped_at=row.stamped_at,
        starts_at=row.starts_at,
        counters=row.counters,
        note=row.note,
    )


def _confirm(db: Session, actor: Actor, person: Contact, other: Contact, now: datetime) -> None:
    """Let another address speak for a person, unless it does already."""
    if other.address_key in replies.addresses(db, person):
        return
    row = ContactAlias(contact=person, alias=other, confirmed_at=now)
    db.add(row)
    after = {"contact": person.id, "alias": other.id}
    journal.audit(db, actor, "alias.confirmed", row, now, after=after)


def _waiting(db: Session, town_hall: TownHall, number: int) -> MailedReply:
    """Return an answer that waits, locked.

    Raises:
        NotFoundError: No such answer.
        TransitionError: It was decided on already.
    """
    row = replies.mailed(db, town_hall, number)
    db.refresh(row, with_for_update={"of": MailedReply})
    if row.fate is not Fate.WAITING:
        raise TransitionError(N_("This answer was decided on meanwhile; look at it again."))
    return row


def _return(db: Session, returned: Returned, now: datetime) -> int | None:
    """Mark a mail that came back, and return the id of its town hall.

    Raises:
        UnavailableError: The worker has not marked it as sent yet.
    """
    row = replies.lost(db, returned.code, returned.recipient, since=now - _RETURNS_WITHIN)
    if row is None:
        return None
    db.refresh(row, with_for_update={"of": type(row)})
    if row.state is Delivery.SENDING:
        raise UnavailableError(N_("The mail that came back is still on its way; try again."))
    if row.state in ORIGINS[Delivery.BOUNCED]:
        before = row.state
        row.state, row.last_error = Delivery.BOUNCED, returned.words
        journal.audit(
            db,
            SYSTEM,
            "mail.bounced",
            row,
            now,
            before={"state": before.value},
            after={"state": row.state.value},
        )
    return row.town_hall_id
