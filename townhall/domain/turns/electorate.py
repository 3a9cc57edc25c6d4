"""The people behind the questions: where they belong, how they are trusted, what they have paid.

Source: docs/questions.md, turns, rules 2, 3 and 5.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from townhall.domain.turns.levels import NARROW, Classes, Level, Paid, Rates, level
from townhall.domain.turns.sites import SiteKey, Sites

ONE_TURN = Fraction(1)

Rows = NDArray[np.int32]
"""Supporters, by the row that stands for each."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A take as it was when the question went on air, so that its charge can still be raised."""

    rows: Rows
    paid: Paid
    classes: Classes
    rates: Rates

    def level(self, cost: Fraction) -> Level | None:
        """Return the moment at which the supporters could have paid `cost` turns."""
        return level(self.paid, self.classes, self.rates, cost)


class Electorate:
    """Supporters in rows: single people, blocks of people who always act alike, and proxies.

    Args:
        rose: Told by what factor a weight rose, `inf` when it was 0 before. Levels that
            were known may then be too high.
    """

    __slots__ = ("_classes", "_crowd", "_homes", "_known", "_paid", "_rates", "_size", "sites")

    def __init__(self, rose: Callable[[float], None]) -> None:
        self._rates = Rates()
        self._known: dict[tuple[SiteKey, Fraction], int] = {}
        self._paid: Paid = np.zeros(64, np.int64)
        self._classes: Classes = np.zeros(64, np.int32)
        self._crowd = np.zeros(64, np.int64)
        self._homes: list[SiteKey] = []
        self._size = 0
        self.sites = Sites(self._rates, rose)

    def add(self, site: SiteKey, mass: Fraction, people: int = 1) -> int:
        """Add a person, or a block of people who always act alike, and return the row.

        Args:
            site: Where they belong.
            mass: Their trust, added up.
            people: How many they are, for ties.
        """
        return self._append(self._class(site, mass), people)

    def add_proxy(self, site: SiteKey) -> int:
        """Add the proxy of a site, standing for nobody yet, and return the row."""
        return self._append(self._add_class(site, Fraction(0)), 0)

    def resize_proxy(self, row: int, site: SiteKey, people: int) -> None:
        """Let the proxy of a site stand for `people` people."""
        self.sites.resize_class(site, int(self._classes[row]), Fraction(people))
        self._crowd[row] = people

    def move(self, row: int, site: SiteKey, mass: Fraction) -> None:
        """Let a supporter belong to another site, or be trusted differently; x stays."""
        self._classes[row] = self._class(site, mass)

    def paid(self, row: int) -> int:
        """Return what a supporter has paid for: x, in units of 10⁻¹²."""
        return int(self._paid[row])

    def pay(self, rows: Rows, units: int) -> None:
        """Let x of these supporters be at least `units` of 10⁻¹²."""
        self._paid = raised(self._paid, rows, units)

    def purses(self) -> Paid:
        """Return a copy of every x, to try takes on."""
        return self._paid.copy()

    def level(self, rows: Rows, paid: Paid | None = None) -> Level | None:
        """Return the moment at which these supporters could pay for one turn.

        Args:
            rows: The supporters.
            paid: Every x, if not what has truly been paid.
        """
        purses = self._paid if paid is None else paid
        return level(purses[rows], self._classes[rows], self._rates, ONE_TURN)

    def charge(self, rows: Rows) -> Charge:
        """Return what is needed to charge these supporters, now and again later."""
        return Charge(rows, self._paid[rows], self._classes[rows], self._rates.frozen())

    def people(self, rows: Rows) -> int:
        """Return how many people these supporters are; a proxy counts as all it stands for."""
        return int(self._crowd[rows].sum())

    def people_by_site(self, rows: Rows) -> dict[SiteKey, int]:
        """Return how many people of each site these supporters are, where there are any."""
        # Added up as floats, which hold every number of people exactly.
        crowds = np.bincount(self._classes[rows], self._crowd[rows])
        people: dict[SiteKey, int] = defaultdict(int)
        for row in np.flatnonzero(crowds).tolist():
            people[self._homes[row]] += int(crowds[row])
        return dict(people)

    def _class(self, site: SiteKey, mass: Fraction) -> int:
        if (site, mass) not in self._known:
            self._known[site, mass] = self._add_class(site, mass)
        return self._known[site, mass]

    def _add_class(self, site: SiteKey, mass: Fraction) -> int:
        self._homes.append(site)
        return self.sites.add_class(site, mass)

    def _append(self, row: int, people: int) -> int:
        if self._size == len(self._classes):
            self._paid = np.concatenate([self._paid, np.zeros_like(self._paid)])
            self._classes = np.concatenate([self._classes, np.zeros_like(self._classes)])
            self._crowd = np.concatenate([self._crowd, np.zeros_like(self._crowd)])
        self._classes[self._size] = row
        self._crowd[self._size] = people
        self._size += 1
        return self._size - 1


def raised(paid: Paid, rows: Rows, units: int) -> Paid:
    """Return `paid` with at least `units` in these rows: changed in place where it is wide enough.

    Wide enough is int64 up to `NARROW`, 288,230 turns; beyond that, Python's own integers.
    """
    if units >= NARROW and paid.dtype != object:
        paid = paid.astype(object)
    paid[rows] = np.maximum(paid[rows], units)
    return paid
