"""The answer to a turns document: who is next, in what order, at what level, and why.

Source: docs/questions.md, turns, rules 1 to 10, and "The turns document".
"""

from collections import defaultdict
from fractions import Fraction
from typing import Any

import numpy as np

from townhall.domain.turns.arithmetic import LEVEL, TURN, half_up
from townhall.domain.turns.board import Entry, QuestionKey
from townhall.domain.turns.document import Document, read
from townhall.domain.turns.electorate import Electorate
from townhall.domain.turns.events import PROXIED
from townhall.domain.turns.reasons import reason, say
from townhall.domain.turns.tally import Tally
from townhall.i18n import ENGLISH, Speech


def answer(data: object, speech: Speech = ENGLISH) -> dict[str, Any]:
    """Return what follows from a turns document, ready for JSON.

    Args:
        data: The document, as `notation.read` gives it.
        speech: The language of the reasons.

    Returns:
        `next`, an id or None; `order`, all open ids; `levels`, by id, text with 9 decimals or
        None; `reasons`, by id, in whole sentences.

    Raises:
        InputError, TooLargeError: As `document.read`.
    """
    tally = tallied(read(data))
    order = tally.look_ahead()
    return {
        "next": order[0].key if order else None,
        "order": [entry.key for entry in order],
        "levels": {
            str(key): None if height is None else written(height)
            for key, height in tally.levels().items()
        },
        "reasons": {
            str(entry.key): say(reason(tally, entry, before), speech)
            for before, entry in enumerate(order)
        },
    }


def written(height: int) -> str:
    """Return a level in units of 10⁻⁹ as text, with all 9 decimals."""
    return f"{height // LEVEL}.{height % LEVEL:09d}"


def tallied(document: Document) -> Tally:
    """Return the tally of a document, after the takes of its history."""
    tally = Tally()
    _weigh(tally.electorate, document)
    entries = {
        question.id: tally.add(Entry(question.id, question.site, question.at, question.askers))
        for question in document.questions
    }
    for question in document.questions:
        for part in question.merged:
            entries[part].into = entries[question.id]
        entries[question.id].merged = [entries[part] for part in question.merged]
    _support(tally.electorate, document, entries)
    for entry in entries.values():
        if entry.into is None:
            entry.regroup()
    for take in document.history:
        tally.take(entries[take.question], take.cost)
    return tally


def _weigh(electorate: Electorate, document: Document) -> None:
    people: dict[str, Fraction] = defaultdict(Fraction)
    for block in document.blocks:
        people[block.site] += block.size * block.trust
    for proxy in document.proxies:
        people[proxy.site] += proxy.people
    electorate.sites.tune(document.alpha)
    for site, count in people.items():
        electorate.sites.count(site, count)
    for site, weight in document.site_weights.items():
        electorate.sites.set_by_hand(site, weight)


def _support(electorate: Electorate, document: Document, entries: dict[QuestionKey, Entry]) -> None:
    """Let blocks and proxies back what they support, with what they have paid."""
    for block in document.blocks:
        row = electorate.add(block.site, block.size * block.trust, block.size)
        electorate.pay(np.array([row], np.int32), half_up(block.paid, TURN))
        for key in block.approves:
            entries[key].own.add(row)
    came: dict[str, list[Entry]] = defaultdict(list)
    for question in document.questions:
        if question.via in PROXIED:
            came[question.site].append(entries[question.id])
    for proxy in document.proxies:
        row = electorate.add_proxy(proxy.site)
        electorate.resize_proxy(row, proxy.site, proxy.people)
        electorate.pay(np.array([row], np.int32), half_up(proxy.paid, TURN))
        for entry in came[proxy.site]:
            entry.own.add(row)
