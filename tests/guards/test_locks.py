import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.guards.sources import ROOT

LOCKS = ["run", "dev", "bench"]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?==([^\s;]+)", re.MULTILINE)


def text(lock: str) -> str:
    """Return a lock as it is written."""
    return (ROOT / "requirements" / f"{lock}.txt").read_text()


def pins(lock: str) -> dict[str, str]:
    """Return the version that a lock gives each package."""
    return {canonicalize_name(name): version for name, version in PIN.findall(text(lock))}


def wanted(*groups: str) -> list[Requirement]:
    """Return what pyproject.toml asks for: the dependencies, and those of the groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*project["project"]["dependencies"]]
    for group in groups:
        asked += project["dependency-groups"][group]
    return [Requirement(line) for line in asked]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_no_path(lock):
    assert re.findall(r"://|--index|--find-links|^-e|@ file|^#.* /", text(lock), re.MULTILINE) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes(lock):
    entries = re.split(r"\n(?=[a-z0-9])", text(lock))[1:]

    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(
    "lock, groups",
    [("run", ["build"]), ("dev", ["build", "test", "check"]), ("bench", ["build", "bench"])],
)
def test_a_lock_holds_what_the_project_asks_for(lock, groups):
    locked = pins(lock)

    missing = [
        str(requirement)
        for requirement in wanted(*groups)
        if not requirement.specifier.contains(
            locked.get(canonicalize_name(requirement.name), "0"), prereleases=True
        )
    ]

    assert missing == []


def test_what_runs_is_tested_in_the_same_version():
    assert pins("run").items() <= pins("dev").items()


def test_what_is_measured_is_what_is_tested():
    tested, measured = pins("dev"), pins("bench")

    assert pins("run").keys() <= measured.keys()
    assert {name: measured[name] for name in tested.keys() & measured.keys()} == {
        name: tested[name] for name in tested.keys() & measured.keys()
    }
