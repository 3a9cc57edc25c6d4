"""Whole journeys, in real browsers against a real server, on SQLite."""

import pytest


@pytest.fixture
def backend() -> str:
    """Return the one database that journeys are made on."""
    return "sqlite"
