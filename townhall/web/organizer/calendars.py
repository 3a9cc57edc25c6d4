"""Busy times of seats: their calendars by file or by address."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain.busy import LARGEST
from townhall.errors import InputError
from townhall.services import calendars
from townhall.web import busy
from townhall.web.context import actor, db, now, town_hall
from townhall.web.context import calendars as source
from townhall.web.organizer import bp, townhalls

WITH_FILES = frozenset({"organizer.keep_calendar", "office.keep_calendar"})
ROOM_AROUND = 64 * 1024


@bp.url_value_preprocessor
def allow_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a form with a file be larger than others."""
    if endpoint in WITH_FILES:
        request.max_content_length = LARGEST + ROOM_AROUND


@bp.post("/t/<code>/seats/<int:position>/calendar")
def keep_calendar(code: str, position: int) -> ResponseReturnValue:
    """Keep the busy times of a calendar for a seat, by its file or its address."""
    try:
        calendars.keep(db(), source(), actor(), code, position, given=busy.given(), now=now())
    except InputError as error:
        return townhalls.seat_page(position, calendar_error=error), 422
    return redirect(url_for(".seat", code=code, position=position, _anchor="calendar"), 303)


@bp.post("/t/<code>/seats/<int:position>/calendar/forget")
def forget_calendar(code: str, position: int) -> ResponseReturnValue:
    """Forget a seat's calendar."""
    calendars.forget(db(), actor(), code, position, now=now())
    return redirect(url_for(".seat", code=code, position=position, _anchor="calendar"), 303)


@bp.post("/t/<code>/calendars")
def refresh_calendars(code: str) -> ResponseReturnValue:
    """Read every calendar of the town hall again that has an address."""
    calendars.refresh(db(), source(), actor(), town_hall(), now=now())
    return redirect(url_for(".planner", code=code), 303)
