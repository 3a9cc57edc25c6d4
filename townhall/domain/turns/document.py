"""The turns document: the state of one instant, which anybody can write and check.

Source: docs/questions.md, “The turns document”.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, TypeVar

from townhall.domain import fields
from townhall.domain.turns.board import QuestionKey
from townhall.errors import InputError, TooLargeError
from townhall.i18n import N_

T = TypeVar("T")

QUESTIONS = 10_000
BLOCKS = 100_000
APPROVALS = 1_000_000
PEOPLE = 10**9
LARGEST = 10**6
"""The most that may have been paid, that a take may cost and that a site may weigh."""

DECIMALS = 40
"""More decimals than this a trust cannot have, so that a weight is never too small for a float."""

_DOCUMENT = ("questions", "blocks", "proxies", "params", "site_weights", "history")
_QUESTION = ("id", "site", "at", "askers", "via", "merged")
_BLOCK = ("name", "site", "size", "trust", "paid", "approves")
_PROXY = ("site", "people", "paid")


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
    site_weights: Mapping[str, Fraction]
    history: tuple[Take, ...]


class _Ids:
    """The ids of all questions, as written and as compared.

    Numbers are compared as numbers; where one id is a text, all are compared as texts.
    """

    def __init__(self) -> None:
        self._compared: dict[QuestionKey, QuestionKey] = {}
        self._looks: set[str] = set()
        self._all_numbers = True

    def add(self, value: object, field: str) -> QuestionKey:
        """Return an id that no question before looked like."""
        key = _written(value, field)
        if str(key) in self._looks:
            message = N_("The id %(value)s is given to two questions.")
            raise InputError(message, field=field, value=fields.shown(key))
        self._looks.add(str(key))
        self._compared[key] = key
        self._all_numbers &= isinstance(key, int)
        return key

    def known(self, value: object, field: str) -> QuestionKey:
        """Return the id of a question that there is, as it is compared."""
        key = _written(value, field)
        if key not in self._compared:
            message = N_("There is no question %(value)s.")
            raise InputError(message, field=field, value=fields.shown(key))
        return key if self._all_numbers else str(key)


def read(data: object) -> Document:
    """Return the document that JSON data holds.

    Args:
        data: Floats are taken for the decimals they are written as.

    Raises:
        InputError: Something is missing, unknown, of the wrong kind or out of range.
        TooLargeError: There is more of something than `QUESTIONS`, `BLOCKS` or `APPROVALS`.
    """
    held = fields.mapping(data, "", _DOCUMENT)
    ids = _Ids()
    written = fields.required(held, "questions", "questions")
    rows = _items(written, "questions", QUESTIONS, lambda value, field: _row(value, field, ids))
    questions = _questions(rows, ids)
    written = held.get("blocks", ())
    _refuse_flood(written)
    blocks = _items(written, "blocks", BLOCKS, lambda value, field: _block(value, field, ids))
    proxies = _proxies(held.get("proxies", ()))
    params = fields.mapping(held.get("params", {}), "params", ("alpha",))
    sites = {it.site for group in (questions, blocks, proxies) for it in group}
    return Document(
        questions=questions,
        blocks=blocks,
        proxies=proxies,
        alpha=_number(params.get("alpha", 1), "params.alpha", 0, 1),
        site_weights=_site_weights(held.get("site_weights", {}), sites),
        history=_history(held.get("history", ()), questions, ids),
    )


def _row(value: object, field: str, ids: _Ids) -> Mapping[str, Any]:
    """Return a question before its merges are known, for these can name later ones."""
    held = fields.mapping(value, field, _QUESTION)
    ids.add(fields.required(held, "id", f"{field}.id"), f"{field}.id")
    return held


def _questions(rows: Iterable[Mapping[str, Any]], ids: _Ids) -> tuple[Question, ...]:
    whole: dict[QuestionKey, QuestionKey] = {}
    questions = []
    for number, held in enumerate(rows):
        field = f"questions[{number}]"
        key = ids.known(held["id"], f"{field}.id")
        merged = _items(held.get("merged", ()), f"{field}.merged", QUESTIONS, ids.known)
        for place, part in enumerate(merged):
            if part in whole:
                message = N_("Question %(value)s was merged twice.")
                raise InputError(message, field=f"{field}.merged[{place}]", value=part)
            whole[part] = key
        questions.append(
            Question(
                id=key,
                site=_text(held, "site", field),
                at=_number(fields.required(held, "at", f"{field}.at"), f"{field}.at"),
                askers=fields.whole(held.get("askers", 1), f"{field}.askers", 0, PEOPLE),
                via=_channel(held.get("via", "page"), f"{field}.via"),
                merged=merged,
            )
        )
    _refuse_circles(questions, whole)
    return tuple(questions)


def _channel(value: object, field: str) -> str:
    """Return a channel; one that looks like `sms` but is not would not be counted as it."""
    channel = fields.text(value, field)
    if channel != channel.strip().lower():
        message = N_("Write a channel in small letters, such as sms or page, not %(value)s.")
        raise InputError(message, field=field, value=fields.shown(channel))
    return channel


def _refuse_circles(
    questions: Iterable[Question], whole: Mapping[QuestionKey, QuestionKey]
) -> None:
    """Refuse a question that was, over however many others, merged into itself."""
    sound: set[QuestionKey] = set()
    for number, question in enumerate(questions):
        path: set[QuestionKey] = set()
        key = question.id
        while key in whole and key not in sound:
            if key in path:
                message = N_("Question %(value)s was merged in a circle.")
                raise InputError(message, field=f"questions[{number}].id", value=question.id)
            path.add(key)
            key = whole[key]
        sound |= path


def _block(value: object, field: str, ids: _Ids) -> Block:
    held = fields.mapping(value, field, _BLOCK)
    if "name" in held:
        _text(held, "name", field)
    approves = _items(held.get("approves", ()), f"{field}.approves", APPROVALS, ids.known)
    size = fields.required(held, "size", f"{field}.size")
    return Block(
        site=_text(held, "site", field),
        size=fields.whole(size, f"{field}.size", 1, PEOPLE),
        trust=_trust(held.get("trust", 1), f"{field}.trust"),
        paid=_number(held.get("paid", 0), f"{field}.paid", 0, LARGEST),
        approves=frozenset(approves),
    )


def _refuse_flood(value: object) -> None:
    """Refuse more approvals than can be counted, before any is looked at."""
    blocks = value if isinstance(value, list | tuple) else ()
    approved = (block.get("approves") for block in blocks if isinstance(block, Mapping))
    count = sum(len(keys) for keys in approved if isinstance(keys, list | tuple))
    if count > APPROVALS:
        message = N_("The blocks approve %(value)s times; at most %(most)s can be counted.")
        raise TooLargeError(message, field="blocks", value=count, most=APPROVALS)


def _proxies(value: object) -> tuple[Proxy, ...]:
    seen: set[str] = set()

    def proxy(value: object, field: str) -> Proxy:
        held = fields.mapping(value, field, _PROXY)
        site = _text(held, "site", field)
        if site in seen:
            message = N_("The site %(value)s has a proxy already.")
            raise InputError(message, field=f"{field}.site", value=fields.shown(site))
        seen.add(site)
        people = fields.required(held, "people", f"{field}.people")
        return Proxy(
            site=site,
            people=fields.whole(people, f"{field}.people", 0, PEOPLE),
            paid=_number(held.get("paid", 0), f"{field}.paid", 0, LARGEST),
        )

    return _items(value, "proxies", BLOCKS, proxy)


def _site_weights(value: object, sites: Iterable[str]) -> dict[str, Fraction]:
    known = tuple(sites)
    if isinstance(value, Mapping):
        for name in value:
            if name not in known:
                raise _unseen(str(name), known)
    held = fields.mapping(value, "site_weights", known)
    return {
        site: _number(weight, f"site_weights.{site}", 0, LARGEST) for site, weight in held.items()
    }


def _unseen(name: str, known: tuple[str, ...]) -> InputError:
    """Return the error of a weight for a site from which nobody asks, votes or could vote."""
    near = get_close_matches(name[:60], known, n=1, cutoff=0.6)
    message = N_("No question, block or proxy is of the site %(value)s.")
    if near:
        message = N_("No question, block or proxy is of the site %(value)s; near it is %(near)s.")
    field = f"site_weights.{name}"[:120]
    return InputError(message, field=field, value=fields.shown(name), near="".join(near))


def _history(value: object, questions: Iterable[Question], ids: _Ids) -> tuple[Take, ...]:
    merged = {part for question in questions for part in question.merged}
    taken: set[QuestionKey] = set()

    def take(value: object, field: str) -> Take:
        cost: object = 1
        if isinstance(value, Mapping):
            held = fields.mapping(value, field, ("id", "cost"))
            cost = held.get("cost", 1)
            field, value = f"{field}.id", fields.required(held, "id", f"{field}.id")
        key = ids.known(value, field)
        if key in merged:
            message = N_("Question %(value)s was merged into another; name that one.")
            raise InputError(message, field=field, value=fields.shown(key))
        if key in taken:
            message = N_("Question %(value)s was taken already.")
            raise InputError(message, field=field, value=fields.shown(key))
        taken.add(key)
        return Take(key, _number(cost, f"{field.removesuffix('.id')}.cost", 0, LARGEST))

    return _items(value, "history", QUESTIONS, take)


def _items(value: object, field: str, most: int, item: Callable[[Any, str], T]) -> tuple[T, ...]:
    """Return the items of a list that is not too long, each read by `item`."""
    if isinstance(value, list | tuple) and len(value) > most:
        message = N_("This list has %(value)s items; at most %(most)s can be counted.")
        raise TooLargeError(message, field=field, value=len(value), most=most)
    return fields.sequence(value, field, item)


def _text(held: Mapping[str, Any], name: str, field: str) -> str:
    return fields.text(fields.required(held, name, f"{field}.{name}"), f"{field}.{name}")


def _written(value: object, field: str) -> QuestionKey:
    """Return an id: a text, or a whole number."""
    if isinstance(value, str):
        return fields.text(value, field)
    return fields.whole(value, field, -(2**63), 2**63)


def _trust(value: object, field: str) -> Fraction:
    trust = _number(value, field, 0, 1)
    if 10**DECIMALS % trust.denominator:
        message = N_("%(value)s has more than %(most)s decimals.")
        raise InputError(message, field=field, value=fields.shown(value), most=DECIMALS)
    return trust


def _number(value: object, field: str, least: int = -(10**18), most: int = 10**18) -> Fraction:
    """Return a number in a range, exactly as its writer sees it."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        message = N_("%(value)s is not a number from %(least)s to %(most)s.")
        raise InputError(message, field=field, value=fields.shown(value), least=least, most=most)
    # The shortest text that gives a float is what was written.
    return Fraction(repr(value))
