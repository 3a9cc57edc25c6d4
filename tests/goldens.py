"""Golden files: what a mail looked like when a person last read it and found it right.

Written anew by `TOWNHALL_GOLDEN=write`, to be read again before they are committed.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"
WRITE = os.environ.get("TOWNHALL_GOLDEN") == "write"


def golden(name: str, text: str) -> str:
    """Return the text that the file `name` holds; written first where it was asked for."""
    path = FOLDER / name
    if WRITE:
        path.write_text(text, encoding="utf-8", newline="\n")
    return path.read_text(encoding="utf-8")
