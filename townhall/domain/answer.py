"""The answer to a planning document, ready for JSON.

Source: docs/fairness.md, “The planning document”. Keys are English and stable; what people
read is in the language asked for.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from townhall.domain import relaxing, several, sittings, zones
from townhall.domain.burden import utc
from townhall.domain.options import Cost, Option, options
from townhall.domain.reasons import Reasons
from townhall.domain.slots import NothingFits, Ranking, Request, nothing_fits, rank
from townhall.i18n import ENGLISH, Speech


def plan(request: Request, speech: Speech = ENGLISH) -> dict[str, Any]:
    """Return the best options of a request with their reasons, or why nothing fits."""
    return answer(rank(request), speech)


def answer(ranking: Ranking, speech: Speech = ENGLISH) -> dict[str, Any]:
    """Return the best options of a ranking with their reasons, or why nothing fits."""
    if ranking.request.sittings > 1:
        return _sittings(ranking, speech)
    top = ranking.request.top
    # One more than is shown, so that the last one can be compared with what comes next.
    found = options(ranking, ranking.order[: top + 1])
    return {
        "tz_release": zones.release(),
        "starts": ranking.request.grid.count,
        "feasible": ranking.feasible,
        "options": _options(found, top, Reasons(speech)),
        "nothing_fits": _nothing_fits(nothing_fits(ranking)),
    }


def _sittings(ranking: Ranking, speech: Speech) -> dict[str, Any]:
    """Return the best set of sittings, an option for each, or why none fits."""
    choice = sittings.choose(ranking)
    reasons = Reasons(speech)
    return {
        "tz_release": zones.release(),
        "starts": ranking.request.grid.count,
        "feasible": int(sittings.usable(ranking).sum()),
        "sittings": None if choice is None else several.told(choice),
        "options": [told(o, None, reasons) for o in several.options(choice)] if choice else [],
        "nothing_fits": None if choice else _nothing_fits(relaxing.nothing_fits(ranking)),
    }


def told(option: Option, following: Option | None, reasons: Reasons) -> dict[str, Any]:
    """Return one option; `following` is what it is compared with."""
    costs = {cost: _cost(cost, reasons) for cost in set(option.costs)}
    return {
        "start": utc(option.start),
        "end": utc(option.end),
        "worst_first": list(option.worst_first),
        "people_points": option.people_points,
        "seats": [
            {"name": seat.name, **costs[cost]}
            for seat, cost in zip(option.seats, option.costs, strict=True)
        ],
        "warnings": [reasons.caution(caution) for caution in option.cautions],
        "next": reasons.next_better(option, following),
    }


def _cost(cost: Cost, reasons: Reasons) -> dict[str, Any]:
    """Return what an option means for the seats that share `cost`."""
    return {
        "start": _local(cost.clock.start),
        "end": _local(cost.clock.end),
        "weekday": reasons.weekday(cost.clock),
        "band": reasons.band(cost),
        "rest": reasons.rest(cost),
        "burden": cost.burden,
        "ledger": cost.ledger,
        "after": cost.after,
        "absent": cost.absent,
        "why": reasons.why(cost),
    }


def _options(found: Sequence[Option], top: int, reasons: Reasons) -> list[dict[str, Any]]:
    """Return the options that are shown, each compared with the one after it."""
    following = (*found[1:], None)
    pairs = zip(found[:top], following, strict=False)
    return [told(option, after, reasons) for option, after in pairs]


def _local(moment: datetime) -> str:
    """Return a local time with its offset: `2026-12-09T06:30-05:00`."""
    return moment.isoformat(timespec="minutes")


def _nothing_fits(reason: NothingFits | None) -> dict[str, Any] | None:
    """Return why nothing fits."""
    if reason is None:
        return None
    return {
        "ruled_out": reason.ruled_out,
        "starts_without": reason.starts_without,
        "relax": [list(names) for names in reason.relax],
    }
