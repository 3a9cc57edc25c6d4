import re
import tomllib
from collections import Counter
from gettext import c2py

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tests.guards.sources import PACKAGE, ROOT
from townhall.i18n import LANGUAGES

COUNTED = {"num", "count"}
PLACEHOLDER = re.compile(r"%\((\w+)\)([#0\- +]*[\d.]*[a-z%])")


def sentences() -> dict[str, bool]:
    """Return every sentence of code and templates, and whether it has plural forms."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())
    mappings = tools["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    options = {
        mapping["pattern"]: {
            key: value for key, value in mapping.items() if key not in {"pattern", "method"}
        }
        for mapping in mappings
    }
    found: dict[str, bool] = {}
    for folder in (PACKAGE, ROOT / "templates"):
        for _, _, message, _, _ in extract_from_dir(folder, methods, options):
            plural = isinstance(message, tuple)
            found[message[0] if plural else message] = plural
    return found


def placeholders(text: str) -> set[str]:
    """Return the names that a sentence fills in."""
    return {name for name, _ in PLACEHOLDER.findall(text)}


def forms(message: Message) -> list[str]:
    """Return the translation as a list: one entry, or one for each plural form."""
    return list(message.string) if message.pluralizable else [message.string]


def said_in_words(catalogue: Catalog) -> set[int]:
    """Return the plural forms that stand for one number alone, such as the Arabic dual."""
    chosen = Counter(map(c2py(catalogue.plural_expr), range(200)))
    return {form for form, numbers in chosen.items() if numbers == 1}


def misplaced(message: Message, wordy: set[int]) -> bool:
    """Return whether a translation fills in other names than the sentence does.

    A form that stands for one number may say it in words.
    """
    wanted = placeholders(message.id[-1] if message.pluralizable else message.id)
    for place, form in enumerate(forms(message)):
        optional = COUNTED if message.pluralizable and place in wordy else set()
        if placeholders(form) - wanted or wanted - placeholders(form) - optional:
            return True
    return False


def complaints(catalogue: Catalog) -> list[str]:
    """Return what is wrong with the translations of a catalogue."""
    found = []
    wordy = said_in_words(catalogue)
    for message in catalogue:
        if not message.id:
            continue
        source = message.id[0] if message.pluralizable else message.id
        if message.fuzzy:
            found.append(f"fuzzy: {source}")
        if len(forms(message)) != (catalogue.num_plurals if message.pluralizable else 1):
            found.append(f"plural forms: {source}")
        elif not all(forms(message)):
            found.append(f"untranslated: {source}")
        elif misplaced(message, wordy):
            found.append(f"placeholders: {source}")
    return found


@pytest.fixture(params=LANGUAGES[1:])
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    """Return the catalogue of each language but the source."""
    path = PACKAGE / "locale" / request.param / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=request.param)


def test_a_catalogue_says_every_sentence_and_no_other(catalogue):
    said = {
        (message.id[0] if message.pluralizable else message.id, message.pluralizable)
        for message in catalogue
        if message.id
    }
    wanted = set(sentences().items())

    assert (wanted - said, said - wanted) == (set(), set()), "make i18n, then translate"


def test_a_catalogue_is_whole(catalogue):
    assert complaints(catalogue) == []


def sayings(catalogue: Catalog) -> dict[str, list[str]]:
    """Return what a catalogue says for each English sentence."""
    return {
        message.id[0] if message.pluralizable else message.id: forms(message)
        for message in catalogue
        if message.id
    }


def test_a_catalogue_is_compiled_from_what_it_says(catalogue):
    path = PACKAGE / "locale" / str(catalogue.locale) / "LC_MESSAGES" / "messages.mo"
    with path.open("rb") as file:
        compiled = read_mo(file)

    assert sayings(compiled) == sayings(catalogue)


@pytest.mark.parametrize(
    "id_, string, flags, complaint",
    [
        ("Send", "", [], "untranslated: Send"),
        ("Send", "أرسل", ["fuzzy"], "fuzzy: Send"),
        ("%(name)s asks", "يسأل", [], "placeholders: %(name)s asks"),
        ("Send", "%(who)s", [], "placeholders: Send"),
        (("One", "%(num)s"), ("أ", "ب"), [], "plural forms: One"),
        (
            ("One", "%(num)s"),
            ("أ", "ب", "ج", "د", "ه %(num)s", "و %(num)s"),
            [],
            "placeholders: One",
        ),
    ],
)
def test_a_planted_fault_is_found(id_, string, flags, complaint):
    catalogue = Catalog(locale="ar")
    catalogue.add(id_, string, flags=flags)

    assert complaints(catalogue) == [complaint]
