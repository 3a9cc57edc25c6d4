"""People who register on the public page: asked once more by mail, told, taken off, forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import invites, promises, registering, tokens, zones
from townhall.domain.access import ANYONE, Action, Actor, require
from townhall.domain.invites.values import Mailbox, check_address
from townhall.domain.states import ContactKind, MailKind
from townhall.errors import ConflictError, NotFoundError
from townhall.i18n import N_, speech
from townhall.models.accounts import Contact
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Sitting, TownHall
from townhall.models.registrations import Registration
from townhall.queries import invitations, planning
from townhall.queries import registrations as queries
from townhall.queries.drafts import Addressee
from townhall.queries.invitations import Invited, Recipient, Registered
from townhall.services import contacts, entries, journal, notices, occasions, own_entries
from townhall.services.occasions import Fairness, Occasion
from townhall.services.senders import Sender

HOLDS = timedelta(hours=48)
"""How long an address is kept that nobody confirmed; so long does the mailed link hold."""

REST = timedelta(minutes=10)
"""How long an address is left alone before it is mailed the link to a town hall again."""

LETTERS_AN_HOUR = 3
"""Links to whatever town halls that one address is mailed at most in an hour."""

KEPT = timedelta(days=30)
"""How long the address is kept of who left, so that coming back reaches the same entry."""

ERASED = timedelta(days=1)
"""How long an address is kept after it is to be erased, for the mail that takes the entry off."""

AT_ONCE = 500
"""How many addresses are forgotten in one transaction."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a person wishes to be told.

    Args:
        zone: The zone of their clock.
        number: Of the sitting that they choose; None for the one that is best on their clock.

    Raises:
        InputError: Field `zone`: it is not known.
    """

    zone: str
    number: int | None = None

    def __post_init__(self) -> None:
        """Refuse a clock that nobody could tell the hour on."""
        zones.require(self.zone, "zone")


def ask(
    db: Session,
    sender: Sender,
    code: str,
    address: str,
    wish: Wish,
    *,
    language: str,
    now: datetime,
) -> None:
    """Mail a link to an address that was typed; who opens it there says that it is their wish.

    The letter is composed and a transaction written in every case, so that neither the answer nor
    its time tells whether the address is known. What was confirmed stays as it is.

    Args:
        sender: Who the letter comes from, and what its link is made with.
        code: The town hall's.
        address: As typed.
        wish: On whose clock, and which sitting.
        language: Of the page on which it was typed.

    Raises:
        NotFoundError: There is no such town hall or sitting.
        InputError: Field `address`: it is no mail address.
    """
    check_address(address, "address")
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        invitations.hold(db, town_hall)
        sitting_id = _sitting_id(db, town_hall, wish)
        contact = contacts.known_by(db, address)
        row = queries.of_contact(db, town_hall, contact)
        if row is None:
            row = Registration(code=tokens.fresh_code(16), town_hall=town_hall, contact=contact)
        if row.confirmed_at is None:
            row.zone, row.language, row.sitting_id = wish.zone, language, sitting_id
            row.asked_at, row.forget_at = now, now + HOLDS
        db.add(row)
        db.flush()
        message = _letter(row, sender, now)
        if _may_be_mailed(db, row, now):
            row.mailed_at = now
            db.add(message)
        journal.audit(db, ANYONE, "registration.asked", row, now)


def confirm(db: Session, sender: Sender, code: str, wish: Wish, *, now: datetime) -> Registration:
    """Keep a person on the list as they wish, or put them back; if the hour is set, invite them.

    Args:
        sender: Who the mails come from, and what their links are made with.
        code: The registration's; the caller has checked the link's signature.
        wish: On whose clock, and which sitting.

    Raises:
        ExpiredLinkError: The address was forgotten.
        NotFoundError: There is no such sitting.
    """
    now = now.replace(microsecond=0)  # DTSTAMP counts whole seconds
    with transaction(db):
        row = _held(db, code)
        before = {"zone": row.zone, "sitting": row.sitting_id, "is_on": row.is_on}
        row.zone, row.sitting_id = wish.zone, _sitting_id(db, row.town_hall, wish)
        if not row.is_on:
            row.confirmed_at, row.left_at, row.forget_at = now, None, None
        after = {"zone": row.zone, "sitting": row.sitting_id, "is_on": True}
        if after != before:
            actor = Actor(f"contact:{row.contact_id}")
            journal.audit(db, actor, "registration.confirmed", row, now, before=before, after=after)
        _bring_up(db, row, sender, now)
    return row


def leave(db: Session, sender: Sender, code: str, *, now: datetime) -> Registration:
    """Take a person off the list at their own wish; twice is once.

    Args:
        code: The registration's; the caller has checked the link's signature.

    Raises:
        ExpiredLinkError: The address was forgotten.
    """
    now = now.replace(microsecond=0)
    with transaction(db):
        row = _held(db, code)
        _take_off(db, Actor(f"contact:{row.contact_id}"), row, sender, kept=KEPT, now=now)
    return row


def erase(
    db: Session, actor: Actor, code: str, sender: Sender, registration_id: int, *, now: datetime
) -> None:
    """Take a person off the list at their request to the organizers; within a day forget them.

    Raises:
        NotAllowedError: The actor is not of the town hall's team.
        NotFoundError: Nobody of the town hall is registered so.
        ConflictError: They have left already.
    """
    now = now.replace(microsecond=0)
    with transaction(db):
        town_hall = planning.town_hall(db, code)
        require(actor, Action.SEND_INVITES, town_hall.id)
        invitations.hold(db, town_hall)
        row = db.get(Registration, registration_id, populate_existing=True)
        if row is None or row.town_hall_id != town_hall.id:
            raise NotFoundError
        if not row.is_on:
            raise ConflictError(N_("This person has left the list already."))
        _take_off(db, actor, row, sender, kept=ERASED, now=now)


def forget(db: Session, *, now: datetime) -> int:
    """Forget addresses whose time has come, and return how many; a worker does so now and then.

    Those who never confirmed leave no row behind; of those who left, the row stays without its
    address. An address that stands for something else, too, such as an account, is kept for that.
    """
    with transaction(db):
        due = queries.to_forget(db, now=now, limit=AT_ONCE)
        for row in due:
            contact = row.contact
            if not queries.is_needed(db, row):
                contact.name, contact.address, contact.address_key = "", None, None
                contact.erased_at = now
                _erase_mails(db, contact)
            row.forget_at = None
            journal.audit(db, ANYONE, "registration.forgotten", row, now)
            if row.confirmed_at is None:
                db.delete(row)
        return len(due)


def _erase_mails(db: Session, contact: Contact) -> None:
    """Erase what was mailed to a person, what would make it, and what servers said of it."""
    mails = update(OutboxMessage).where(OutboxMessage.contact_id == contact.id)
    db.execute(mails.values(whole=None, own=None, last_error=""))


def _held(db: Session, code: str) -> Registration:
    """Return a registration as it is once nobody else changes who is invited."""
    row = queries.registration(db, code)
    invitations.hold(db, row.town_hall)
    db.refresh(row)
    return row


def _sitting_id(db: Session, town_hall: TownHall, wish: Wish) -> int | None:
    """Return the id of the sitting that was chosen."""
    return None if wish.number is None else planning.sitting(db, town_hall, wish.number).id


def _may_be_mailed(db: Session, row: Registration, now: datetime) -> bool:
    """Return whether another letter to this address floods nobody's mailbox."""
    if row.mailed_at is not None and row.mailed_at > now - REST:
        return False
    since = now - timedelta(hours=1)
    return queries.letters(db, row.contact_id, since=since) < LETTERS_AN_HOUR


