"""A seat's own calendar on a page: what the form gives, what is told of the one that is kept."""

from contextlib import closing
from datetime import timedelta
from urllib.parse import urlsplit

from flask import request

from townhall.errors import InputError
from townhall.i18n import N_
from townhall.models.availability import BusyCalendar
from townhall.models.planning import Seat
from townhall.queries import planning
from townhall.web import forms
from townhall.web.context import db, now, words


def given() -> str | bytes:
    """Return the posted file's octets, or else the posted address.

    Raises:
        InputError: Field `calendar`: there is neither.
    """
    file = request.files.get("file")
    if file is not None and file.filename:
        with closing(file):
            octets: bytes = file.read()
        return octets
    address = forms.text("address")
    if not address:
        raise InputError(
            N_("Choose an .ics file, or type the address of a calendar."), field="calendar"
        )
    return address


def of_seat(seat: Seat) -> dict[str, object]:
    """Return what a page tells of a seat's calendar, if it has one."""
    row = planning.calendar(db(), seat)
    return told(row) if row is not None else {"calendar": None}


def told(row: BusyCalendar) -> dict[str, object]:
    """Return what a page tells of a calendar.

    Returns:
        `calendar`; `calendar_host`, empty for a file; `calendar_age` and `calendar_problem`:
        sentences, the latter empty where all is well.
    """
    problem = row.problem
    return {
        "calendar": row,
        "calendar_host": urlsplit(row.address or "").hostname or "",
        "calendar_age": age(now() - row.read_at),
        "calendar_problem": words().gettext(problem["message"], **problem["values"])
        if problem
        else "",
    }


def age(since: timedelta) -> str:
    """Return how long ago a calendar was read, in a sentence; rounded down."""
    minutes = since // timedelta(minutes=1)
    if minutes < 1:
        return words().gettext("Read just now.")
    if minutes < 120:
        return words().ngettext("Read a minute ago.", "Read %(num)s minutes ago.", minutes)
    if minutes < 48 * 60:
        return words().ngettext("Read an hour ago.", "Read %(num)s hours ago.", minutes // 60)
    return words().ngettext("Read a day ago.", "Read %(num)s days ago.", minutes // (24 * 60))
