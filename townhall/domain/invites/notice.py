"""What a mail about a sitting says: what, when and how to join first, then the rest."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from townhall.domain import zones
from townhall.domain.invites.letter import (
    LEAVE_MARK,
    REPLY_MARK,
    Block,
    Button,
    Letter,
    Line,
    Link,
    Table,
    Typed,
    isolated,
)
from townhall.domain.invites.values import Event, Method
from townhall.domain.states import MailKind
from townhall.i18n import N_, Speech

METHODS: dict[MailKind, Method] = {
    MailKind.INVITE: Method.REQUEST,
    MailKind.MOVED: Method.REQUEST,
    MailKind.UPDATED: Method.REQUEST,
    MailKind.REMINDER: Method.REQUEST,
    MailKind.CANCELLED: Method.CANCEL,
    MailKind.REMOVED: Method.CANCEL,
}
"""What each kind of mail asks of the receiver's calendar."""

SUBJECTS: dict[MailKind, str] = {
    MailKind.INVITE: N_("Invitation: %(title)s, %(when)s"),
    MailKind.MOVED: N_("Moved: %(title)s, now %(when)s"),
    MailKind.UPDATED: N_("Changed: %(title)s, %(when)s"),
    MailKind.REMINDER: N_("Please answer: %(title)s, %(when)s"),
    MailKind.CANCELLED: N_("Cancelled: %(title)s, %(when)s"),
    MailKind.REMOVED: N_("No longer invited: %(title)s, %(when)s"),
}

OPENINGS: dict[MailKind, str] = {
    MailKind.INVITE: N_("You are invited to “%(title)s”."),
    MailKind.MOVED: N_("“%(title)s” has moved to another time."),
    MailKind.UPDATED: N_("“%(title)s” has changed; the time stays."),
    MailKind.REMINDER: N_("You are invited to “%(title)s” and have not answered yet."),
    MailKind.CANCELLED: N_("“%(title)s” is cancelled."),
    MailKind.REMOVED: N_("You are no longer on the list of “%(title)s”."),
}

TIMES: dict[MailKind, str] = {
    MailKind.INVITE: N_("On your clock in %(place)s: %(when)s."),
    MailKind.MOVED: N_("Now, on your clock in %(place)s: %(when)s."),
    MailKind.UPDATED: N_("On your clock in %(place)s: %(when)s."),
    MailKind.REMINDER: N_("On your clock in %(place)s: %(when)s."),
    MailKind.CANCELLED: N_("It will not take place: %(when)s on your clock in %(place)s."),
    MailKind.REMOVED: N_("It takes place without you: %(when)s on your clock in %(place)s."),
}

REGISTERED_SUBJECT = N_("You are registered: %(title)s, %(when)s")
REGISTERED_OPENING = N_("You are registered for “%(title)s”.")
REGISTERED_BUTTON = N_("See how you are registered")
"""What stands for the invitation's words in mails to people who registered themselves."""

CLOCK_CHANGED = N_("“%(title)s” stays at its moment, but your clock will show another time.")
CLOCK_WAS = N_(
    "The rules for the clocks in %(place)s were changed. We had told you %(before)s. The moment is "
    "the same for everyone; a calendar that has not learnt the new rules still shows the old time."
)

BUTTONS: dict[MailKind, str] = {
    MailKind.INVITE: N_("Say whether you will come"),
    MailKind.MOVED: N_("Say whether the new time suits you"),
    MailKind.UPDATED: N_("See or change your answer"),
    MailKind.REMINDER: N_("Say whether you will come"),
}

DEMONSTRATION = N_("This mail comes from a demonstration of townhall.")


class Part(StrEnum):
    """What of a sitting can change besides its time."""

    TITLE = "title"
    DESCRIPTION = "description"
    MINUTES = "minutes"
    URL = "url"
    PHONE = "phone"


