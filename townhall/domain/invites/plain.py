"""A letter as plain text of at most 76 columns; only an address may be longer."""

import re
import unicodedata
from collections.abc import Iterator

from townhall.domain.invites.letter import Block, Button, Digits, Letter, Line, Link, Typed
from townhall.domain.invites.lines import one_line_end

COLUMNS = 76
GAP = 2

_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")


def plain(letter: Letter) -> str:
    """Return the text of a letter: LF line ends, a blank line between blocks, one at the end."""
    return "\n\n".join("\n".join(_lines(block)) for block in letter.blocks) + "\n"


def _lines(block: Block) -> Iterator[str]:
    """Yield the lines of one block."""
    match block:
        case Line(text):
            yield from wrapped(text)
        case Typed(text, label):
            if label:
                yield from wrapped(label)
            for paragraph in one_line_end(text).split("\n"):
                yield from wrapped(paragraph)
        case Link(label, url) | Button(label, url):
            yield from wrapped(label)
            yield url
        case Digits(label, digits):
            yield from wrapped(label)
            yield f"    {digits}"
        case _:
            yield from _table(block.rows)


def _table(rows: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """Yield rows in two columns, or each value below its label where that is too wide."""
    left = max(columns(label) for label, _ in rows) + GAP
    if all(left + columns(value) <= COLUMNS for _, value in rows):
        for label, value in rows:
            yield f"{label}{' ' * (left - columns(label))}{value}"
        return
    for label, value in rows:
        yield from wrapped(label)
        yield from (f"  {line}" for line in wrapped(value, COLUMNS - GAP))


def wrapped(text: str, room: int = COLUMNS) -> Iterator[str]:
    """Yield `text` in lines of at most `room` columns, broken at spaces where there are any.

    An address is never broken, since a broken one leads nowhere.
    """
    line = ""
    for word in text.split():
        if line and columns(line) + 1 + columns(word) <= room:
            line = f"{line} {word}"
            continue
        if line:
            yield line
        *full, line = _fitting(word, room)
        yield from full
    yield line


def _fitting(word: str, room: int) -> Iterator[str]:
    """Yield a word in pieces that fit; scripts without spaces are one long word."""
    if columns(word) <= room or _ADDRESS.search(word):
        yield word
        return
    piece, width = "", 0
    for character in word:
        more = columns(character)
        if width + more > room:
            yield piece
            piece, width = "", 0
        piece, width = piece + character, width + more
    yield piece


def columns(text: str) -> int:
    """Return how many columns of a terminal `text` takes (Unicode UAX 11)."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    """Return 0 for what is drawn on its neighbour or not at all, 2 for wide letters, else 1."""
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
