"""Which rules stand in the way of a series for which nothing fits.

A seat is not always to blame: weekdays that a window has not, too few times of day, a distance that
windows cannot keep. So rules are lifted, alone and then together, until there would be a series.

Source: docs/fairness.md, rules 9 and 11.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations

import numpy as np

from townhall.domain.series.patience import Patience
from townhall.domain.series.placing import is_possible
from townhall.domain.series.request import EVERY_DAY, Series
from townhall.domain.series.task import Marks
from townhall.i18n import N_, Speech

LIMIT_S = 2.0
"""How long obstacles are looked for, unless the series has less time."""

_EACH = 0.25
"""The share of it that one question may take."""


class Field(StrEnum):
    """What of a series can be lifted, by its name in the planning document."""

    WEEKDAYS = "weekdays"
    DISTINCT_TIMES = "distinct_times"
    APART_DAYS = "apart_days"
    SEATS = "seats"
    FIXED = "fixed"
    OCCURRENCES = "occurrences"


_NAMES = {
    Field.WEEKDAYS: N_("the choice of weekdays"),
    Field.DISTINCT_TIMES: N_("the limit on times of day"),
    Field.APART_DAYS: N_("the least distance between two sittings"),
    Field.SEATS: N_("the hours that places rule out"),
    Field.FIXED: N_("the sittings whose hour is fixed"),
}


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What stands in the way of a series.

    Args:
        fields: All smallest sets of fields that leave a series when they are lifted together: any
            weekday, any number of times of day, any distance, no hard no, no sitting that stays
            as it is. `OCCURRENCES` alone where nothing of that helps, as the windows have no room.
        complete: Whether the search for them was carried to its end.
    """

    fields: tuple[tuple[Field, ...], ...]
    complete: bool


def obstacles(
    series: Series, fits: Sequence[Marks], stopwatch: Callable[[], float] | None = None
) -> Obstacles:
    """Return what stands in the way of a series for which nothing fits.

    Args:
        series: What is asked for.
        fits: The starts of each occurrence that no seat that has to be there rules out.
        stopwatch: Seconds on a clock that only goes forward; without one only work counts.
    """
    return _Lifting(series, fits, stopwatch).smallest()


def told(found: Obstacles | None, speech: Speech, *, named: bool = False) -> list[str]:
    """Return in words what stands in the way, a sentence for each set.

    Args:
        found: What stands in the way; None where nothing does, or it is not known.
        speech: The language.
        named: Whether the fields of the planning document are named too.
    """
    if found is None:
        return []
    said = [_sentence(fields, speech, named=named) for fields in found.fields]
    if not said:
        return [speech.gettext(N_("Which rule stands in the way was not found in time."))]
    if not found.complete:
        said.append(speech.gettext(N_("There may be other ways; they were not all tried.")))
    return said


def _sentence(fields: Sequence[Field], speech: Speech, *, named: bool) -> str:
    """Return what would help, or that only other windows would."""
    if Field.OCCURRENCES in fields:
        message = N_("The windows have no room for so many sittings of this length.")
        if named:
            message = N_(
                "The windows have no room for so many sittings of this length "
                "(occurrences, minutes)."
            )
        return speech.gettext(message)
    names = [speech.gettext(_NAMES[field]) for field in fields]
    if named:
        names = [f"{name} ({field})" for name, field in zip(names, fields, strict=True)]
    message = N_("There would be a plan without this: %(rules)s.")
    if len(fields) > 1:
        message = N_("There would be a plan without these together: %(rules)s.")
    return speech.gettext(message, rules=speech.list(names))


class _Lifting:
    """Rules that are lifted from a series, the fewest first."""

    def __init__(
        self, series: Series, fits: Sequence[Marks], stopwatch: Callable[[], float] | None
    ) -> None:
        self.series = series
        self.fits = fits
        self.stopwatch = stopwatch
        self.limit_s = self.left_s = min(LIMIT_S, series.time_limit_s)
        binding = {
            Field.WEEKDAYS: series.weekdays != EVERY_DAY,
            Field.DISTINCT_TIMES: series.distinct_times is not None,
            Field.APART_DAYS: series.apart_days is not None,
            Field.SEATS: not all(fit.all() for fit in fits),
            Field.FIXED: bool(series.fixed),
        }
        self.fields = [field for field, binds in binding.items() if binds]

    def smallest(self) -> Obstacles:
        """Return all smallest sets of fields that leave a series."""
        complete = True
        for size in range(1, len(self.fields) + 1):
            found = []
            for fields in combinations(self.fields, size):
                answer = self._is_possible(fields)
                complete &= answer is not None
                if answer:
                    found.append(fields)
            if found:
                return Obstacles(tuple(found), complete)
        return Obstacles(((Field.OCCURRENCES,),) if complete else (), complete)

    def _is_possible(self, fields: Sequence[Field]) -> bool | None:
        """Return whether there is a series when fields are lifted; None where it is not known."""
        if self.left_s <= 0:
            return None
        series, fits = self._lifted(fields)
        # Whichever series is found first will do.
        patience = Patience(
            min(self.left_s, _EACH * self.limit_s),
            self.stopwatch,
            lambda progress: progress.worst is None,
        )
        found = is_possible(series, fits, patience)
        self.left_s -= patience.share * patience.limit_s
        return found

    def _lifted(self, fields: Sequence[Field]) -> tuple[Series, Sequence[Marks]]:
        """Return the series without some of its rules, and the starts that seats leave."""
        series, fits = self.series, self.fits
        for field in fields:
            match field:
                case Field.WEEKDAYS:
                    series = replace(series, weekdays=EVERY_DAY)
                case Field.DISTINCT_TIMES:
                    series = replace(series, distinct_times=None)
                case Field.APART_DAYS:
                    series = replace(series, apart_days=None)
                case Field.FIXED:
                    series = replace(series, fixed=())
                case _:
                    fits = [np.ones_like(fit) for fit in fits]
        return series, fits