def _letter(row: Registration, sender: Sender, now: datetime) -> OutboxMessage:
    """Return the letter with the link as a row of the outbox."""
    letter = invites.registering(
        row.town_hall.title,
        sender.registration_url(row.code),
        HOLDS // timedelta(hours=1),
        speech(row.language),
        demo=sender.demo,
    )
    code = tokens.fresh()
    recipient = Mailbox(row.contact.address or "", row.contact.name)
    envelope = invites.Envelope(sender.organizer, recipient, code, now)
    return OutboxMessage(
        code=code,
        kind=MailKind.REGISTER,
        town_hall_id=row.town_hall_id,
        contact_id=row.contact_id,
        thread=code,
        subject=letter.subject,
        octets=invites.post(letter, envelope),
        due_at=now,
        give_up_at=now + HOLDS,
        created_at=now,
    )


def _take_off(
    db: Session,
    actor: Actor,
    row: Registration,
    sender: Sender,
    *,
    kept: timedelta,
    now: datetime,
) -> None:
    """Take a person off the list and out of the sittings to come; forget them after a time."""
    if row.left_at is not None:
        return
    row.left_at, row.forget_at = now, now + kept
    journal.audit(db, actor, "registration.left", row, now)
    _bring_up(db, row, sender, now)


def _bring_up(db: Session, row: Registration, sender: Sender, now: datetime) -> None:
    """Invite a person to the sitting that is theirs by now and take them off the others.

    People of a seat, and of the team, are invited as such, whatever they registered.
    """
    live = planning.live_sittings(db, row.town_hall, now=now)
    if not live or queries.has_a_part(db, row):
        return
    wanted = _wanted(row, live) if row.is_on else None
    places = queries.places(db, row, live)
    for sitting in live:
        place = places.get(sitting.id)
        is_in = place is not None and place.removed_at is None
        if sitting is wanted and not is_in:
            _tell(db, row, sitting, place, MailKind.INVITE, live=live, sender=sender, now=now)
        elif sitting is wanted and place is not None and place.told_zone != row.zone:
            # The page that they confirm on tells them the hour on their other clock.
            place.told_zone = row.zone
            place.told_start = promises.written(sitting.starts_at, row.zone)
        elif sitting is not wanted and is_in:
            _tell(
                db,
                row,
                sitting,
                place,
                MailKind.REMOVED,
                live=live,
                sender=sender,
                now=now,
                instead=wanted,
            )


