"""Everyone who takes part in one town hall's questions, and what the rules make of them.

Source: docs/questions.md, turns, rules 1, 3, 4 and 8.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from townhall.domain.turns.arithmetic import TURN, WEIGHT, rounded_ratio
from townhall.domain.turns.board import Entry, QuestionKey
from townhall.domain.turns.electorate import Charge
from townhall.domain.turns.events import PersonKey
from townhall.domain.turns.sites import SiteKey
from townhall.domain.turns.tally import Tally
from townhall.errors import NotFoundError, TransitionError
from townhall.i18n import N_


@dataclass(slots=True)
class Backer:
    """Someone who supports questions: a person who can vote, or a proxy."""

    site: SiteKey
    row: int
    supports: set[QuestionKey] = field(default_factory=set)


@dataclass(slots=True)
class Person:
    """A participant."""

    site: SiteKey
    trust: Fraction
    by_phone: bool
    takes_part: bool = False
    """Has voted, or had a question approved, and so counts at the site."""
    backer: Backer | None = None


@dataclass(slots=True)
class Proxy:
    """Who stands for the people of a site who cannot vote."""

    backer: Backer
    senders: set[PersonKey] = field(default_factory=set)
    by_hand: int | None = None
    counted: int = 0
    """For how many the site counts it."""

    @property
    def people(self) -> int:
        """k: how many people it stands for."""
        return len(self.senders) if self.by_hand is None else self.by_hand


class Roll:
    """People, proxies, what they support, and what the log must remember beside the tally."""

    __slots__ = (
        "_present",
        "askers",
        "backers",
        "cap",
        "charges",
        "nominal",
        "peak",
        "people",
        "proxies",
        "tally",
    )

    def __init__(self) -> None:
        self.tally = Tally()
        self.people: dict[PersonKey, Person] = {}
        self.proxies: dict[SiteKey, Proxy] = {}
        self.backers: dict[int, Backer] = {}
        """Each backer by the row that the electorate knows them by."""
        self.askers: dict[QuestionKey, frozenset[PersonKey]] = {}
        self.charges: dict[QuestionKey, Charge] = {}
        """Questions that were taken, with what it takes to charge for a long answer."""
        self.peak = 0
        """V, the highest level paid so far, in units of 10⁻¹²."""
        self.cap = Fraction(1)
        self.nominal = 180
        """Seconds that an answer may take at cost 1."""
        self._present: dict[SiteKey, Fraction] = defaultdict(Fraction)

    def begin(self, backer: Backer, entry: Entry) -> None:
        """Let someone support a question; who kept silent until now forgoes old credit."""
        self.forgo(backer)
        backer.supports.add(entry.key)
        self.tally.doubt(entry.back(backer.row))

    def come_back(self, entry: Entry) -> None:
        """Let all who support a question begin to support it anew, just before it comes back."""
        for part in entry.family():
            for row in part.own:
                self.forgo(self.backers[row])

    def forgo(self, backer: Backer) -> None:
        """Leave someone at most the cap of credit, unless they wait for a question already.

        Source: docs/questions.md, turns, rule 8.
        """
        weight = self.tally.electorate.sites[backer.site].weight
        if not self.peak or not weight or self.waits(backer):
            return
        spent = self.cap.denominator * weight
        units = rounded_ratio(self.peak * spent - self.cap.numerator * TURN * WEIGHT, spent)
        if units > 0:
            self.tally.electorate.pay(np.array([backer.row], np.int32), units)

    def paid(self, person: Person) -> int:
        """Return x of a person in units of 10⁻¹²; by phone, that of their site's proxy."""
        proxy = self.proxies.get(person.site) if person.by_phone else None
        backer = proxy.backer if proxy else person.backer
        return self.tally.electorate.paid(backer.row) if backer else 0

    def waits(self, backer: Backer) -> bool:
        """Say whether a question that someone supports can still be taken."""
        return any(self.tally.entries[key].is_waiting for key in backer.supports)

    def take_part(self, person: Person) -> None:
        """Count someone at their site, once."""
        if not person.takes_part:
            person.takes_part = True
            self.count(person.site, person.trust)

    def count_sender(self, key: PersonKey, person: Person) -> None:
        """Let the proxy of a site stand for someone who had a question approved."""
        person.takes_part = True
        proxy = self.proxy(person.site)
        proxy.senders.add(key)
        self.resize(proxy)

    def discount_sender(self, key: PersonKey, person: Person) -> None:
        """Let the proxy of a site no longer stand for someone."""
        proxy = self.proxy(person.site)
        proxy.senders.discard(key)
        self.resize(proxy)

    def resize(self, proxy: Proxy) -> None:
        """Count and weigh a proxy as many people as it now stands for."""
        backer = proxy.backer
        self.count(backer.site, Fraction(proxy.people - proxy.counted))
        proxy.counted = proxy.people
        self.tally.electorate.resize_proxy(backer.row, backer.site, proxy.people)
        self.tally.doubt_all_of(backer.row)

    def count(self, site: SiteKey, trust: Fraction) -> None:
        """Let a site have more trusted people, or fewer, which it does not feel."""
        self._present[site] += trust
        self.tally.electorate.sites.count(site, self._present[site])

    def backer(self, person: Person) -> Backer:
        """Return someone as a backer, made when they first need to be one."""
        if person.backer is None:
            row = self.tally.electorate.add(person.site, person.trust)
            person.backer = self.backers[row] = Backer(person.site, row)
        return person.backer

    def proxy(self, site: SiteKey) -> Proxy:
        """Return the proxy of a site, standing for nobody at its first mention."""
        if site not in self.proxies:
            backer = Backer(site, self.tally.electorate.add_proxy(site))
            self.proxies[site] = Proxy(backer)
            self.backers[backer.row] = backer
        return self.proxies[site]

    def person(self, key: PersonKey) -> Person:
        """Return someone who joined.

        Raises:
            NotFoundError: Nobody did by this key.
        """
        if key not in self.people:
            raise NotFoundError(N_("There is no person %(value)s."), field="person", value=key)
        return self.people[key]

    def question(self, key: QuestionKey) -> Entry:
        """Return a question that was approved.

        Raises:
            NotFoundError: None was by this key.
        """
        if key not in self.tally.entries:
            raise NotFoundError(N_("There is no question %(value)s."), field="question", value=key)
        return self.tally.entries[key]

    def open(self, key: QuestionKey) -> Entry:
        """Return a question that can be taken: on the board, and not merged into another.

        Raises:
            NotFoundError: There is no such question.
            TransitionError: It cannot be taken.
        """
        entry = self.question(key)
        if entry.into is not None or not entry.is_open:
            raise TransitionError(
                N_("Question %(value)s is not on the board."), field="question", value=key
            )
        return entry

    def regrouped(self, *roots: Entry) -> None:
        """Count askers anew after a merge or its undoing, each person once."""
        for root in roots:
            parts = (self.askers[part.key] for part in root.family())
            root.askers = len(frozenset[PersonKey]().union(*parts))
            self.tally.doubt(root)
