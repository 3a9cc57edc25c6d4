"""A town hall's public page: when and where it is, how to ask, what was asked."""

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from townhall.domain import tokens
from townhall.errors import InputError
from townhall.queries import planning
from townhall.queries import questions as queries
from townhall.services.people import Participant
from townhall.web import choices, forms, person
from townhall.web.context import actor, db, language, town_hall, viewer_zone
from townhall.web.participant import bp


@bp.get("/t/<code>")
def board(code: str) -> ResponseReturnValue:
    """Show when and where it is, the questions and the form."""
    del code
    return page()


def page(error: InputError | None = None) -> Response:
    """Return the public page, with what was typed where a form could not be used."""
    hall = town_hall()
    asker = queries.person(db(), hall, person.key())
    shown = queries.board(db(), hall, language())
    response = make_response(
        render_template(
            "participant/board.html",
            hall=hall,
            sitting=planning.sitting(db(), hall),
            zone=viewer_zone(),
            board=shown,
            backed=queries.supported_by(db(), hall, asker),
            asker=asker,
            languages=choices.languages(hall),
            places=choices.places(hall),
            is_personal=True,
            **typed(error),
        )
    )
    response.status_code = 422 if error else 200
    return response


def typed(error: InputError | None = None) -> dict[str, object]:
    """Return what an asking form is filled with: its hidden keys, and what was typed."""
    hall = town_hall()
    seat_id = Participant(person.key(), actor()).seat_id(hall)
    own = next((seat.position for seat in hall.seats if seat.id == seat_id), "")
    return {
        "error": error,
        "values": request.form,
        "key": forms.text("key") or tokens.fresh(),
        "person": person.signed(),
        "own_place": own,
    }
