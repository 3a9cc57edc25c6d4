"""Answers to an invitation: what one may say, and until when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from townhall.domain.invites.values import check_text
from townhall.domain.states import PartStat, SittingState
from townhall.errors import InputError
from townhall.i18n import N_

NOTE_LIMIT = 500

ANSWERS: dict[PartStat, str] = {
    PartStat.ACCEPTED: N_("Yes, I will come"),
    PartStat.TENTATIVE: N_("Maybe"),
    PartStat.DECLINED: N_("No, I cannot come"),
}
"""What can be answered, in the order in which it is asked."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an invited person says.

    Args:
        partstat: Yes, maybe or no.
        sequence: The SEQUENCE of the time that they were shown (RFC 5545, section 3.8.7.4).
        note: Their words to the organizers, at most 500 characters.

    Raises:
        InputError: Fields `answer` and `note`.
    """

    partstat: PartStat
    sequence: int
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no answer, and what no page or file could carry."""
        if self.partstat not in ANSWERS:
            raise InputError(
                N_("“%(value)s” is not an answer: choose yes, maybe or no."),
                field="answer",
                value=self.partstat.value,
            )
        check_text(self.note, "note", NOTE_LIMIT)


class Standing(StrEnum):
    """Whether an invitation can still be answered."""

    OPEN = "open"
    REMOVED = "removed"
    CANCELLED = "cancelled"
    OVER = "over"


CLOSED: dict[Standing, str] = {
    Standing.REMOVED: N_("You are no longer on the list of this event; nothing is asked of you."),
    Standing.CANCELLED: N_("This event is cancelled; no answer is needed."),
    Standing.OVER: N_("This event is over; answers are no longer taken."),
}
"""Why an answer is no longer taken."""


def standing(
    state: SittingState, ends_at: datetime, removed_at: datetime | None, *, now: datetime
) -> Standing:
    """Return whether an invitation can be answered, and if not, why.

    Args:
        state: The sitting's.
        ends_at: The sitting's end, UTC; until then one may say that one comes late.
        removed_at: When the person was taken off the list, if they were.
        now: UTC.
    """
    if removed_at is not None:
        return Standing.REMOVED
    if state is SittingState.CANCELLED:
        return Standing.CANCELLED
    if state is SittingState.HELD or ends_at <= now:
        return Standing.OVER
    return Standing.OPEN
