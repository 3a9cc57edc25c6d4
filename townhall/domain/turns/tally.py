"""Who is next: every open question by its level, found without asking all of them.

An event's log and a turns document both fill a `Tally`; neither knows how it is searched.

Source: docs/questions.md, turns, rules 5, 6, 7 and 10.
"""

import heapq
from enum import StrEnum
from fractions import Fraction
from math import inf
from typing import TypeAlias

from townhall.domain.turns.board import Entry, QuestionKey, Ties
from townhall.domain.turns.electorate import ONE_TURN, Charge, Electorate, raised
from townhall.domain.turns.levels import Paid
from townhall.domain.turns.sites import SiteKey

Place: TypeAlias = tuple[float, Ties, int, Entry]
"""A question in the ranking: its level in 10⁻⁹, or less, `inf` if none; ties; stamp; question."""


class Mode(StrEnum):
    """What the next question is chosen by; a take is charged alike in every mode."""

    FAIR = "fair"
    MOST_SUPPORTED = "most-supported"
    OLDEST = "oldest"
    ROUND_ROBIN = "round-robin"


class Tally:
    """Questions, their supporters, and the ranking.

    The ranking is a heap in which no question stands too high. Levels only rise, except where
    a question gains support or a site gains weight, and these are looked at again. So only
    questions that come to the top need their level found anew.
    """

    __slots__ = ("_doubtful", "_heap", "_rise", "electorate", "entries", "heard")

    def __init__(self) -> None:
        self._heap: list[Place] = []
        self._doubtful: set[Entry] = set()
        self._rise = 1.0
        self.electorate = Electorate(self._weight_rose)
        self.entries: dict[QuestionKey, Entry] = {}
        self.heard: list[SiteKey] = []
        """The site of each question taken, in order."""

    def add(self, entry: Entry) -> Entry:
        """Put a question on the board."""
        self.entries[entry.key] = entry
        self.doubt(entry)
        return entry

    def doubt(self, *entries: Entry) -> None:
        """Look at questions again, as their support or their ties changed."""
        self._doubtful.update(entries)

    def doubt_all_of(self, row: int) -> None:
        """Look again at every question that a supporter backs."""
        self.doubt(*(entry for entry in self.entries.values() if row in entry.members))

    def take(self, entry: Entry, cost: Fraction = ONE_TURN) -> tuple[Charge, int]:
        """Let the supporters of a question pay for it, and close it.

        Returns:
            The charge, to raise later, and the level paid in units of 10⁻¹²; 0 if nobody pays.
        """
        charge = self.electorate.charge(entry.rows)
        entry.is_open = False
        if cost:
            self.heard.append(entry.site)
        return charge, self.pay(charge, cost)

    def pay(self, charge: Charge, cost: Fraction) -> int:
        """Let supporters pay `cost` turns, or what is missing; returns the level they paid."""
        moment = charge.level(cost) if cost else None
        if moment is None:
            return 0
        self.electorate.pay(charge.rows, moment.paid)
        return moment.paid

    def levels(self) -> dict[QuestionKey, int | None]:
        """Return the level of each open question in units of 10⁻⁹, None where it has none."""
        moments = {
            entry.key: self.electorate.level(entry.rows)
            for entry in self.entries.values()
            if entry.is_open and entry.into is None
        }
        return {key: None if it is None else it.compared for key, it in moments.items()}

    def look_ahead(self, count: int | None = None, mode: Mode = Mode.FAIR) -> list[Entry]:
        """Return the next questions, if each is taken at cost 1 and nobody new comes.

        Args:
            count: How many at most; all of them by default.
            mode: What they are chosen by.
        """
        self._settle()
        if mode is Mode.ROUND_ROBIN:
            return self._rotate(count)
        if mode is not Mode.FAIR:
            oldest_first = mode is Mode.OLDEST
            places = sorted(self._heap, key=lambda place: place[1][2 if oldest_first else 0 :])
            return [entry for *_, entry in places[:count]]
        if not self._heap:
            return []
        self._lowest(self._heap)
        heap, paid, found = self._heap.copy(), self.electorate.purses(), list[Entry]()
        while heap and (count is None or len(found) < count):
            paid = self._pop(heap, paid, found)
        return found

    def _rotate(self, count: int | None) -> list[Entry]:
        """Take turns among the sites that have a question, the one that waited longest first."""
        heaps: dict[SiteKey, list[Place]] = {}
        for place in self._heap:
            heaps.setdefault(place[-1].site, []).append(place)
        for heap in heaps.values():
            heapq.heapify(heap)
        last = {site: turn for turn, site in enumerate(self.heard)}
        paid, found = self.electorate.purses(), list[Entry]()
        while heaps and (count is None or len(found) < count):
            longest = min(last.get(site, -1) for site in heaps)
            waiting = [site for site in heaps if last.get(site, -1) == longest]
            site = min(waiting, key=lambda site: self._lowest(heaps[site], paid)[:2])
            paid = self._pop(heaps[site], paid, found)
            last[site] = len(self.heard) + len(found)
            if not heaps[site]:
                del heaps[site]
        return found

    def _pop(self, heap: list[Place], paid: Paid, found: list[Entry]) -> Paid:
        """Move the lowest question of a heap to `found`; returns every x after paying for it."""
        entry = self._lowest(heap, paid)[-1]
        heapq.heappop(heap)
        found.append(entry)
        moment = self.electorate.level(entry.rows, paid)
        return paid if moment is None else raised(paid, entry.rows, moment.paid)

    def _lowest(self, heap: list[Place], paid: Paid | None = None) -> Place:
        """Bring the question of the lowest level to the top of a heap, and return its place."""
        while True:
            height, ties, stamp, entry = heap[0]
            place = (self._height(entry, paid), ties, stamp, entry)
            if place[0] == height:
                return place
            heapq.heapreplace(heap, place)

    def _height(self, entry: Entry, paid: Paid | None = None) -> float:
        moment = self.electorate.level(entry.rows, paid)
        return inf if moment is None else moment.compared

    def _settle(self) -> None:
        """Mend the heap: what was doubted is looked at, what was closed goes."""
        if self._rise == inf:
            self._doubtful.update(self.entries.values())
        for entry in self._doubtful:
            entry.stamp += 1
        heap = [place for place in self._heap if place[-1].is_open and place[2] == place[-1].stamp]
        if self._rise > 1:
            # Weights that rise by a factor can bring a level down by that factor, no further.
            heap = [(place[0] / self._rise, *place[1:]) for place in heap]
        for entry in self._doubtful:
            if entry.is_open and entry.into is None:
                ties = entry.ties(self.electorate.people(entry.rows))
                heap.append((self._height(entry), ties, entry.stamp, entry))
        heapq.heapify(heap)
        self._heap, self._rise = heap, 1.0
        self._doubtful.clear()

    def _weight_rose(self, factor: float) -> None:
        """Take every known level for too high by `factor`, and a little more for the floats."""
        self._rise *= factor * (1 + 1e-12)
