"""What every test shares. A fixture lives in tests/fixtures/, in the file of its part."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

OF_THE_TESTS = {"TOWNHALL_REQUIRE", "TOWNHALL_TEST_POSTGRESQL"}
FIXTURES = sorted(Path(__file__).with_name("fixtures").glob("*.py"))

# How long an example takes is a matter of what else the machine does. A run repeats the examples of
# the last one, so that what is red is so because of a change; `--hypothesis-profile=search` looks
# for new ones.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeat", settings.get_profile("search"), derandomize=True)
settings.load_profile("repeat")

pytest_plugins = ["tests.coverage_gates", *(f"tests.fixtures.{path.stem}" for path in FIXTURES)]


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the settings of whoever runs the tests away, so that all see the same defaults."""
    for name in os.environ:
        if name.startswith("TOWNHALL_") and not name.startswith(
            ("TOWNHALL_REQUIRE", "TOWNHALL_TEST")
        ):
            monkeypatch.delenv(name)
