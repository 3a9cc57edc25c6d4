"""What sending a draft would do: each sitting as it will be, whom it serves, who gets a mail."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from townhall.domain import document, registering, several
from townhall.domain.options import Option
from townhall.domain.several import Gathering
from townhall.domain.states import ContactKind, DraftAction, MailKind
from townhall.models.planning import DraftStep, Seat, Sitting, TownHall
from townhall.queries import invitations, planning, registrations, staff
from townhall.queries.invitations import Invited, Recipient, Registered, Staffed

Contacts = Mapping[int, Sequence[tuple[ContactKind, Recipient]]]
"""The people to invite for each seat, by the seat's id."""

Guests = Sequence[tuple[Registered, Recipient]]
"""People who registered themselves."""

Team = Sequence[tuple[Staffed, ContactKind, Recipient]]
"""Those of the team who are to be invited."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """One person who gets a mail about a sitting.

    It is for a seat, as one of the team, or as they registered; the two others are None.

    Args:
        invitation: None for a person who was not invited to it before.
        promised: The local time told before, aware, where a person without a seat reads another
            on their clock now.
        attends: How many of the sittings to come the person is asked to.
        instead: When the person's sitting is, if it is another one now.
    """

    contact: Recipient
    seat: Seat | None
    kind: ContactKind
    mail: MailKind
    invitation: Invited | None
    attends: int = 1
    instead: datetime | None = None
    registered: Registered | None = None
    staffed: Staffed | None = None
    promised: datetime | None = None

    @property
    def zone(self) -> str:
        """On whose clock the person reads."""
        clock = self.registered or self.staffed or self.seat
        return clock.zone if clock else "UTC"


@dataclass(frozen=True, slots=True)
class Prospect:
    """One sitting as it will be when the draft is sent.

    Args:
        sitting: None for one that is to be made.
        action: What the draft does to it; None where at most its people change.
        option: What it costs each seat; None for one that is called off.
        seats: Those whose own sitting it is.
        people: Who gets a mail about it, in order of seats, each person once.
    """

    sitting: Sitting | None
    action: DraftAction | None
    starts_at: datetime
    minutes: int
    option: Option | None
    seats: tuple[Seat, ...]
    people: tuple[Addressee, ...]

    @property
    def is_off(self) -> bool:
        """Whether it will not take place."""
        return self.action is DraftAction.CANCEL

    @property
    def is_new_time(self) -> bool:
        """Whether it will be at another time, or last longer or shorter, than was told."""
        before = self.sitting
        is_back = self.action in {DraftAction.SCHEDULE, DraftAction.MOVE}
        return not self.is_off and (before is None or is_back or before.minutes != self.minutes)

    @property
    def is_news(self) -> bool:
        """Whether telling of it would tell anybody anything."""
        is_told = self.sitting is not None and self.action is DraftAction.UPDATE
        return bool(self.people) or (
            is_told and self.sitting is not None and bool(invitations.changes(self.sitting))
        )


@dataclass(frozen=True, slots=True)
class Outlook:
    """A town hall's sittings as a draft makes them.

    Args:
        prospects: Those to come and those called off, by their starts.
        gathering: Those to come together; None where none is left.
    """

    prospects: tuple[Prospect, ...]
    gathering: Gathering | None

    @property
    def people(self) -> list[tuple[Prospect, Addressee]]:
        """Every mail, sitting by sitting."""
        return [(each, person) for each in self.prospects for person in each.people]

    @property
    def starts(self) -> tuple[datetime, ...]:
        """When the sittings to come begin."""
        return tuple(each.starts_at for each in self.prospects if not each.is_off)


def outlook(
    db: Session, town_hall: TownHall, steps: Sequence[DraftStep], *, now: datetime
) -> Outlook:
    """Return what some steps would make of a town hall's sittings.

    Who attends which sitting follows rule 10 of docs/fairness.md from all that are to come. An
    update alone leaves every seat where it is, but for those that have no sitting yet. A seat
    whose own sitting is over keeps it, and is asked to no other. The team is asked to all. Who
    registered hears of the one sitting that they chose, or else of the one that is best on their
    clock.
    """
    _load_seats(db, town_hall)
    first = _prospects(db, town_hall, steps, now)
    coming = [each for each in first if not each.is_off]
    settled = planning.rest(town_hall, now=now).served
    gathering = _gather(town_hall, coming, settled) if coming else None
    is_update = all(step.action is DraftAction.UPDATE for step in steps)
    serves: list[list[Seat]] = [[] for _ in coming]
    for place, seat in enumerate(town_hall.seats):
        if gathering is None or seat.position in settled:
            continue
        kept = _kept(seat, coming) if is_update else ()
        for nth in kept or gathering.invited(place):
            serves[nth].append(seat)
    contacts = invitations.contacts(db, town_hall)
    invited = [_invited(db, each) for each in coming]
    team = staff.invited(db, town_hall)
    told = {contact.id for people in contacts.values() for _, contact in people}
    told |= {contact.id for _, _, contact in team}
    guests = _guests(db, town_hall, coming, told, invited if is_update else ())
    found = [
        _with_people(db, each, seats, contacts, team=team, guests=own, invited=known)
        for each, seats, own, known in zip(coming, serves, guests, invited, strict=True)
    ]
    for nth, option in enumerate(gathering.options if gathering else ()):
        found[nth] = replace(found[nth], option=option)
    off = [_called_off(db, each) for each in first if each.is_off]
    told_all = _knowing_all(found + off, _wanted_starts(found, contacts, team, guests))
    return Outlook(tuple(sorted(told_all, key=lambda each: each.starts_at)), gathering)


def news(db: Session, town_hall: TownHall, *, now: datetime) -> list[DraftStep]:
    """Return the steps that tell people what the town hall says by now; none if all know it."""
    steps = [
        DraftStep(sitting=sitting, action=DraftAction.UPDATE)
        for sitting in planning.live_sittings(db, town_hall, now=now)
    ]
    found = outlook(db, town_hall, steps, now=now).prospects
    fresh = [each.sitting for each in found if each.is_news]
    return [step for step in steps if step.sitting in fresh]


def _prospects(
    db: Session, town_hall: TownHall, steps: Sequence[DraftStep], now: datetime
) -> list[Prospect]:
    """Return the sittings with what steps do to them, by their starts; nobody is in them yet."""
    by_sitting = {step.sitting: step for step in steps if step.sitting is not None}
    known = [*planning.live_sittings(db, town_hall, now=now)]
    known += [sitting for sitting in by_sitting if sitting not in known]
    found = []
    for sitting in known:
        step = by_sitting.get(sitting)
        says = sitting if step is None or step.action is DraftAction.CANCEL else town_hall
        start = (step and step.starts_at) or sitting.starts_at
        found.append(
            Prospect(sitting, step.action if step else None, start, says.minutes, None, (), ())
        )
    found += [
        Prospect(None, step.action, step.starts_at, town_hall.minutes, None, (), ())
        for step in steps
        if step.sitting is None and step.starts_at is not None
    ]
    return sorted(found, key=lambda each: each.starts_at)


def _gather(town_hall: TownHall, coming: Sequence[Prospect], settled: frozenset[int]) -> Gathering:
    """Return the sittings to come together; seats that have had theirs need none of them."""
    trial = planning.Trial({position: {"required": False} for position in settled})
    request = document.parse(planning.plan_document(town_hall, trial=trial))
    hours = [(each.starts_at, each.minutes) for each in coming]
    return several.gather(request.seats, hours, bands=request.bands)


def _kept(seat: Seat, coming: Sequence[Prospect]) -> tuple[int, ...]:
    """Return the sittings that a seat was promised and keeps; none if it is to have others."""
    own = tuple(
        nth
        for nth, each in enumerate(coming)
        if each.sitting and any(promise.seat_id == seat.id for promise in each.sitting.promises)
    )
    enough = len(coming) if seat.everywhere else 1
    return own if len(own) == enough else ()


def _load_seats(db: Session, town_hall: TownHall) -> None:
    """Load a town hall's seats without their people, of whom there may be tens of thousands."""
    if "seats" in inspect(town_hall).unloaded:
        of_hall = select(Seat).where(Seat.town_hall_id == town_hall.id).order_by(Seat.position)
        seats = db.scalars(of_hall.options(lazyload(Seat.contacts))).all()
        set_committed_value(town_hall, "seats", seats)


