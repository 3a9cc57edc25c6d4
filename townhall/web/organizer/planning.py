"""The planner: ranked hours, one in full, a draft with one click."""

from datetime import UTC, datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import fields
from townhall.domain.reasons import Reasons
from townhall.domain.states import SittingState
from townhall.queries import planner as queries
from townhall.queries import planning
from townhall.services import sittings
from townhall.web import forms
from townhall.web.context import actor, db, now, town_hall, words
from townhall.web.organizer import bp, charts


@bp.get("/t/<code>/plan")
def planner(code: str) -> ResponseReturnValue:
    """Show the window's hours, the fairest first, and what one of them means for each seat."""
    del code
    hall = town_hall()
    if not hall.seats:
        return render_template("organizer/planner_empty.html", hall=hall)
    sitting = planning.sitting(db(), hall)
    plan = queries.plan(hall, _start(), sitting.starts_at if sitting else None)
    shown = plan.shown
    day = shown.start if shown else plan.request.grid.start(0)
    mirrored = words().direction == "rtl"
    return render_template(
        "organizer/planner.html",
        hall=hall,
        sitting=sitting if sitting and sitting.state is SittingState.SCHEDULED else None,
        plan=plan,
        shown=shown,
        reasons=Reasons(words()),
        ribbons=charts.ribbons(plan, shown, mirrored=mirrored) if shown else [],
        heat=charts.heat(plan, day),
        days=charts.days(plan, day),
        headquarters=planning.headquarters(hall),
    )


@bp.post("/t/<code>/choose")
def choose(code: str) -> ResponseReturnValue:
    """Make a draft of the hour."""
    start = fields.instant(forms.required("start", 40), "start").astimezone(UTC)
    sittings.choose(db(), actor(), code, start, now=now())
    return redirect(url_for(".draft", code=code), 303)


def _start() -> datetime | None:
    """Return the hour that the address asks for.

    Raises:
        InputError: It is no instant.
    """
    value = request.args.get("start")
    return fields.instant(value, "start").astimezone(UTC) if value else None