CHANGES: dict[Part, str] = {
    Part.TITLE: N_("The title is new; before, it was “%(before)s”."),
    Part.DESCRIPTION: N_("The description is new."),
    Part.MINUTES: N_("The length is new; before, it was %(before)s minutes."),
    Part.URL: N_("The link to join is new."),
    Part.PHONE: N_("The phone number is new; before, it was %(before)s."),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place whose clock is shown: its name and its zone."""

    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class Change:
    """A part of the sitting that is not what it was; `before` is empty where it was."""

    part: Part
    before: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What everyone of one seat is told of a sitting, in one language.

    Args:
        kind: One of the six about a sitting.
        event: The sitting as it is now.
        place: Whose clock comes first: the recipient's.
        headquarters: The place shown beside it.
        burden: What the hour costs this place, in words, when it is a bad one; else empty.
        why: Why this hour was chosen, in words; may be empty.
        note: The organizer's own words about it; may be empty.
        moved_from: When it was to start before it moved, UTC.
        clock_was: The local time told before, aware, where the rules of the place's clock
            changed and the sitting stays at its instant.
        changes: What else is new.
        sittings: How many the town hall has to come.
        attends: To how many of them the recipient is asked.
        instead: When the recipient's sitting is now, if it is no longer this one.
        demo: Whether to say that this is a demonstration.
    """

    kind: MailKind
    event: Event
    place: Place
    headquarters: Place
    burden: str = ""
    why: str = ""
    note: str = ""
    moved_from: datetime | None = None
    clock_was: datetime | None = None
    changes: tuple[Change, ...] = ()
    sittings: int = 1
    attends: int = 1
    instead: datetime | None = None
    demo: bool = False

    @property
    def method(self) -> Method:
        """What it asks of the receiver's calendar."""
        return METHODS[self.kind]


def letter(notice: Notice, speech: Speech, *, leaves: bool = False) -> Letter:
    """Return what the mail says, with `REPLY_MARK` and `LEAVE_MARK` for the person's links.

    Args:
        notice: What to tell.
        speech: The recipient's language.
        leaves: Whether the recipient registered alone and is shown how to leave.
    """
    event, place = notice.event, notice.place
    title = isolated(event.title, speech)
    blocks: list[Block] = [
        Line(speech.gettext(_opening(notice, leaves=leaves), title=title), strong=True),
        Line(
            speech.gettext(
                TIMES[notice.kind],
                place=isolated(place.name, speech),
                when=span(event.starts_at, event.ends_at, place.zone, speech),
            )
        ),
    ]
    blocks += _other_sittings(notice, speech)
    if notice.method is Method.REQUEST:
        blocks += how_to_join(event, speech)
    if notice.demo:
        blocks.append(Line(speech.gettext(DEMONSTRATION)))
    blocks.append(Table(clocks(event, place, notice.headquarters, speech)))
    blocks += _what_changed(notice, speech)
    blocks += (Line(said) for said in (notice.burden, notice.why) if said)
    if notice.note:
        blocks.append(Typed(notice.note, speech.gettext("The organizers say:")))
    if notice.kind in BUTTONS:
        button = REGISTERED_BUTTON if leaves else BUTTONS[notice.kind]
        blocks.append(Button(speech.gettext(button), REPLY_MARK))
    if event.description and notice.method is Method.REQUEST:
        blocks.append(Typed(event.description, speech.gettext("About it:")))
    blocks.append(Line(speech.gettext("An answer to this mail reaches the organizers.")))
    if leaves:
        blocks.append(Link(speech.gettext("To leave the list, open this link:"), LEAVE_MARK))
    when = moment(event.starts_at, place.zone, speech)
    is_first = leaves and notice.kind is MailKind.INVITE
    subject = REGISTERED_SUBJECT if is_first else SUBJECTS[notice.kind]
    subject = speech.gettext(subject, title=event.title, when=when)
    return Letter(subject, tuple(blocks), speech.language, speech.direction)


def span(starts_at: datetime, ends_at: datetime, zone: str, speech: Speech) -> str:
    """Return weekday, date, both times and the offset on the clock of `zone`, in words."""
    start, end = zones.local(starts_at, zone), zones.local(ends_at, zone)
    return speech.gettext(
        "%(day)s, %(start)s to %(end)s, %(offset)s",
        day=speech.datetime(start, "EEEE d MMMM y"),
        start=speech.time(start),
        end=speech.time(end),
        offset=isolated(zones.offset_label(start), speech),
    )


def moment(instant: datetime, zone: str, speech: Speech) -> str:
    """Return weekday, date, time and offset of an instant on the clock of `zone`, in short."""
    return wall(zones.local(instant, zone), speech)


def wall(local: datetime, speech: Speech) -> str:
    """Return weekday, date, time and offset of a local time, aware, in short."""
    return speech.gettext(
        "%(day)s, %(start)s %(offset)s",
        day=speech.datetime(local, "EEE d MMM y"),
        start=speech.time(local),
        offset=zones.offset_label(local),
    )


def _other_sittings(notice: Notice, speech: Speech) -> list[Block]:
    """Return what the recipient should know of the town hall's other sittings, if it has any."""
    if notice.instead is not None:
        when = isolated(moment(notice.instead, notice.place.zone, speech), speech)
        message = N_("Your sitting is now %(when)s; its invitation is a mail of its own.")
        return [Line(speech.gettext(message, when=when))]
    if notice.sittings == 1 or notice.method is not Method.REQUEST:
        return []
    if notice.attends == notice.sittings:
        return [
            Line(
                speech.ngettext(
                    "It is held in %(num)s sitting; you are asked to all of them, each by a mail "
                    "of its own.",
                    "It is held in %(num)s sittings; you are asked to all of them, each by a mail "
                    "of its own.",
                    notice.sittings,
                )
            )
        ]
    if notice.attends > 1:
        return [
            Line(
                speech.ngettext(
                    "It is held in %(num)s sitting; this is one of yours.",
                    "It is held in %(num)s sittings; this is one of yours.",
                    notice.sittings,
                )
            )
        ]
    return [
        Line(
            speech.ngettext(
                "It is held in %(num)s sitting, so that no place pays for all others; this one "
                "is yours.",
                "It is held in %(num)s sittings, so that no place pays for all others; this one "
                "is yours.",
                notice.sittings,
            )
        )
    ]


def how_to_join(event: Event, speech: Speech) -> list[Block]:
    """Return how to join, or that this will follow."""
    blocks: list[Block] = []
    if event.url:
        blocks.append(Link(speech.gettext("To join, open this link when it starts:"), event.url))
    if event.phone:
        number = isolated(event.phone, speech)
        blocks.append(Line(speech.gettext("By phone: %(number)s", number=number)))
    return blocks or [Line(speech.gettext("How to join will follow in another mail."))]


def clocks(
    event: Event, place: Place, headquarters: Place, speech: Speech
) -> tuple[tuple[str, str], ...]:
    """Return the sitting on the recipient's clock, at headquarters and in UTC."""
    rows = [
        (speech.gettext("Your clock: %(place)s", place=place.name), place.zone),
        (headquarters.name, headquarters.zone),
        (speech.gettext("Universal time"), "UTC"),
    ]
    if headquarters == place:
        del rows[1]
    return tuple(
        (label, span(event.starts_at, event.ends_at, zone, speech)) for label, zone in rows
    )


def _opening(notice: Notice, *, leaves: bool) -> str:
    """Return the first sentence of a mail, to be filled with the title."""
    if leaves and notice.kind is MailKind.INVITE:
        return REGISTERED_OPENING
    return CLOCK_CHANGED if notice.clock_was else OPENINGS[notice.kind]


def _what_changed(notice: Notice, speech: Speech) -> list[Block]:
    """Return a sentence for each thing that is not what it was."""
    said = []
    if notice.clock_was:
        before = isolated(wall(notice.clock_was, speech), speech)
        place = isolated(notice.place.name, speech)
        said.append(speech.gettext(CLOCK_WAS, place=place, before=before))
    if notice.moved_from:
        before = moment(notice.moved_from, notice.place.zone, speech)
        said.append(speech.gettext("Before, the start was %(before)s.", before=before))
    said += (
        speech.gettext(CHANGES[change.part], before=isolated(change.before, speech))
        for change in notice.changes
    )
    return [Line(sentence) for sentence in said]
