import re

import pytest
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from tests.guards.sources import PACKAGE, ROOT
from townhall.settings import Settings

OPERATIONS = ROOT / "docs" / "operations.md"
OF_THE_TESTS = {"TOWNHALL_REQUIRE", "TOWNHALL_TEST_POSTGRESQL", "TOWNHALL_TEST_SLOWDOWN"}


def named(text: str) -> set[str]:
    """Return the names of environment variables that `text` mentions."""
    return set(re.findall(r"\bTOWNHALL_[A-Z_]+\b", text))


def declared() -> set[str]:
    """Return the environment variable of every setting."""
    return {f"TOWNHALL_{name.upper()}" for name in Settings.model_fields}


def written(field: FieldInfo) -> str:
    """Return a setting's default as the table writes it."""
    if field.is_required():
        return "none, must be set"
    if field.default in {None, ()}:
        return "none"
    value = field.default
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_operations_lists_every_setting_with_its_default():
    rows = re.findall(
        r"^\| `(TOWNHALL_[A-Z_]+)` \| ([^|]+) \| [^|]+ \|$", OPERATIONS.read_text(), re.MULTILINE
    )

    assert dict(rows) == {
        f"TOWNHALL_{name.upper()}": written(field) for name, field in Settings.model_fields.items()
    }


def test_documents_name_no_setting_that_is_not_one():
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]

    assert documents
    for document in documents:
        assert named(document.read_text()) <= declared() | OF_THE_TESTS, document


def test_a_secret_has_no_default(monkeypatch):
    monkeypatch.chdir(PACKAGE)

    with pytest.raises(ValidationError, match="secret_key"):
        Settings()
