"""The states that things of townhall can be in, and the allowed moves between them."""

from enum import StrEnum

from townhall.errors import TransitionError
from townhall.i18n import N_


class SeatRole(StrEnum):
    """What a seat does in a town hall."""

    HOST = "host"
    SPEAKER = "speaker"
    OFFICE = "office"


class ContactKind(StrEnum):
    """As what a person is invited: for a seat, of the team, or as they registered themselves."""

    CONTACT = "contact"
    SPEAKER = "speaker"
    STAFF = "staff"
    HOST = "host"
    """One of the team who leads the sitting."""
    REGISTERED = "registered"


class SittingState(StrEnum):
    """The life of a sitting; a draft of one is a `Draft`, not a sitting."""

    SCHEDULED = "scheduled"
    HELD = "held"
    CANCELLED = "cancelled"


class DraftAction(StrEnum):
    """What sending a draft will do."""

    SCHEDULE = "schedule"
    MOVE = "move"
    UPDATE = "update"
    CANCEL = "cancel"


class PartStat(StrEnum):
    """RFC 5545, section 3.2.12, for the answers that townhall takes."""

    NEEDS_ACTION = "NEEDS-ACTION"
    ACCEPTED = "ACCEPTED"
    TENTATIVE = "TENTATIVE"
    DECLINED = "DECLINED"


class MailKind(StrEnum):
    """What a mail is for."""

    INVITE = "invite"
    MOVED = "moved"
    UPDATED = "updated"
    CANCELLED = "cancelled"
    REMOVED = "removed"
    ASK = "ask"
    REMINDER = "reminder"
    """Asks again those who have not answered."""
    UPCOMING = "upcoming"
    """Reminds a person of a sitting, a day or an hour before."""
    ATTENDANCE = "attendance"
    """Tells the organizers then who comes so far."""
    SIGN_IN = "sign-in"
    REGISTER = "register"
    QUESTION = "question"


class Delivery(StrEnum):
    """Where a mail is on its way."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    """Taken by a server, and sent back by one behind it."""
    SUPERSEDED = "superseded"


class SolveState(StrEnum):
    """The life of a search for a series' hours."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    OUTDATED = "outdated"
    FAILED = "failed"


class QA(StrEnum):
    """Whether questions are taken."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class Mode(StrEnum):
    """By which order the next question is proposed; a take is charged alike in every one."""

    FAIR = "fair"
    MOST_SUPPORTED = "most-supported"
    OLDEST = "oldest"
    ROUND_ROBIN = "round-robin"


class Channel(StrEnum):
    """The way by which a question came."""

    PAGE = "page"
    LITE = "lite"
    OFFICE = "office"


class State(StrEnum):
    """Where a question is in its life (docs/questions.md)."""

    PENDING = "pending"
    APPROVED = "approved"
    ON_AIR = "on-air"
    ANSWERED = "answered"
    WRITTEN = "answered-in-writing"
    DECLINED = "declined"
    DEFERRED = "deferred"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    SPAM = "spam"


MOVES: dict[State, frozenset[State]] = {
    State.PENDING: frozenset(
        {State.APPROVED, State.DECLINED, State.WITHDRAWN, State.SPAM, State.WRITTEN, State.MERGED}
    ),
    State.APPROVED: frozenset(
        {
            State.ON_AIR,
            State.DECLINED,
            State.WRITTEN,
            State.DEFERRED,
            State.MERGED,
            State.WITHDRAWN,
            State.SPAM,
        }
    ),
    State.ON_AIR: frozenset({State.ANSWERED, State.APPROVED, State.DEFERRED}),
    State.ANSWERED: frozenset(),
    State.WRITTEN: frozenset({State.APPROVED}),
    State.DECLINED: frozenset({State.APPROVED}),
    State.DEFERRED: frozenset({State.APPROVED, State.WRITTEN}),
    State.MERGED: frozenset({State.APPROVED}),
    State.WITHDRAWN: frozenset(),
    State.SPAM: frozenset({State.APPROVED}),
}
"""From each state, those a question can move to; all else is refused."""

STATE_NAMES: dict[State, str] = {
    State.PENDING: N_("waiting for a moderator"),
    State.APPROVED: N_("on the board"),
    State.ON_AIR: N_("on air"),
    State.ANSWERED: N_("answered"),
    State.WRITTEN: N_("answered in writing"),
    State.DECLINED: N_("declined"),
    State.DEFERRED: N_("kept for after the event"),
    State.MERGED: N_("merged with another question"),
    State.WITHDRAWN: N_("withdrawn"),
    State.SPAM: N_("set aside as spam"),
}


def check_move(origin: State, target: State) -> None:
    """Raise TransitionError unless a question may go from `origin` to `target`."""
    if target not in MOVES[origin]:
        raise TransitionError(
            N_("state: a question that is “%(origin)s” cannot become “%(target)s”."),
            origin=origin.value,
            target=target.value,
        )
