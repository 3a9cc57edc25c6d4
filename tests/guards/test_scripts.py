"""Every script can be read: one slip would switch off all that its pages do by themselves."""

import shutil
import subprocess

import pytest

from tests.guards.sources import PACKAGE
from tests.require import require

SCRIPTS = sorted((PACKAGE / "static").glob("*.js"))


def refusal(script):
    """Return what Node.js says against a script, or nothing."""
    require("Node.js", available=bool(shutil.which("node")), reason="node is not on the path")
    told = subprocess.run(
        ["node", "--check", script], capture_output=True, text=True, check=False, timeout=60
    )
    return told.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_no_slip(script):
    assert refusal(script) == ""


def test_a_slip_is_seen(tmp_path):
    script = tmp_path / "twice.js"
    script.write_text("const own = 1;\nconst own = 2;\n")
    assert "SyntaxError" in refusal(script)
