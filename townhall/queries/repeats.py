"""What a town hall would cost its places if it were held again and again."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from townhall.domain import document, windows
from townhall.domain.burden import utc
from townhall.domain.options import Option
from townhall.domain.series import planning, telling
from townhall.domain.series.fixed_hour import FixedHour, compare
from townhall.domain.series.obstacles import Obstacles
from townhall.domain.series.request import Series
from townhall.domain.series.rules import Rules
from townhall.domain.slots import NothingFits
from townhall.models.planning import TownHall
from townhall.queries import planning as town_halls

MOMENT_S = 0.1
"""How much is searched before a page is shown at all: counted in work, so that the same is found
on every computer, about as many seconds as this says."""

PATIENCE_S = 3
"""How long a page that is asked to plan waits for the best series; what is known by then is shown
as such."""

FIXED_PATIENCE_S = 1
"""How long it waits for the best single time of day, of which there are few."""

MOST_AT_ONCE = 250_000
"""Seats by starts that are ranked before a page is shown at all: a fifth of a second."""

MOST_ON_A_PAGE = 8_000_000
"""Seats by starts that a page ranks when it is asked to, which takes about two seconds before the
search begins; more is for a worker."""


class Reach(StrEnum):
    """What it takes to plan a series."""

    MOMENT = "moment"
    SECONDS = "seconds"
    WORKER = "worker"


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

    def dearest(self, most: int) -> list[Account]:
        """Return the accounts; of more than `most` those that pay most, dearest first."""
        if len(self.accounts) <= most:
            return list(self.accounts)
        return sorted(self.accounts, key=lambda account: -account.paid)[:most]

    @property
    def worst_fixed(self) -> int | None:
        """The largest ledger if the hour never changed; None where no one hour fits them all."""
        paid = [account.fixed for account in self.accounts]
        return None if None in paid else max((each for each in paid if each is not None), default=0)


def asked(town_hall: TownHall, wish: Wish) -> Series:
    """Return the series of a town hall's window, moved on by the days between.

    Args:
        town_hall: With its seats, its window and its length.
        wish: How often.

    Raises:
        InputError: A series that cannot be planned; the field is the planning document's.
    """
    return document.series(_document(town_hall, wish))


def reach(series: Series) -> Reach:
    """Return what it takes to plan a series, by how many starts are looked at for each seat."""
    size = len(series.seats) * sum(grid.count for grid in series.grids)
    if size <= MOST_AT_ONCE:
        return Reach.MOMENT
    return Reach.SECONDS if size <= MOST_ON_A_PAGE else Reach.WORKER


def repeat(asked: Series, stopwatch: Callable[[], float] | None = None) -> Repeat:
    """Return the best series that there is, or that was found in time.

    Args:
        asked: What is asked for.
        stopwatch: Seconds on a clock that only goes forward; without one a moment has to do.

    Raises:
        InputError: In the time none was found, nor that there is none.

    Source: docs/fairness.md, rules 8 and 9.
    """
    patience, fixed_patience = (
        (PATIENCE_S, FIXED_PATIENCE_S) if stopwatch is not None else (MOMENT_S, MOMENT_S)
    )
    found = planning.plan(replace(asked, time_limit_s=patience), stopwatch=stopwatch)
    options = tuple(telling.options(found))
    fixed = compare(replace(asked, time_limit_s=fixed_patience), stopwatch=stopwatch)
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
    whole = town_halls.plan_document(town_hall)
    first, until = whole.pop("from"), whole.pop("until")
    rules = wish.rules
    clock = rules.clock or town_halls.headquarters(town_hall).zone
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
