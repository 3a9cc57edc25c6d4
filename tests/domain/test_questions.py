"""The text of questions: docs/questions.md, the life of a question."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain import questions
from townhall.errors import InputError


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("  When  will\tthe drops come? ", "When will the drops come?"),
        ("One line\r\n\r\n\r\n\r\nand another", "One line\n\nand another"),
        ("e\u0301cole et sante\u0301", "école et santé"),
        ("\u202eWhen will they come?\u2066\ufeff", "When will they come?"),
        ("W\u200bh\u2060e\u00adn will they come?", "When will they come?"),
        ("می\u200cخواهم بدانم", "می\u200cخواهم بدانم"),
        ("क्\u200dष और ज्ञ क्या है", "क्\u200dष और ज्ञ क्या है"),
        ("our \U0001f468\u200d\U0001f469\u200d\U0001f467 family", "our 👨\u200d👩\u200d👧 family"),
        ("padded\u200d\u200d\u200d \u200cword\u200c.", "padded word."),
        ("Z" + "\u0341\u0342\u0303\u0304\u0305\u0306\u0307" + "algo", None),
        ("\u3164\u3164blank letters\u115f", "blank letters"),
        ("tag\U000e0041\U000e0042ged", "tagged"),
    ],
)
def test_clean_keeps_what_a_reader_sees(typed, kept):
    if kept is None:
        marks = [c for c in questions.clean(typed, "text") if unicodedata.combining(c)]
        assert len(marks) <= questions.MARKS_IN_A_ROW
    else:
        assert questions.clean(typed, "text") == kept


@pytest.mark.parametrize("bad", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_clean_refuses_control_characters(bad):
    with pytest.raises(InputError) as caught:
        questions.clean(f"When will{bad} they come?", "text")
    assert caught.value.field == "text"
    assert f"U+{ord(bad):04X}" in str(caught.value)


@pytest.mark.parametrize(
    "text, count",
    [
        ("", 0),
        ("abc", 3),
        ("e\u0301", 1),
        ("क्षत्रिय", 3),
        ("ہمارے", 5),
        ("🇨🇩🇵🇰", 2),
        ("🇨🇩🇵", 2),
        ("👨\u200d👩\u200d👧", 1),
        ("👍🏽!", 2),
        ("한국", 2),
        ("\u1112\u1161\u11ab", 1),
        ("❤\ufe0f", 1),
    ],
)
def test_graphemes_counts_what_a_reader_counts(text, count):
    assert questions.graphemes(text) == count


@pytest.mark.parametrize("text", ["ठीक" * 5, "x" * 10, "é" * 500, "👍🏽" * 500])
def test_question_takes_10_to_500_graphemes(text):
    assert questions.question(text) == text


@pytest.mark.parametrize("text", ["", "         ", "Too short", "a" + "\u200b" * 20])
def test_question_refuses_a_short_text(text):
    with pytest.raises(InputError, match="at least 10 characters"):
        questions.question(text)


def test_question_refuses_a_long_text_with_its_length():
    with pytest.raises(InputError) as caught:
        questions.question("x" * 501)
    assert str(caught.value) == (
        "text: This has 501 characters; at most 500 fit. Please shorten it."
    )


def test_reason_is_required():
    with pytest.raises(InputError) as caught:
        questions.reason(" \u200b ")
    assert str(caught.value) == "reason: Please give a reason: the asker will read it."


def test_answer_has_its_own_limit():
    assert questions.answer("Yes.") == "Yes."
    with pytest.raises(InputError, match="at most 4000 fit"):
        questions.answer("x" * 4_001)


@given(st.text(max_size=80))
def test_clean_is_stable_and_visible(text):
    try:
        kept = questions.clean(text, "text")
    except InputError:
        return
    assert questions.clean(kept, "text") == kept
    assert unicodedata.is_normalized("NFC", kept)
    assert not set(kept) & set("\u200b\u200e\u200f\u202a\u202e\u2066\u2069\ufeff")
    assert kept == kept.strip()


@given(st.text(max_size=40))
def test_graphemes_never_exceed_the_characters(text):
    assert questions.graphemes(text) <= len(text)
    assert bool(text) == bool(questions.graphemes(text))
