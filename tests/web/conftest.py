"""Pages are tested on SQLite alone: services and queries are what meets both databases."""

import pytest


@pytest.fixture
def backend() -> str:
    """Return the one database that pages are tested on."""
    return "sqlite"
