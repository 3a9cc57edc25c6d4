"""Reads templates as a browser would, with what Jinja fills in left blank."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

from tests.guards.sources import ROOT

TEMPLATES = ROOT / "templates"
READ_ALOUD = {"alt", "aria-label", "aria-description", "placeholder", "title", "content"}
"""Attributes whose value a person reads or hears."""
NOT_PROSE = {"script", "style", "code"}
NOT_TEXT = re.compile(
    # Blocks that fill attributes of the page they extend, and what is translated as it stands.
    r"{%-? block (?:body_attributes|width) -?%}.*?{%-? endblock -?%}"
    r"|{%-? trans\b.*?{%-? endtrans -?%}",
    re.DOTALL,
)
DATE_PATTERN = re.compile(r"(?:([A-Za-z])\1*(?:[\s,.:-]+|$))+")
"""A CLDR pattern such as `EEE d MMM`: each word is one letter, repeated."""
TRANSLATORS = {"_", "gettext", "ngettext", "N_"}

jinja = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])


@dataclass
class Page(HTMLParser):
    """What a template's markup holds besides what is filled in."""

    texts: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    """Element, attribute, value."""
    elements: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set the parser up."""
        super().__init__()
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and its attributes."""
        self._inside.append(tag)
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        """Leave an element, and those in it that need no end tag."""
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Note a text that is prose."""
        if data.strip() and not NOT_PROSE & set(self._inside[-1:]):
            self.texts.append(data.strip())


def page(source: str) -> Page:
    """Return the markup of a template, each expression and statement as a blank."""
    tokens = _marks(NOT_TEXT.sub("", source))
    data = (value if kind == "data" else " " for _, kind, value in tokens)
    parsed = Page()
    parsed.feed("".join(data))
    parsed.close()
    return parsed


def _marks(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield the text between Jinja's tags, and one token for each tag."""
    for line, kind, value in jinja.lex(source):
        if kind == "data" or kind.endswith("_begin"):
            yield line, kind, value


def sentences(source: str) -> list[str]:
    """Return the string literals of expressions that look like sentences and are not translated."""
    tree = jinja.parse(source)
    translated = {
        id(constant)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in TRANSLATORS
        for constant in call.find_all(nodes.Const)
    }
    return [
        constant.value
        for constant in tree.find_all(nodes.Const)
        if isinstance(constant.value, str)
        and id(constant) not in translated
        and constant.value[:1].isupper()
        and " " in constant.value
        and not DATE_PATTERN.fullmatch(constant.value)
    ]


def templates() -> Iterator[tuple[str, str]]:
    """Yield each template by its path from the root, with its source."""
    for path in sorted(TEMPLATES.rglob("*.*")):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def style_sheets(folder: Path = ROOT / "townhall" / "static") -> Iterator[tuple[str, str]]:
    """Yield each style sheet that is the project's own."""
    for path in sorted(folder.rglob("*.css")):
        if "vendor" not in path.parts:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
