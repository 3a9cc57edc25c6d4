"""The planner: ranked hours, one in full, changes on trial, a draft with one click."""

from datetime import datetime, timedelta
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain.access import Action
from townhall.domain.reasons import Reasons
from townhall.domain.states import SittingState
from townhall.errors import InputError
from townhall.i18n import N_
from townhall.queries import planner as queries
from townhall.queries import planning
from townhall.queries.planner import Plan
from townhall.services import calendars, sittings, townhalls
from townhall.web import busy, forms
from townhall.web.context import actor, db, now, town_hall, words
from townhall.web.context import calendars as source
from townhall.web.organizer import bp, charts, lenses, pictures, places, shortlists


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
    calendars.refresh(db(), source(), actor(), hall, now=now())
    sitting = planning.sitting(db(), hall)
    trial: planning.Trial = {}
    error = None
    try:
        trial = _trial()
        plan = _plan(trial)
    except InputError as refused:
        if refused.field == "start":
            raise
        plan, error = _plan({}), refused
    shown = plan.shown
    day = shown.start if shown else plan.request.grid.start(0)
    mirrored = words().direction == "rtl"
    page = render_template(
        "organizer/planner.html",
        hall=hall,
        is_read_only=_is_read_only(),
        sitting=sitting if sitting and sitting.state is SittingState.SCHEDULED else None,
        plan=plan,
        shown=shown,
        reasons=Reasons(words()),
        begin=charts.beginning(shown) if shown else None,
        ribbons=charts.ribbons(plan, shown, mirrored=mirrored) if shown else [],
        heat=charts.heat(plan, day),
        days=charts.days(plan, day),
        headquarters=planning.headquarters(hall),
        level_of=charts.level,
        hours_text=lambda seat, name: places.shown_hours(planning.seat_entry(seat).get(name)),
        tried=_tried(trial),
        panel=lenses.panel(plan),
        lens_names=lenses.NAMES,
        lens_ideas=lenses.IDEAS,
        lens_numbers=lenses.NUMBERS,
        error=error,
        **shortlists.answered(hall),
        calendars=[busy.told(row) for row in hall.calendars],
    )
    return page, 422 if error else 200


@bp.get("/t/<code>/plan.<kind>")
def picture(code: str, kind: str) -> ResponseReturnValue:
    """Return the hour that is looked at as a picture for a mail or a slide: SVG or PNG."""
    hall = town_hall()
    plan = _plan(_trial())
    if kind not in pictures.KINDS or plan.shown is None:
        raise InputError(
            N_("“%(value)s” is not a picture that can be made here: svg or png."),
            field="kind",
            value=kind[:20],
        )
    drawing = pictures.svg(hall.title, plan, plan.shown, planning.headquarters(hall), words())
    octets = pictures.png(drawing) if kind == "png" else drawing.encode()
    response = Response(octets, content_type=pictures.KINDS[kind])
    response.headers["Content-Disposition"] = f'inline; filename="{code}.{kind}"'
    return response


@bp.post("/t/<code>/plan")
def keep_trial(code: str) -> ResponseReturnValue:
    """Keep what was tried of the seats."""
    townhalls.retune(db(), actor(), code, _trial(), version=forms.version(), now=now())
    return redirect(url_for(".planner", code=code), 303)


@bp.post("/t/<code>/choose")
def choose(code: str) -> ResponseReturnValue:
    """Make a draft of the hour."""
    start = forms.instant(forms.required("start", 40), "start")
    sittings.choose(db(), actor(), code, start, now=now())
    return redirect(url_for(".draft", code=code), 303)


def _plan(trial: planning.Trial) -> Plan:
    """Return the plan that the address asks for."""
    hall = town_hall()
    sitting = planning.sitting(db(), hall)
    return queries.plan(hall, _start(), sitting.starts_at if sitting else None, trial)


def _is_read_only() -> bool:
    """Return whether the reader came by a link that shows the plan and changes nothing."""
    return not actor().may(Action.EDIT_TOWN_HALL, town_hall().id)


def _tried(trial: planning.Trial) -> dict[str, str]:
    """Return what is supposed as the fields of the form have it."""
    return {
        f"{name}-{position}": forms.text(f"{name}-{position}")
        for position, entry in trial.items()
        for name in entry
    }


def _start() -> datetime | None:
    """Return the hour that the address asks for.

    Raises:
        InputError: It is no instant, or far off.
    """
    value = request.args.get("start")
    if not value:
        return None
    start = forms.instant(value, "start")
    minutes = request.args.get("later", "0")
    if not minutes.isdecimal() or len(minutes) > 4:
        raise InputError(
            N_("“%(value)s” is not a whole number from %(least)s to %(most)s."),
            field="start",
            value=minutes[:20],
            least=0,
            most=9999,
        )
    return start + timedelta(minutes=int(minutes))


def _trial() -> dict[int, dict[str, Any]]:
    """Return what is supposed of seats, by position; only what differs from what is kept.

    Raises:
        InputError: A field that cannot be read; named as in the form, such as `weight-3`.
    """
    supposed: dict[int, dict[str, Any]] = {}
    for seat in town_hall().seats:
        kept = planning.seat_entry(seat)
        entry: dict[str, Any] = {}
        if forms.text(f"weight-{seat.position}"):
            entry["weight"] = forms.whole(f"weight-{seat.position}", least=1, most=100)
        if forms.text(f"required-{seat.position}"):
            entry["required"] = forms.text(f"required-{seat.position}") != "no"
        for name, read in (("never", places.hours), ("bands", places.bands)):
            field = f"{name}-{seat.position}"
            if field in forms.given():
                value = read(field)
                if value is not None:
                    entry[name] = value
                elif name in kept:
                    entry[name] = [] if name == "never" else kept[name]
        supposed[seat.position] = {
            name: value for name, value in entry.items() if kept.get(name) != value
        }
    return {position: entry for position, entry in supposed.items() if entry}
