"""When it is: the viewer's clock, and the entry for their calendar."""

from flask import Response, make_response, redirect, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import zones
from townhall.domain.invites import Method, ics
from townhall.errors import InputError, NotFoundError
from townhall.models.planning import Sitting, TownHall
from townhall.queries import planning
from townhall.services import occasions
from townhall.web import forms, security
from townhall.web.context import ZONE_COOKIE, db, now, town_hall, words
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
        zone = zone_of(town_hall(), forms.text("zone"))
    except InputError as error:
        return board.page(code, error)
    path = security.own_path(forms.text("from"), url_for(".board", code=code))
    response = make_response(redirect(path, 303))
    security.set_cookie(response, ZONE_COOKIE, zone, days=ZONE_DAYS)
    return response


def zone_of(hall: TownHall, typed: str) -> str:
    """Return the zone that was meant: by its name, a city, or a place that takes part.

    Raises:
        InputError: It is not clear which; the sentence offers near ones.
    """
    for seat in hall.seats:
        if seat.name.casefold() == typed.casefold():
            return seat.zone
    if not zones.is_known(typed):
        near = zones.near(typed)
        if len(near) == 1:
            return near[0]
    return zones.require(typed, "zone")


@bp.get("/t/<code>/event.ics")
def event(code: str) -> ResponseReturnValue:
    """Return a sitting as a calendar file that invites nobody; the next unless one is named.

    Raises:
        NotFoundError: No sitting is scheduled yet, or none has this number.
    """
    hall = town_hall()
    sitting: Sitting | None
    if forms.text("sitting"):
        sitting = planning.sitting(db(), hall, forms.whole("sitting"))
    else:
        sitting = planning.next_sitting(db(), hall, now=now())
    if sitting is None:
        raise NotFoundError
    octets = ics(occasions.event(sitting, sender()), Method.PUBLISH, speech=words())
    return Response(
        octets,
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": f'attachment; filename="townhall-{code}.ics"'},
    )
