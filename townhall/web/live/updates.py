"""The addresses that open pages ask for news: a state to poll, a stream to hold."""

from typing import cast

from flask import Response, request
from flask.typing import ResponseReturnValue

from townhall.domain.access import require
from townhall.errors import NotFoundError
from townhall.i18n import LANGUAGES
from townhall.web import context
from townhall.web.context import actor, close_db, feed, town_hall
from townhall.web.live import bp
from townhall.web.live.hub import Hub, Snapshot
from townhall.web.live.screens import SCREENS

PUBLIC = "public"
POLL_S = 1


# The public addresses call their part `board` and not `code`, so that a poll reads nothing
# from the database: the hub knows which boards there are.
@bp.get("/t/<board>/state")
def state(board: str) -> ResponseReturnValue:
    """Return the public board's snapshot; 304 to those who have it."""
    response = _state(board, PUBLIC)
    response.headers["Cache-Control"] = f"public, max-age={POLL_S}"
    return response


@bp.get("/t/<board>/stream")
def stream(board: str) -> ResponseReturnValue:
    """Stream the public board's snapshots."""
    return _stream(board, PUBLIC)


@bp.get("/stage/<code>/<screen>/state")
def stage_state(code: str, screen: str) -> ResponseReturnValue:
    """Return a stage screen's snapshot to those who may see the screen."""
    _check(screen)
    response = _state(code, screen)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.get("/stage/<code>/<screen>/stream")
def stage_stream(code: str, screen: str) -> ResponseReturnValue:
    """Stream a stage screen's snapshots to those who may see the screen."""
    _check(screen)
    return _stream(code, screen)


def _check(name: str) -> None:
    """Return if there is such a screen of the stage and the actor may see it.

    Raises:
        NotFoundError: There is none.
        NotAllowedError: It is not for the actor.
    """
    screen = SCREENS.get(name)
    if screen is None or screen.action is None:
        raise NotFoundError
    require(actor(), screen.action, town_hall().id)


def _language() -> str:
    """Return the language of the page that asks; in the address, as answers are shared."""
    wish = request.args.get("in")
    return wish if wish in LANGUAGES else context.language()


def _state(code: str, screen: str) -> Response:
    """Return a snapshot, or 304."""
    language = _language()
    close_db()
    snapshot = cast("Hub", feed()).snapshot(code, screen, language)
    response = _answer(snapshot)
    response.set_etag(snapshot.etag, weak=True)
    response.headers["Content-Language"] = language
    response.make_conditional(request)
    return response


def _answer(snapshot: Snapshot) -> Response:
    """Return the snapshot's octets, compressed for those who can read that."""
    accepts = request.accept_encodings.quality("gzip") > 0
    response = Response(
        snapshot.gzipped if accepts else snapshot.body, content_type="application/json"
    )
    if accepts:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response


def _stream(code: str, screen: str) -> Response:
    """Return the events of a screen; no database connection is held between them."""
    last = request.headers.get("Last-Event-ID", request.args.get("last", ""))
    language = _language()
    events = cast("Hub", feed()).stream(code, screen, language, last)
    close_db()
    response = Response(events, content_type="text/event-stream")
    response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response
