"""What the mails of a sitting tell each person: read and composed here, written by `notices`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from townhall.domain import document, invites, options, sittings, slots, zones
from townhall.domain.invites import Notice, Place
from townhall.domain.options import Option
from townhall.domain.reasons import Reasons
from townhall.domain.states import ContactKind, MailKind, PartStat, SeatRole
from townhall.errors import InputError
from townhall.i18n import Speech, speech
from townhall.models.planning import Seat, Sitting, TownHall
from townhall.queries import invitations, planning
from townhall.queries.drafts import Addressee, Outlook, Prospect
from townhall.services.senders import Sender

_TELLS_AGAIN = frozenset({MailKind.MOVED, MailKind.UPDATED})
_LEAD = frozenset({ContactKind.SPEAKER, ContactKind.HOST})
TAKES_BACK = frozenset({MailKind.CANCELLED, MailKind.REMOVED})
"""Mails that ask nobody to come."""


@dataclass(frozen=True, slots=True)
class Fairness:
    """How the hours of a town hall compare with the others of its window.

    Args:
        sittings: How many are to come.
        compared: How many hours the window had.
        is_fairest: Whether no other hour, or set of as many, is better for the place that pays
            most.
    """

    sittings: int
    compared: int
    is_fairest: bool


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a sitting's mails tell, before it is said in somebody's language.

    Args:
        event: The sitting as calendars will know it.
        headquarters: The place whose clock stands beside each reader's own.
        option: What the hour costs each seat; None where nobody of a seat is told.
        fairness: How the hours compare with others.
        note: The organizer's words.
        moved_from: The hour before, where the sitting moved.
        changes: What else is not what it was.
        promised: The local time told before, by the positions of the seats whose clocks changed.
        demo: Whether mails say that this is a demonstration.
    """

    event: invites.Event
    headquarters: Place
    option: Option | None
    fairness: Fairness
    note: str = ""
    moved_from: datetime | None = None
    changes: tuple[invites.Change, ...] = ()
    promised: Mapping[int, datetime] = field(default_factory=dict)
    demo: bool = False


def fairness(
    hall: TownHall, starts: Sequence[datetime], limit_s: float = sittings.LIMIT_S
) -> Fairness:
    """Return how the starts of the sittings to come compare with the others of the window.

    Args:
        hall: With its seats.
        starts: Ascending.
        limit_s: How long the best set of several sittings is looked for, as `sittings.choose`
            counts it; without an answer in time the starts are not said to be the fairest.
    """
    request = document.parse(planning.plan_document(hall))
    ranking = slots.rank(request)
    fairest: tuple[int, ...] = ranking.order[:1]
    if request.sittings > 1:
        fairest = _fairest_set(ranking, limit_s)
    return Fairness(
        sittings=len(starts),
        compared=request.grid.count,
        is_fairest=bool(fairest) and [*map(request.grid.start, fairest)] == [*starts],
    )


def _fairest_set(ranking: slots.Ranking, limit_s: float) -> tuple[int, ...]:
    """Return the best set of sittings; none where none fits, or no set is known to be the best."""
    try:
        choice = sittings.choose(ranking, limit_s)
    except InputError:
        return ()
    return choice.numbers if choice and choice.proven else ()


def occasion(
    hall: TownHall,
    event: invites.Event,
    fairness: Fairness,
    *,
    note: str = "",
    moved_from: datetime | None = None,
    changes: tuple[invites.Change, ...] = (),
    promised: Mapping[int, datetime] | None = None,
    demo: bool = False,
) -> Occasion:
    """Return what is to be told of a sitting."""
    request = document.parse(planning.plan_document(hall))
    return Occasion(
        event=event,
        headquarters=place(planning.headquarters(hall)),
        option=options.cost_of(request.seats, event.starts_at, event.minutes),
        fairness=fairness,
        note=note,
        moved_from=moved_from,
        changes=changes,
        promised=promised or {},
        demo=demo,
    )


def event(sitting: Sitting, sender: Sender) -> invites.Event:
    """Return a sitting as calendars know it: as it was told, not as the town hall is by now."""
    status = invites.Status.CANCELLED if sitting.is_called_off else invites.Status.CONFIRMED
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
        status=status,
    )