def _invited(db: Session, prospect: Prospect) -> dict[int, Invited]:
    """Return who is invited to a sitting so far, by the person's id."""
    if prospect.sitting is None:
        return {}
    return {row.contact.id: row for row in invitations.invited(db, prospect.sitting)}


def _guests(
    db: Session,
    town_hall: TownHall,
    coming: Sequence[Prospect],
    told: Collection[int],
    kept: Sequence[Mapping[int, Invited]],
) -> list[list[tuple[Registered, Recipient]]]:
    """Return for each sitting those who registered and hear of it.

    Args:
        told: The ids of people who hear of it for another reason.
        kept: Who is invited to each sitting so far, where they are to stay there.
    """
    found: list[list[tuple[Registered, Recipient]]] = [[] for _ in coming]
    if not coming:
        return found
    numbers = {each.sitting.id: nth for nth, each in enumerate(coming) if each.sitting}
    hours = [(each.starts_at, each.minutes) for each in coming]
    best: dict[str, int] = {}
    for registered, contact in registrations.confirmed(db, town_hall):
        if contact.id in told:
            continue
        nth = None if registered.sitting_id is None else numbers.get(registered.sitting_id)
        if nth is None:
            nth = next((at for at, people in enumerate(kept) if contact.id in people), None)
        if nth is None:
            zone = registered.zone
            if zone not in best:
                best[zone] = registering.best_on_clock(hours, zone)
            nth = best[zone]
        found[nth].append((registered, contact))
    return found


