"""The mails about a sitting: shared by the services that change one, a use case of nobody.

Rows are written in the transaction of the change, with the whole octets of each mail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from townhall.domain import document, invites, options, slots, tokens, zones
from townhall.domain.invites import Mailbox, Notice, Place
from townhall.domain.options import Option
from townhall.domain.reasons import Reasons
from townhall.domain.states import (
    ContactKind,
    Delivery,
    DraftAction,
    MailKind,
    PartStat,
    SeatRole,
    SittingState,
)
from townhall.i18n import Speech, speech
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Draft, Seat, Sitting, TownHall
from townhall.queries import invitations, planning
from townhall.queries.invitations import Addressee

_TELLS_AGAIN = frozenset({MailKind.MOVED, MailKind.UPDATED})
_TAKES_BACK = frozenset({MailKind.CANCELLED, MailKind.REMOVED})
_LATE_NEWS = timedelta(days=1)
"""How long news of a sitting that has begun, such as its cancellation, is still tried."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mails come from and what their links are made with.

    Args:
        organizer: The mailbox that answers go to.
        base_url: What every link begins with.
        key: Signs the reply links.
        demo: Whether mails say that this is a demonstration.
    """

    organizer: Mailbox
    base_url: str
    key: str
    demo: bool = False

    def reply_url(self, invitation: Invitation) -> str:
        """Return the page on which an invited person answers."""
        signature = tokens.sign(self.key, "reply", invitation.code)
        return f"{self.base_url}/i/{invitation.code}/{signature}"

    def join_url(self, code: str, own: str) -> str:
        """Return where to join: the organizers' own link, or else the town hall's page."""
        return own or f"{self.base_url}/t/{code}"


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a sitting's mails tell, before it is said in somebody's language.

    Args:
        event: The sitting as calendars will know it.
        headquarters: The place whose clock stands beside each reader's own.
        option: What the hour costs each seat.
        compared: How many hours the window had.
        is_fairest: Whether none of them is better for the place that pays most.
        note: The organizer's words.
        moved_from: The hour before, where the sitting moved.
        changes: What else is not what it was.
        promised: The local time told before, by the positions of the seats whose clocks changed.
        demo: Whether mails say that this is a demonstration.
    """

    event: invites.Event
    headquarters: Place
    option: Option
    compared: int
    is_fairest: bool
    note: str = ""
    moved_from: datetime | None = None
    changes: tuple[invites.Change, ...] = ()
    promised: Mapping[int, datetime] = field(default_factory=dict)
    demo: bool = False


def occasion(
    hall: TownHall,
    event: invites.Event,
    *,
    note: str = "",
    moved_from: datetime | None = None,
    changes: tuple[invites.Change, ...] = (),
    promised: Mapping[int, datetime] | None = None,
    demo: bool = False,
) -> Occasion:
    """Return what is to be told of a sitting, its hour compared with the window's others."""
    request = document.parse(planning.plan_document(hall))
    ranking = slots.rank(request)
    fairest = request.grid.start(ranking.order[0]) if ranking.order else None
    return Occasion(
        event=event,
        headquarters=_place(planning.headquarters(hall)),
        option=options.cost_of(request.seats, event.starts_at, event.minutes),
        compared=request.grid.count,
        is_fairest=fairest == event.starts_at,
        note=note,
        moved_from=moved_from,
        changes=changes,
        promised=promised or {},
        demo=demo,
    )


def event(sitting: Sitting, sender: Sender) -> invites.Event:
    """Return a sitting as calendars know it: as it was told, not as the town hall is by now."""
    off = sitting.state is SittingState.CANCELLED
    return invites.Event(
        uid=sitting.uid,
        sequence=sitting.sequence,
        revised_at=sitting.revised_at,
        starts_at=sitting.starts_at,
        minutes=sitting.minutes,
        title=sitting.title,
        organizer=sender.organizer,
        description=sitting.description,
        url=sender.join_url(sitting.town_hall.code, sitting.join_url),
        phone=sitting.phone,
        status=invites.Status.CANCELLED if off else invites.Status.CONFIRMED,
    )


def preview(draft: Draft, person: Addressee, sender: Sender, *, now: datetime) -> bytes:
    """Return the mail that sending the draft would write to one person; its link leads nowhere."""
    hall, sitting = draft.town_hall, draft.sitting
    starts_at = draft.starts_at or (sitting.starts_at if sitting else now)
    off = draft.action is DraftAction.CANCEL
    says = sitting if sitting and off else hall
    entry = invites.Event(
        uid=sitting.uid if sitting else "preview",
        sequence=sitting.sequence + 1 if sitting else 0,
        revised_at=now,
        starts_at=starts_at,
        minutes=says.minutes,
        title=says.title,
        organizer=sender.organizer,
        description=says.description,
        url=sender.join_url(hall.code, says.join_url),
        phone=says.phone,
        status=invites.Status.CANCELLED if off else invites.Status.CONFIRMED,
    )
    told = occasion(
        hall,
        entry,
        moved_from=sitting.starts_at if sitting else None,
        changes=invitations.changes(sitting) if sitting and not off else (),
        demo=sender.demo,
    )
    return compose(
        told, person, f"{sender.base_url}/i/preview", PartStat.NEEDS_ACTION, code="preview", now=now
    )[1]


