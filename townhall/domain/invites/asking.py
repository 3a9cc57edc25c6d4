"""The letters that ask a place when it can, and remind it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from townhall.domain.invites.letter import Block, Button, Letter, Line, Table, Typed, isolated
from townhall.domain.invites.notice import DEMONSTRATION, Place, moment, span
from townhall.i18n import Speech


def asking(
    title: str,
    place: Place,
    starts: Sequence[datetime],
    link: str,
    speech: Speech,
    *,
    minutes: int,
    deadline_at: datetime,
    note: str = "",
    reminds: bool = False,
    demo: bool = False,
) -> Letter:
    """Return the letter that asks one person of a place about a shortlist of hours.

    Args:
        title: The town hall's, one line.
        place: Whose clock the hours are told on.
        starts: Instants, ascending.
        link: The person's own page to answer on.
        speech: The recipient's language.
        minutes: How long it would last.
        deadline_at: Until when answers count.
        note: The organizers' words; may be empty.
        reminds: Whether it was asked before.
        demo: Whether to say that this is a demonstration.
    """
    said, at = isolated(title, speech), isolated(place.name, speech)
    until = moment(deadline_at, place.zone, speech)
    opening = speech.gettext("When could %(place)s take part in “%(title)s”?", place=at, title=said)
    if reminds:
        opening = speech.gettext(
            "“%(title)s” still waits for your answer: when could %(place)s take part?",
            place=at,
            title=said,
        )
    duration = timedelta(minutes=minutes)
    rows = tuple(
        (
            speech.gettext("Hour %(number)s", number=speech.number(number)),
            span(start, start + duration, place.zone, speech),
        )
        for number, start in enumerate(starts, 1)
    )
    blocks: list[Block] = [
        Line(opening, strong=True),
        Line(
            speech.gettext(
                "Say yes, if need be or no to each of these hours, until %(until)s.", until=until
            )
        ),
        Table(rows),
        Button(speech.gettext("Say when you can"), link),
        Line(speech.gettext("The times are on the clock of %(place)s.", place=at)),
    ]
    if note:
        blocks.append(Typed(note, speech.gettext("The organizers say:")))
    blocks.append(Line(speech.gettext("You can change your answer until then.")))
    if demo:
        blocks.append(Line(speech.gettext(DEMONSTRATION)))
    subject = speech.gettext("When could you? %(title)s", title=title)
    if reminds:
        subject = speech.gettext(
            "Please answer until %(until)s: %(title)s", until=until, title=title
        )
    return Letter(subject, tuple(blocks), speech.language, speech.direction)
