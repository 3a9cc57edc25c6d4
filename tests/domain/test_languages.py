"""Which language a question is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain import languages

LANGUAGES = ("en", "fr", "ar", "ur", "hi", "sw", "ru", "zh", "ja", "ko")


@pytest.mark.parametrize(
    "text, language",
    [
        ("What can a student in Delhi do?", "en"),
        ("Pourquoi deux gouttes seulement ?", "fr"),
        ("Je, chanjo ni salama kwa watoto?", "sw"),
        ("كيف تحفظون اللقاح باردًا دون كهرباء؟", "ar"),
        ("ہمارے گاؤں میں پولیو کے قطرے کب آئیں گے؟", "ur"),
        ("दवा की बूँदें कब मिलेंगी?", "hi"),
        ("Когда приедет вакцина?", "ru"),
        ("疫苗什么时候到？", "zh"),
        ("ワクチンはいつ届きますか。", "ja"),
        ("백신은 언제 옵니까?", "ko"),
        ("1234567890?", "en"),
    ],
)
def test_guess_reads_the_text(text, language):
    assert languages.guess(text, LANGUAGES) == language


def test_guess_trusts_the_writer_then_the_text_then_the_page():
    english = "What can a student in Delhi do?"
    assert languages.guess(english, LANGUAGES, chosen="fr") == "fr"
    assert languages.guess(english, LANGUAGES, chosen="tlh") == "en"
    assert languages.guess("Polio Bukavu", LANGUAGES, reader="sw") == "sw"
    assert languages.guess("Polio Bukavu", LANGUAGES) == "en"
    assert languages.guess("Когда?", ("ar", "en")) == "ar"


def test_guess_tells_japanese_from_chinese_by_its_own_letters():
    assert languages.guess("ワクチンはいつ来ますか？", ("zh", "ja")) == "ja"


@given(st.text(max_size=60), st.lists(st.sampled_from(LANGUAGES), min_size=1, unique=True))
def test_guess_is_one_of_the_town_halls(text, choice):
    assert languages.guess(text, choice) in choice
