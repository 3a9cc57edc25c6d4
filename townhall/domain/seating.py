"""A single seat of the planning document, checked before it is kept."""

from collections.abc import Mapping
from typing import Any

from townhall.domain import document
from townhall.errors import InputError

_SMALLEST_PLAN = {"minutes": 15, "from": "2026-01-01T00:00Z", "until": "2026-01-01T00:15Z"}
_PREFIX = "seats[0]."


def check(entry: Mapping[str, Any]) -> None:
    """Return if a planning document could hold this seat (docs/fairness.md).

    Raises:
        InputError: It could not; `field` is the name of the seat's own field, such as `never`.
    """
    try:
        document.parse({**_SMALLEST_PLAN, "seats": [entry]})
    except InputError as error:
        error.field = (error.field or "").removeprefix(_PREFIX).partition("[")[0]
        raise
