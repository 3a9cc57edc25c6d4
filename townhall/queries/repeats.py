"""What a town hall would cost its places if it were held again and again."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from townhall.domain import document
from townhall.domain.options import Option
from townhall.domain.series import planning as series
from townhall.domain.series import telling
from townhall.domain.slots import NothingFits
from townhall.models.planning import TownHall
from townhall.queries import planning

PATIENCE_S = 3
"""How long a page waits for the best series; what is known by then is shown as such."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How often, how far apart, at how many times of day.

    Args:
        count: Of sittings, 2 to 52.
        every_days: From each window to the next, 1 to 92.
        distinct_times: How many times of day are used at most; None for any number.
    """

    count: int = 12
    every_days: int = 7
    distinct_times: int | None = 3


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
    """

    options: tuple[Option, ...]
    accounts: tuple[Account, ...]
    bound: int
    is_optimal: bool
    stuck: tuple[int, NothingFits] | None

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
    fixed = series.plan(replace(asked, distinct_times=1), stopwatch=stopwatch)
    never = _ledgers(tuple(telling.options(fixed)))
    return Repeat(
        options=options,
        accounts=tuple(
            Account(name, paid, never.get(name)) for name, paid in _ledgers(options).items()
        ),
        bound=found.bound,
        is_optimal=found.optimal,
        stuck=found.stuck,
    )


def _document(town_hall: TownHall, wish: Wish) -> dict[str, object]:
    """Return the planning document of the series."""
    whole = planning.plan_document(town_hall)
    first, until = whole.pop("from"), whole.pop("until")
    step = timedelta(days=wish.every_days)
    return {
        **whole,
        "occurrences": [
            {"from": _later(first, step * number), "until": _later(until, step * number)}
            for number in range(wish.count)
        ],
        "distinct_times": wish.distinct_times,
        "clock": planning.headquarters(town_hall).zone,
        "time_limit_s": PATIENCE_S,
    }


def _later(instant: str, by: timedelta) -> str:
    """Return a later instant, written as the planning document does."""
    return f"{datetime.fromisoformat(instant).astimezone(UTC) + by:%Y-%m-%dT%H:%MZ}"


def _ledgers(options: tuple[Option, ...]) -> dict[str, int]:
    """Return what the required seats will have paid after the last of some options."""
    if not options:
        return {}
    parts = zip(options[-1].seats, options[-1].costs, strict=True)
    return {seat.name: cost.after for seat, cost in parts if cost.required}
