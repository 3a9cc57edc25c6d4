"""The text of questions and answers: what is kept, what is dropped, how long it may be.

Everything that people type is plain text. It is kept as written but for what a reader
cannot see: direction controls, zero-width padding, blank letters, piles of marks.
"""

import re
import unicodedata
from collections.abc import Iterator

from townhall.domain.states import State
from townhall.errors import InputError
from townhall.i18n import N_

SHORTEST = 10
LONGEST = 500
LONGEST_ANSWER = 4_000
LONGEST_REASON = 300

MARKS_IN_A_ROW = 4
"""More combining marks on one letter than any living script uses are a pile, not writing."""

JOINERS = "\u200c\u200d"
"""ZWNJ and ZWJ: spelling in Persian, Urdu and Hindi, glue in emoji, padding elsewhere."""

_INVISIBLE = re.compile(
    "["
    "\u00ad\u034f\u061c\u180e"
    "\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f"
    "\u115f\u1160\u3164\uffa0"
    "\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
    "]"
)
"""Direction controls, zero-width spaces, blank Hangul letters, tags: nothing to read."""

_STRAY_JOINER = re.compile(
    rf"(?<![\w\u0900-\u0dff\ufe0f\U0001f000-\U0001faff\u2600-\u27bf])[{JOINERS}]+"
    rf"|[{JOINERS}]+(?![\w\u0900-\u0dff\U0001f000-\U0001faff\u2600-\u27bf])"
    rf"|(?<=[{JOINERS}])[{JOINERS}]+"
)
_SPACES = re.compile(r"[^\S\n]+|\u2800+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def question(text: str, field: str = "text") -> str:
    """Return the question as it is kept.

    Raises:
        InputError: It is shorter than 10 or longer than 500 graphemes, or holds characters
            that control a machine.

    Source: docs/questions.md, the life of a question.
    """
    kept = clean(text, field)
    length = graphemes(kept)
    if length < SHORTEST:
        raise InputError(
            N_("Please write a little more: a question has at least %(least)s characters."),
            field=field,
            least=SHORTEST,
        )
    _limit(length, LONGEST, field)
    return kept


def answer(text: str, field: str = "text") -> str:
    """Return an answer as it is kept: at least a character, at most 4,000.

    Raises:
        InputError: It is empty, too long, or holds control characters.
    """
    return _prose(text, LONGEST_ANSWER, N_("Please write the answer."), field)


def reason(text: str, field: str = "reason") -> str:
    """Return the reason for a decline as it is kept: the asker reads it, so it is required.

    Raises:
        InputError: It is empty, too long, or holds control characters.
    """
    return _prose(text, LONGEST_REASON, N_("Please give a reason: the asker will read it."), field)


def clean(text: str, field: str) -> str:
    """Return `text` in NFC, without what cannot be seen, with plain spaces and line ends.

    Raises:
        InputError: It holds control characters other than tabs and line ends.
    """
    kept = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    kept = kept.replace("\u2029", "\n").replace("\t", " ")
    for character in kept:
        if unicodedata.category(character) in {"Cc", "Cs"} and character != "\n":
            raise InputError(
                N_("The text holds a control character (U+%(code)s); please type it again."),
                field=field,
                code=f"{ord(character):04X}",
            )
    # Padding goes first: a joiner between two invisible spaces joins nothing.
    kept = unicodedata.normalize("NFC", _INVISIBLE.sub("", kept))
    kept = _without_piles(_STRAY_JOINER.sub("", kept))
    lines = (_SPACES.sub(" ", line).strip() for line in kept.split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def graphemes(text: str) -> int:
    """Return how many characters a reader counts.

    Extended grapheme clusters of Unicode's annex 29, from the categories that Python
    knows: marks and joiners belong to what they follow, flags are pairs, a family emoji is
    one, an Indic conjunct is one.
    """
    return sum(1 for _ in _starts(text))


def _starts(text: str) -> Iterator[int]:
    """Yield the position at which each grapheme cluster begins."""
    before = ""
    flags = 0
    for at, character in enumerate(text):
        flags = flags + 1 if _is_flag_half(character) else 0
        if not before or not _continues(before, character, flags):
            yield at
        before = character


def _continues(before: str, character: str, flags: int) -> bool:
    """Return whether `character` belongs to the cluster that `before` ends."""
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Mc"} or character in JOINERS:
        return True
    if "\U0001f3fb" <= character <= "\U0001f3ff":  # skin tones
        return unicodedata.category(before) in {"So", "Mn"}
    if _is_flag_half(character):
        return flags % 2 == 0
    if before == "\u200d":
        return category in {"So", "Sm", "Po"} or category == "Lo"
    if "\u1160" <= character <= "\u11ff":  # Hangul vowels and finals, written one by one
        return "\u1100" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"
    # GB9c: a virama (combining class 9) binds the consonant after it.
    return category == "Lo" and unicodedata.combining(before) == 9


def _is_flag_half(character: str) -> bool:
    """Return whether two of these make a flag."""
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _without_piles(text: str) -> str:
    """Return `text` with at most four combining marks on one letter, none on nothing."""
    kept: list[str] = []
    marks = MARKS_IN_A_ROW
    for character in text:
        if unicodedata.category(character) in {"Mn", "Me"}:
            marks += 1
            if marks > MARKS_IN_A_ROW:
                continue
        elif character not in JOINERS:
            marks = MARKS_IN_A_ROW if character.isspace() else 0
        kept.append(character)
    return "".join(kept)


def _prose(text: str, longest: int, missing: str, field: str) -> str:
    """Return `text` cleaned, between one and `longest` graphemes."""
    kept = clean(text, field)
    if not kept:
        raise InputError(missing, field=field)
    _limit(graphemes(kept), longest, field)
    return kept


def _limit(length: int, longest: int, field: str) -> None:
    """Refuse a text of more than `longest` graphemes.

    Raises:
        InputError: It is longer.
    """
    if length > longest:
        raise InputError(
            N_("This has %(length)s characters; at most %(longest)s fit. Please shorten it."),
            field=field,
            length=length,
            longest=longest,
        )


MEANWHILE: dict[State, str] = {
    State.PENDING: N_("Somebody edited question %(number)s meanwhile. Look at it again."),
    State.APPROVED: N_("Somebody put question %(number)s on the board meanwhile, or edited it."),
    State.ON_AIR: N_("Somebody took question %(number)s on air meanwhile."),
    State.ANSWERED: N_("Question %(number)s was answered on air meanwhile."),
    State.WRITTEN: N_("Somebody answered question %(number)s in writing meanwhile."),
    State.DECLINED: N_("Somebody declined question %(number)s meanwhile."),
    State.DEFERRED: N_("Somebody kept question %(number)s for after the event meanwhile."),
    State.MERGED: N_("Somebody merged question %(number)s with another meanwhile."),
    State.WITHDRAWN: N_("The asker withdrew question %(number)s meanwhile."),
    State.SPAM: N_("Somebody set question %(number)s aside as spam meanwhile."),
}
"""What a stale form is told, by what the question is now."""
