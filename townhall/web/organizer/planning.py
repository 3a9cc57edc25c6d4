"""The planner: ranked hours, one in full, changes on trial, a draft with one click."""

from functools import cache

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain.access import Action
from townhall.domain.reasons import Reasons
from townhall.domain.states import SittingState
from townhall.domain.zones import names as zone_names
from townhall.errors import InputError
from townhall.models.planning import TownHall
from townhall.queries import planner as queries
from townhall.queries import planning
from townhall.queries.planner import Plan
from townhall.queries.planning import AS_KEPT, Rest, Trial
from townhall.services import seats, sittings
from townhall.web import busy, forms
from townhall.web.context import actor, db, now, town_hall, words
from townhall.web.organizer import (
    bp,
    charts,
    heat,
    lenses,
    pictures,
    places,
    several,
    shortlists,
    trials,
    wishes,
)
from townhall.web.organizer.trials import Change


@bp.get("/t/<code>/plan")
def planner(code: str) -> ResponseReturnValue:
    """Show the window's hours, the fairest first, and what one of them means for each seat.

    What the address supposes of seats is tried, not kept; what cannot be tried is said beside
    the seats, and the plan is shown as it is kept.
    """
    del code
    hall = town_hall()
    if not hall.seats:
        return render_template(
            "organizer/planner_empty.html", hall=hall, is_read_only=_is_read_only()
        )
    left = planning.rest(hall, now=now())
    if left.sittings > 1:
        return several.page(hall, left, is_read_only=_is_read_only())
    trial, error = AS_KEPT, None
    try:
        trial = wishes.trial()
        plan = _plan(trial)
    except InputError as refused:
        if refused.field == "start":
            raise
        trial, plan, error = AS_KEPT, _plan(AS_KEPT), refused
    panel = lenses.panel(plan)
    sitting = planning.next_sitting(db(), hall, now=now())
    page = render_template(
        "organizer/planner.html",
        hall=hall,
        is_read_only=_is_read_only(),
        sitting=sitting if sitting and sitting.state is SittingState.SCHEDULED else None,
        plan=plan,
        trial=trial,
        left=left,
        change=_change(trial, plan, left),
        tunable=_tunable(trial, plan),
        zone_names=zone_names(),
        panel=panel,
        kept=wishes.kept(trial, panel.asked),
        lens_names=lenses.NAMES,
        lens_ideas=lenses.IDEAS,
        lens_numbers=lenses.NUMBERS,
        error=error,
        calendars=[busy.told(row) for row in hall.calendars],
        hours_text=lambda seat, name: places.shown_hours(planning.seat_entry(seat).get(name)),
        **shortlists.answered(hall),
        **_pictures(plan),
    )
    return page, 422 if error else 200


@bp.get("/t/<code>/plan.<kind>")
def picture(code: str, kind: str) -> ResponseReturnValue:
    """Return the hour that is looked at as a picture for a mail or a slide: SVG or PNG."""
    hall = town_hall()
    left = planning.rest(hall, now=now())
    drawing = several.picture(hall, left) if left.sittings > 1 else _drawing(hall)
    return pictures.response(drawing, kind, code)


@bp.post("/t/<code>/plan")
def keep_trial(code: str) -> ResponseReturnValue:
    """Keep what was tried of the seats."""
    seats.retune(db(), actor(), code, wishes.trial(), version=forms.version(), now=now())
    return redirect(url_for(".planner", code=code), 303)


@bp.post("/t/<code>/choose")
def choose(code: str) -> ResponseReturnValue:
    """Make a draft of the hour, or of the hours of several sittings."""
    forms.required("start", 40)
    starts = [forms.instant(value, "start") for value in request.form.getlist("start")]
    sittings.choose(db(), actor(), code, *starts, now=now())
    return redirect(url_for(".draft", code=code), 303)


def _drawing(hall: TownHall) -> str | None:
    """Return the hour that is looked at as an SVG document; None where none fits."""
    plan = _plan(wishes.trial())
    if plan.shown is None:
        return None
    return pictures.svg(hall.title, plan, plan.shown, planning.headquarters(hall), words())


def _plan(trial: Trial) -> Plan:
    """Return the plan that the address asks for."""
    hall = town_hall()
    sitting = planning.next_sitting(db(), hall, now=now())
    previous = sitting.starts_at if sitting else None
    return queries.plan(hall, wishes.start(), previous, trial, left=planning.rest(hall, now=now()))


def _is_read_only() -> bool:
    """Return whether the reader came by a link that shows the plan and changes nothing."""
    return not actor().may(Action.EDIT_TOWN_HALL, town_hall().id)


def _pictures(plan: Plan) -> dict[str, object]:
    """Return what the page draws of a plan, and the words for it."""
    shown = plan.shown
    day = shown.start if shown else plan.request.grid.start(0)
    everything = wishes.shows_every_place()
    rows = charts.rows(plan, shown, everything=everything)
    begin = charts.beginning(shown) if shown else None
    mirrored = words().direction == "rtl"
    found = shortlists.newest(town_hall())
    also = [*(found.instants if found else ()), *([shown.start] if shown else ())]
    return {
        "shown": shown,
        "begin": begin,
        "rows": rows,
        "is_whole": everything,
        "most_rows": charts.MOST_ROWS,
        "ribbons": charts.ribbons(plan, shown, rows, mirrored=mirrored) if shown else [],
        "heat": heat.heat(plan, day, rows, also),
        "strip": heat.strip(plan, day),
        "beside": queries.beside(plan, wishes.beside()),
        "picked": wishes.beside(),
        "headquarters": planning.headquarters(town_hall()),
        "level_of": charts.level,
        "reasons": Reasons(words()),
        "number": cache(words().number),
    }


def _change(trial: Trial, plan: Plan, left: Rest) -> Change | None:
    """Return what a trial changes; None if nothing is tried."""
    if not trial:
        return None
    before = trials.of_option(queries.fairest(town_hall(), left))
    return trials.change(before, trials.of_option(next(iter(plan.best), None)))


def _tunable(trial: Trial, plan: Plan) -> list[int]:
    """Return the positions of the seats that the page has fields for."""
    rows = charts.rows(plan, next(iter(plan.best), None), everything=False)
    dearest = {plan.request.seats[row].name for row in rows}
    return trials.tunable(town_hall().seats, trial, dearest)
