"""What a mail says, before it becomes plain text or a page: a subject and blocks.

Sentences come in already said in the recipient's language. Words that people typed may run
the other way than the sentence around them, so they are isolated (Unicode UAX 9, section 2.4).
"""

import unicodedata
from dataclasses import dataclass

from townhall.i18n import Speech

REPLY_MARK = "\x00"
LEAVE_MARK = "\x01"
"""Stand where a person's own links go. No input can hold control characters, so that
everybody's mail is laid out once and each person's links are set in afterwards."""

_FIRST_STRONG_ISOLATE = "\u2068"
_POP_ISOLATE = "\u2069"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of ours; a strong one opens the mail."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person wrote, its line ends kept; a label says what it is."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A sentence and a bare address below it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Button:
    """The one thing to do, with the bare address below it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a label and a value."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Digits:
    """A code to copy, with what it is for."""

    label: str
    digits: str


Block = Line | Typed | Link | Button | Table | Digits


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's words in one language.

    Args:
        subject: One line.
        blocks: From top to bottom.
        language: For the `lang` attribute and Content-Language.
        direction: `rtl` or `ltr`.
    """

    subject: str
    blocks: tuple[Block, ...]
    language: str
    direction: str


def isolated(text: str, speech: Speech) -> str:
    """Return `text` so that its direction and the sentence's around it leave each other alone."""
    runs_right_to_left = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)
    if runs_right_to_left or speech.direction == "rtl":
        return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"
    return text
