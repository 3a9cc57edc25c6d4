"""The letters before a sitting: to each person, and to the organizers who comes so far."""

from collections.abc import Sequence
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
    isolated,
)
from townhall.domain.invites.notice import DEMONSTRATION, Place, clocks, how_to_join, moment, span
from townhall.domain.invites.values import Event
from townhall.domain.states import PartStat
from townhall.i18n import N_, Speech

PLACES_LISTED = 40
"""How many places the organizers' letter lists; their page has all."""

NAME_LIMIT = 60
"""Characters of a name in a list, so that no letter grows too large to be sent."""


class Nearness(StrEnum):
    """How near a sitting is, on the reader's own calendar."""

    SOON = "soon"
    TODAY = "today"
    TOMORROW = "tomorrow"
    LATER = "later"
    """Beyond tomorrow: a day of 23 hours, or one that a zone leaves out, lies between."""


SUBJECTS: dict[Nearness, str] = {
    Nearness.SOON: N_("Soon: %(title)s, %(when)s"),
    Nearness.TODAY: N_("Today: %(title)s, %(when)s"),
    Nearness.TOMORROW: N_("Tomorrow: %(title)s, %(when)s"),
    Nearness.LATER: N_("Coming up: %(title)s, %(when)s"),
}

OPENINGS: dict[Nearness, str] = {
    Nearness.SOON: N_("“%(title)s” starts soon."),
    Nearness.TODAY: N_("“%(title)s” is today."),
    Nearness.TOMORROW: N_("“%(title)s” is tomorrow."),
    Nearness.LATER: N_("“%(title)s” comes up."),
}

TIMES: dict[Nearness, str] = {
    Nearness.TODAY: N_("Today, on your clock in %(place)s: %(when)s."),
    Nearness.TOMORROW: N_("Tomorrow, on your clock in %(place)s: %(when)s."),
    Nearness.LATER: N_("On your clock in %(place)s: %(when)s."),
}

ANSWERS: dict[PartStat, str] = {
    PartStat.ACCEPTED: N_("You have said that you will come."),
    PartStat.TENTATIVE: N_("You have said that you will perhaps come."),
    PartStat.NEEDS_ACTION: N_("You have not answered yet."),
}
"""What a person has said so far; whoever declined is not reminded."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Who of a place has not answered.

    Args:
        names: Of the first of them.
        count: How many they are in all.
        invited: How many of the place are invited.
    """

    names: tuple[str, ...]
    count: int
    invited: int


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many of a place's people, or of everybody, come and do not come."""

    come: int = 0
    perhaps: int = 0
    decline: int = 0
    silent: int = 0

    @property
    def invited(self) -> int:
        """How many are invited."""
        return self.come + self.perhaps + self.decline + self.silent


@dataclass(frozen=True, slots=True)
class Upcoming:
    """What everyone of one seat who answered alike is told before a sitting, in one language.

    Args:
        event: The sitting.
        place: Whose clock comes first: the recipient's.
        headquarters: The place shown beside it.
        partstat: The answer so far; any but a no.
        is_soon: Whether it is about an hour ahead, not a day.
        silence: Who of the recipient's place has not answered; None where that is not theirs
            to know.
        demo: Whether to say that this is a demonstration.
    """

    event: Event
    place: Place
    headquarters: Place
    partstat: PartStat
    is_soon: bool
    silence: Silence | None = None
    demo: bool = False


def upcoming(told: Upcoming, speech: Speech, *, now: datetime, leaves: bool = False) -> Letter:
    """Return the letter that reminds of a sitting, with marks for the person's own links.

    Args:
        told: What to tell.
        speech: The recipient's language.
        now: When it is written, UTC; decides on “today” and “tomorrow”.
        leaves: Whether the recipient registered alone and is shown how to leave.
    """
    event, place = told.event, told.place
    day = _day(event.starts_at, place.zone, now)
    near = Nearness.SOON if told.is_soon else day
    when = span(event.starts_at, event.ends_at, place.zone, speech)
    at = isolated(place.name, speech)
    blocks: list[Block] = [
        Line(speech.gettext(OPENINGS[near], title=isolated(event.title, speech)), strong=True),
        Line(speech.gettext(TIMES[day], place=at, when=when)),
        *how_to_join(event, speech),
    ]
    if told.demo:
        blocks.append(Line(speech.gettext(DEMONSTRATION)))
    blocks.append(Table(clocks(event, place, told.headquarters, speech)))
    blocks.append(Line(speech.gettext(ANSWERS[told.partstat])))
    is_open = told.partstat is PartStat.NEEDS_ACTION
    label = N_("Say whether you will come") if is_open else N_("See or change your answer")
    blocks.append(Button(speech.gettext(label), REPLY_MARK))
    if told.silence is not None:
        blocks.append(Line(_silence(told.silence, at, speech)))
    blocks.append(Line(speech.gettext("An answer to this mail reaches the organizers.")))
    if leaves:
        blocks.append(Link(speech.gettext("To leave the list, open this link:"), LEAVE_MARK))
    return Letter(
        _subject(near, event, place, speech), tuple(blocks), speech.language, speech.direction
    )


