"""Where the files beside the code are, in a wheel or in a checkout."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def _beside(name: str) -> Path:
    """Return the folder `name` inside the package (wheel) or beside it (checkout)."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


TEMPLATES = _beside("templates")
MIGRATIONS = _beside("migrations")
STATIC = PACKAGE / "static"
LOCALE = PACKAGE / "locale"
