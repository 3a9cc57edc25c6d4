"""Cutting UTF-8 into lines without breaking what a reader sees as one character."""

import unicodedata
from collections.abc import Iterator

FIRST_TWO_BITS = 0b1100_0000
CONTINUATION = 0b1000_0000
"""The first two bits of every octet of a character in UTF-8 but the first (RFC 3629)."""

JOINER = "\u200d"
REGIONAL = range(0x1F1E6, 0x1F200)
SKIN_TONES = range(0x1F3FB, 0x1F400)


def pieces(octets: bytes, first: int, rest: int) -> Iterator[bytes]:
    """Yield slices of UTF-8 `octets`, none of which ends inside a character.

    Where it can be had, a slice does not end inside a grapheme either, nor before white
    space: some readers take a folded line that looks blank for the end of the text.

    Args:
        octets: Valid UTF-8.
        first: Most octets of the first slice, at least 4.
        rest: Most octets of every other slice, at least 4.
    """
    start, room = 0, first
    while len(octets) - start > room:
        end = _cut(octets, start, start + room)
        yield octets[start:end]
        start, room = end, rest
    yield octets[start:]


def _cut(octets: bytes, start: int, end: int) -> int:
    """Return the last good place to cut after `start`, at most at `end`."""
    between_characters = end = _first_octet(octets, end)
    while end > start:
        before = _first_octet(octets, end - 1)
        if not _belongs_to(_character(octets, before), _character(octets, end)):
            return end
        end = before
    return between_characters


def _first_octet(octets: bytes, index: int) -> int:
    """Return where the character that `index` lies in begins."""
    while octets[index] & FIRST_TWO_BITS == CONTINUATION:
        index -= 1
    return index


def _character(octets: bytes, index: int) -> str:
    """Return the character that begins at `index`."""
    return octets[index : index + 4].decode(errors="ignore")[0]


def _belongs_to(before: str, after: str) -> bool:
    """Whether `after` is best left on the line of the character `before` it."""
    if after.isascii():
        return after.isspace()
    return (
        after.isspace()
        or JOINER in (before, after)
        or unicodedata.category(after).startswith("M")
        or ord(after) in SKIN_TONES
        or (ord(before) in REGIONAL and ord(after) in REGIONAL)
    )
