"""What can happen to the turns of one town hall, in the order of its log.

An event says what happened, not what follows from it: who pays what is found by folding the
log. `to_json` and `from_json` keep an event in a row of kind and data; both are stable, as
stored logs outlive the code that wrote them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, ClassVar, TypeAlias

from townhall.domain.states import Mode
from townhall.domain.turns.board import QuestionKey
from townhall.domain.turns.sites import SiteKey
from townhall.errors import InputError
from townhall.i18n import N_

PersonKey: TypeAlias = int | str
"""A participant, by the key that the log knows them by."""

PROXIED = frozenset({"sms", "phone", "radio"})
"""Channels of people who cannot vote; their site's proxy supports what comes by these."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """The organizer chose how turns are shared; what is not given stays.

    Attributes:
        alpha: From 0, one site one voice, to 1, one person one voice.
        cap: How many turns of its site someone who kept silent can catch up by.
        nominal: Seconds that an answer may take at cost 1.
    """

    kind: ClassVar[str] = "tuned"
    alpha: Decimal | None = None
    cap: Decimal | None = None
    nominal: int | None = None


@dataclass(frozen=True, slots=True)
class Weighed:
    """Somebody set the weight of a site by hand; None lets the rule find it again."""

    kind: ClassVar[str] = "weighed"
    site: SiteKey
    weight: Decimal | None


@dataclass(frozen=True, slots=True)
class Proxied:
    """Somebody said how many people a site's proxy stands for; None counts the senders again."""

    kind: ClassVar[str] = "proxied"
    site: SiteKey
    people: int | None


@dataclass(frozen=True, slots=True)
class Joined:
    """A participant is known, with what their vote is trusted; they count once they take part.

    Attributes:
        by_phone: They cannot vote (SMS, phone, radio): their site's proxy stands for them.
    """

    kind: ClassVar[str] = "joined"
    person: PersonKey
    site: SiteKey
    trust: Decimal = Decimal(1)
    by_phone: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """A participant came to the page, or by their office's own link, or was verified.

    From here on they vote for themselves, at this site and with this trust. They keep what
    they have paid; who was by phone keeps what the proxy of their old site has paid.
    """

    kind: ClassVar[str] = "moved"
    person: PersonKey
    site: SiteKey
    trust: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Approved:
    """A question went on the board.

    A pending question that is merged straight into another is approved and merged at once.

    Attributes:
        at: Its age order; the lower, the older.
        askers: Participants, each of whom supports it, or is stood for by the proxy.
        via: The channel it came by, such as `page`, or one of `PROXIED`.
    """

    kind: ClassVar[str] = "approved"
    question: QuestionKey
    site: SiteKey
    at: int
    askers: tuple[PersonKey, ...] = ()
    via: str = "page"


@dataclass(frozen=True, slots=True)
class Supported:
    """A participant began to support a question."""

    kind: ClassVar[str] = "supported"
    question: QuestionKey
    person: PersonKey


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A participant took their support back."""

    kind: ClassVar[str] = "unsupported"
    question: QuestionKey
    person: PersonKey


@dataclass(frozen=True, slots=True)
class Merged:
    """A question became part of another."""

    kind: ClassVar[str] = "merged"
    question: QuestionKey
    into: QuestionKey


@dataclass(frozen=True, slots=True)
class Split:
    """A merge was undone."""

    kind: ClassVar[str] = "split"
    question: QuestionKey


@dataclass(frozen=True, slots=True)
class Closed:
    """A question left the board without a turn: hidden, withdrawn, declined, put off, written."""

    kind: ClassVar[str] = "closed"
    question: QuestionKey


@dataclass(frozen=True, slots=True)
class Reopened:
    """A question that had left the board without a turn is back."""

    kind: ClassVar[str] = "reopened"
    question: QuestionKey


@dataclass(frozen=True, slots=True)
class Taken:
    """A question went on air; `mode` tells what order was in force."""

    kind: ClassVar[str] = "taken"
    question: QuestionKey
    mode: Mode = Mode.FAIR


@dataclass(frozen=True, slots=True)
class Ended:
    """The answer to a question that was taken is over, after `airtime` seconds."""

    kind: ClassVar[str] = "ended"
    question: QuestionKey
    airtime: int


@dataclass(frozen=True, slots=True)
class Undone:
    """The last take of a question is left out of the log, with all that followed from it."""

    kind: ClassVar[str] = "undone"
    question: QuestionKey


Event: TypeAlias = (
    Tuned
    | Weighed
    | Proxied
    | Joined
    | Moved
    | Approved
    | Supported
    | Unsupported
    | Merged
    | Split
    | Closed
    | Reopened
    | Taken
    | Ended
    | Undone
)

_KINDS: dict[str, type[Event]] = {event.kind: event for event in Event.__args__}
_DECIMALS = frozenset({"alpha", "cap", "trust", "weight"})


def to_json(event: Event) -> dict[str, Any]:
    """Return the data of an event for JSON; its `kind` is kept beside. Decimals are text."""
    data: dict[str, Any] = {}
    for item in fields(event):
        value = getattr(event, item.name)
        if isinstance(value, Decimal):
            value = str(value)
        data[item.name] = list(value) if isinstance(value, tuple) else value
    return data


def from_json(kind: str, data: Mapping[str, Any]) -> Event:
    """Return the event that `to_json` made `data` of.

    Raises:
        InputError: There is no such kind, or its data has other keys.
    """
    if kind not in _KINDS:
        raise InputError(N_("There is no event of the kind “%(value)s”."), field="kind", value=kind)
    values = dict(data)
    for name in _DECIMALS & values.keys():
        values[name] = None if values[name] is None else Decimal(values[name])
    if "askers" in values:
        values["askers"] = tuple(values["askers"])
    if "mode" in values:
        values["mode"] = Mode(values["mode"])
    try:
        return _KINDS[kind](**values)
    except TypeError as error:
        raise InputError(
            N_("An event of the kind “%(kind)s” has other data than “%(value)s”."),
            field="data",
            kind=kind,
            value=", ".join(sorted(values)),
        ) from error
