"""What a town hall would cost its places if it were held again and again."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from townhall.domain import document, windows
from townhall.domain.burden import utc
from townhall.domain.options import Option
from townhall.domain.series import planning as series
from townhall.domain.series import telling
from townhall.domain.series.fixed_hour import FixedHour, compare
from townhall.domain.series.obstacles import Obstacles
from townhall.domain.series.rules import Rules
from townhall.domain.slots import NothingFits
from townhall.models.planning import TownHall
from townhall.queries import planning

PATIENCE_S = 3
"""How long a page waits for the best series; what is known by then is shown as such."""

FIXED_PATIENCE_S = 1
"""How long it waits for the best single time of day, of which there are few."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How often, how far apart, at which hours.

    Args:
        count: Of sittings, 2 to 52.
        every_days: From each window to the next, 1 to 92.
        rules: Which hours are allowed; their time limit is for the search once the series is
            saved.
    """

    count: int = 12
    every_days: int = 7
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class Account:
    """What a seat will have paid in the end: as planned, and if the hour never changed."""

    name: str
    paid: int
    fixed: int | None


@dataclass(frozen=True, slots=True)
class Repeat:
    """A series planned from one town hall.

    Args:
        options: One for each occurrence, ledgers running through them; none if nothing fits.
        accounts: Of the required seats, in their order.
        bound: No series has a smaller largest ledger.
        is_optimal: Whether no series is better in any way; else it is the best known.
        stuck: Which occurrence cannot be placed, from 0, and why.
        obstacles: Which rules are in the way then.
        fixed: What an hour that never changes would cost.
    """

    options: tuple[Option, ...]
    accounts: tuple[Account, ...]
    bound: int
    is_optimal: bool
    stuck: tuple[int, NothingFits] | None
    obstacles: Obstacles | None
    fixed: FixedHour

    @property
    def worst(self) -> int:
        """The largest ledger in the end."""
        return max((account.paid for account in self.accounts), default=0)

    @property
    def worst_fixed(self) -> int | None:
        """The largest ledger if the hour never changed; None where no one hour fits them all."""
        paid = [account.fixed for account in self.accounts]
        return None if None in paid else max((each for each in paid if each is not None), default=0)


def repeat(town_hall: TownHall, wish: Wish, stopwatch: Callable[[], float]) -> Repeat:
    """Return the best series of a town hall's window, moved on by the days between.

    Args:
        town_hall: With its seats, its window and its length.
        wish: How often.
        stopwatch: Seconds on a clock that only goes forward.

    Raises:
        InputError: A series that cannot be planned; the field is the planning document's.

    Source: docs/fairness.md, rules 8 and 9.
    """
    asked = document.series(_document(town_hall, wish))
    found = series.plan(asked, stopwatch=stopwatch)
    options = tuple(telling.options(found))
    fixed = compare(replace(asked, time_limit_s=FIXED_PATIENCE_S), stopwatch=stopwatch)
    return Repeat(
        options=options,
        accounts=tuple(
            Account(name, paid, fixed.paid.get(name))
            for name, paid in telling.ledgers(found, options).items()
        ),
        fixed=fixed,
        bound=found.bound,
        is_optimal=found.optimal,
        stuck=found.stuck,
        obstacles=found.obstacles,
    )


def _document(town_hall: TownHall, wish: Wish) -> dict[str, object]:
    """Return the planning document of the series."""
    whole = planning.plan_document(town_hall)
    first, until = whole.pop("from"), whole.pop("until")
    rules = wish.rules
    clock = rules.clock or planning.headquarters(town_hall).zone
    return {
        **whole,
        "occurrences": [
            {"from": _later(first, days, clock), "until": _later(until, days, clock)}
            for days in range(0, wish.count * wish.every_days, wish.every_days)
        ],
        "distinct_times": rules.distinct_times,
        "weekdays": rules.days,
        "apart_days": rules.apart_days,
        "clock": clock,
        "time_limit_s": PATIENCE_S,
    }


def _later(instant: str, days: int, clock: str) -> str:
    """Return the same local time some days on, written as the planning document does."""
    return utc(windows.later(datetime.fromisoformat(instant), days, clock))
