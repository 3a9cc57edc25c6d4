"""Why, in words: docs/fairness.md, rules 12 and 13."""

from collections.abc import Iterator
from datetime import date, timedelta, timezone

from townhall.domain import bands, zones
from townhall.domain.cautions import Caution, Kind
from townhall.domain.options import Clock, DayOff, Option, Part
from townhall.i18n import N_, Speech

MOST_NAMED = 3
"""How many seats the sentence about the next option names."""

_CAUTIONS = {
    Kind.PREVIOUS: N_("%(seats)s: the clocks are at %(now)s, at the last sitting at %(was)s."),
    Kind.WEEK: N_("%(seats)s: the clocks are at %(now)s that day, a week before at %(was)s."),
    Kind.REPEATED: N_("%(seats)s: the clocks show this hour twice; it is the one at %(now)s."),
    Kind.ESTIMATED: N_(
        "%(seats)s: %(holiday)s on %(day)s is estimated and may come a day earlier or later."
    ),
    Kind.COUNTRY: N_("One country has different clocks: %(seats)s."),
}


class Reasons:
    """Sentences in one language about options of one ranking.

    Options repeat the same few clocks, dates and numbers thousands of times, so each is put
    into words once.
    """

    def __init__(self, speech: Speech) -> None:
        self.speech = speech
        self._whens: dict[Clock, str] = {}
        self._dates: dict[date, str] = {}
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
                start=self.speech.time(start),
                end=self.speech.time(end),
                offset=zones.offset_label(start),
                after=zones.offset_label(end),
            )
        return self._whens[clock]

    def band(self, part: Part) -> str:
        """Return the name of the dearest band that the seat's sitting touches."""
        if part.band not in self._bands:
            self._bands[part.band] = bands.name(part.band, self.speech)
        return self._bands[part.band]

    def rest(self, part: Part) -> str | None:
        """Return the rest days and holidays that the seat's sitting touches, by name."""
        if not part.days_off:
            return None
        named = dict.fromkeys(self._day_off(day_off) for day_off in part.days_off)
        return self.speech.list(named)

    def why(self, part: Part) -> str:
        """Return in one sentence what the start means for a seat and what it pays."""
        values = {
            "when": self.when(part.clock),
            "hours": self._hours(part),
            "num": self._number(part.burden),
            "before": self._number(part.ledger),
            "after": self._number(part.after),
        }
        if part.absent:
            return self.speech.ngettext(
                "%(when)s, %(hours)s: absent; present it would pay %(num)s point, "
                "and its ledger stays at %(before)s.",
                "%(when)s, %(hours)s: absent; present it would pay %(num)s points, "
                "and its ledger stays at %(before)s.",
                part.burden,
                **values,
            )
        if part.hard_no:
            return self.speech.ngettext(
                "%(when)s, %(hours)s: it cannot take part; it would pay %(num)s point.",
                "%(when)s, %(hours)s: it cannot take part; it would pay %(num)s points.",
                part.burden,
                **values,
            )
        if not part.required:
            return self.speech.ngettext(
                "%(when)s, %(hours)s: %(num)s point, and the ledger of an optional seat "
                "stays at %(before)s.",
                "%(when)s, %(hours)s: %(num)s points, and the ledger of an optional seat "
                "stays at %(before)s.",
                part.burden,
                **values,
            )
        return self.speech.ngettext(
            "%(when)s, %(hours)s: %(num)s point, so its ledger goes from %(before)s to %(after)s.",
            "%(when)s, %(hours)s: %(num)s points, so its ledger goes from %(before)s to %(after)s.",
            part.burden,
            **values,
        )

    def next_better(self, option: Option, following: Option | None) -> str | None:
        """Return what the next option would do better and for whom; None for the last one."""
        if following is None:
            return None
        start = self.speech.datetime(following.start, "EEE d MMM y, HH:mm")
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

    def caution(self, caution: Caution) -> str:
        """Return a caution in one sentence."""
        offsets = [_label(minutes) for minutes in caution.offsets]
        seats = list(caution.seats)
        if caution.kind is Kind.COUNTRY:
            message = N_("%(name)s (%(offset)s)")
            seats = [
                self.speech.gettext(message, name=name, offset=offset)
                for name, offset in zip(seats, offsets, strict=True)
            ]
        return self.speech.gettext(
            _CAUTIONS[caution.kind],
            seats=self.speech.list(seats),
            was=offsets[0] if offsets else "",
            now=offsets[-1] if offsets else "",
            day=self._date(caution.on) if caution.on else "",
            holiday=caution.holiday,
        )

    def _hours(self, part: Part) -> str:
        """Return the circumstances of a part: its band, days off, its answer."""
        hours = self.band(part)
        rest = self.rest(part)
        if rest is not None:
            hours = self.speech.gettext(N_("%(band)s, %(rest)s"), band=hours, rest=rest)
        if part.if_need_be:
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
        pairs = list(zip(option.parts, following.parts, strict=True))
        for here, _ in [pair for pair in pairs if pair[0].absent and not pair[1].absent]:
            message = N_("%(name)s (present instead of absent)")
            yield self.speech.gettext(message, name=here.name)
        cheaper = [
            (here, there)
            for here, there in pairs
            if not here.absent and not there.absent and there.burden < here.burden
        ]
        for here, there in sorted(cheaper, key=lambda pair: pair[1].burden - pair[0].burden):
            message = N_("%(name)s (%(less)s instead of %(more)s)")
            yield self.speech.gettext(
                message,
                name=here.name,
                less=self._number(there.burden),
                more=self._number(here.burden),
            )

    def _date(self, on: date) -> str:
        """Return weekday and date."""
        if on not in self._dates:
            self._dates[on] = self.speech.date(on, "EEE d MMM y")
        return self._dates[on]

    def _number(self, value: int) -> str:
        """Return a whole number."""
        if value not in self._numbers:
            self._numbers[value] = self.speech.number(value)
        return self._numbers[value]


def _label(minutes: int) -> str:
    """Return an offset in minutes as people write it."""
    return zones.offset_label(zones.EPOCH.astimezone(timezone(timedelta(minutes=minutes))))
