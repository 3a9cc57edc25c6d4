"""Errors become answers in the caller's form; one table gives each its status."""

import uuid

import structlog
from flask import Flask, Response, g, jsonify, render_template, request
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from townhall import errors
from townhall.i18n import N_
from townhall.web.context import words

STATUS: dict[type[errors.TownhallError], int] = {
    errors.InputError: 422,
    errors.NotFoundError: 404,
    errors.SignInRequiredError: 401,
    errors.NotAllowedError: 403,
    errors.ForeignRequestError: 403,
    errors.ConflictError: 409,
    errors.TransitionError: 409,
    errors.ExpiredLinkError: 410,
    errors.TooLargeError: 413,
    errors.TooManyError: 429,
    errors.UnavailableError: 503,
}

PROGRAMS = ("/api/", "/hooks/")
"""How the addresses begin that programs ask, not people."""

HTTP_SENTENCES = {
    400: N_("This request could not be read."),
    404: N_("There is nothing at this address."),
    405: N_("This address does not take that kind of request."),
    413: N_("This is larger than what is accepted here."),
    415: N_("This kind of content is not accepted here; send JSON."),
    421: N_("This address is not served here."),
}

log = structlog.get_logger()


def request_id() -> str:
    """Return the id that names this request in the log and on error pages."""
    if "request_id" not in g:
        g.request_id = uuid.uuid4().hex[:12]
    return str(g.request_id)


def typed() -> list[tuple[str, str]]:
    """Return the fields that a person had filled in, so that no error costs them their text."""
    try:
        fields = list(request.form.items(multi=True))
    except RequestEntityTooLarge:
        # The form was refused for something else before anybody had read it.
        return []
    hidden = {"csrf", "key", "person", "version", "sequence", "next", "password"}
    return [(name, value) for name, value in fields if name not in hidden and value.strip()]


def answer(status: int, code: str, sentence: str, field: str | None = None) -> Response:
    """Return problem+json (RFC 9457) to programs, a page to people."""
    if request.path.startswith(PROGRAMS):
        problem = {"type": "about:blank", "title": sentence, "status": status, "code": code}
        if field:
            problem |= {"field": field, "title": f"{field}: {sentence}"}
        response = jsonify(problem)
        response.content_type = "application/problem+json"
    else:
        response = Response(
            render_template(
                "error.html",
                status=status,
                sentence=sentence,
                kept=typed() if status in {403, 409, 422, 429, 503} else [],
                request_id=request_id(),
            )
        )
    response.status_code = status
    return response


def said(error: errors.TownhallError) -> Response:
    """Return the answer to something that went wrong on purpose."""
    api = request.path.startswith(PROGRAMS)
    sentence = error.say(words())
    response = answer(STATUS[type(error)], error.code, sentence, error.field if api else None)
    if isinstance(error, errors.TooManyError):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def http(error: HTTPException) -> Response:
    """Return the answer to what Flask itself refused."""
    status = error.code or 500
    if error.response is not None or status < 400:  # a redirect, or an answer already made
        return error.get_response()  # type: ignore[return-value]
    sentence = HTTP_SENTENCES.get(status, HTTP_SENTENCES[400])
    return answer(status, f"http-{status}", words().gettext(sentence))


def busy(error: SQLAlchemyError) -> Response:
    """Answer 503 where the database is away, or all of its connections are in use."""
    log.warning("the database does not answer", request_id=request_id(), error=str(error))
    return said(
        errors.UnavailableError(
            N_("The database does not answer now. Nothing was changed; try again in a moment.")
        )
    )


def unexpected(error: Exception) -> Response:
    """Log the fault under the request's id, tell the caller only that id."""
    # The rule and not the address, whose secret would open what it opens from the log too.
    rule = request.url_rule.rule if request.url_rule else None
    log.error(
        "request failed",
        request_id=request_id(),
        method=request.method,
        rule=rule,
        exc_info=error,
    )
    sentence = words().gettext("Something went wrong here. Nothing that you sent was changed.")
    return answer(500, "unexpected", sentence)


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(errors.TownhallError, said)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(OperationalError, busy)
    app.register_error_handler(PoolTimeoutError, busy)
    app.register_error_handler(Exception, unexpected)
