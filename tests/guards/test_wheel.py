import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.guards.sources import ROOT

SHIPPED = ["townhall", "templates", "migrations", "pyproject.toml", "README.md", "LICENSE"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the names in a wheel that was built from a copy of the project, without a network."""
    source = tmp_path_factory.mktemp("source")
    ignore = shutil.ignore_patterns("__pycache__")
    for name in SHIPPED:
        origin = ROOT / name
        if origin.is_dir():
            shutil.copytree(origin, source / name, ignore=ignore)
        else:
            shutil.copy(origin, source / name)
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (built,) = target.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def files(*patterns: str, under: str) -> set[str]:
    """Return the project's files below a folder, as paths from the root."""
    found: set[Path] = set()
    for pattern in patterns:
        found.update(path for path in (ROOT / under).rglob(pattern) if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts}


def test_the_wheel_holds_the_code_and_its_static_files(wheel):
    assert files("*.py", under="townhall") | files("*", under="townhall/static") <= wheel


@pytest.mark.parametrize("folder", ["templates", "migrations"])
def test_the_wheel_holds_what_lies_beside_the_code(wheel, folder):
    beside = files("*", under=folder)

    assert beside
    assert {f"townhall/{name}" for name in beside} <= wheel


def test_the_wheel_holds_every_catalogue_compiled(wheel):
    catalogues = files("messages.po", under="townhall/locale")

    assert catalogues
    assert {name.replace(".po", ".mo") for name in catalogues} <= wheel


def test_the_wheel_holds_nothing_else(wheel):
    strangers = {
        name
        for name in wheel
        if not name.startswith(("townhall/", "townhall-0")) or "tests" in Path(name).parts
    }

    assert strangers == set()
