"""The answer to a planning document, ready for JSON.

Source: docs/fairness.md, “The planning document”. Keys are English and stable; what people
read is in the language asked for.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from townhall.domain import relaxing, several, sitting_sets, sittings, zones
from townhall.domain.burden import utc
from townhall.domain.options import Cost, Option, options
from townhall.domain.reasons import Reasons
from townhall.domain.series import obstacles, planning, telling
from townhall.domain.series.patience import Progress
from townhall.domain.series.request import Series
from townhall.domain.slots import NothingFits, Ranking, Request, nothing_fits, rank
from townhall.i18n import ENGLISH, Speech


def plan(
    wanted: Request | Series,
    speech: Speech = ENGLISH,
    *,
    stopwatch: Callable[[], float] | None = None,
    progress: Callable[[Progress], bool] | None = None,
) -> dict[str, Any]:
    """Return the best options of what is wanted with their reasons, or why nothing fits.

    Args:
        wanted: One sitting, several, or a series.
        speech: The language of the reasons.
        stopwatch: For the time limits of a series and of several sittings.
        progress: Of a series, as `series.planning.plan` takes it.
    """
    if isinstance(wanted, Series):
        return _series(planning.plan(wanted, stopwatch=stopwatch, progress=progress), speech)
    return answer(rank(wanted), speech, stopwatch)


def answer(
    ranking: Ranking, speech: Speech = ENGLISH, stopwatch: Callable[[], float] | None = None
) -> dict[str, Any]:
    """Return the best options of a ranking with their reasons, or why nothing fits.

    Args:
        ranking: Of the single starts.
        speech: The language of the reasons.
        stopwatch: For several sittings, as `sittings.choose` takes it.
    """
    if ranking.request.sittings > 1:
        return _sittings(ranking, speech, stopwatch)
    top = ranking.request.top
    # One more than is shown, so that the last one can be compared with what comes next.
    found = options(ranking, ranking.order[: top + 1])
    reason = nothing_fits(ranking)
    return {
        "tz_release": zones.release(),
        "starts": ranking.request.grid.count,
        "feasible": ranking.feasible,
        "options": _options(found, top, Reasons(speech)),
        "nothing_fits": None if reason is None else _reason(reason),
    }


def _sittings(
    ranking: Ranking, speech: Speech, stopwatch: Callable[[], float] | None
) -> dict[str, Any]:
    """Return the best set of sittings, an option for each, or why none fits."""
    choice = sittings.choose(ranking, stopwatch=stopwatch)
    reasons = Reasons(speech)
    return {
        "tz_release": zones.release(),
        "starts": ranking.request.grid.count,
        "feasible": int(sitting_sets.usable(ranking).sum()),
        "sittings": None if choice is None else several.told(choice),
        "options": [told(o, None, reasons) for o in several.of_choice(choice).options]
        if choice
        else [],
        "nothing_fits": None if choice else _several_reason(ranking, stopwatch),
    }


def _several_reason(ranking: Ranking, stopwatch: Callable[[], float] | None) -> dict[str, Any]:
    """Return why no set of sittings fits, and whether all that would help is named."""
    reason = relaxing.nothing_fits(ranking, stopwatch=stopwatch)
    return {**_reason(reason), "complete": reason.complete}


def _series(found: planning.Plan, speech: Speech) -> dict[str, Any]:
    """Return the best series, an option for each occurrence, or which one cannot be placed."""
    reasons = Reasons(speech)
    chosen = telling.options(found)
    nothing = None
    if found.stuck is not None and found.obstacles is not None:
        place, reason = found.stuck
        nothing = {
            "occurrence": place,
            **_reason(reason),
            "fields": [list(fields) for fields in found.obstacles.fields],
            "complete": found.obstacles.complete and reason.complete,
            "why": " ".join(obstacles.told(found.obstacles, speech, named=True)),
        }
    return {
        "tz_release": zones.release(),
        "starts": found.starts,
        "feasible": found.feasible,
        "series": telling.told(found, chosen),
        "options": [told(option, None, reasons) for option in chosen],
        "nothing_fits": nothing,
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


def _reason(reason: NothingFits) -> dict[str, Any]:
    """Return why nothing fits."""
    return {
        "ruled_out": reason.ruled_out,
        "starts_without": reason.starts_without,
        "relax": [list(names) for names in reason.relax],
    }
