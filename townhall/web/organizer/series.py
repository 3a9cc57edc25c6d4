"""The series that a town hall is part of: its ledger, its town halls, the search for its hours."""

import csv
import io

from flask import Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import fields, zones
from townhall.domain.access import Action, require
from townhall.domain.office_sheet import defused
from townhall.domain.reasons import Reasons
from townhall.domain.series import obstacles
from townhall.errors import InputError, NotFoundError
from townhall.i18n import N_
from townhall.models.planning import TownHall
from townhall.models.series import Series
from townhall.queries import rotation
from townhall.queries import series as queries
from townhall.services import outcomes, renewals, series, sittings
from townhall.web import feeds, forms
from townhall.web.context import actor, db, feed, now, town_hall, words
from townhall.web.organizer import bp, charts, pictures, rules, shares, wishes

MOST_MORE = 52
"""Town halls that one press adds at most."""

STANDINGS = {
    rotation.Standing.HELD: N_("held"),
    rotation.Standing.OVER: N_("over"),
    rotation.Standing.SCHEDULED: N_("scheduled"),
    rotation.Standing.PLANNED: N_("planned"),
    rotation.Standing.OPEN: N_("no hour yet"),
    rotation.Standing.MISSED: N_("its days have passed"),
}


@bp.get("/t/<code>/series")
def series_page(code: str) -> ResponseReturnValue:
    """Show the series of a town hall: who pays what, each town hall's hour, what is left."""
    own = _series()
    if own is None:
        return redirect(url_for(".repeat", code=code), 303)
    return _page(own)


@bp.get("/t/<code>/series/progress")
def series_progress(code: str) -> ResponseReturnValue:
    """Return how far the search for the hours is, for the page to swap in."""
    own = _series()
    if own is None:
        return redirect(url_for(".repeat", code=code), 303)
    newest = queries.newest(db(), own.id)
    is_searching = newest is not None and newest.state in queries.LIVING
    return render_template(
        "organizer/_search.html", code=code, newest=newest, is_searching=is_searching
    )


@bp.get("/t/<code>/series.csv")
def series_table(code: str) -> ResponseReturnValue:
    """Return the ledger of the series as a CSV file, a line for each seat."""
    own = _series()
    if own is None:
        return redirect(url_for(".repeat", code=code), 303)
    found = rotation.rotation(db(), own, now=now())
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(
        ["name", "began", "paid", "promised", "planned", "total", "fixed", "fixed_status"]
    )
    verdict = found.fixed.verdict if found.fixed else ""
    for share in found.shares.values():
        account = share.account
        points = (account.began, account.paid, account.promised, share.planned, share.total)
        fixed = "" if share.fixed is None else share.fixed
        lines.writerow([defused(share.name), *points, fixed, verdict])
    # The mark in front tells spreadsheets that the file is UTF-8.
    response = Response(f"\ufeff{out.getvalue()}", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="series-{code}.csv"'
    return response


@bp.get("/t/<code>/series.<kind>")
def series_picture(code: str, kind: str) -> ResponseReturnValue:
    """Return the ledger of the series as a picture for a mail or a slide: SVG or PNG."""
    own = _series()
    if own is None:
        return redirect(url_for(".repeat", code=code), 303)
    found = rotation.rotation(db(), own, now=now())
    return pictures.response(shares.svg(town_hall().title, found, words()), kind, f"series-{code}")


@bp.post("/t/<code>/series/plan")
def plan_series(code: str) -> ResponseReturnValue:
    """Ask for what is left of the series to be planned anew, by the rules of the form."""
    own = _series()
    if own is None:
        raise NotFoundError
    try:
        wish = rules.chosen(town_hall(), own.every_days)
    except InputError as error:
        return _page(own, error), 422
    series.plan(db(), actor(), code, wish, now=now())
    return _back(code)


@bp.post("/t/<code>/series/stop")
def stop_series(code: str) -> ResponseReturnValue:
    """End the search for the hours with the best that is known."""
    series.stop(db(), actor(), code, now=now())
    return _back(code)


@bp.post("/t/<code>/series/drafts")
def draft_series(code: str) -> ResponseReturnValue:
    """Make a draft of every hour that is planned; nobody is told yet."""
    sittings.choose_planned(db(), actor(), code, now=now())
    return _back(code)


@bp.post("/t/<code>/series/extend")
def extend_series(code: str) -> ResponseReturnValue:
    """Add town halls at the end of the series."""
    count = forms.whole("count", 1, least=1, most=MOST_MORE)
    series.extend(db(), actor(), code, count, now=now())
    return _back(code)


@bp.post("/t/<code>/series/feed")
def renew_series_feed(code: str) -> ResponseReturnValue:
    """Renew the address of the series' calendar; the one before leads nowhere."""
    renewals.renew_series(db(), actor(), code, now=now())
    return redirect(url_for(".series_page", code=code, _anchor="feed"), 303)


@bp.post("/t/<code>/series/leave")
def leave_series(code: str) -> ResponseReturnValue:
    """Take the town hall out of its series."""
    series.leave(db(), actor(), code, now=now())
    return redirect(url_for(".overview", code=code), 303)


@bp.post("/t/<code>/series/remove")
def remove_from_series(code: str) -> ResponseReturnValue:
    """Delete the town hall, of which nobody was told."""
    series.remove(db(), actor(), code, now=now())
    return redirect(url_for(".home"), 303)


@bp.post("/t/<code>/sittings/<int:number>/outcome")
def record_outcome(code: str, number: int) -> ResponseReturnValue:
    """Keep whether a sitting took place; nobody is mailed."""
    took_place = fields.choice(forms.text("took_place"), "took_place", ("yes", "no")) == "yes"
    outcomes.record(db(), feed(), actor(), code, number, took_place=took_place, now=now())
    if sees_series(town_hall()):
        return _back(code)
    return redirect(url_for(".overview", code=code), 303)


@bp.app_template_global()
def sees_series(hall: TownHall) -> bool:
    """Return whether a town hall is in a series all of whose town halls the reader may see.

    Who has a secret link to one of them learns nothing of the others.
    """
    ids = queries.town_hall_ids(db(), hall)
    return bool(ids) and all(actor().may(Action.SEE_ANSWERS, each) for each in ids)


def _series() -> Series | None:
    """Return the series of the town hall, all of which the reader may see; None without one."""
    place = town_hall().occurrence
    if place is None:
        return None
    for each in place.series.occurrences:
        require(actor(), Action.SEE_ANSWERS, each.town_hall_id)
    return place.series


def _page(own: Series, error: InputError | None = None) -> str:
    """Return the page of a series, after a form that was refused too."""
    found = rotation.rotation(db(), own, now=now())
    kept = rules.kept(own)
    everything = wishes.shows_every_place()
    return render_template(
        "organizer/series.html",
        hall=town_hall(),
        found=found,
        feed=feeds.of(own),
        reasons=Reasons(words()),
        clock_city=zones.city(own.clock),
        level_of=charts.level,
        standings=STANDINGS,
        places=found.dearest(len(found.shares) if everything else charts.MOST_ROWS),
        is_whole=everything,
        most_rows=charts.MOST_ROWS,
        blocks=charts.blocks([row for row in found.rows if row.option]),
        now=now(),
        compared=shares.compared(found.fixed, words()),
        in_the_way=obstacles.told(found.obstacles, words()),
        rules=kept,
        clocks=rules.clocks(town_hall(), kept),
        error=error,
    )


def _back(code: str) -> ResponseReturnValue:
    """Return to the page of the series."""
    return redirect(url_for(".series_page", code=code), 303)
