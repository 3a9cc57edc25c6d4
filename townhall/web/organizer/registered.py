"""Who registered to be told by mail: how many, on which clocks; as a sheet; erased at request."""

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import registering
from townhall.queries import registrations as queries
from townhall.services import registrations
from townhall.web import forms, throttle
from townhall.web.context import actor, db, now, town_hall
from townhall.web.organizer import bp
from townhall.web.senders import sender

MOST_ZONES = 12
"""Zones that the page names; the others are counted together."""


@bp.get("/t/<code>/registered")
def registered(code: str) -> ResponseReturnValue:
    """Show how many are told by mail, by language and zone, and who, a page at a time."""
    del code
    hall = town_hall()
    counts = queries.counts(db(), hall)
    after = request.args.get("after", "")
    found, more = queries.page(
        db(), hall, after=int(after) if after.isdecimal() and len(after) < 10 else 0
    )
    return render_template(
        "organizer/registered.html",
        hall=hall,
        counts=counts,
        zones=counts.zones[:MOST_ZONES],
        elsewhere=sum(count for _, count in counts.zones[MOST_ZONES:]),
        people=found,
        more=more,
    )


@bp.get("/t/<code>/registered.csv")
def export_registered(code: str) -> ResponseReturnValue:
    """Return who is told by mail as a CSV file; formulas are defused."""
    throttle.check(throttle.EXPORT, actor().key)
    text = registering.sheet(queries.listed(db(), town_hall()))
    # The mark in front tells spreadsheets that the file is UTF-8.
    response = Response(f"\ufeff{text}", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="registered-{code}.csv"'
    return response


@bp.post("/t/<code>/registered/erase")
def erase(code: str) -> ResponseReturnValue:
    """Take a person off the list and forget their address."""
    number = forms.whole("number", least=1, most=forms.MOST_KEY)
    registrations.erase(db(), actor(), code, sender(), number, now=now())
    return redirect(url_for(".registered", code=code), 303)
