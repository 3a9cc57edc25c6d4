"""Why, in words: docs/fairness.md, rules 12 and 13."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cache
from operator import itemgetter

from townhall.domain import bands, zones
from townhall.domain.cautions import Caution, Kind
from townhall.domain.options import Clock, Cost, DayOff, Option
from townhall.i18n import N_, Speech

MOST_NAMED = 3
"""How many seats the sentence about the next option names."""

_CAUTIONS = {
    Kind.PREVIOUS: N_("%(seats)s: the clocks are at %(now)s, at the last sitting at %(was)s."),
    Kind.WEEK: N_("%(seats)s: the clocks are at %(now)s that day, a week before at %(was)s."),
    Kind.REPEATED: N_("%(seats)s: the clocks show this hour twice; it is the one at %(now)s."),
    Kind.ESTIMATED: N_("%(seats)s: %(holiday)s on %(day)s may come a day earlier or later."),
    Kind.COUNTRY: N_("One country has clocks that differ: %(seats)s."),
}


class Reasons:
    """Sentences in one language about options of one ranking.

    Options repeat the same few clocks, dates and numbers thousands of times, so each is put
    into words once.
    """

    def __init__(self, speech: Speech) -> None:
        self.speech = speech
        self._whens: dict[Clock, str] = {}
        self._cautions: dict[Caution, str] = {}
        self._dates: dict[date, str] = {}
        self._weekdays: dict[date, str] = {}
        self._times: dict[tuple[int, int], str] = {}
        self._numbers: dict[int, str] = {}
        self._bands: dict[int, str] = {}

    def when(self, clock: Clock) -> str:
        """Return start and end on a wall clock: weekday, date, hours and offset."""
        if clock not in self._whens:
            start, end = clock.start, clock.end
            message = N_("%(day)s, %(start)s–%(end)s (%(offset)s)")
            if start.date() != end.date():
                message = N_("%(day)s, %(start)s to %(last)s, %(end)s (%(offset)s)")
            if start.utcoffset() != end.utcoffset():
                message = N_("%(day)s, %(start)s (%(offset)s) to %(last)s, %(end)s (%(after)s)")
            self._whens[clock] = self.speech.gettext(
                message,
                day=self._date(start.date()),
                last=self._date(end.date()),
                start=self._time(start),
                end=self._time(end),
                offset=zones.offset_label(start),
                after=zones.offset_label(end),
            )
        return self._whens[clock]

    def weekday(self, clock: Clock) -> str:
        """Return the short name of the weekday on which a sitting starts there."""
        on = clock.start.date()
        if on not in self._weekdays:
            self._weekdays[on] = self.speech.weekday(on, short=True)
        return self._weekdays[on]

    def band(self, cost: Cost) -> str:
        """Return the name of the dearest band that the seat's sitting touches."""
        if cost.band not in self._bands:
            self._bands[cost.band] = bands.name(cost.band, self.speech)
        return self._bands[cost.band]

    def rest(self, cost: Cost) -> str | None:
        """Return the rest days and holidays that the seat's sitting touches, by name."""
        if not cost.days_off:
            return None
        named = dict.fromkeys(self._day_off(day_off) for day_off in cost.days_off)
        return self.speech.list(named)

    def why(self, cost: Cost) -> str:
        """Return in one sentence what the start means for a seat and what it pays."""
        values = {
            "when": self.when(cost.clock),
            "hours": self._hours(cost),
            "num": self._number(cost.burden),
            "before": self._number(cost.ledger),
            "after": self._number(cost.after),
        }
        if cost.absent:
            return self.speech.ngettext(
                "%(when)s, %(hours)s: absent, where it would pay %(num)s point; "
                "the ledger of an optional seat stays at %(before)s.",
                "%(when)s, %(hours)s: absent, where it would pay %(num)s points; "
                "the ledger of an optional seat stays at %(before)s.",
                cost.burden,
                **values,
            )
        if cost.hard_no and cost.elsewhere is not None:
            message = N_(
                "%(when)s, %(hours)s: it cannot take part; it attends the sitting of %(other)s UTC."
            )
            return self.speech.gettext(message, other=self._instant(cost.elsewhere), **values)
        if cost.hard_no:
            return self.speech.ngettext(
                "%(when)s, %(hours)s: it cannot take part; it would pay %(num)s point.",
                "%(when)s, %(hours)s: it cannot take part; it would pay %(num)s points.",
                cost.burden,
                **values,
            )
        if cost.elsewhere is not None:
            return self.speech.ngettext(
                "%(when)s, %(hours)s: %(num)s point, which it does not pay; "
                "it attends the sitting of %(other)s UTC.",
                "%(when)s, %(hours)s: %(num)s points, which it does not pay; "
                "it attends the sitting of %(other)s UTC.",
                cost.burden,
                other=self._instant(cost.elsewhere),
                **values,
            )
        if not cost.required:
            return self.speech.ngettext(
                "%(when)s, %(hours)s: %(num)s point; "
                "the ledger of an optional seat stays at %(before)s.",
                "%(when)s, %(hours)s: %(num)s points; "
                "the ledger of an optional seat stays at %(before)s.",
                cost.burden,
                **values,
            )
        return self.speech.ngettext(
            "%(when)s, %(hours)s: %(num)s point; the ledger goes from %(before)s to %(after)s.",
            "%(when)s, %(hours)s: %(num)s points; the ledger goes from %(before)s to %(after)s.",
            cost.burden,
            **values,
        )

    def next_better(self, option: Option, following: Option | None) -> str | None:
        """Return what the next option would do better and for whom; None for the last one."""
        if following is None:
            return None
        start = self._instant(following.start)
        gains = list(self._gains(option, following))
        if not gains:
            message = N_("The next option, %(start)s UTC, is better for nobody.")
            return self.speech.gettext(message, start=start)
        named = self.speech.list(gains[:MOST_NAMED])
        others = len(gains) - MOST_NAMED
        if others <= 0:
            message = N_("The next option, %(start)s UTC, is better for %(seats)s.")
            return self.speech.gettext(message, start=start, seats=named)
        return self.speech.ngettext(
            "The next option, %(start)s UTC, is better for %(seats)s and for %(num)s more seat.",
            "The next option, %(start)s UTC, is better for %(seats)s and for %(num)s more seats.",
            others,
            start=start,
            seats=named,
        )

    def better(self, option: Option, other: Option) -> str | None:
        """Return for whom another option would be better and by how much; None for nobody."""
        gains = list(self._gains(option, other))
        named = self.speech.list(gains[:MOST_NAMED])
        others = len(gains) - MOST_NAMED
        if others <= 0:
            return named or None
        return self.speech.ngettext(
            "%(seats)s and %(num)s more seat",
            "%(seats)s and %(num)s more seats",
            others,
            seats=named,
        )

    def caution(self, caution: Caution) -> str:
        """Return a caution in one sentence."""
        if caution not in self._cautions:
            self._cautions[caution] = self._caution(caution)
        return self._cautions[caution]

    def _caution(self, caution: Caution) -> str:
        """Return a caution in one sentence, said for the first time."""
        offsets = [_label(minutes) for minutes in caution.offsets]
        seats = caution.seats
        if caution.kind is Kind.COUNTRY:
            seats = tuple(self._by_offset(seats, offsets))
        return self.speech.gettext(
            _CAUTIONS[caution.kind],
            seats=self.speech.list(seats),
            was=offsets[0] if offsets else "",
            now=offsets[-1] if offsets else "",
            day=self._date(caution.on) if caution.on else "",
            holiday=caution.holiday,
        )

    def _by_offset(self, seats: Sequence[str], offsets: Sequence[str]) -> Iterator[str]:
        """Yield the seats of each offset together."""
        together: dict[str, list[str]] = {}
        for name, offset in zip(seats, offsets, strict=True):
            together.setdefault(offset, []).append(name)
        for offset, names in together.items():
            message = N_("%(seats)s at %(offset)s")
            yield self.speech.gettext(message, seats=self.speech.list(names), offset=offset)

    def _hours(self, cost: Cost) -> str:
        """Return the circumstances of a seat: its band, days off, its answer."""
        hours = self.band(cost)
        rest = self.rest(cost)
        if rest is not None:
            hours = self.speech.gettext(N_("%(band)s, %(rest)s"), band=hours, rest=rest)
        if cost.if_need_be:
            message = N_("%(hours)s, only “if need be”")
            hours = self.speech.gettext(message, hours=hours)
        return hours

    def _day_off(self, day_off: DayOff) -> str:
        """Return the name of a holiday, or the weekday of a rest day."""
        if day_off.holiday is None:
            return self.speech.weekday(day_off.on)
        return day_off.holiday or self.speech.gettext(N_("public holiday"))

    def _gains(self, option: Option, following: Option) -> Iterator[str]:
        """Yield the seats that the following option serves better, the greatest gain first."""
        cheaper = []
        for seat, here, there in zip(option.seats, option.costs, following.costs, strict=True):
            if here.absent and not there.absent:
                message = N_("%(name)s (present instead of absent)")
                yield self.speech.gettext(message, name=seat.name)
            elif there.burden < here.burden and not here.absent and not there.absent:
                cheaper.append((there.burden - here.burden, seat.name, here, there))
        for _, name, here, there in sorted(cheaper, key=itemgetter(0)):
            yield self.speech.gettext(
                N_("%(name)s (%(less)s instead of %(more)s)"),
                name=name,
                less=self._number(there.burden),
                more=self._number(here.burden),
            )

    def _date(self, on: date) -> str:
        """Return weekday and date."""
        if on not in self._dates:
            self._dates[on] = self.speech.date(on, "EEE d MMM y")
        return self._dates[on]

    def _instant(self, moment: datetime) -> str:
        """Return weekday, date and hours, as sentences about starts write them."""
        return self.speech.datetime(moment, "EEE d MMM y, HH:mm")

    def _time(self, moment: datetime) -> str:
        """Return hours and minutes."""
        shown = moment.hour, moment.minute
        if shown not in self._times:
            self._times[shown] = self.speech.time(moment)
        return self._times[shown]

    def _number(self, value: int) -> str:
        """Return a whole number."""
        if value not in self._numbers:
            self._numbers[value] = self.speech.number(value)
        return self._numbers[value]


@cache
def _label(minutes: int) -> str:
    """Return an offset in minutes as people write it."""
    return zones.offset_label(zones.at_offset(zones.EPOCH, minutes))
