"""A letter as an HTML page: no image, no script, nothing fetched."""

from bisect import bisect_right
from collections.abc import Iterator
from html import escape
from itertools import accumulate

from townhall.domain.invites.letter import Block, Button, Digits, Letter, Line, Link, Typed
from townhall.domain.invites.lines import one_line_end
from townhall.errors import TooLargeError
from townhall.i18n import N_

LIMIT = 25_000
"""Octets. Gmail hides what comes after 102 KB, and a poor line pays for every one."""

ROOM_FOR_TYPED = 8_000
"""Octets of each text that people typed; the calendar entry and the plain text have the rest."""

_STYLE = (
    "body{margin:0;font:16px/1.5 system-ui,sans-serif}"
    "main{max-width:36em;margin:0 auto;padding:1em}"
    ".strong{font-size:1.25em;font-weight:bold}"
    ".typed{white-space:pre-line}"
    "table{border-collapse:collapse}"
    "th,td{text-align:start;padding:.25em;padding-inline-end:1em;border-bottom:1px solid #999}"
    ".button{display:inline-block;padding:.6em 1.2em;border-radius:.3em;"
    "background:#00558c;color:#fff;font-weight:bold;text-decoration:none}"
    ".digits{font-size:1.5em;letter-spacing:.2em}"
)


def page(letter: Letter) -> str:
    """Return the page of a letter, at most 25,000 octets of UTF-8, LF line ends.

    Raises:
        TooLargeError: Texts other than the shortened ones take more than that.
    """
    html = "\n".join(
        (
            "<!doctype html>",
            f'<html lang="{letter.language}" dir="{letter.direction}">',
            '<head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{escape(letter.subject)}</title>",
            f"<style>{_STYLE}</style></head>",
            "<body><main>",
            *(line for block in letter.blocks for line in _elements(block)),
            "</main></body></html>",
            "",
        )
    )
    if len(html.encode()) > LIMIT:
        raise TooLargeError(
            N_("The mail “%(subject)s” is larger than the %(limit)s octets that may be sent."),
            field="description",
            subject=letter.subject[:80],
            limit=LIMIT,
        )
    return html


def _elements(block: Block) -> Iterator[str]:
    """Yield the elements of one block."""
    match block:
        case Line(text, strong):
            yield f'<p class="strong">{escape(text)}</p>' if strong else f"<p>{escape(text)}</p>"
        case Typed(text, label):
            if label:
                yield f"<p>{escape(label)}</p>"
            yield f'<p class="typed" dir="auto">{_shortened(one_line_end(text))}</p>'
        case Link(label, url):
            yield f"<p>{escape(label)}<br>{_anchor(url)}</p>"
        case Button(label, url):
            yield f'<p><a class="button" href="{escape(url)}">{escape(label)}</a></p>'
            yield f"<p>{_anchor(url)}</p>"
        case Digits(label, digits):
            yield f'<p>{escape(label)}<br><strong class="digits">{escape(digits)}</strong></p>'
        case _:
            yield "<table>"
            for label, value in block.rows:
                yield f'<tr><th scope="row">{escape(label)}</th><td>{escape(value)}</td></tr>'
            yield "</table>"


def _anchor(url: str) -> str:
    """Return the bare address as a link, always left to right."""
    return f'<a dir="ltr" href="{escape(url)}">{escape(url)}</a>'


def _shortened(text: str) -> str:
    """Return `text` escaped, cut at a character with an ellipsis where it is too long."""
    html = escape(text)
    if len(html.encode()) <= ROOM_FOR_TYPED:
        return html
    octets = accumulate(len(escape(character).encode()) for character in text)
    return escape(text[: bisect_right(list(octets), ROOM_FOR_TYPED)]) + "…"
