"""Other ways to look at a ranking, beside the fair order and never instead of it.

A lens answers what another idea of a good hour would choose, so that one can see what
fairness costs and for whom. Only starts that fit every required seat are looked at, whole
numbers decide, and what a lens finds equal stays in the fair order.

Source: docs/fairness.md, rule 14.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townhall.domain.burden import utc
from townhall.domain.slots import Ranking, Request, rank
from townhall.errors import InputError
from townhall.i18n import N_

MOST_VALUE = 1_000_000_000_000_000


class Lens(StrEnum):
    """What is looked for."""

    CEILING = "ceiling"
    QUORUM = "quorum"
    LEAST_TOTAL = "least-total"
    WORKING_HOURS = "working-hours"
    ATTENDANCE = "attendance"
    TRADE_OFF = "trade-off"


VALUED = frozenset({Lens.CEILING, Lens.QUORUM, Lens.ATTENDANCE})
"""The lenses that need a number."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A lens to look through, and its number where it needs one.

    Args:
        lens: What is looked for.
        value: Points that nobody may exceed (`CEILING`), optional seats that have to be there
            (`QUORUM`), points above which people stay away (`ATTENDANCE`); else None.

    Raises:
        InputError: A number is missing, too much, or out of range; field `lens`.
    """

    lens: Lens
    value: int | None = None

    def __post_init__(self) -> None:
        """Refuse a lens without its number, and a number without a lens that needs it."""
        if self.lens not in VALUED and self.value is not None:
            raise InputError(
                N_("The lens “%(lens)s” takes no number, and %(value)s was given."),
                field="lens",
                lens=self.lens.value,
                value=self.value,
            )
        if self.lens in VALUED and (self.value is None or not 0 <= self.value <= MOST_VALUE):
            raise InputError(
                N_("The lens “%(lens)s” needs a whole number from 0 on, such as %(lens)s=8."),
                field="lens",
                lens=self.lens.value,
            )


@dataclass(frozen=True, slots=True)
class Look:
    """One start as lenses see it.

    Args:
        number: Of the start in its grid.
        rank: Its place in the fair order, from 1.
        worst: Ledger + burden of the worst-off required seat; 0 if none is required.
        victims: The required seats that have it, unless it is 0.
        total: The sum over people of rule 7.
        working: People of seats that take part inside working hours.
        inequality: Gini over the ledgers of the required seats after this start.
    """

    number: int
    rank: int
    worst: int
    victims: tuple[str, ...]
    total: int
    working: int
    inequality: Fraction


@dataclass(frozen=True, slots=True)
class View:
    """What a lens shows.

    Args:
        choice: The lens.
        count: How many starts it lets through.
        best: The first of them, in its order; all of a trade-off.
        attending: For `ATTENDANCE`, how many people come to each of `best`; else empty.
    """

    choice: Choice
    count: int
    best: tuple[Look, ...]
    attending: tuple[int, ...] = ()


class Lenses:
    """The lenses over one ranking; what several of them need is worked out once.

    All arrays run over the starts that fit, in the fair order, so that a stable sort leaves
    to fairness what a lens finds equal.
    """

    def __init__(self, ranking: Ranking) -> None:
        seats = ranking.request.seats
        self.ranking = ranking
        self.order: NDArray[np.intp] = np.array(ranking.order, dtype=np.intp)
        self._required = np.array([seat.required for seat in seats])
        self._headcount = np.array([seat.people for seat in seats], dtype=np.int64)
        ledgers = np.array([seat.ledger for seat in seats], dtype=ranking.burdens.dtype)
        owed = ranking.burdens[self._required] + ledgers[self._required, np.newaxis]
        worst = owed.max(axis=0) if len(owed) else np.zeros(ranking.request.grid.count)
        self.worst = worst.astype(np.int64)[self.order]
        self.total = ranking.people[self.order]
        at_work = (ranking.points == 0)[ranking.profile_of]
        self.working = self._people(at_work & ~ranking.hard)

    def view(self, choice: Choice, top: int = 10) -> View:
        """Return what a lens shows: at most `top` starts, but the whole of a trade-off."""
        value = choice.value or 0
        found = _VIEWS[choice.lens](self, value)
        shown = found if choice.lens is Lens.TRADE_OFF else found[:top]
        attending: tuple[int, ...] = ()
        if choice.lens is Lens.ATTENDANCE:
            attending = tuple(self.attending(value)[shown].tolist())
        return View(choice, len(found), self.looks(shown.tolist()), attending)

    def ceiling(self, most: int) -> NDArray[np.intp]:
        """Return the places of the starts at which no required seat exceeds `most`, least total."""
        places = np.flatnonzero(self.worst <= most)
        return places[self.total[places].argsort(kind="stable")]

    def quorum(self, least: int) -> NDArray[np.intp]:
        """Return the places of the starts at which `least` optional seats can take part."""
        present = (~self.ranking.hard[~self._required]).sum(axis=0)
        return np.flatnonzero(present[self.order] >= least)

    def least_total(self, _value: int = 0) -> NDArray[np.intp]:
        """Return the places of all starts, the least total first."""
        return self.total.argsort(kind="stable")

    def working_hours(self, _value: int = 0) -> NDArray[np.intp]:
        """Return the places of all starts, those with most people in working hours first."""
        return (-self.working).argsort(kind="stable")

    def attendance(self, limit: int) -> NDArray[np.intp]:
        """Return the places of all starts, those to which most people come first."""
        return (-self.attending(limit)).argsort(kind="stable")

    def trade_off(self, _value: int = 0) -> NDArray[np.intp]:
        """Return the places of the starts that none beats in both worst and total.

        The first pays the least worst; each further one buys a smaller total with a larger
        worst. Of starts that are equal in both, the fairest stands for all.
        """
        ranked = np.lexsort((self.total, self.worst))
        totals = self.total[ranked]
        before = np.minimum.accumulate(totals)[:-1]
        gains = np.concatenate(([True], totals[1:] < before)) if len(ranked) else totals < 0
        return ranked[gains]

    def attending(self, limit: int) -> NDArray[np.int64]:
        """Return how many people come if all stay away whose seat pays more than `limit`."""
        return self._people((self.ranking.burdens <= limit) & ~self.ranking.hard)

    def looks(self, places: Sequence[int]) -> tuple[Look, ...]:
        """Return starts as lenses see them, by their places in the fair order from 0."""
        return tuple(map(self._look, places))

    def _look(self, place: int) -> Look:
        """Return one start as lenses see it."""
        number = int(self.order[place])
        paid = self.ranking.burdens[:, number].tolist()
        after = {
            seat.name: seat.ledger + points
            for seat, points in zip(self.ranking.request.seats, paid, strict=True)
            if seat.required
        }
        worst = int(self.worst[place])
        return Look(
            number=number,
            rank=place + 1,
            worst=worst,
            victims=tuple(name for name, owed in after.items() if owed == worst and worst),
            total=int(self.total[place]),
            working=int(self.working[place]),
            inequality=gini(tuple(after.values())),
        )

    def _people(self, present: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the headcount of the seats that are present, for each start that fits."""
        counted: NDArray[np.int64] = np.einsum("i,ij->j", self._headcount, present)
        return counted[self.order]


