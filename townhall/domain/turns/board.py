"""Questions on the board, and what was merged into what.

Source: docs/questions.md, turns, rules 4 and 6.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from townhall.domain.turns.arithmetic import Number
from townhall.domain.turns.electorate import Rows
from townhall.domain.turns.sites import SiteKey

QuestionKey: TypeAlias = int | str
"""A question's number, or its id in a document."""

Ties: TypeAlias = tuple[int, int, Number, tuple[bool, QuestionKey]]
"""What decides between equal levels, lowest first: −people, −askers, age, number."""


@dataclass(slots=True, eq=False)
class Entry:
    """A question that was approved."""

    key: QuestionKey
    site: SiteKey
    at: Number
    askers: int = 1
    """How many people asked it, or one of those merged into it."""
    is_open: bool = True
    into: "Entry | None" = None
    merged: "list[Entry]" = field(default_factory=list)
    own: set[int] = field(default_factory=set)
    """Rows of those who support this very question."""
    members: set[int] = field(default_factory=set)
    """Rows of those who support it or anything that was merged into it."""
    oldest: Number = 0
    """The age of the oldest of a merge."""
    stamp: int = 0
    """Tells the place that the ranking holds for it from those it held before."""
    _rows: Rows | None = None

    def __post_init__(self) -> None:
        self.oldest = self.at

    @property
    def root(self) -> "Entry":
        """The question that this one was merged into, at the end of the chain; or itself."""
        entry = self
        while entry.into is not None:
            entry = entry.into
        return entry

    @property
    def is_waiting(self) -> bool:
        """Whether it, or what it was merged into, can still be taken."""
        return self.root.is_open

    @property
    def rows(self) -> Rows:
        """`members` as an array, in no order."""
        if self._rows is None:
            self._rows = np.fromiter(self.members, np.int32, len(self.members))
        return self._rows

    def ties(self, people: int) -> Ties:
        """Return what decides when levels are equal; `people` support it."""
        return (-people, -self.askers, self.oldest, (isinstance(self.key, str), self.key))

    def family(self) -> Iterator["Entry"]:
        """Yield the question and everything merged into it, at any remove."""
        waiting = [self]
        while waiting:
            entry = waiting.pop()
            yield entry
            waiting.extend(entry.merged)

    def back(self, row: int) -> "Entry":
        """Let a supporter back it; returns the question that stands for it."""
        root = self.root
        self.own.add(row)
        if row not in root.members:
            root.members.add(row)
            if root._rows is not None:  # noqa: SLF001  of the same class
                root._rows = np.append(root._rows, np.int32(row))  # noqa: SLF001
        return root

    def leave(self, row: int) -> "Entry":
        """Let a supporter back it no longer; returns the question that stands for it."""
        self.own.discard(row)
        return self.root.regroup()

    def merge(self, into: "Entry") -> "Entry":
        """Become part of another question; returns the question that stands for both."""
        self.into = into
        into.merged.append(self)
        return self.root.regroup()

    def split(self) -> "Entry":
        """Be a question of its own again; returns the one that stood for it."""
        into = self.into or self
        root = self.root
        into.merged.remove(self)
        self.into = None
        self.regroup()
        return root.regroup()

    def regroup(self) -> "Entry":
        """Find again who supports it together with all that was merged into it."""
        family = list(self.family())
        self.members = set[int]().union(*(entry.own for entry in family))
        self.oldest = min(entry.at for entry in family)
        self._rows = None
        return self
