"""Packages of npm that tests use, in the versions of tests/js/package.json."""

import fcntl
import json
import shutil
import subprocess
from pathlib import Path

JS = Path(__file__).with_name("js")
INSTALLED = Path(__file__).parent.parent / "var" / "js"
"""Beside the other things that a run leaves behind."""


def missing(name: str) -> str:
    """Install the packages unless they are there; return what is in the way of one, or nothing."""
    for command in ("node", "npm"):
        if not shutil.which(command):
            return f"{command} is not installed"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:
        # Tests run in several processes; the first installs, the others wait for it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _install(name)


def _install(name: str) -> str:
    """Install the packages unless the wanted version of this one is there."""
    wanted = json.loads((JS / "package.json").read_text())["dependencies"][name]
    there = INSTALLED / "node_modules" / name / "package.json"
    if there.is_file() and json.loads(there.read_text())["version"] == wanted:
        return ""
    shutil.copy(JS / "package.json", INSTALLED)
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"],
        cwd=INSTALLED,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return "" if there.is_file() else f"npm could not install {name}: {done.stderr[-200:]}"
