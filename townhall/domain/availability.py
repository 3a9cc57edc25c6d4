"""Asking places when they can: a shortlist of starts, and what a seat says to each of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from townhall.domain import zones
from townhall.domain.burden import QUANTUM
from townhall.domain.invites.values import check_text
from townhall.domain.slots import Answer
from townhall.errors import InputError, TransitionError
from townhall.i18n import N_

MOST_STARTS = 12
NOTE_LIMIT = 500
WORD_LIMIT = 2_000
REMINDED_BEFORE = timedelta(days=1)

ANSWERS: dict[Answer, str] = {
    Answer.YES: N_("Yes"),
    Answer.IF_NEED_BE: N_("If need be"),
    Answer.NO: N_("No"),
}
"""What can be said to a start, in the order in which it is asked."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What organizers want to ask.

    Args:
        starts: Instants, each once, ascending; in UTC from here on.
        deadline_at: Answers count until then; before the first start.
        note: The organizers' words to everyone who is asked.

    Raises:
        InputError: Fields `starts`, `deadline` and `note`.
    """

    starts: tuple[datetime, ...]
    deadline_at: datetime
    note: str = ""

    def __post_init__(self) -> None:
        """Put the starts in order; refuse too few, too many, and a deadline that is too late."""
        starts = tuple(sorted({start.astimezone(UTC) for start in self.starts}))
        object.__setattr__(self, "starts", starts)
        if not 1 <= len(starts) <= MOST_STARTS:
            raise InputError(
                N_("%(count)s hours are chosen; a shortlist has 1 to %(most)s."),
                field="starts",
                count=len(starts),
                most=MOST_STARTS,
            )
        for start in starts:
            if (start - zones.EPOCH) % timedelta(minutes=QUANTUM):
                raise InputError(
                    N_("Starts lie on quarter hours; %(value)s does not."),
                    field="starts",
                    value=_utc(start),
                )
        if self.deadline_at >= starts[0]:
            raise InputError(
                N_("The deadline, %(value)s, is not before the first of the hours, %(first)s."),
                field="deadline",
                value=_utc(self.deadline_at),
                first=_utc(starts[0]),
            )
        check_text(self.note, "note", WORD_LIMIT)

    def check(self, now: datetime) -> None:
        """Raise InputError, field `deadline`, if there is no time left to answer."""
        if self.deadline_at <= now:
            raise InputError(
                N_("%(value)s has passed; choose a later deadline."),
                field="deadline",
                value=_utc(self.deadline_at),
            )

    @property
    def remind_at(self) -> datetime:
        """When those who have not answered are reminded: a day before the deadline."""
        return self.deadline_at - REMINDED_BEFORE


@dataclass(frozen=True, slots=True)
class Said:
    """What a seat says: an answer to every start that it was asked about, and a note.

    Raises:
        InputError: Field `note`: longer than 500 characters, or a control character.
    """

    answers: Mapping[datetime, Answer]
    note: str = field(default="")

    def __post_init__(self) -> None:
        """Refuse what no page or file could carry."""
        check_text(self.note, "note", NOTE_LIMIT)

    def written(self, starts: Sequence[datetime]) -> dict[str, str]:
        """Return the answers as the planning document has them (docs/fairness.md, rule 5).

        Args:
            starts: Those that were asked about; answers to others are dropped.

        Raises:
            InputError: Field `answers`: a start has no answer.
        """
        for start in starts:
            if start not in self.answers:
                raise InputError(
                    N_("Say yes, if need be or no to every hour; %(value)s has no answer."),
                    field="answers",
                    value=_utc(start),
                )
        return {written(start): self.answers[start].value for start in starts}


def written(instant: datetime) -> str:
    """Return an instant as the planning document writes it, such as `2026-12-09T12:15Z`."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def usual_deadline(first: datetime, now: datetime) -> datetime:
    """Return a deadline to begin with: half the time until `first`, five days at most."""
    half = now + min((first - now) / 2, timedelta(days=5))
    return half.replace(minute=0, second=0, microsecond=0)


def check_open(
    deadline_at: datetime, ended_at: datetime | None, zone: str, *, now: datetime
) -> None:
    """Return while answers are taken.

    Args:
        deadline_at: Until when.
        ended_at: When the organizers stopped asking, if they did.
        zone: The clock on which the sentence tells the deadline.
        now: UTC.

    Raises:
        TransitionError: The organizers have stopped asking, or the deadline is over.
    """
    if ended_at is not None:
        raise TransitionError(
            N_("The organizers no longer ask about these hours; no answer is needed.")
        )
    if now >= deadline_at:
        at = zones.local(deadline_at, zone)
        raise TransitionError(
            N_(
                "The time to answer ended on %(value)s (%(offset)s). Write to the organizers if "
                "your answer has changed."
            ),
            value=f"{at:%Y-%m-%d %H:%M}",
            offset=zones.offset_label(at),
        )


def _utc(instant: datetime) -> str:
    """Return an instant as an error names it."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
