"""The turns document: the state of one instant, which anybody can write and check.

Source: docs/questions.md, "The turns document".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from townhall.domain.turns.board import QuestionKey
from townhall.domain.turns.reading import Reader
from townhall.i18n import N_

QUESTIONS = 10_000
BLOCKS = 100_000
APPROVALS = 1_000_000
PEOPLE = 10**9
LARGEST = 10**6
"""The most that may have been paid, that a take may cost and that a site may weigh."""


Ids: TypeAlias = dict[QuestionKey, QuestionKey]
"""Each id as written, and as compared: texts are compared as texts, and then so are numbers."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a document; `askers` is the number for all that was merged into it."""

    id: QuestionKey
    site: str
    at: Fraction
    askers: int
    via: str
    merged: tuple[QuestionKey, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """`size` people of one site who support the same questions and have paid the same."""

    site: str
    size: int
    trust: Fraction
    paid: Fraction
    approves: frozenset[QuestionKey]


@dataclass(frozen=True, slots=True)
class Proxy:
    """The people of a site who cannot vote."""

    site: str
    people: int
    paid: Fraction


@dataclass(frozen=True, slots=True)
class Take:
    """A turn that was taken before the instant of the document."""

    question: QuestionKey
    cost: Fraction


@dataclass(frozen=True, slots=True)
class Document:
    """All that decides who is next."""

    questions: tuple[Question, ...]
    blocks: tuple[Block, ...]
    proxies: tuple[Proxy, ...]
    alpha: Fraction
    site_weights: dict[str, Fraction]
    history: tuple[Take, ...]


def read(data: object) -> Document:
    """Return the document that JSON data holds.

    Args:
        data: As `reading.loads` gives it; floats are taken for the decimals they are written as.

    Raises:
        InputError: Something is missing, unknown, of the wrong kind or out of range.
        TooLargeError: There is more of something than `QUESTIONS`, `BLOCKS` or `APPROVALS`.
    """
    fields = Reader(data).fields(
        ("questions",), ("blocks", "proxies", "params", "site_weights", "history")
    )
    rows = _rows(fields["questions"])
    ids = _ids(rows)
    questions = _questions(rows, ids)
    blocks = _blocks(fields.get("blocks"), ids)
    proxies = _proxies(fields.get("proxies"))
    sites = {it.site for group in (questions, blocks, proxies) for it in group}
    return Document(
        questions=questions,
        blocks=blocks,
        proxies=proxies,
        alpha=_alpha(fields.get("params")),
        site_weights=_site_weights(fields.get("site_weights"), sites),
        history=_history(fields.get("history"), questions, ids),
    )


def _rows(reader: Reader) -> list[dict[str, Reader]]:
    return [
        item.fields(("id", "site", "at"), ("askers", "via", "merged"))
        for item in reader.items(QUESTIONS)
    ]


def _ids(rows: Iterable[dict[str, Reader]]) -> Ids:
    """Return all ids; no two may look the same."""
    ids: Ids = {}
    looks: set[str] = set()
    for row in rows:
        key = row["id"].key()
        if str(key) in looks:
            raise row["id"].error(N_("The id %(value)s is given to two questions."))
        looks.add(str(key))
        ids[key] = str(key)
    all_numbers = all(isinstance(key, int) for key in ids)
    return {key: key for key in ids} if all_numbers else ids


def _questions(rows: list[dict[str, Reader]], ids: Ids) -> tuple[Question, ...]:
    whole: Ids = {}
    questions = tuple(_question(row, ids, whole) for row in rows)
    _refuse_circles(rows, whole, ids)
    return questions


def _question(row: dict[str, Reader], ids: Ids, whole: Ids) -> Question:
    """Return a question, and note in `whole` what was merged into it."""
    key = _known(row["id"], ids)
    merged = []
    for item in row["merged"].items(QUESTIONS) if "merged" in row else ():
        part = _known(item, ids)
        if part in whole:
            raise item.error(N_("Question %(value)s was merged twice."))
        whole[part] = key
        merged.append(part)
    return Question(
        id=key,
        site=row["site"].text(),
        at=row["at"].number(-(10**18), 10**18),
        askers=row["askers"].whole(0, PEOPLE) if "askers" in row else 1,
        via=_channel(row["via"]) if "via" in row else "page",
        merged=tuple(merged),
    )


def _channel(reader: Reader) -> str:
    channel = reader.text()
    if channel != channel.strip().lower():
        raise reader.error(
            N_("Write a channel in small letters, such as sms or page, not %(value)s.")
        )
    return channel


def _refuse_circles(rows: Iterable[dict[str, Reader]], whole: Ids, ids: Ids) -> None:
    """Refuse a question that was, over however many others, merged into itself."""
    sound: set[QuestionKey] = set()
    for row in rows:
        key = _known(row["id"], ids)
        path: set[QuestionKey] = set()
        while key in whole and key not in sound:
            if key in path:
                raise row["id"].error(N_("Question %(value)s was merged in a circle."))
            path.add(key)
            key = whole[key]
        sound |= path


def _blocks(reader: Reader | None, ids: Ids) -> tuple[Block, ...]:
    blocks = []
    approvals = 0
    for item in reader.items(BLOCKS) if reader else ():
        row = item.fields(("site", "size"), ("name", "approves", "trust", "paid"))
        if "name" in row:
            row["name"].text()
        approved = row["approves"].items(APPROVALS - approvals) if "approves" in row else []
        approvals += len(approved)
        blocks.append(
            Block(
                site=row["site"].text(),
                size=row["size"].whole(1, PEOPLE),
                trust=row["trust"].number(0, 1) if "trust" in row else Fraction(1),
                paid=_paid(row),
                approves=frozenset(_known(it, ids) for it in approved),
            )
        )
    return tuple(blocks)


def _proxies(reader: Reader | None) -> tuple[Proxy, ...]:
    proxies: dict[str, Proxy] = {}
    for item in reader.items(BLOCKS) if reader else ():
        row = item.fields(("site", "people"), ("paid",))
        site = row["site"].text()
        if site in proxies:
            raise row["site"].error(N_("The site %(value)s has two proxies; it can have one."))
        proxies[site] = Proxy(site, row["people"].whole(0, PEOPLE), _paid(row))
    return tuple(proxies.values())


def _paid(row: dict[str, Reader]) -> Fraction:
    return row["paid"].number(0, LARGEST) if "paid" in row else Fraction(0)


def _alpha(reader: Reader | None) -> Fraction:
    row = reader.fields((), ("alpha",)) if reader else {}
    return row["alpha"].number(0, 1) if "alpha" in row else Fraction(1)


def _site_weights(reader: Reader | None, sites: Iterable[str]) -> dict[str, Fraction]:
    weights = reader.entries() if reader else {}
    for site, weight in weights.items():
        if site not in sites:
            raise weight.error(
                N_("No question, block or proxy is of the site “%(value)s”."), value=site
            )
    return {site: weight.number(0, LARGEST) for site, weight in weights.items()}


def _history(reader: Reader | None, questions: Iterable[Question], ids: Ids) -> tuple[Take, ...]:
    merged = {part for question in questions for part in question.merged}
    takes: dict[QuestionKey, Take] = {}
    for item in reader.items(QUESTIONS) if reader else ():
        place, cost = item, Fraction(1)
        if isinstance(item.value, dict):
            row = item.fields(("id",), ("cost",))
            place = row["id"]
            cost = row["cost"].number(0, LARGEST) if "cost" in row else cost
        key = _known(place, ids)
        if key in merged:
            raise place.error(
                N_("Question %(value)s was merged into another; name the one it became part of.")
            )
        if key in takes:
            raise place.error(N_("Question %(value)s was taken twice."))
        takes[key] = Take(key, cost)
    return tuple(takes.values())


def _known(reader: Reader, ids: Ids) -> QuestionKey:
    key = reader.key()
    if key not in ids:
        raise reader.error(N_("There is no question %(value)s."))
    return ids[key]
