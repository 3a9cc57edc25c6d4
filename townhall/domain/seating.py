"""A single seat of the planning document, checked before it is kept."""

from collections.abc import Mapping
from typing import Any

from townhall.domain import calendar, document
from townhall.errors import InputError
from townhall.i18n import N_

LONGEST_REGION = 24
"""Characters of a region that are kept of a seat or an office."""

_SMALLEST_PLAN = {"minutes": 15, "from": "2026-01-01T00:00Z", "until": "2026-01-01T00:15Z"}
_PREFIX = "seats[0]."


def place(country: str | None, region: str | None) -> tuple[str | None, str | None]:
    """Return a country by its two letters and its region, by the code where the name is long.

    Raises:
        InputError: Field `country` or `region`: it is not known, or too long to be kept.
    """
    country, region = calendar.place(country, region)
    if country and region and len(region) > LONGEST_REGION:
        region = calendar.region_code(country, region)
    if region and len(region) > LONGEST_REGION:
        raise InputError(
            N_("“%(value)s…” has %(count)s characters; the most is %(limit)s."),
            field="region",
            value=region[:40],
            count=len(region),
            limit=LONGEST_REGION,
        )
    return country, region


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
