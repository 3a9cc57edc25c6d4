"""The planner of a town hall with several sittings: the best set, and any other on trial."""

from functools import cache
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from townhall.domain.moving import moves
from townhall.domain.reasons import Reasons
from townhall.domain.several import Gathering
from townhall.domain.zones import names as zone_names
from townhall.errors import InputError
from townhall.models.planning import TownHall
from townhall.queries import planning
from townhall.queries import several as queries
from townhall.queries.planning import AS_KEPT, Rest, Trial
from townhall.queries.several import Plan
from townhall.web import busy, forms
from townhall.web.context import db, now, words
from townhall.web.organizer import charts, heat, pictures, places, shortlists, trials, wishes
from townhall.web.organizer.trials import Change
from townhall.web.organizer.wishes import Parts


def page(hall: TownHall, left: Rest, *, is_read_only: bool) -> ResponseReturnValue:
    """Return the page: each sitting's hour, and for each seat what its own sittings cost it.

    Args:
        hall: With at least one seat.
        left: What is left to plan; two sittings at least.
        is_read_only: Whether the reader may change nothing.
    """
    trial, error = AS_KEPT, None
    try:
        trial = wishes.trial()
        plan = _plan(hall, left, trial)
    except InputError as refused:
        if refused.field in {"start", "slide"}:
            raise
        trial, plan, error = AS_KEPT, _plan(hall, left, AS_KEPT), refused
    said = render_template(
        "organizer/several.html",
        hall=hall,
        left=left,
        is_read_only=is_read_only,
        plan=plan,
        live=[each.starts_at for each in planning.live_sittings(db(), hall, now=now())],
        trial=trial,
        kept=wishes.kept(trial, {}),
        error=error,
        reasons=Reasons(words()),
        headquarters=planning.headquarters(hall),
        level_of=charts.level,
        number=cache(words().number),
        most_rows=charts.MOST_ROWS,
        **_parts(hall, left, trial, plan),
        **shortlists.answered(hall),
    )
    return said, 422 if error else 200


def picture(hall: TownHall, left: Rest) -> str | None:
    """Return the set that is looked at as an SVG document; None where none fits."""
    plan = _plan(hall, left, wishes.trial())
    if plan.shown is None:
        return None
    headquarters = planning.headquarters(hall)
    return pictures.svg_of_several(hall.title, plan.request, plan.shown, headquarters, words())


def _plan(hall: TownHall, left: Rest, trial: Trial) -> Plan:
    """Return the plan that the address asks for; a slid hour stands among the others.

    Raises:
        InputError: A start is no instant, or something supposed cannot be planned with.
    """
    starts = {forms.instant(value, "start") for value in request.args.getlist("start")}
    slid = wishes.start("slide")
    looked_at = sorted(starts | {slid} if slid else starts)
    return queries.plan(hall, looked_at, trial=trial, left=left)


def _parts(hall: TownHall, left: Rest, trial: Trial, plan: Plan) -> dict[str, Any]:
    """Return what is drawn of a plan in the parts that are asked for."""
    only = wishes.parts()
    drawn = {"only": only.value, **_drawn(hall, plan, only)}
    if only is not Parts.FAR:
        drawn["change"] = _change(hall, left, trial, plan)
    if only is Parts.WHOLE:
        drawn |= {
            "tunable": _tunable(hall, trial, plan),
            "zone_names": zone_names(),
            "calendars": [busy.told(row) for row in hall.calendars],
            "hours_text": lambda seat, name: places.shown_hours(
                planning.seat_entry(seat).get(name)
            ),
        }
    return drawn


def _drawn(hall: TownHall, plan: Plan, only: Parts) -> dict[str, Any]:
    """Return what the page draws of a set of sittings; of a plan without one nothing is drawn."""
    shown, everything = plan.shown, wishes.shows_every_place()
    drawn: dict[str, Any] = {"shown": shown, "is_whole": everything, "rows": []}
    if shown is None:
        return drawn
    rows = drawn["rows"] = charts.rows_of_several(shown, everything=everything)
    moved = drawn["moved"] = _moved(shown)
    if only is not Parts.FAR:
        mirrored = words().direction == "rtl"
        drawn["lanes"] = charts.lanes(plan.request, shown, rows, mirrored=mirrored)
    if only is not Parts.NEAR:
        found = shortlists.newest(hall)
        moving = moves(plan.ranking, shown, moved)
        begin = shown.options[moved].start
        also = [*(found.instants if found else ()), begin]
        drawn["heat"] = heat.heat_of_several(plan, moving, begin, rows, also)
        drawn["strip"] = heat.strip_of_several(plan, moving, begin)
    return drawn


def _moved(shown: Gathering) -> int:
    """Return the place of the sitting that the heat map is of; the first unless another is asked.

    It is the one that was slid, or that the address names: by its start, so that it is the same
    one still where another hour has put it in another place.
    """
    asked = wishes.start("slide") or wishes.start("map")
    starts = queries.starts_of(shown)
    return starts.index(asked) if asked in starts else 0


def _change(hall: TownHall, left: Rest, trial: Trial, plan: Plan) -> Change | None:
    """Return what a trial changes; None if nothing is tried."""
    if not trial:
        return None
    before = trials.of_gathering(queries.plan(hall, left=left).best)
    return trials.change(before, trials.of_gathering(plan.best))


def _tunable(hall: TownHall, trial: Trial, plan: Plan) -> list[int]:
    """Return the positions of the seats that the page has fields for."""
    if plan.best is None:
        dearest = {seat.name for seat in plan.request.seats[: charts.MOST_ROWS]}
    else:
        rows = charts.rows_of_several(plan.best, everything=False)
        dearest = {plan.best.seats[row].name for row in rows}
    return trials.tunable(hall.seats, trial, dearest)