_VIEWS: Mapping[Lens, Callable[[Lenses, int], NDArray[np.intp]]] = {
    Lens.CEILING: Lenses.ceiling,
    Lens.QUORUM: Lenses.quorum,
    Lens.LEAST_TOTAL: Lenses.least_total,
    Lens.WORKING_HOURS: Lenses.working_hours,
    Lens.ATTENDANCE: Lenses.attendance,
    Lens.TRADE_OFF: Lenses.trade_off,
}


def gini(ledgers: Sequence[int]) -> Fraction:
    """Return how unequally points are spread: 0 if all pay alike, near 1 if one pays all.

    The mean difference between two seats over twice the mean, exactly; 0 where nothing was
    paid or nobody is there.

    Source: C. Gini, Measurement of Inequality of Incomes, The Economic Journal 31 (1921).
    """
    total = len(ledgers) * sum(ledgers)
    if not total:
        return Fraction(0)
    ascending = sorted(ledgers)
    spread = sum((2 * place - len(ledgers) + 1) * paid for place, paid in enumerate(ascending))
    return Fraction(spread, total)


def parse(text: str) -> Choice:
    """Return the lens of `NAME` or `NAME=NUMBER`.

    Raises:
        InputError: No lens has the name, or its number cannot be used; field `lens`.
    """
    name, given, number = text.strip().partition("=")
    if name not in set(Lens):
        raise InputError(
            N_("“%(value)s” is no lens; there are: %(names)s."),
            field="lens",
            value=name[:40],
            names=", ".join(Lens),
        )
    if given and not (number.isascii() and number.isdigit() and len(number) <= 16):
        raise InputError(
            N_("“%(value)s” is not a whole number for the lens “%(lens)s”."),
            field="lens",
            value=number[:40],
            lens=name,
        )
    return Choice(Lens(name), int(number) if given else None)


def answer(request: Request, wishes: Sequence[str]) -> dict[str, Any]:
    """Return what each wished lens shows of a request, ready for JSON, by the lens's name.

    Args:
        request: Of one sitting; as many starts are shown as it asks for.
        wishes: As `parse` reads them.

    Raises:
        InputError: A wish cannot be read or comes twice, or there are several sittings.
    """
    choices: dict[Lens, Choice] = {}
    for choice in map(parse, wishes):
        if choice.lens in choices:
            message = N_("The lens “%(lens)s” is asked for twice.")
            raise InputError(message, field="lens", lens=choice.lens.value)
        choices[choice.lens] = choice
    if request.sittings > 1:
        message = N_("Lenses look at one sitting; this document plans %(count)s.")
        raise InputError(message, field="lens", count=request.sittings)
    lenses = Lenses(rank(request))
    views = (lenses.view(choice, request.top) for choice in choices.values())
    return {view.choice.lens.value: _told(request, view) for view in views}


def _told(request: Request, view: View) -> dict[str, Any]:
    """Return what a lens shows, ready for JSON."""
    best: list[dict[str, Any]] = [
        {
            "start": utc(request.grid.start(look.number)),
            "rank": look.rank,
            "worst": look.worst,
            "worst_off": list(look.victims),
            "total": look.total,
            "working": look.working,
            "inequality": str(look.inequality),
        }
        for look in view.best
    ]
    for told, people in zip(best, view.attending, strict=bool(view.attending)):
        told["attending"] = people
    return {"value": view.choice.value, "starts": view.count, "best": best}
