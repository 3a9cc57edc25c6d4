"""What to look at twice before choosing a start.

Source: docs/fairness.md, rule 13, and the estimated holidays of rule 3.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from operator import itemgetter

from townhall.domain import zones
from townhall.domain.calendar import Days
from townhall.domain.slots import Ranking, Seat

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


_Finding = tuple[Kind, tuple[int, ...], date | None, str]


class Watch:
    """Cautions about the starts of one ranking.

    Most zones and calendars have nothing to warn of in a window; those are set aside once, and
    each start looks only at the others.
    """

    def __init__(self, ranking: Ranking, marked: Sequence[Days]) -> None:
        request = ranking.request
        first = minute(request.grid.first) - _WEEK
        last = minute(request.grid.until) + request.grid.minutes + _DAY
        self._seats = request.seats
        self._rows: list[int] = ranking.profile_of.tolist()
        self._zones = [profile.zone for profile in ranking.profiles]
        self._previous = None if request.previous is None else minute(request.previous)
        self._changing = {
            zone
            for zone in self._zones
            if not zones.keeps_offset(first, last, zone)
            or (
                self._previous is not None
                and zones.offset(self._previous, zone) != zones.offset(first, zone)
            )
        }
        self._estimated = {row: off for row, off in enumerate(marked) if off.estimated}
        countries = list(_countries_with_zones(request.seats))
        moving = [seats for seats in countries if self._changing & {seat.zone for seat in seats}]
        self._countries = moving
        settled = (seats for seats in countries if seats not in moving)
        self._settled = tuple(_differing(minute(request.grid.first), settled))

    def cautions(
        self, start: datetime, end: datetime, dates: Sequence[Sequence[date]]
    ) -> tuple[Caution, ...]:
        """Return all cautions about one sitting; seats of one finding share a caution.

        Args:
            start: Aware.
            end: Aware.
            dates: The local dates that the sitting touches, for each profile.
        """
        begin, after = minute(start), minute(end)
        by_zone = {zone: tuple(self._clock_findings(begin, after, zone)) for zone in self._changing}
        found = {
            row: (*by_zone.get(zone, ()), *self._holiday_findings(row, dates[row]))
            for row, zone in enumerate(self._zones)
            if zone in by_zone or row in self._estimated
        }
        concerned: dict[_Finding, list[str]] = {}
        for seat, row in zip(self._seats, self._rows, strict=True) if found else ():
            for finding in found.get(row, ()):
                concerned.setdefault(finding, []).append(seat.name)
        shared = (
            Caution(kind, tuple(names), offsets, on, holiday)
            for (kind, offsets, on, holiday), names in concerned.items()
        )
        return (*shared, *self._settled, *_differing(begin, self._countries))

    def _clock_findings(self, begin: int, end: int, zone: str) -> Iterator[_Finding]:
        """Yield what is to be said of a zone; times are minutes since 1970."""
        now = zones.offset(begin, zone)
        if self._previous is not None and zones.offset(self._previous, zone) != now:
            yield Kind.PREVIOUS, (zones.offset(self._previous, zone), now), None, ""
        # The clocks can also change while the sitting runs, so its last minute counts too.
        for moment in (begin, end - 1):
            was, then = zones.offset(moment - _WEEK, zone), zones.offset(moment, zone)
            if was != then:
                yield Kind.WEEK, (was, then), None, ""
                break
        if zones.is_repeated(zones.EPOCH + timedelta(minutes=begin), zone):
            yield Kind.REPEATED, (now,), None, ""

    def _holiday_findings(self, row: int, dates: Sequence[date]) -> Iterator[_Finding]:
        """Yield each estimated holiday of a profile on the dates or a day from them, once."""
        estimated = self._estimated[row].estimated if row in self._estimated else {}
        near = sorted((abs((on - touched).days), on) for on in estimated for touched in dates)
        first = {
            name: on for distance, on in reversed(near) if distance <= 1 for name in estimated[on]
        }
        for holiday, on in sorted(first.items(), key=itemgetter(1)):
            yield Kind.ESTIMATED, (), on, holiday


def minute(moment: datetime) -> int:
    """Return minutes since 1970 UTC."""
    return (moment - zones.EPOCH) // zones.MINUTE


def _countries_with_zones(seats: Sequence[Seat]) -> Iterator[tuple[Seat, ...]]:
    """Yield the seats of each country that has them in more than one zone."""
    members: dict[str, list[Seat]] = {}
    for seat in seats:
        if seat.calendar.country is not None:
            members.setdefault(seat.calendar.country, []).append(seat)
    for together in members.values():
        if len({seat.zone for seat in together}) > 1:
            yield tuple(together)


def _differing(begin: int, countries: Iterable[Sequence[Seat]]) -> Iterator[Caution]:
    """Yield a caution for each country whose clocks differ at one minute."""
    for seats in countries:
        offsets = tuple(zones.offset(begin, seat.zone) for seat in seats)
        if len(set(offsets)) > 1:
            yield Caution(Kind.COUNTRY, tuple(seat.name for seat in seats), offsets)
