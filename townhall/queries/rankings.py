"""Planning documents with their rankings; the last ones of a process are kept.

Who slides an hour asks about one ranking many times. A ranking follows from its document alone, so
nothing that is kept here can be out of date: what changes is another document.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from threading import Lock
from typing import Any

from townhall.domain import document, sittings, slots
from townhall.domain.sittings import Choice
from townhall.domain.slots import Ranking
from townhall.errors import InputError

MOST_CELLS = 6_000_000
"""Seats times starts of all rankings that are kept: some 30 MB."""


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

    @property
    def cells(self) -> int:
        """Seats times starts."""
        return self.ranking.hard.size


class Rankings:
    """The rankings that were asked for last, as many as `most_cells` hold; safe among threads."""

    def __init__(self, most_cells: int = MOST_CELLS) -> None:
        self._most_cells = most_cells
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
            while sum(each.cells for each in self._kept.values()) > self._most_cells:
                self._kept.popitem(last=False)
        return found


_of_this_process = Rankings()

ranked = _of_this_process.of
