"""Who is next: every open question by its level, found without asking all of them.

An event's log and a turns document both fill a `Tally`; neither knows how it is searched.

Source: docs/questions.md, turns, rules 5, 6, 7 and 10.
"""

import heapq
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import TypeAlias

from townhall.domain.states import Mode
from townhall.domain.turns.board import Entry, QuestionKey, Ties
from townhall.domain.turns.electorate import ONE_TURN, Charge, Electorate, raised
from townhall.domain.turns.levels import Level, Paid
from townhall.domain.turns.sites import SiteKey

Place: TypeAlias = tuple[float, Ties, int, Entry]
"""A question in the ranking: its level in 10⁻⁹, or less, `inf` if none; ties; stamp; question."""


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
            least = 2 if mode is Mode.OLDEST else 0
            places = sorted(filter(_is_current, self._heap), key=lambda place: place[1][least:])
            return [entry for *_, entry in places[:count]]
        # What is learnt from the true state stays known; what is tried on a copy does not.
        first = self._lowest(self._heap)
        if count == 1:
            return [first.entry] if first else []
        heap, paid, found = self._heap.copy(), self.electorate.purses(), list[Entry]()
        while (count is None or len(found) < count) and (lowest := self._lowest(heap, paid)):
            heapq.heappop(heap)
            found.append(lowest.entry)
            paid = lowest.paid_from(paid)
        return found

    def _rotate(self, count: int | None) -> list[Entry]:
        """Take turns among the sites that have a question, the one that waited longest first."""
        heaps: dict[SiteKey, list[Place]] = {}
        for place in sorted(filter(_is_current, self._heap)):
            heaps.setdefault(place[-1].site, []).append(place)
        last = {site: turn for turn, site in enumerate(self.heard)}
        paid, found = self.electorate.purses(), list[Entry]()
        while heaps and (count is None or len(found) < count):
            longest = min(last.get(site, -1) for site in heaps)
            waiting = [site for site in heaps if last.get(site, -1) == longest]
            due = {site: it for site in waiting if (it := self._lowest(heaps[site], paid))}
            site = min(due, key=lambda site: heaps[site][0])
            heapq.heappop(heaps[site])
            if not heaps[site]:
                del heaps[site]
            found.append(due[site].entry)
            paid = due[site].paid_from(paid)
            last[site] = len(self.heard) + len(found)
        return found

    def _lowest(self, heap: list[Place], paid: Paid | None = None) -> "_Lowest | None":
        """Bring the question of the lowest level to the top of a heap, and return it, if any."""
        found: dict[Entry, Level | None] = {}
        while heap:
            _, ties, stamp, entry = heap[0]
            if not _is_current(heap[0]):
                heapq.heappop(heap)
            elif entry in found:
                return _Lowest(entry, found[entry])
            else:
                found[entry] = self.electorate.level(entry.rows, paid)
                heapq.heapreplace(heap, (_height(found[entry]), ties, stamp, entry))
        return None

    def _settle(self) -> None:
        """Mend the heap: all that is doubted is looked at and gets a new place."""
        if self._rise == inf:
            self._doubtful.update(self.entries.values())
            self._heap.clear()
        for entry in self._doubtful:
            entry.stamp += 1
        if len(self._heap) > 2 * len(self.entries):
            self._heap = sorted(filter(_is_current, self._heap))
        if self._rise > 1:
            # Weights that rise by a factor can bring a level down by that factor, no further;
            # two heights that were rounded can be another step apart.
            self._heap = [
                (height / self._rise - 1, ties, stamp, entry)
                for height, ties, stamp, entry in self._heap
            ]
            heapq.heapify(self._heap)
        for entry in self._doubtful:
            if entry.is_open and entry.into is None:
                ties = entry.ties(self.electorate.people(entry.rows))
                height = _height(self.electorate.level(entry.rows))
                heapq.heappush(self._heap, (height, ties, entry.stamp, entry))
        self._rise = 1.0
        self._doubtful.clear()

    def _weight_rose(self, factor: float) -> None:
        """Take every known level for too high by `factor`, and a little more for the floats."""
        self._rise *= factor * (1 + 1e-12)


@dataclass(frozen=True, slots=True)
class _Lowest:
    """The question that is due, and the moment at which it can be paid for."""

    entry: Entry
    moment: Level | None

    def paid_from(self, purses: Paid) -> Paid:
        """Return every x after its supporters have paid."""
        if self.moment is None:
            return purses
        return raised(purses, self.entry.rows, self.moment.paid)


def _height(moment: Level | None) -> float:
    return inf if moment is None else moment.compared


def _is_current(place: Place) -> bool:
    """Say whether a question is still on the board and has no later place."""
    return place[-1].is_open and place[2] == place[-1].stamp
