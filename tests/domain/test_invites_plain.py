"""Plain text within its columns, in every script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain.invites.letter import Letter, Line, Link, Table, Typed
from townhall.domain.invites.page import page
from townhall.domain.invites.plain import columns, plain, wrapped


@pytest.mark.parametrize(
    "text, room, expected",
    [
        ("one two three", 7, ["one two", "three"]),
        ("one two three", 6, ["one", "two", "three"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("in abcdefgh", 3, ["in", "abc", "def", "gh"]),
        ("小儿麻痹症", 4, ["小儿", "麻痹", "症"]),
        ("see https://example.org/long go", 8, ["see", "https://example.org/long", "go"]),
        ("e\u0301e\u0301e\u0301 e", 3, ["e\u0301e\u0301e\u0301", "e"]),
        ("", 8, [""]),
        ("  spaced   out  ", 20, ["spaced out"]),
    ],
    ids=["fits", "tight", "long", "after a word", "wide", "address", "accents", "empty", "spaces"],
)
def test_text_is_wrapped_by_what_it_takes_on_a_screen(text, room, expected):
    assert list(wrapped(text, room)) == expected


@given(st.text(st.sampled_from("ab 小é́")), st.integers(2, 12))
def test_wrapped_text_fits_and_loses_nothing(text: str, room: int):
    lines = list(wrapped(text, room))
    assert [line for line in lines if columns(line) > room] == []
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_table_too_wide_for_two_columns_is_stacked():
    letter = Letter("", (Table((("Here", "a"), ("There", "b" * 75))),), "en", "ltr")
    assert plain(letter) == f"Here\n  a\nThere\n  {'b' * 74}\n  b\n"


def test_letter_has_a_blank_line_between_blocks():
    blocks = (
        Line("One.", strong=True),
        Typed("two\r\n\r\nlines", "Said:"),
        Typed("no label"),
        Link("Open:", "https://example.org/" + "x" * 80),
        Table((("Here", "12:00"), ("There", "13:00"))),
    )
    assert plain(Letter("", blocks, "en", "ltr")) == (
        "One.\n\nSaid:\ntwo\n\nlines\n\nno label\n\nOpen:\nhttps://example.org/" + "x" * 80 + "\n\n"
        "Here   12:00\nThere  13:00\n"
    )


def test_page_shows_typed_words_without_a_label():
    html = page(Letter("", (Typed("<b>\nx"),), "en", "ltr"))
    assert '<main>\n<p class="typed" dir="auto">&lt;b&gt;\nx</p>\n</main>' in html