def preview(
    hall: TownHall,
    outlook: Outlook,
    prospect: Prospect,
    person: Addressee,
    sender: Sender,
    *,
    now: datetime,
) -> bytes:
    """Return the mail that sending a draft would write to one person; its link leads nowhere.

    Args:
        hall: Whose draft it is.
        outlook: What the draft makes of all its sittings.
        prospect: The one that the mail is about.
        person: Who would get it.
        sender: Who it would come from.
        now: On a whole second.
    """
    sitting = prospect.sitting
    stays = prospect.is_off or prospect.action is None
    says = sitting if sitting and stays else hall
    entry = invites.Event(
        uid=sitting.uid if sitting else "preview",
        sequence=sitting.sequence + 1 if sitting else 0,
        revised_at=now,
        starts_at=prospect.starts_at,
        minutes=prospect.minutes,
        title=says.title,
        organizer=sender.organizer,
        description=says.description,
        url=sender.join_url(hall.code, says.join_url),
        phone=says.phone,
        status=invites.Status.CANCELLED if prospect.is_off else invites.Status.CONFIRMED,
    )
    told = occasion(
        hall,
        entry,
        fairness(hall, outlook.starts),
        moved_from=sitting.starts_at if sitting else None,
        changes=invitations.changes(sitting) if sitting and not stays else (),
        demo=sender.demo,
    )
    link = f"{sender.base_url}/{'r' if person.registered else 'i'}/preview"
    partstat = PartStat.ACCEPTED if person.registered else PartStat.NEEDS_ACTION
    leave_url = f"{link}/leave" if leaves(person) else ""
    return compose(told, person, link, partstat, code="preview", now=now, leave_url=leave_url)[1]


def compose(
    told: Occasion,
    person: Addressee,
    reply_url: str,
    partstat: PartStat,
    *,
    code: str,
    now: datetime,
    leave_url: str = "",
) -> tuple[str, bytes]:
    """Return the subject and the whole mail for one person, in the person's language."""
    told_alike = circular(told, person, now)
    own = invites.Copy(attendee_of(person, partstat), reply_url, leave_url)
    return told_alike.subject, told_alike.copy(own, code)


def circular(told: Occasion, person: Addressee, now: datetime) -> invites.Circular:
    """Return what everybody of a person's seat is told in the person's language."""
    words = speech(person.contact.language)
    notice = _notice(told, person, words)
    return invites.circular(notice, words, written_at=now, leaves=leaves(person))


def leaves(person: Addressee) -> bool:
    """Return whether a person registered themselves and can leave by one click."""
    return person.registered is not None and person.mail is not MailKind.REMOVED


def attendee_of(person: Addressee, partstat: PartStat, reply_tag: str = "") -> invites.Attendee:
    """Return a person as the calendar entry names them."""
    return invites.Attendee(
        address=person.contact.address or "",
        name=person.contact.name,
        role=_role(person),
        partstat=partstat,
        rsvp=person.registered is None,
        reply_tag=reply_tag,
    )


def _notice(told: Occasion, person: Addressee, words: Speech) -> Notice:
    """Return what one person is told."""
    calls = person.mail not in TAKES_BACK
    return Notice(
        kind=person.mail,
        event=told.event,
        place=place_of(person, told.headquarters),
        headquarters=told.headquarters,
        burden=_burden(told, person.seat, words) if calls and person.seat else "",
        why=_why(told, words) if calls else "",
        note=told.note,
        moved_from=told.moved_from if person.mail is MailKind.MOVED else None,
        changes=told.changes if person.mail in _TELLS_AGAIN else (),
        clock_was=told.promised.get(person.seat.position) if person.seat else person.promised,
        sittings=told.fairness.sittings,
        attends=person.attends,
        instead=person.instead,
        demo=told.demo,
    )


def place(seat: Seat) -> Place:
    """Return a seat's name and clock."""
    return Place(seat.name, seat.zone)


def place_of(person: Addressee, headquarters: Place) -> Place:
    """Return the clock that a person is told; a speaker's seat is named after them, not a place.

    Args:
        headquarters: Whose clock the team is told who have none of their own.
    """
    seat = person.seat
    if person.staffed and person.staffed.is_at_headquarters:
        return headquarters
    if seat is None or seat.role is SeatRole.SPEAKER:
        return Place(zones.city(person.zone), person.zone)
    return place(seat)


def _role(person: Addressee) -> invites.Role:
    """Return what a person is to the sitting."""
    seat = person.seat
    if person.kind in _LEAD or (seat and seat.role is SeatRole.HOST):
        return invites.Role.CHAIR
    part = seat or person.staffed
    return invites.Role.REQUIRED if part and part.required else invites.Role.OPTIONAL


def _burden(told: Occasion, seat: Seat, words: Speech) -> str:
    """Return what the hour costs the seat, in a sentence; empty where it costs nothing."""
    parts = told.option.parts if told.option else ()
    cost = next((part.cost for part in parts if part.seat.name == seat.name), None)
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
    if not told.fairness.is_fairest:
        return ""
    if told.fairness.sittings > 1:
        return words.gettext(
            "These are the fairest hours for so many sittings: no others are better for the place "
            "that pays most."
        )
    return words.ngettext(
        "It is the fairest of %(num)s start compared: no other is better for the place that "
        "pays most.",
        "It is the fairest of %(num)s starts compared: no other is better for the place that "
        "pays most.",
        told.fairness.compared,
    )
