import re

import pytest

from tests.guards.markup import READ_ALOUD, page, sentences, style_sheets, templates

NAMES = {"townhall", "UTC", "QR", "RSVP"}
"""Said the same in every language."""

PHYSICAL = re.compile(
    r"""(?<![\w-])(?:
        (?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right)[\w-]*\s*:
      | border-(?:top|bottom)-(?:left|right)-radius\s*:
      | (?:left|right)\s*:
      | (?:text-align|float|clear|caption-side)\s*:\s*(?:left|right)
    )""",
    re.VERBOSE,
)


def wordy(text: str) -> bool:
    """Return whether `text` holds a word that a translator would have to see."""
    words = set(re.findall(r"[^\W\d_]{2,}", text))
    return bool(words - NAMES)


def untranslated(source: str) -> list[str]:
    """Return the texts of a template that gettext never sees."""
    markup = page(source)
    read = [
        value
        for element, name, value in markup.attributes
        if name in READ_ALOUD and not (element == "meta" and name == "content")
    ]
    return [text for text in [*markup.texts, *read] if wordy(text)] + sentences(source)


def forbidden_by_the_policy(source: str) -> list[str]:
    """Return what a browser would refuse under the strict Content-Security-Policy."""
    markup = page(source)
    found = [f"<{element}>" for element in markup.elements if element == "style"]
    found += [
        f"{name}={value!r}"
        for _, name, value in markup.attributes
        if name == "style" or name.startswith("on") or value.strip().startswith("javascript:")
    ]
    with_source = sum(
        element == "script" and name == "src" for element, name, _ in markup.attributes
    )
    found += ["<script> without src"] * (markup.elements.count("script") - with_source)
    return found


def test_every_text_of_a_template_goes_through_gettext():
    found = {name: untranslated(source) for name, source in templates()}

    assert {name: texts for name, texts in found.items() if texts} == {}


def test_templates_hold_no_inline_style_or_script():
    found = {name: forbidden_by_the_policy(source) for name, source in templates()}

    assert found
    assert {name: things for name, things in found.items() if things} == {}


def test_style_sheets_know_no_left_and_right():
    found = {name: PHYSICAL.findall(sheet) for name, sheet in style_sheets()}

    assert found
    assert {name: properties for name, properties in found.items() if properties} == {}


@pytest.mark.parametrize(
    "source, texts",
    [
        ("<p>Send it</p>", ["Send it"]),
        ("<p>{{ _('Send it') }} · {{ count }} townhall</p>", []),
        ('<input placeholder="Your name">', ["Your name"]),
        ('<nav aria-label="{{ _("Language") }}">', []),
        ("<p>{{ 'All is well' if fine }}</p>", ["All is well"]),
        ("<p>{% trans count=2 %}One seat{% pluralize %}{{ count }} seats{% endtrans %}</p>", []),
        ("<p>{% if fine %}{{ _('Fine') }}{% else %}not fine{% endif %}</p>", ["not fine"]),
        ('<option {% if on %}selected{% endif %} value="en">', []),
    ],
)
def test_untranslated_text_is_found(source, texts):
    assert untranslated(source) == texts


@pytest.mark.parametrize(
    "source",
    [
        '<p style="color: red">',
        "<style>p { color: red }</style>",
        "<script>go()</script>",
        '<button onclick="go()">',
        '<a href="javascript:go()">',
    ],
)
def test_a_planted_inline_style_or_script_is_found(source):
    assert len(forbidden_by_the_policy(source)) == 1


@pytest.mark.parametrize(
    "sheet, count",
    [
        ("p { margin-left: 1rem; float:right }", 2),
        ("p { left: 0; border-top-left-radius: 2px; padding-right: 0 }", 3),
        ("p { margin-inline-start: 1rem; text-align: start; inset-inline: 0 }", 0),
    ],
)
def test_physical_sides_are_found(sheet, count):
    assert len(PHYSICAL.findall(sheet)) == count
