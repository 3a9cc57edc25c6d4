"""Words, numbers and dates in the reader's language (gettext and CLDR).

The domain is handed a `Speech` and says whole sentences with it. Templates get the same
object, so a page, a mail and an error use one catalogue.
"""

import datetime as dt
import gettext
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from townhall import paths

LANGUAGES = ("en", "ar")
"""Languages with a complete catalogue, the first is the source language."""


_COMMAS = {"ar": "، ", "ur": "، ", "zh": "，"}


def N_(message: str) -> str:  # noqa: N802  the name that gettext's tools look for
    """Mark `message` for translation and return it unchanged."""
    return message


@dataclass(frozen=True, slots=True)
class Speech:
    """A language to speak: catalogue for words, CLDR for the rest.

    Dates and times are formatted as given: pass local wall time, already in its zone.
    """

    language: str
    locale: Locale
    catalogue: gettext.NullTranslations

    @property
    def direction(self) -> str:
        """`rtl` or `ltr`, for the `dir` attribute."""
        return "rtl" if self.locale.character_order == "right-to-left" else "ltr"

    def gettext(self, message: str, /, **values: Any) -> str:
        """Return the whole sentence `message`, its placeholders filled."""
        said = self.catalogue.gettext(message) if message else ""
        return said % values if values else said

    def ngettext(self, one: str, many: str, num: int, /, **values: Any) -> str:
        """Return the plural form that the language uses for `num` (`%(num)s` is written out)."""
        if "num" not in values:
            values["num"] = self.number(num)
        return self.catalogue.ngettext(one, many, num) % values

    def number(self, value: float) -> str:
        """Return a number as readers of the language write it."""
        return _number(value, self.language)

    def percent(self, share: float) -> str:
        """Return `share` (0 to 1) as a percentage."""
        return format_percent(share, locale=self.locale)

    def date(self, day: dt.date, width: str = "long") -> str:
        """Return a date; `width` is CLDR's full, long, medium, short or a skeleton pattern."""
        return format_date(day, width, locale=self.locale)

    def time(self, moment: dt.time | dt.datetime) -> str:
        """Return hours and minutes, of 24, as given (no zone is applied)."""
        clock = moment.time() if isinstance(moment, dt.datetime) else moment
        return format_time(clock.replace(tzinfo=None), "HH:mm", locale=self.locale)

    def weekday(self, day: dt.date, *, short: bool = False) -> str:
        """Return the name of the weekday."""
        return format_date(day, "EEE" if short else "EEEE", locale=self.locale)

    @property
    def comma(self) -> str:
        """The comma between two parts of a sentence, with the space behind it."""
        return _COMMAS.get(self.language, ", ")

    def datetime(self, moment: dt.datetime, pattern: str = "EEEE d MMMM y, HH:mm") -> str:
        """Return wall date and time as given (no zone is applied)."""
        pattern = pattern.replace(", ", self.comma)
        return format_datetime(moment.replace(tzinfo=None), pattern, locale=self.locale)

    def list(self, items: Iterable[str]) -> str:
        """Return `items` joined as the language joins a list of things."""
        return format_list(list(items), locale=self.locale)


@lru_cache(maxsize=4096, typed=True)
def _number(value: float, language: str) -> str:
    """Return a number; a page of many places says the same few thousands of times."""
    return format_decimal(value, locale=Locale.parse(language))


@cache
def speech(language: str) -> Speech:
    """Return the `Speech` of a language; the source language for one without a catalogue."""
    if language not in LANGUAGES:
        language = LANGUAGES[0]
    catalogue = gettext.translation(
        "messages", paths.LOCALE, [language], fallback=language == LANGUAGES[0]
    )
    return Speech(language, Locale.parse(language), catalogue)


ENGLISH = Speech(LANGUAGES[0], Locale.parse(LANGUAGES[0]), gettext.NullTranslations())
