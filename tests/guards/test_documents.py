import re
from pathlib import Path

import pytest

from tests.guards.sources import ROOT

DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]+)(?:#[\w-]+)?\)")


def dead_links(document: Path) -> list[str]:
    """Return the links of a document to files that are not there."""
    return [
        target
        for target in LINK.findall(document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_a_document_leads_somewhere(document):
    assert dead_links(document) == []


def test_a_dead_link_is_found(tmp_path):
    document = tmp_path / "page.md"
    document.write_text("[here](page.md#top) [there](gone.md) [away](https://example.org/x)")

    assert dead_links(document) == ["gone.md"]


def test_every_decision_is_in_the_list():
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (ROOT / "docs/adr/README.md").read_text())

    assert listed == sorted(path.name for path in ROOT.glob("docs/adr/[0-9]*.md"))


def test_the_readme_leads_to_every_document():
    linked = set(LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    documents = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md")}

    assert documents - linked == set()
