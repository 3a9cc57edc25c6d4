"""The two rules as a service: a document in, the answer out; no database, nothing kept."""

from dataclasses import replace
from typing import Any

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from townhall import clock
from townhall.domain import answer, document, lenses, notation
from townhall.domain.series.request import Series
from townhall.domain.turns.answer import answer as answer_turns
from townhall.errors import InputError
from townhall.i18n import N_
from townhall.web import throttle
from townhall.web.api import bp
from townhall.web.context import words

MOST_OCTETS = 4 * 1024 * 1024

MOST_SECONDS = 10
"""How long a series is searched, whatever its document allows."""


@bp.before_request
def allow_large_documents() -> None:
    """Let documents be larger than forms."""
    request.max_content_length = MOST_OCTETS


@bp.post("/plans")
def plans() -> ResponseReturnValue:
    """Answer a planning document (docs/fairness.md), and through each `lens` that is asked for.

    Several sittings are searched for `sittings.LIMIT_S` at most, a series for `MOST_SECONDS`.
    """
    throttle.check_plan()
    planned, wishes = document.read(_document()), request.args.getlist("lens")
    if isinstance(planned, Series):
        if wishes:
            raise InputError(N_("Lenses look at one sitting, not at a series."), field="lens")
        # Whoever would wait longer has the command line.
        planned = replace(planned, time_limit_s=min(planned.time_limit_s, MOST_SECONDS))
        return _answer(answer.plan(planned, words(), stopwatch=clock.monotonic))
    found = answer.plan(planned, words(), stopwatch=clock.monotonic)
    if wishes:
        found["lenses"] = lenses.answer(planned, wishes)
    return _answer(found)


@bp.post("/turns")
def turn_order() -> ResponseReturnValue:
    """Answer a turns document (docs/questions.md)."""
    throttle.check_turns()
    return _answer(answer_turns(_document(), words()))


def _document() -> object:
    """Return the posted JSON.

    Raises:
        InputError: The body is not said to be JSON, or is none.
    """
    if not request.is_json:
        raise InputError(
            N_("The content type is “%(value)s”; send a document as application/json."),
            field="Content-Type",
            value=(request.content_type or "")[:80],
        )
    return notation.read(request.get_data(), "request.json")


def _answer(found: dict[str, Any]) -> Response:
    """Return an answer; the reasons in it are in the language that was asked for."""
    response = jsonify(found)
    response.headers["Vary"] = "Accept-Language"
    return response
