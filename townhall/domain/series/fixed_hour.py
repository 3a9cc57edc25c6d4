"""What a series would cost at an hour that never changes, to compare with.

Source: docs/fairness.md, rule 9.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from townhall.domain.series import planning, telling
from townhall.domain.series.patience import Progress
from townhall.domain.series.request import Series
from townhall.errors import InputError


class Verdict(StrEnum):
    """What is known of the best hour that never changes."""

    OPTIMAL = "optimal"
    BOUNDED = "bounded"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FixedHour:
    """What one hour for every sitting would cost.

    Args:
        verdict: Whether the best one is proven, or only the best found; or no hour fits every
            sitting; or that was not found out in time.
        paid: What each seat that has to be there would have paid in the end, by its name; empty
            without an hour.
        bound: No hour that never changes has a smaller largest ledger.
    """

    verdict: Verdict
    paid: Mapping[str, int] = field(default_factory=dict)
    bound: int = 0


def compare(
    series: Series,
    *,
    stopwatch: Callable[[], float] | None = None,
    progress: Callable[[Progress], bool] | None = None,
) -> FixedHour:
    """Return what a series would cost if its hour never changed, whatever it may otherwise.

    Args:
        series: What is asked for, with the time that there is for it.
        stopwatch: As `planning.plan` takes it.
        progress: The same.
    """
    asked = replace(series, distinct_times=1)
    try:
        found = planning.plan(asked, stopwatch=stopwatch, progress=progress, explained=False)
    except InputError:
        return FixedHour(Verdict.UNKNOWN)
    if found.best is None:
        return FixedHour(Verdict.IMPOSSIBLE)
    verdict = Verdict.OPTIMAL if found.optimal else Verdict.BOUNDED
    return FixedHour(verdict, telling.ledgers(found, telling.options(found)), found.bound)


def written(hour: FixedHour) -> dict[str, Any]:
    """Return a comparison as it is kept."""
    return {"verdict": hour.verdict, "paid": dict(hour.paid), "bound": hour.bound}


def read(kept: Mapping[str, Any]) -> FixedHour:
    """Return a comparison that was kept; at first only what seats would pay was written down."""
    if "verdict" in kept:
        return FixedHour(Verdict(kept["verdict"]), kept["paid"], kept["bound"])
    return FixedHour(Verdict.BOUNDED if kept else Verdict.UNKNOWN, kept)
