"""The planner: ranked hours, one in full, changes on trial, a draft with one click."""

from functools import cache
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain.access import Action
from townhall.domain.lenses import Choice
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
from townhall.web.organizer.wishes import Parts


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
    choice = lenses.choice(plan)
    sitting = planning.next_sitting(db(), hall, now=now())
    page = render_template(
        "organizer/planner.html",
        hall=hall,
        is_read_only=_is_read_only(),
        sitting=sitting if sitting and sitting.state is SittingState.SCHEDULED else None,
        left=left,
        kept=(kept := wishes.kept(trial, lenses.asked(choice))),
        address=wishes.addresses(kept),
        trial=trial,
        error=error,
        **_said_of(plan),
        **_parts(plan, trial, left, choice),
        **shortlists.answered(hall),
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


def _said_of(plan: Plan) -> dict[str, Any]:
    """Return what every part of the page says of a plan, and the words for it."""
    everything = wishes.shows_every_place()
    return {
        "plan": plan,
        "shown": plan.shown,
        "rows": charts.rows(plan, plan.shown, everything=everything),
        "is_whole": everything,
        "most_rows": charts.MOST_ROWS,
        "has_beside": plan.shown is not None or plan.compared is not None,
        "picked": wishes.beside(),
        "headquarters": planning.headquarters(town_hall()),
        "reasons": Reasons(words()),
        "number": cache(words().number),
    }


def _parts(plan: Plan, trial: Trial, left: Rest, choice: Choice) -> dict[str, Any]:
    """Return what is drawn of a plan in the parts that are asked for."""
    only = wishes.parts()
    drawn: dict[str, Any] = {"only": only.value}
    if only is not Parts.FAR:
        drawn |= {**_ribbons(plan), "change": _change(trial, plan, left)}
    if only is not Parts.NEAR:
        drawn |= _tables(plan, choice)
    if only is Parts.WHOLE:
        drawn |= _around(plan, trial)
    return drawn


def _ribbons(plan: Plan) -> dict[str, Any]:
    """Return the day of each place that is shown, around the hour that is looked at."""
    if plan.shown is None:
        return {}
    rows = charts.rows(plan, plan.shown, everything=wishes.shows_every_place())
    mirrored = words().direction == "rtl"
    return {
        "begin": charts.beginning(plan.shown),
        "ribbons": charts.ribbons(plan, plan.shown, rows, mirrored=mirrored),
    }


def _tables(plan: Plan, choice: Choice) -> dict[str, Any]:
    """Return the tables of hours: the heat map, hours side by side, and what a lens shows."""
    shown = plan.shown
    day = shown.start if shown else plan.request.grid.start(0)
    rows = charts.rows(plan, shown, everything=wishes.shows_every_place())
    found = shortlists.newest(town_hall())
    also = [*(found.instants if found else ()), *([shown.start] if shown else ())]
    return {
        "heat": heat.heat(plan, day, rows, also),
        "strip": heat.strip(plan, day),
        "beside": queries.beside(plan, wishes.beside()),
        "level_of": charts.level,
        "panel": lenses.panel(plan, choice),
        "lens_names": lenses.NAMES,
        "lens_ideas": lenses.IDEAS,
        "lens_numbers": lenses.NUMBERS,
    }


def _around(plan: Plan, trial: Trial) -> dict[str, Any]:
    """Return what stands around the parts: the fields to try, and how old the calendars are."""
    return {
        "tunable": _tunable(trial, plan),
        "zone_names": zone_names(),
        "calendars": [busy.told(row) for row in town_hall().calendars],
        "hours_text": lambda seat, name: places.shown_hours(planning.seat_entry(seat).get(name)),
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
