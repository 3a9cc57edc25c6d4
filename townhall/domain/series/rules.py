"""Which hours a saved series may have, as its organizers choose them.

Source: docs/fairness.md, rule 9.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from townhall.domain import zones
from townhall.domain.document import MOST_APART, MOST_TIMES, WEEKDAYS
from townhall.domain.series.request import DISTINCT_TIMES
from townhall.errors import InputError
from townhall.i18n import N_

TIME_LIMITS_S = (10, 60, 300)
"""How long a search may take, to choose from."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the hours of a series keep to.

    Args:
        distinct_times: How many times of day are used at most; None for any number.
        weekdays: On which sittings may start, as the planning document names them; none for
            every day.
        apart_days: How many times 24 hours lie between two starts at least; None for any order.
        clock: The zone on whose clock times of day and weekdays are read; None for
            headquarters'.
        time_limit_s: How long a search may take, one of `TIME_LIMITS_S`.

    Raises:
        InputError: The field has the argument's name.
    """

    distinct_times: int | None = DISTINCT_TIMES
    weekdays: Sequence[str] = ()
    apart_days: int | None = None
    clock: str | None = None
    time_limit_s: int = 60

    def __post_init__(self) -> None:
        """Refuse what no series could be planned with."""
        _check_range(self.distinct_times, "distinct_times", 1, MOST_TIMES)
        _check_range(self.apart_days, "apart_days", 0, MOST_APART)
        if self.clock is not None:
            zones.require(self.clock, "clock")
        for day in self.weekdays:
            if day not in WEEKDAYS:
                message = N_("“%(value)s” is not a weekday.")
                raise InputError(message, field="weekdays", value=day[:20])
        if self.time_limit_s not in TIME_LIMITS_S:
            raise InputError(
                N_("%(value)s is not a time limit that can be chosen: %(known)s seconds."),
                field="time_limit_s",
                value=self.time_limit_s,
                known=", ".join(map(str, TIME_LIMITS_S)),
            )

    @property
    def days(self) -> list[str] | None:
        """The weekdays in their order; None for every day."""
        named = [day for day in WEEKDAYS if day in self.weekdays]
        return named if 0 < len(named) < len(WEEKDAYS) else None


def usual_distance(window: timedelta, every_days: int) -> int | None:
    """Return how many days to keep two starts apart unless somebody chooses.

    Where each window ends before the next begins no distance is asked for. Where they overlap it
    is half of the days between them, so that no two sittings fall into the same days.
    """
    return (every_days + 1) // 2 if window > timedelta(days=every_days) else None


def _check_range(value: int | None, field: str, least: int, most: int) -> None:
    """Raise InputError for a number outside of a range; None is in every one."""
    if value is not None and not least <= value <= most:
        raise InputError(
            N_("“%(value)s” is not a whole number from %(least)s to %(most)s."),
            field=field,
            value=value,
            least=least,
            most=most,
        )