def _wanted(row: Registration, live: Sequence[Sitting]) -> Sitting:
    """Return the sitting that was chosen, if it is to come, or else the best on the clock."""
    for sitting in live:
        if sitting.id == row.sitting_id:
            return sitting
    hours = [(sitting.starts_at, sitting.minutes) for sitting in live]
    return live[registering.best_on_clock(hours, row.zone)]


def _tell(
    db: Session,
    row: Registration,
    sitting: Sitting,
    place: Invitation | None,
    mail: MailKind,
    *,
    live: Sequence[Sitting],
    sender: Sender,
    now: datetime,
    instead: Sitting | None = None,
) -> None:
    """Change one person's place in a sitting and write the mail about it.

    SEQUENCE rises where they were told of it before (RFC 5546, section 2.1.4): their calendar
    knows the entry. Nobody else's place changes by that, nor what was answered.
    """
    if place is not None:
        db.refresh(sitting, with_for_update=True)
        sitting.sequence += 1
        sitting.revision += 1
        sitting.revised_at = now
        own_entries.renumbered(db, sitting, now)
    registered = Registered(row.id, row.code, row.zone, row.sitting_id)
    contact = row.contact
    recipient = Recipient(contact.id, contact.name, contact.address, row.language)
    kind = ContactKind.REGISTERED
    before = None
    if place is not None:
        before = Invited(place.id, place.code, None, kind, place.partstat, recipient, registered)
    start = instead.starts_at if instead else None
    person = Addressee(recipient, None, kind, mail, before, instead=start, registered=registered)
    told = Occasion(
        event=occasions.event(sitting, sender),
        headquarters=occasions.place(queries.headquarters(db, row.town_hall)),
        option=None,
        fairness=Fairness(sittings=len(live), compared=0, is_fairest=False),
        demo=sender.demo,
    )
    invited = entries.invite(db, sitting, [person], now, is_asked_anew=False)
    notices.write(db, told, sitting, invited, sender, now=now)
