"""The organizers' house: directory, planning, invitations, links."""

from flask import Blueprint

bp = Blueprint("organizer", __name__, url_prefix="/organizer")

from townhall.web.organizer import (  # noqa: E402, F401  the rooms hang their views on bp
    answers,
    calendars,
    directory,
    invitations,
    links,
    own_calendars,
    planning,
    registered,
    repeats,
    series,
    sheets,
    shortlists,
    staff,
    townhalls,
)
