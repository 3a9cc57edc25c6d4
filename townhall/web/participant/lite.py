"""The lite page: one request, no script, for a 2G phone and for text browsers."""

from flask import Response, make_response, render_template
from flask.typing import ResponseReturnValue

from townhall.errors import InputError
from townhall.models.questions import Question
from townhall.queries import planning
from townhall.queries import questions as queries
from townhall.web.context import db, language, town_hall, viewer_zone
from townhall.web.participant import bp
from townhall.web.participant.board import typed

SHOWN = 12
"""As many questions and answers as fit the page's 6 KB, with their texts cut at `CUT`."""

CUT = 160


@bp.get("/l/<code>")
def lite(code: str) -> ResponseReturnValue:
    """Show the time, what is on air, the latest questions and answers, and the form."""
    del code
    return page()


def page(error: InputError | None = None) -> Response:
    """Return the page, with what was typed where the form could not be used."""
    hall = town_hall()
    board = queries.board(db(), hall, language())
    latest = sorted([*board.waiting, *board.answered], key=_latest, reverse=True)
    response = make_response(
        render_template(
            "participant/lite.html",
            hall=hall,
            sitting=planning.sitting(db(), hall),
            zone=viewer_zone(),
            on_air=board.on_air,
            latest=latest[:SHOWN],
            cut=CUT,
            **typed(error),
        )
    )
    response.status_code = 422 if error else 200
    return response


def _latest(question: Question) -> tuple[float, int]:
    """Return when a question last became news."""
    at = question.answered_at or question.approved_at or question.asked_at
    return at.timestamp(), question.number
