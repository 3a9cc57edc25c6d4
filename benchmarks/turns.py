"""How fast the fair order is found, beside plain exact fractions; same run, same input.

    .venv/bin/python benchmarks/turns.py [--plain-takes N] [--quick]

docs/performance.md says what is measured and records a result.
"""

import random
import statistics
import time
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from measuring import arguments, ms, require_same, seconds, table

from townhall.domain.turns import events as log
from townhall.domain.turns.answer import answer
from townhall.domain.turns.arithmetic import half_up, site_weight
from townhall.domain.turns.state import State, replay

QUESTIONS, PEOPLE, VOTES, SITES = 2_000, 20_000, 300_000, 13
OPEN_LINK = Decimal("0.2")


def board() -> tuple[list[log.Event], dict[int, set[int]]]:
    """Return a log of a crowded board, a third of it public, and who supports what."""
    chance = random.Random(7)
    sites = chance.choices(range(SITES), [6] + [1] * (SITES - 1), k=PEOPLE)
    events: list[log.Event] = [
        log.Joined(person, site or "public", Decimal(1) if site else OPEN_LINK)
        for person, site in enumerate(sites)
    ]
    supporters = {key: {chance.randrange(PEOPLE)} for key in range(QUESTIONS)}
    events += [
        log.Approved(key, sites[min(asked)] or "public", key, tuple(asked))
        for key, asked in supporters.items()
    ]
    # A few questions are on everybody's lips, most are not.
    favour = [(1 + key) ** -0.7 for key in range(QUESTIONS)]
    votes = QUESTIONS
    while votes < VOTES:
        key, person = chance.choices(range(QUESTIONS), favour)[0], chance.randrange(PEOPLE)
        if person not in supporters[key]:
            supporters[key].add(person)
            events.append(log.Supported(key, person))
            votes += 1
    return events, supporters


def plain(events: list[log.Event], supporters: dict[int, set[int]], takes: int) -> Iterator[int]:
    """Yield the next questions, every level found anew in exact fractions before each."""
    home = {event.person: event for event in events if isinstance(event, log.Joined)}
    took_part = set().union(*supporters.values())
    people: dict[int | str, Fraction] = {}
    for person in took_part:
        site = home[person].site
        people[site] = people.get(site, Fraction(0)) + Fraction(home[person].trust)
    heavy = {site: Fraction(site_weight(n, Fraction(1, 2)), 10**6) for site, n in people.items()}
    heavy["public"] = min(heavy["public"], max(w for site, w in heavy.items() if site != "public"))
    weight = {
        person: heavy[home[person].site] * Fraction(home[person].trust) / people[home[person].site]
        for person in took_part
    }
    paid = dict.fromkeys(took_part, Fraction(0))
    left = dict(supporters)
    for _ in range(takes):
        found = {key: level(backing, weight, paid) for key, backing in left.items()}
        key = min(left, key=lambda key: (half_up(found[key], 10**9), -len(left[key]), key))
        for person in left.pop(key):
            paid[person] = max(paid[person], Fraction(half_up(found[key], 10**12), 10**12))
        yield key


def level(backing: set[int], weight: dict[int, Fraction], paid: dict[int, Fraction]) -> Fraction:
    """Return when supporters can pay for a turn together."""
    together, before = Fraction(0), Fraction(0)
    moment: Fraction | None = None
    for person in sorted(backing, key=paid.__getitem__):
        if moment is not None and moment <= paid[person]:
            break
        together += weight[person]
        before += weight[person] * paid[person]
        moment = (1 + before) / together
    assert moment is not None  # noqa: S101  every question has its asker
    return moment


def votes(state: State, newcomers: bool, count: int = 500) -> list[float]:
    """Return, sorted, the seconds from a vote to the next question."""
    chance = random.Random(8)
    spent = []
    for number in range(count):
        person = chance.randrange(PEOPLE)
        if newcomers:
            person = PEOPLE + number
            site = chance.randrange(SITES)
            state.apply(log.Joined(person, site or "public", Decimal(1) if site else OPEN_LINK))
        vote = log.Supported(chance.randrange(QUESTIONS), person)
        begin = time.process_time()
        state.apply(vote)
        state.next()
        spent.append(time.process_time() - begin)
    return sorted(spent)


def document(events: list[log.Event], supporters: dict[int, set[int]]) -> dict[str, object]:
    """Return the same board as a turns document, one block for each person."""
    approves: dict[int, list[int]] = {}
    for key, backing in supporters.items():
        for person in backing:
            approves.setdefault(person, []).append(key)
    home = {event.person: event for event in events if isinstance(event, log.Joined)}
    questions = [
        {"id": event.question, "site": str(event.site), "at": event.at}
        for event in events
        if isinstance(event, log.Approved)
    ]
    blocks = [
        {
            "site": str(home[person].site),
            "size": 1,
            "trust": float(home[person].trust),
            "approves": keys,
        }
        for person, keys in approves.items()
    ]
    return {"questions": questions, "blocks": blocks, "params": {"alpha": 0.5}}


def main() -> None:
    """Measure one crowded board."""
    parser = arguments(__doc__)
    parser.add_argument(
        "--plain-takes", type=int, default=2, help="how many of the 20 takes plain fractions do"
    )
    asked = parser.parse_args()
    takes = 1 if asked.quick else asked.plain_takes
    events, supporters = board()
    states: list[State] = []
    rows = [["replay of the log", ms(seconds(lambda: states.append(replay(events)), 1))]]
    state = states[0]
    rows.append(["first next after it", ms(seconds(state.next, 1))])
    ahead = seconds(lambda: state.look_ahead(20), 3 if asked.quick else 15)
    rows.append(["look-ahead of 20, with reasons", ms(ahead)])
    rows.append([f"all {QUESTIONS:,} in order", ms(seconds(state.order, 1))])
    whole = document(events, supporters)
    rows.append(["document to answer", ms(seconds(lambda: answer(whole), 1))])
    by_hand: list[int] = []
    spent = seconds(lambda: by_hand.extend(plain(events, supporters, takes)), 1) / takes
    require_same(state.order()[:takes], by_hand, "plain fractions")
    for name, newcomers in (("somebody known", False), ("a newcomer", True)):
        taken = votes(state, newcomers)
        middle, slow = statistics.median(taken), taken[len(taken) * 99 // 100]
        rows.append([f"a vote of {name}, then the next", f"{ms(middle)} (99 %: {ms(slow)})"])
    rows.append(["plain fractions, one next", ms(spent)])
    rows.append(["look-ahead of 20, times faster than plain", f"{spent * 20 / ahead:,.0f}"])
    board_told = f"{QUESTIONS:,} questions, {PEOPLE:,} people, {VOTES:,} votes, {SITES} sites"
    table([board_told, ""], rows)


if __name__ == "__main__":
    main()
