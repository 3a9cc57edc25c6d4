import hashlib
import json
from pathlib import Path

import pytest

from tests.guards.sources import PACKAGE

VENDOR = PACKAGE / "static" / "vendor"
KEYS = {"name", "version", "licence", "sha256"}


def complaints(folder: Path) -> list[str]:
    """Return what is wrong between the files of `folder` and its manifest.json."""
    present = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    manifest = folder / "manifest.json"
    listed = json.loads(manifest.read_text()) if manifest.exists() else {}
    found = [f"{name} is not in the manifest" for name in sorted(present.keys() - listed.keys())]
    found += [f"{name} is not there" for name in sorted(listed.keys() - present.keys())]
    for name in sorted(listed.keys() & present.keys()):
        if set(listed[name]) != KEYS or not all(listed[name].values()):
            found.append(f"{name} needs {', '.join(sorted(KEYS))}")
        elif listed[name]["sha256"] != present[name]:
            found.append(f"{name} is not the file that was vendored")
    return found


def test_vendored_files_are_those_of_the_manifest():
    assert complaints(VENDOR) == []


@pytest.mark.parametrize(
    "listed, complaint",
    [
        ({}, ["lib.js is not in the manifest"]),
        ({"lib.js": {"name": "lib"}}, ["lib.js needs licence, name, sha256, version"]),
        (
            {"lib.js": {"name": "lib", "version": "1", "licence": "MIT", "sha256": "00"}},
            ["lib.js is not the file that was vendored"],
        ),
    ],
)
def test_a_vendored_stranger_is_found(tmp_path, listed, complaint):
    (tmp_path / "lib.js").write_text("alert(1)")
    (tmp_path / "manifest.json").write_text(json.dumps(listed))

    assert complaints(tmp_path) == complaint
