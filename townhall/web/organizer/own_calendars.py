"""The account's own calendar: given, tried, sorted, given up; how far each sitting is in step."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain.own_calendar import LONGEST_NAME, Keeping
from townhall.errors import InputError
from townhall.models.own_calendars import OwnEntry
from townhall.models.planning import TownHall
from townhall.queries import own_calendars as queries
from townhall.services import own_calendars
from townhall.services.own_calendars import Given
from townhall.web import forms, throttle
from townhall.web.context import actor, calendar_server, db, now
from townhall.web.organizer import bp


@bp.get("/calendar")
def own_calendar() -> ResponseReturnValue:
    """Show the account's own calendar and what of each town hall stands in it."""
    return _page()


@bp.post("/calendar")
def keep_own_calendar() -> ResponseReturnValue:
    """Look at a calendar and keep the account's sittings in it."""
    throttle.check(throttle.LOOK, actor().key)
    try:
        given = Given(
            address=forms.text("address"),
            user=forms.text("user"),
            password=forms.given().get("password", "")[: LONGEST_NAME + 1],
            lists_people=forms.checked("lists_people"),
        )
        own_calendars.keep(db(), calendar_server(), actor(), given, now=now())
    except InputError as error:
        return _page(error=error), 422
    return redirect(url_for(".own_calendar"), 303)


@bp.post("/calendar/look")
def look_at_own_calendar() -> ResponseReturnValue:
    """Ask the calendar's server whether all is well, and show what it says."""
    throttle.check(throttle.LOOK, actor().key)
    try:
        name = own_calendars.look(db(), calendar_server(), actor())
    except InputError as error:
        return _page(refusal=error)
    return _page(found=name)


@bp.post("/calendar/again")
def try_own_calendar() -> ResponseReturnValue:
    """Have everything tried at once that is not in step."""
    own_calendars.try_again(db(), actor(), now=now())
    return redirect(url_for(".own_calendar"), 303)


@bp.post("/calendar/town-halls")
def sort_own_calendar() -> ResponseReturnValue:
    """Leave a town hall out of the calendar, or take it in again."""
    code = forms.text("code")
    if forms.text("choice") == "in":
        own_calendars.take_in(db(), actor(), code, now=now())
    else:
        own_calendars.leave_out(
            db(), actor(), code, takes_out=forms.checked("takes_out"), now=now()
        )
    return redirect(url_for(".own_calendar"), 303)


@bp.post("/calendar/remove")
def remove_own_calendar() -> ResponseReturnValue:
    """Give the calendar up, and forget its password."""
    own_calendars.remove(db(), actor(), takes_out=forms.text("entries") == "take-out", now=now())
    return redirect(url_for(".own_calendar"), 303)


def of_town_hall(hall: TownHall) -> Sequence[OwnEntry] | None:
    """Return what of a town hall stands in the account's calendar; None if nobody is signed in."""
    account_id = actor().account_id
    if account_id is None:
        return None
    calendar = queries.of_account(db(), account_id)
    return queries.entries_of(db(), calendar, hall) if calendar else ()


def _page(
    error: InputError | None = None, refusal: InputError | None = None, found: str | None = None
) -> str:
    """Return the page.

    Args:
        error: What is off in the form; what was typed stays, but for the password.
        refusal: What the server said when it was asked whether all is well.
        found: What it called the calendar then.
    """
    calendar = queries.of_account(db(), actor().account_id)
    parts = queries.parts(db(), calendar, now=now()) if calendar else ()
    entries = queries.entries(db(), calendar) if calendar else ()
    typed = request.form if error else {}
    return render_template(
        "organizer/own_calendar.html",
        calendar=calendar,
        host=urlsplit(calendar.address).hostname if calendar else "",
        parts=parts,
        late=[entry for entry in entries if entry.state is not Keeping.KEPT and entry.problem],
        leaving=sum(entry.leaves for entry in entries),
        address=typed.get("address", calendar.address if calendar else ""),
        user=typed.get("user", calendar.user_name if calendar else ""),
        lists_people="lists_people" in typed if error else bool(calendar and calendar.lists_people),
        error=error,
        refusal=refusal,
        found=found,
    )