def attendance(
    event: Event,
    headquarters: Place,
    places: Sequence[tuple[str, Attendance]],
    link: str,
    speech: Speech,
    *,
    team: Attendance | None = None,
    is_soon: bool,
    now: datetime,
    demo: bool = False,
) -> Letter:
    """Return the letter that tells an organizer who comes so far.

    Args:
        event: The sitting.
        headquarters: Whose clock the hour is told on.
        places: The sitting's seats by name, in their order.
        link: The organizers' page of the town hall.
        speech: The organizer's language.
        team: Those who run it; None where none of them is invited.
        is_soon: Whether the sitting is about an hour ahead, not a day.
        now: When it is written, UTC.
        demo: Whether to say that this is a demonstration.
    """
    day = _day(event.starts_at, headquarters.zone, now)
    near = Nearness.SOON if is_soon else day
    when = span(event.starts_at, event.ends_at, headquarters.zone, speech)
    at = isolated(headquarters.name, speech)
    rows = [(_short(name), _counted(each, speech)) for name, each in places[:PLACES_LISTED]]
    counts = [count for _, count in places]
    if team is not None:
        rows.append((speech.gettext("The team"), _counted(team, speech)))
        counts.append(team)
    come, invited = sum(each.come for each in counts), sum(each.invited for each in counts)
    so_far = speech.ngettext(
        "Coming so far: %(come)s of %(num)s person invited.",
        "Coming so far: %(come)s of %(num)s people invited.",
        invited,
        come=speech.number(come),
    )
    blocks: list[Block] = [
        Line(speech.gettext(OPENINGS[near], title=isolated(event.title, speech)), strong=True),
        Line(speech.gettext(TIMES[day], place=at, when=when)),
        Line(so_far),
        Table(tuple(rows)),
    ]
    rest = len(places) - PLACES_LISTED
    if rest > 0:
        more = speech.ngettext(
            "%(num)s more place is on the page.", "%(num)s more places are on the page.", rest
        )
        blocks.append(Line(more))
    blocks.append(Button(speech.gettext("See who comes"), link))
    if demo:
        blocks.append(Line(speech.gettext(DEMONSTRATION)))
    return Letter(
        _subject(near, event, headquarters, speech),
        tuple(blocks),
        speech.language,
        speech.direction,
    )


def _day(starts_at: datetime, zone: str, now: datetime) -> Nearness:
    """Return on which of the reader's days a sitting is, as the clock of `zone` shows it."""
    days = (zones.local(starts_at, zone).date() - zones.local(now, zone).date()).days
    return {0: Nearness.TODAY, 1: Nearness.TOMORROW}.get(days, Nearness.LATER)


def _subject(near: Nearness, event: Event, place: Place, speech: Speech) -> str:
    """Return the subject, which tells the hour on the clock of `place`."""
    when = moment(event.starts_at, place.zone, speech)
    return speech.gettext(SUBJECTS[near], title=event.title, when=when)


def _silence(silence: Silence, place: str, speech: Speech) -> str:
    """Return who of a place has not answered, in a sentence."""
    if not silence.count:
        return speech.gettext("Everybody of %(place)s has answered.", place=place)
    names = [isolated(_short(name), speech) for name in silence.names]
    more = silence.count - len(names)
    if more:
        names.append(speech.ngettext("%(num)s more person", "%(num)s more people", more))
    return speech.ngettext(
        "Of %(num)s person invited for %(place)s, no answer yet from: %(names)s.",
        "Of %(num)s people invited for %(place)s, no answer yet from: %(names)s.",
        silence.invited,
        place=place,
        names=speech.list(names),
    )


def _short(name: str) -> str:
    """Return a name as a list has it."""
    return name if len(name) <= NAME_LIMIT else f"{name[: NAME_LIMIT - 1]}…"


def _counted(count: Attendance, speech: Speech) -> str:
    """Return how many come and do not come, in numbers."""
    return speech.gettext(
        "come: %(come)s, perhaps: %(perhaps)s, do not come: %(decline)s, no answer: %(silent)s",
        come=speech.number(count.come),
        perhaps=speech.number(count.perhaps),
        decline=speech.number(count.decline),
        silent=speech.number(count.silent),
    )
