"""Planning documents with their rankings; the last ones of a process are kept.

Who slides an hour asks about one ranking many times. A ranking follows from its document alone, so
nothing that is kept here can be out of date: what changes is another document.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache, partial
from hashlib import sha256
from threading import Lock
from typing import Any

from townhall.domain import document, options, relaxing, several, sittings, slots
from townhall.domain.options import Option
from townhall.domain.several import Gathering
from townhall.domain.sittings import Choice
from townhall.domain.slots import NothingFits, Ranking
from townhall.errors import InputError

MOST_CELLS = 6_000_000
"""Seats times starts of all rankings that are kept: some 30 MB."""

MOST_RANKINGS = 48
"""Rankings that are kept, however small: each also keeps options and sets in full."""

MOST_OPTIONS = 32
"""Options in full that are kept of one ranking: the fairest, and those looked at last."""

MOST_SETS = 4
"""Sets of several sittings in full that are kept of one ranking."""


@dataclass(frozen=True)
class Ranked:
    """A ranking; the best set of several sittings is looked for once somebody asks for it."""

    ranking: Ranking

    @cached_property
    def choice(self) -> Choice | InputError | None:
        """The best set, None if none fits, or why it cannot be told."""
        try:
            return sittings.choose(self.ranking)
        except InputError as too_long:
            return too_long.with_traceback(None)

    @cached_property
    def nothing_fits(self) -> NothingFits | None:
        """What to relax where no set fits; None where one does, or where that is not known."""
        return relaxing.nothing_fits(self.ranking) if self.choice is None else None

    def options(
        self, numbers: Sequence[int], previous: datetime | None = None
    ) -> tuple[Option, ...]:
        """Return the options for these starts, whether they fit or not.

        Args:
            numbers: Of the starts.
            previous: The start of the sitting before, for warnings.
        """
        return tuple(map(self._tellers(previous), numbers))

    @cached_property
    def best_set(self) -> Callable[[datetime | None], Gathering | None]:
        """The best set of several sittings in full, by the start of the sitting before.

        None where there is none, or none can be told.
        """
        return lru_cache(maxsize=2)(self._best_set)

    def _best_set(self, previous: datetime | None) -> Gathering | None:
        """Return the best set in full."""
        if not isinstance(self.choice, Choice):
            return None
        request = replace(self.ranking.request, previous=previous)
        ranking = replace(self.ranking, request=request)
        return several.of_choice(replace(self.choice, ranking=ranking))

    @cached_property
    def sets(self) -> Callable[[tuple[datetime, ...], datetime | None], Gathering]:
        """Sets of sittings in full, fitting or not, by their starts and that of the one before.

        Raises:
            InputError: As for `several.gather`.
        """
        return lru_cache(maxsize=MOST_SETS)(self._set)

    def _set(self, starts: tuple[datetime, ...], previous: datetime | None) -> Gathering:
        """Return a set in full."""
        request = self.ranking.request
        hours = [(start, request.grid.minutes) for start in starts]
        return several.gather(request.seats, hours, bands=request.bands, previous=previous)

    @cached_property
    def _tellers(self) -> Callable[[datetime | None], Callable[[int], Option]]:
        """What tells an option, by the start of the sitting before."""
        return lru_cache(maxsize=2)(self._teller)

    def _teller(self, previous: datetime | None) -> Callable[[int], Option]:
        """Return what tells the option of a start and keeps the last ones."""
        request = replace(self.ranking.request, previous=previous)
        scene = options.scene_of(replace(self.ranking, request=request))
        return lru_cache(maxsize=MOST_OPTIONS)(partial(options.option, scene))

    @property
    def cells(self) -> int:
        """Seats times starts."""
        return self.ranking.hard.size


class Rankings:
    """The rankings that were asked for last; safe among threads.

    Args:
        most_cells: Seats times starts of all that are kept.
        most: How many are kept.
    """

    def __init__(self, most_cells: int = MOST_CELLS, most: int = MOST_RANKINGS) -> None:
        self._most_cells = most_cells
        self._most = most
        self._kept: OrderedDict[bytes, Ranked] = OrderedDict()
        self._lock = Lock()

    def of(self, written: Mapping[str, Any]) -> Ranked:
        """Return a planning document's ranking.

        Raises:
            InputError: As for `document.parse`.
        """
        key = sha256(json.dumps(written, sort_keys=True).encode()).digest()
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        found = Ranked(slots.rank(document.parse(written)))
        with self._lock:
            self._kept[key] = found
            self._kept.move_to_end(key)
            cells = sum(each.cells for each in self._kept.values())
            while cells > self._most_cells or len(self._kept) > self._most:
                cells -= self._kept.popitem(last=False)[1].cells
        return found


_of_this_process = Rankings()

ranked = _of_this_process.of
