"""What each event of the log does to the roll.

Source: docs/questions.md, turns, rules 1, 3, 4, 7 and 8.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from townhall.domain.turns import events as log
from townhall.domain.turns.board import Entry
from townhall.domain.turns.events import PROXIED, Event
from townhall.domain.turns.roll import Person, Roll
from townhall.errors import TransitionError
from townhall.i18n import N_


def fold(roll: Roll, event: Event) -> None:
    """Let one event have happened; all kinds but `Undone`, which is a matter of the whole log.

    Raises:
        NotFoundError: The event names a person or a question that no earlier one made known.
        TransitionError: It cannot happen as things are. Nothing was changed.
    """
    _FOLD[type(event)](roll, event)


def effective(events: Iterable[Event]) -> list[Event]:
    """Return a log without the takes that it undoes, and without the end of their answers."""
    kept: list[Event] = []
    for event in events:
        if not isinstance(event, log.Undone):
            kept.append(event)
            continue
        taken = [
            at
            for at, e in enumerate(kept)
            if isinstance(e, log.Taken) and e.question == event.question
        ]
        if not taken:
            raise TransitionError(
                N_("Question %(value)s is not on air."), field="question", value=event.question
            )
        kept[taken[-1] :] = [
            e
            for e in kept[taken[-1] + 1 :]
            if not (isinstance(e, log.Ended) and e.question == event.question)
        ]
    return kept


def _tuned(roll: Roll, event: log.Tuned) -> None:
    if event.alpha is not None:
        roll.tally.electorate.sites.tune(Fraction(event.alpha))
    if event.cap is not None:
        roll.cap = Fraction(event.cap)
    if event.nominal is not None:
        roll.nominal = event.nominal


def _weighed(roll: Roll, event: log.Weighed) -> None:
    weight = None if event.weight is None else Fraction(event.weight)
    roll.tally.electorate.sites.set_by_hand(event.site, weight)


def _proxied(roll: Roll, event: log.Proxied) -> None:
    proxy = roll.proxy(event.site)
    proxy.by_hand = event.people
    roll.resize(proxy)


def _joined(roll: Roll, event: log.Joined) -> None:
    if event.person in roll.people:
        raise TransitionError(
            N_("Person %(value)s has joined already."), field="person", value=event.person
        )
    trust = Fraction(event.trust)
    roll.people[event.person] = Person(event.site, trust, event.by_phone)


def _moved(roll: Roll, event: log.Moved) -> None:
    person = roll.person(event.person)
    electorate = roll.tally.electorate
    paid = roll.paid(person)
    if person.by_phone:
        roll.discount_sender(event.person, person)
    elif person.takes_part:
        roll.count(person.site, -person.trust)
    person.site, person.trust, person.by_phone = event.site, Fraction(event.trust), False
    backer = roll.backer(person)
    backer.site = person.site
    electorate.move(backer.row, person.site, person.trust)
    electorate.pay(np.array([backer.row], np.int32), paid)
    if person.takes_part:
        roll.count(person.site, person.trust)
    roll.tally.doubt_all_of(backer.row)


def _approved(roll: Roll, event: log.Approved) -> None:
    if event.question in roll.tally.entries:
        raise TransitionError(
            N_("Question %(value)s was approved already."),
            field="question",
            value=event.question,
        )
    askers = {key: roll.person(key) for key in event.askers}
    entry = Entry(event.question, event.site, event.at, len(askers))
    roll.tally.add(entry)
    roll.askers[event.question] = frozenset(askers)
    # All are counted first: what one of them can catch up by depends on the whole site.
    backers = []
    for key, person in askers.items():
        if person.by_phone:
            roll.count_sender(key, person)
        else:
            roll.take_part(person)
            backers.append(roll.backer(person))
    if event.via in PROXIED:
        backers.append(roll.proxy(event.site).backer)
    for backer in backers:
        roll.begin(backer, entry)


def _supported(roll: Roll, event: log.Supported) -> None:
    person = roll.person(event.person)
    entry = roll.question(event.question)
    if person.by_phone:
        raise TransitionError(
            N_("Person %(value)s takes part by phone; the proxy of their site votes for them."),
            field="person",
            value=event.person,
        )
    if not entry.is_waiting:
        raise TransitionError(
            N_("Voting on question %(value)s is over."), field="question", value=event.question
        )
    roll.take_part(person)
    roll.begin(roll.backer(person), entry)


def _unsupported(roll: Roll, event: log.Unsupported) -> None:
    person = roll.person(event.person)
    entry = roll.question(event.question)
    # Who asked a question supports it, whether they voted for it besides or not.
    if person.backer is not None and event.person not in roll.askers[event.question]:
        person.backer.supports.discard(event.question)
        roll.tally.doubt(entry.leave(person.backer.row))


def _merged(roll: Roll, event: log.Merged) -> None:
    entry, into = roll.open(event.question), roll.question(event.into)
    if into.root is entry:
        raise TransitionError(
            N_("Question %(value)s cannot be merged into itself."),
            field="into",
            value=event.into,
        )
    if not into.is_waiting and into.root.key not in roll.charges:
        raise TransitionError(
            N_("Question %(value)s is not on the board."), field="into", value=event.into
        )
    roll.regrouped(entry, entry.merge(into))


def _split(roll: Roll, event: log.Split) -> None:
    entry = roll.question(event.question)
    if entry.into is None:
        raise TransitionError(
            N_("Question %(value)s was not merged."), field="question", value=event.question
        )
    if not entry.is_waiting:
        roll.come_back(entry)
    roll.regrouped(entry, entry.split())


def _closed(roll: Roll, event: log.Closed) -> None:
    entry = roll.open(event.question)
    entry.is_open = False
    roll.tally.doubt(entry)


def _reopened(roll: Roll, event: log.Reopened) -> None:
    entry = roll.question(event.question)
    if entry.is_waiting or entry.into is not None or event.question in roll.charges:
        raise TransitionError(
            N_("Question %(value)s cannot come back to the board."),
            field="question",
            value=event.question,
        )
    roll.come_back(entry)
    entry.is_open = True
    roll.tally.doubt(entry)


def _taken(roll: Roll, event: log.Taken) -> None:
    charge, level = roll.tally.take(roll.open(event.question))
    roll.charges[event.question] = charge
    roll.peak = max(roll.peak, level)


def _ended(roll: Roll, event: log.Ended) -> None:
    charge = roll.charges.get(event.question)
    if charge is None:
        raise TransitionError(
            N_("Question %(value)s is not on air."), field="question", value=event.question
        )
    cost = Fraction(event.airtime, roll.nominal)
    if cost > 1:
        roll.peak = max(roll.peak, roll.tally.pay(charge, cost))


_FOLD: dict[type[Event], Callable[[Roll, Any], None]] = {
    log.Tuned: _tuned,
    log.Weighed: _weighed,
    log.Proxied: _proxied,
    log.Joined: _joined,
    log.Moved: _moved,
    log.Approved: _approved,
    log.Supported: _supported,
    log.Unsupported: _unsupported,
    log.Merged: _merged,
    log.Split: _split,
    log.Closed: _closed,
    log.Reopened: _reopened,
    log.Taken: _taken,
    log.Ended: _ended,
}
