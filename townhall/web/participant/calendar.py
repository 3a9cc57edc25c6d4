"""When it is: the viewer's clock, and the entry for their calendar."""

from flask import Response, make_response, redirect, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import zones
from townhall.domain.invites import Method, ics
from townhall.errors import InputError, NotFoundError
from townhall.queries import planning
from townhall.services import notices
from townhall.web import forms, security
from townhall.web.context import ZONE_COOKIE, db, town_hall, words
from townhall.web.participant import board, bp
from townhall.web.senders import sender

ZONE_DAYS = 365


@bp.post("/t/<code>/clock")
def clock(code: str) -> ResponseReturnValue:
    """Remember on whose clock this viewer reads times: a zone, a city, or a place that takes part.

    The browser's script sends the zone's name alone; the times are made here, as browsers'
    zone data differ.
    """
    try:
        zone = _zone(forms.text("zone"))
    except InputError as error:
        return board.page(code, error)
    path = security.own_path(forms.text("from"), url_for(".board", code=code))
    response = make_response(redirect(path, 303))
    security.set_cookie(response, ZONE_COOKIE, zone, days=ZONE_DAYS)
    return response


def _zone(typed: str) -> str:
    """Return the zone that was meant.

    Raises:
        InputError: It is not clear which; the sentence offers near ones.
    """
    for seat in town_hall().seats:
        if seat.name.casefold() == typed.casefold():
            return seat.zone
    if not zones.is_known(typed):
        near = zones.near(typed)
        if len(near) == 1:
            return near[0]
    return zones.require(typed, "zone")


@bp.get("/t/<code>/event.ics")
def event(code: str) -> ResponseReturnValue:
    """Return the sitting as a calendar file that invites nobody.

    Raises:
        NotFoundError: No sitting is scheduled yet.
    """
    sitting = planning.sitting(db(), town_hall())
    if sitting is None:
        raise NotFoundError
    octets = ics(notices.event(sitting, sender()), Method.PUBLISH, speech=words())
    return Response(
        octets,
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": f'attachment; filename="townhall-{code}.ics"'},
    )
