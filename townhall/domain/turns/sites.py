"""Sites and what they weigh.

Source: docs/questions.md, turns, rules 1 to 3.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf
from typing import TypeAlias

from townhall.domain.turns.arithmetic import WEIGHT, half_up, site_weight
from townhall.domain.turns.levels import Rates

SiteKey: TypeAlias = int | str
"""An office's key, or `PUBLIC`."""

PUBLIC = "public"
"""The site of everyone who came by the open link."""


@dataclass(slots=True)
class Site:
    """A group of people who share one weight."""

    key: SiteKey
    people: Fraction = Fraction(0)
    """n: the trust of its people; it never falls."""
    by_hand: int | None = None
    """A weight that somebody set, in units of 10⁻⁶."""
    own: int = 0
    """W before the public's is bounded, in units of 10⁻⁶."""
    weight: int = 0
    """W, in units of 10⁻⁶."""
    share: Fraction = Fraction(0)
    """W / n: what one trusted person weighs."""
    masses: dict[int, Fraction] = field(default_factory=dict)
    """For each class of its supporters, the trust of one of them (or of a block, or a proxy)."""


class Sites:
    """The weights of all sites, and from them the rate of each class of supporters.

    Args:
        rates: Where rates are kept.
        rose: Told by what factor a rate rose, so that known levels can be taken as too high;
            None when one weighed nothing before.
    """

    __slots__ = ("_alpha", "_rates", "_rose", "_sites")

    def __init__(self, rates: Rates, rose: Callable[[float], None]) -> None:
        self._alpha = Fraction(1, 2)
        self._rates = rates
        self._rose = rose
        self._sites: dict[SiteKey, Site] = {}

    def __getitem__(self, key: SiteKey) -> Site:
        """Return a site, made at its first mention."""
        return self._sites.get(key) or self._sites.setdefault(key, Site(key))

    def __iter__(self) -> Iterator[Site]:
        return iter(self._sites.values())

    def add_class(self, key: SiteKey, mass: Fraction) -> int:
        """Add a class of supporters of one site, each of whom is trusted `mass`."""
        row = self._rates.append()
        self.resize_class(key, row, mass)
        return row

    def resize_class(self, key: SiteKey, row: int, mass: Fraction) -> None:
        """Trust a class more or less; what it supports must be looked at again."""
        site = self[key]
        site.masses[row] = mass
        self._rates.put(row, site.share * mass)

    def count(self, key: SiteKey, people: Fraction) -> None:
        """Let `people` be the trust of a site's people, unless more were counted before."""
        site = self[key]
        if people > site.people:
            site.people = people
            self._weigh(site)

    def set_by_hand(self, key: SiteKey, weight: Fraction | None) -> None:
        """Set W of a site by hand, or let the rule find it again."""
        site = self[key]
        site.by_hand = None if weight is None else half_up(weight, WEIGHT)
        self._weigh(site)

    def tune(self, alpha: Fraction) -> None:
        """Change alpha, and with it every weight that was not set by hand."""
        self._alpha = alpha
        for site in self:
            self._weigh(site)

    def _weigh(self, site: Site) -> None:
        site.own = site_weight(site.people, self._alpha) if site.by_hand is None else site.by_hand
        if site.key != PUBLIC:
            self._settle(site, site.own)
        if PUBLIC in self._sites:
            public = self._sites[PUBLIC]
            offices = [office.own for office in self if office.people and office is not public]
            self._settle(public, min(public.own, max(offices, default=public.own)))

    def _settle(self, site: Site, weight: int) -> None:
        """Give a site its weight and its classes their rates."""
        site.weight = weight
        before = site.share
        site.share = Fraction(weight, WEIGHT) / site.people if site.people else Fraction(0)
        if site.share == before:
            return
        for row, mass in site.masses.items():
            self._rates.put(row, site.share * mass)
        if site.share > before:
            self._rose(float(site.share / before) if before else inf)
