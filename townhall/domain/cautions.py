"""What to look at twice before choosing a start.

Source: docs/fairness.md, rule 13, and the estimated holidays of rule 3.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from townhall.domain import zones
from townhall.domain.calendar import Days
from townhall.domain.slots import Seat

_DAY = 24 * 60
_WEEK = 7 * _DAY


class Kind(StrEnum):
    """What a caution is about."""

    PREVIOUS = "previous"
    WEEK = "week"
    REPEATED = "repeated"
    ESTIMATED = "estimated"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing to look at twice, and whom it concerns.

    Args:
        seats: Names, in the order of the request.
        offsets: Minutes east of UTC: before and now for `PREVIOUS` and `WEEK`, now for
            `REPEATED`, one for each seat for `COUNTRY`.
        on: The date of an `ESTIMATED` holiday.
        holiday: Its name.
    """

    kind: Kind
    seats: tuple[str, ...]
    offsets: tuple[int, ...] = ()
    on: date | None = None
    holiday: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """Where and when a profile would attend: its zone, its days off, the local dates touched."""

    zone: str
    days: Days
    dates: tuple[date, ...]


_Finding = tuple[Kind, tuple[int, ...], date | None, str]


def cautions(
    seats: Sequence[Seat],
    presences: Sequence[Presence],
    profile_of: Sequence[int],
    begin: datetime,
    end: datetime,
    previous: datetime | None,
) -> tuple[Caution, ...]:
    """Return all cautions about one sitting; seats of one finding share a caution.

    Args:
        seats: All of the request.
        presences: One for each profile.
        profile_of: The place in `presences` of each seat.
        begin: Start, aware.
        end: End, aware.
        previous: Start of the sitting before this one, where there is one.
    """
    first, after = _minute(begin), _minute(end)
    before = None if previous is None else _minute(previous)
    found = [tuple(_findings(presence, first, after, before)) for presence in presences]
    concerned: dict[_Finding, list[str]] = {}
    for seat, row in zip(seats, profile_of, strict=True):
        for finding in found[row]:
            concerned.setdefault(finding, []).append(seat.name)
    shared = (
        Caution(kind, tuple(names), offsets, on, holiday)
        for (kind, offsets, on, holiday), names in concerned.items()
    )
    return (*shared, *_countries(seats, first))


def _findings(presence: Presence, begin: int, end: int, previous: int | None) -> Iterator[_Finding]:
    """Yield what is to be said of one profile; times are minutes since 1970."""
    zone = presence.zone
    now = zones.offset(begin, zone)
    if previous is not None and zones.offset(previous, zone) != now:
        yield Kind.PREVIOUS, (zones.offset(previous, zone), now), None, ""
    if not zones.keeps_offset(begin - _WEEK, end, zone):
        # The clocks can also change while the sitting runs, so its last minute counts too.
        for minute in (begin, end - 1):
            was, then = zones.offset(minute - _WEEK, zone), zones.offset(minute, zone)
            if was != then:
                yield Kind.WEEK, (was, then), None, ""
                break
    if not zones.keeps_offset(begin - _DAY, begin + _DAY, zone):
        start = zones.EPOCH + timedelta(minutes=begin)
        if zones.is_repeated(start, zone):
            yield Kind.REPEATED, (now,), None, ""
    for on, holiday in presence.days.estimated.items():
        if any(abs((on - touched).days) <= 1 for touched in presence.dates):
            yield Kind.ESTIMATED, (), on, holiday


def _countries(seats: Sequence[Seat], begin: int) -> Iterator[Caution]:
    """Yield the countries whose seats have different clocks at that minute."""
    members: dict[str, list[Seat]] = {}
    for seat in seats:
        if seat.calendar.country is not None:
            members.setdefault(seat.calendar.country, []).append(seat)
    for together in members.values():
        offsets = tuple(zones.offset(begin, seat.zone) for seat in together)
        if len(set(offsets)) > 1:
            yield Caution(Kind.COUNTRY, tuple(seat.name for seat in together), offsets)


def _minute(moment: datetime) -> int:
    """Return minutes since 1970 UTC."""
    return (moment - zones.EPOCH) // zones.MINUTE
