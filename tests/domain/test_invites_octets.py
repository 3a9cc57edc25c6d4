"""Folding keeps characters, and where it can be had graphemes, whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain.invites.octets import pieces


@pytest.mark.parametrize(
    "text, first, expected",
    [
        ("abcdef", 4, ["abcd", "ef"]),
        ("abcd", 4, ["abcd"]),
        ("", 4, [""]),
        ("aéé", 4, ["aé", "é"]),
        ("abe\u0301", 4, ["ab", "e\u0301"]),
        ("ab cd", 4, ["ab c", "d"]),
        ("abcd ef", 4, ["abc", "d ef"]),
        ("a👩‍👧b", 8, ["a", "👩‍👧b"]),
        ("aa🇨🇩", 8, ["aa", "🇨🇩"]),
        ("aa👍🏽", 8, ["aa", "👍🏽"]),
        ("e\u0301\u0301\u0301", 4, ["e\u0301", "\u0301\u0301"]),
    ],
    ids=[
        "ascii",
        "fits",
        "empty",
        "character",
        "accent",
        "word",
        "blank",
        "family",
        "flag",
        "tone",
        "no good place",
    ],
)
def test_pieces_are_cut_where_a_reader_sees_a_boundary(text, first, expected):
    assert [piece.decode() for piece in pieces(text.encode(), first, 20)] == expected


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(4, 30), st.integers(4, 30))
def test_pieces_join_to_the_whole_and_fit(text: str, first: int, rest: int):
    cut = list(pieces(text.encode(), first, rest))
    assert "".join(piece.decode() for piece in cut) == text
    assert len(cut[0]) <= first
    assert all(0 < len(piece) <= rest for piece in cut[1:])
