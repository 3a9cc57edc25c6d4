"""Turns as the fold of a log: the same events give the same state, one by one or all at once.

Source: docs/questions.md, turns, rules 5 to 10.
"""

from collections.abc import Iterable
from decimal import Decimal

from townhall.domain.states import Mode
from townhall.domain.turns.arithmetic import turns
from townhall.domain.turns.board import QuestionKey
from townhall.domain.turns.events import Event, PersonKey, Undone
from townhall.domain.turns.fold import effective, fold
from townhall.domain.turns.reasons import Reason, reason
from townhall.domain.turns.roll import Roll
from townhall.domain.turns.sites import SiteKey


class State:
    """Who has paid for what, and so who is next.

    Args:
        events: A log, in order. A take that it undoes counts as if it had never been.

    Raises:
        NotFoundError, TransitionError: As `apply`.
    """

    __slots__ = ("_log", "_roll")

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._log: list[Event] = []
        self._roll = Roll()
        self._replay(events)

    def apply(self, event: Event) -> None:
        """Let one more thing have happened. Undoing a take replays the log without it.

        Raises:
            NotFoundError: The event names a person or a question that no earlier one made known.
            TransitionError: It cannot happen as things are. Nothing was changed.
        """
        if isinstance(event, Undone):
            self._replay([*self._log, event])
        else:
            fold(self._roll, event)
            self._log.append(event)

    def _replay(self, events: Iterable[Event]) -> None:
        kept, roll = effective(events), Roll()
        for event in kept:
            fold(roll, event)
        self._log, self._roll = kept, roll

    @property
    def peak(self) -> Decimal:
        """V, the highest level paid so far, in turns, to 12 decimals."""
        return turns(self._roll.peak)

    def paid(self, person: PersonKey) -> Decimal:
        """Return x, what a participant has paid for, in turns, to 12 decimals.

        By phone, it is what the proxy of their site has paid.
        """
        return turns(self._roll.paid(self._roll.person(person)))

    def weight(self, site: SiteKey) -> Decimal:
        """Return W of a site, to 6 decimals."""
        return Decimal(self._roll.tally.electorate.sites[site].weight).scaleb(-6)

    def people(self, question: QuestionKey) -> int:
        """Return how many people support a question, those of its merge included."""
        root = self._roll.question(question).root
        return self._roll.tally.electorate.people(root.rows)

    def levels(self) -> dict[QuestionKey, Decimal | None]:
        """Return the level of each open question, to 9 decimals; None for one without weight."""
        return {
            key: None if height is None else Decimal(height).scaleb(-9)
            for key, height in self._roll.tally.levels().items()
        }

    def next(self, mode: Mode = Mode.FAIR) -> QuestionKey | None:
        """Return the question whose turn it is; None when the board is empty."""
        found = self._roll.tally.look_ahead(1, mode)
        return found[0].key if found else None

    def order(self, mode: Mode = Mode.FAIR) -> list[QuestionKey]:
        """Return all open questions as they would be taken, one after the other."""
        return [entry.key for entry in self._roll.tally.look_ahead(None, mode)]

    def look_ahead(self, count: int = 5, mode: Mode = Mode.FAIR) -> dict[QuestionKey, Reason]:
        """Return the next questions, in order, each with its reason."""
        tally = self._roll.tally
        return {
            entry.key: reason(tally, entry, before, mode)
            for before, entry in enumerate(tally.look_ahead(count, mode))
        }


def replay(events: Iterable[Event]) -> State:
    """Return the state after a log; applying its events one by one gives the same.

    Raises:
        NotFoundError, TransitionError: As `State.apply`.
    """
    return State(events)