def _with_people(
    db: Session,
    prospect: Prospect,
    seats: Sequence[Seat],
    contacts: Contacts,
    *,
    team: Team,
    guests: Guests,
    invited: Mapping[int, Invited],
) -> Prospect:
    """Return a sitting with the seats that it serves and the people who hear of it.

    A person of two seats is invited for the first of them, and as a speaker if either says so;
    one of a seat and of the team for the seat, and as the host if they are that. An update that
    is about people alone is no news to those who stay.

    Args:
        team: Those of the team, who hear of every sitting.
        guests: Those who registered and hear of it.
        invited: Who is invited to it so far, by the person's id.
    """
    sitting, action = prospect.sitting, prospect.action
    wanted: dict[int, Addressee] = {}
    for seat in seats:
        for kind, contact in contacts.get(seat.id, ()):
            before = invited.get(contact.id)
            mail = _MAILS_AGAIN[action] if before else MailKind.INVITE
            first = wanted.get(contact.id)
            if first is None:
                wanted[contact.id] = Addressee(contact, seat, kind, mail, before)
            elif kind is ContactKind.SPEAKER:
                wanted[contact.id] = replace(first, kind=kind)
    for staffed, kind, contact in team:
        before = invited.get(contact.id)
        mail = _MAILS_AGAIN[action] if before else MailKind.INVITE
        first = wanted.get(contact.id)
        if first is None:
            wanted[contact.id] = Addressee(contact, None, kind, mail, before, staffed=staffed)
        elif kind is ContactKind.HOST:
            wanted[contact.id] = replace(first, kind=kind)
    for registered, contact in guests:
        before = invited.get(contact.id)
        mail = _MAILS_AGAIN[action] if before else MailKind.INVITE
        kind = ContactKind.REGISTERED
        wanted[contact.id] = Addressee(contact, None, kind, mail, before, registered=registered)
    gone = [row for key, row in invited.items() if key not in wanted]
    if action is DraftAction.SCHEDULE:
        gone = []  # they were told that it is off, which for them it stays
    stay_as_told = action is None or (
        action is DraftAction.UPDATE and sitting is not None and not invitations.changes(sitting)
    )
    people = [each for each in wanted.values() if each.mail is MailKind.INVITE or not stay_as_told]
    people += [_formerly(db, row, MailKind.REMOVED) for row in gone]
    return replace(prospect, seats=tuple(seats), people=tuple(people))


_MAILS_AGAIN: Mapping[DraftAction | None, MailKind] = {
    None: MailKind.UPDATED,
    DraftAction.SCHEDULE: MailKind.INVITE,
    DraftAction.MOVE: MailKind.MOVED,
    DraftAction.UPDATE: MailKind.UPDATED,
}
"""What a change means to a person who was invited before."""


def _called_off(db: Session, prospect: Prospect) -> Prospect:
    """Return a sitting that is called off, with the people who are told so."""
    rows = invitations.invited(db, prospect.sitting) if prospect.sitting else ()
    people = (_formerly(db, row, MailKind.CANCELLED) for row in rows)
    return replace(prospect, people=tuple(people))


def _formerly(db: Session, row: Invited, mail: MailKind) -> Addressee:
    """Return a person who was invited and hears that it is off, for all or for them."""
    seat = None if row.seat_id is None else db.get_one(Seat, row.seat_id)
    return Addressee(
        row.contact, seat, row.kind, mail, row, registered=row.registered, staffed=row.staffed
    )


def _wanted_starts(
    coming: Sequence[Prospect], contacts: Contacts, team: Team, guests: Sequence[Guests]
) -> dict[int, list[datetime]]:
    """Return when the sittings to come are to which each person is asked, by the person's id."""
    found: dict[int, list[datetime]] = {}
    for each, registered in zip(coming, guests, strict=True):
        people = {contact.id for seat in each.seats for _, contact in contacts.get(seat.id, ())}
        people |= {contact.id for _, _, contact in team}
        people |= {contact.id for _, contact in registered}
        for person in people:
            found.setdefault(person, []).append(each.starts_at)
    return found


def _knowing_all(
    prospects: Sequence[Prospect], starts: Mapping[int, Sequence[datetime]]
) -> list[Prospect]:
    """Return sittings whose people know of the other sittings that they are asked to."""
    return [
        replace(each, people=tuple(_knowing(person, starts) for person in each.people))
        for each in prospects
    ]


def _knowing(person: Addressee, starts: Mapping[int, Sequence[datetime]]) -> Addressee:
    """Return a person who knows of the sittings that they are asked to."""
    own = starts.get(person.contact.id, ())
    gone = person.mail in {MailKind.CANCELLED, MailKind.REMOVED}
    attends, instead = len(own) or 1, own[0] if own and gone else None
    if (attends, instead) == (person.attends, person.instead):
        return person  # as nearly everybody is of tens of thousands
    return replace(person, attends=attends, instead=instead)