def write(
    db: Session,
    told: Occasion,
    sitting: Sitting,
    people: Sequence[tuple[Addressee, Invitation]],
    sender: Sender,
    *,
    now: datetime,
) -> int:
    """Write one outbox row for each person and return how many there are.

    Nobody is told that a sitting is off who was never told of it: the mail that still waited
    is withdrawn instead.
    """
    earlier = _rows_by_contact(db, sitting)
    count = 0
    for person, invitation in people:
        rows = earlier.get(person.contact.id, [])
        if person.mail in _TAKES_BACK and not any(row.fence for row in rows):
            for row in rows:
                row.state = Delivery.SUPERSEDED
            continue
        code = tokens.fresh_code(24)
        subject, octets = compose(
            told,
            person,
            sender.reply_url(invitation),
            invitation.partstat,
            code=code,
            now=now,
        )
        db.add(
            OutboxMessage(
                code=code,
                kind=person.mail,
                town_hall_id=sitting.town_hall_id,
                invitation=invitation,
                contact=person.contact,
                thread=sitting.uid,
                revision=sitting.revision,
                sequence=sitting.sequence,
                method=invites.METHODS[person.mail].value,
                subject=subject,
                octets=octets,
                due_at=now,
                give_up_at=max(sitting.starts_at, now + _LATE_NEWS),
                created_at=now,
            )
        )
        count += 1
    return count


def compose(
    told: Occasion,
    person: Addressee,
    reply_url: str,
    partstat: PartStat,
    *,
    code: str,
    now: datetime,
) -> tuple[str, bytes]:
    """Return the subject and the whole mail for one person, in the person's language."""
    words = speech(person.contact.language)
    notice = _notice(told, person, words)
    attendee = invites.Attendee(
        address=person.contact.address or "",
        name=person.contact.name,
        role=_role(person),
        partstat=partstat,
    )
    whole = invites.invite(notice, attendee, words, code=code, written_at=now, reply_url=reply_url)
    return invites.letter(notice, words).subject, whole


def _rows_by_contact(db: Session, sitting: Sitting) -> dict[int, list[OutboxMessage]]:
    """Return the sitting's earlier mails by person; `fence` tells whether a worker held one.

    They are locked, so that no worker takes one between this look and what follows from it.
    """
    by_contact: dict[int, list[OutboxMessage]] = {}
    for row in db.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.thread == sitting.uid)
        .order_by(OutboxMessage.id)  # as workers do, so that neither waits for the other forever
        .with_for_update(of=OutboxMessage)
    ):
        by_contact.setdefault(row.contact_id, []).append(row)
    return by_contact


def _notice(told: Occasion, person: Addressee, words: Speech) -> Notice:
    """Return what one person is told."""
    calls = person.mail not in _TAKES_BACK
    return Notice(
        kind=person.mail,
        event=told.event,
        place=_place_of(person),
        headquarters=told.headquarters,
        burden=_burden(told, person.seat, words) if calls else "",
        why=_why(told, words) if calls else "",
        note=told.note,
        moved_from=told.moved_from if person.mail is MailKind.MOVED else None,
        changes=told.changes if person.mail in _TELLS_AGAIN else (),
        clock_was=told.promised.get(person.seat.position),
        demo=told.demo,
    )


def _place(seat: Seat) -> Place:
    """Return a seat's name and clock."""
    return Place(seat.name, seat.zone)


def _place_of(person: Addressee) -> Place:
    """Return the clock that a person is told; a speaker's seat is named after them, not a place."""
    seat = person.seat
    if seat.role is SeatRole.SPEAKER:
        return Place(zones.city(seat.zone), seat.zone)
    return _place(seat)


def _role(person: Addressee) -> invites.Role:
    """Return what a person is to the sitting."""
    if person.kind is ContactKind.SPEAKER or person.seat.role is SeatRole.HOST:
        return invites.Role.CHAIR
    return invites.Role.REQUIRED if person.seat.required else invites.Role.OPTIONAL


def _burden(told: Occasion, seat: Seat, words: Speech) -> str:
    """Return what the hour costs the seat, in a sentence; empty where it costs nothing."""
    cost = next((part.cost for part in told.option.parts if part.seat.name == seat.name), None)
    if cost is None or not cost.burden:
        return ""
    return words.ngettext(
        "We know that this hour is not easy for you (%(band)s): it counts %(num)s point.",
        "We know that this hour is not easy for you (%(band)s): it counts %(num)s points.",
        cost.burden,
        band=Reasons(words).band(cost),
    )


def _why(told: Occasion, words: Speech) -> str:
    """Return why this hour was chosen, in a sentence; empty where the organizers chose freely."""
    if not told.is_fairest:
        return ""
    return words.ngettext(
        "It is the fairest of %(num)s start compared: no other is better for the place that "
        "pays most.",
        "It is the fairest of %(num)s starts compared: no other is better for the place that "
        "pays most.",
        told.compared,
    )
