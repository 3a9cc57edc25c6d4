"""Which of a town hall's languages a text is in: by script, telling words and letters.

A guess that the writer and a moderator can correct, made without a model or a network.
"""

import re
import unicodedata
from collections.abc import Sequence

SCRIPTS: dict[str, str] = {
    "ARABIC": "ar fa ku ps sd ug ur",
    "BENGALI": "as bn",
    "CJK": "ja yue zh",
    "CYRILLIC": "be bg kk ky mk mn ru sr tg uk",
    "DEVANAGARI": "hi mr ne",
    "ETHIOPIC": "am ti",
    "HANGUL": "ko",
    "HEBREW": "he",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
}
"""First word of a character's Unicode name to the languages written so; others use Latin."""

LETTERS: dict[str, str] = {
    "ar": "ةىيكأإؤئ",
    "fa": "پچژگکی",
    "ur": "ٹڈڑںہھےۓچپگکی",
    "es": "ñ¿¡áíóú",
    "fr": "çœàâêèëîïôùû",
    "pt": "ãõçáâêôú",
    "de": "äöüß",
    "ru": "ыэъё",
    "uk": "іїєґ",
}
"""Letters that a language uses where its neighbours in the same script do not."""

WORDS: dict[str, str] = {
    "en": "the is are what how why when who can do does we you our your of to and in for will",
    "fr": "le la les des est que qui quand comment pourquoi nous vous une un et dans pour du",
    "es": "el la los las es que quien cuando como por una un y en para del nosotros",
    "pt": "o a os as é que quem quando como por uma um e em para do da nós não",
    "sw": "na ya wa kwa ni je nini lini vipi kwa nani gani wapi sisi watoto katika",
    "ar": "ما هل كيف متى لماذا من في على إلى هذا التي الذي عن مع",
    "ur": "کیا کب کیوں کیسے ہے ہیں میں کے کی کا سے کو نے اور",
    "fa": "چه چرا چگونه آیا است را از به در که این",
    "hi": "क्या कब क्यों कैसे है हैं में के की का से को ने और",
    "ne": "के किन कसरी छ छन् मा को ले र हो",
}
"""Words so common that two or three of them tell one language from its neighbours."""


def guess(text: str, languages: Sequence[str], *, chosen: str = "", reader: str = "") -> str:
    """Return the language that a text is most likely in, of those of the town hall.

    Args:
        text: Cleaned text.
        languages: The town hall's languages, the organizers' first; not empty.
        chosen: What the writer said; decides where it is one of `languages`.
        reader: The language of the page that the writer used; decides where the text does not.

    Returns:
        One of `languages`.
    """
    if chosen in languages:
        return chosen
    script = _script(text)
    candidates = [code for code in languages if code in script] if script else []
    if not candidates and not script:
        written_otherwise = {code for codes in SCRIPTS.values() for code in codes.split()}
        candidates = [code for code in languages if code not in written_otherwise]
    candidates = candidates or list(languages)
    scores = {code: _likeness(text, code) for code in candidates}
    best = max(scores.values())
    winners = [code for code in candidates if scores[code] == best]
    return reader if reader in winners else winners[0]


def _script(text: str) -> list[str]:
    """Return the languages of the script that most letters are in; none for Latin."""
    counts: dict[str, int] = {}
    for character in text:
        if character.isalpha():
            name = unicodedata.name(character, "").partition(" ")[0]
            counts[name] = counts.get(name, 0) + 1
    if counts.keys() & {"HIRAGANA", "KATAKANA"}:
        return ["ja"]
    return SCRIPTS.get(max(counts, key=counts.__getitem__, default=""), "").split()


def _likeness(text: str, language: str) -> int:
    """Return how many telling words (twice) and letters of a language a text holds."""
    folded = text.casefold()
    common = frozenset(WORDS.get(language, "").split())
    words = sum(word in common for word in re.findall(r"[^\W\d_][\w\u0900-\u097f]*", folded))
    letters = frozenset(LETTERS.get(language, ""))
    return 2 * words + sum(character in letters for character in folded)
