"""The lite page: one request, no script, for a 2G phone and for text browsers."""

from flask import Response, make_response, render_template
from flask.typing import ResponseReturnValue

from townhall.errors import InputError
from townhall.queries import planning
from townhall.web.context import db, viewer_zone
from townhall.web.participant import bp, registering
from townhall.web.participant.board import snapshot, typed


@bp.get("/l/<code>")
def lite(code: str) -> ResponseReturnValue:
    """Show the time, what is on air, the latest questions and answers, and the form."""
    return page(code)


def page(code: str, error: InputError | None = None) -> Response:
    """Return the page, with what was typed where the form could not be used."""
    shown = snapshot(code, "lite")
    hall = planning.town_hall(db(), code)
    sittings = planning.sittings(db(), hall)
    response = make_response(
        render_template(
            "participant/lite.html",
            hall=hall,
            parts=shown.parts,
            sittings=sittings,
            own=planning.own_sittings(sittings),
            zone=viewer_zone(),
            choice=registering.sittings_to_choose(hall, viewer_zone()),
            **typed(hall, error),
        )
    )
    response.status_code = 422 if error else 200
    return response
