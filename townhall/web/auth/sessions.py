"""The browsers that an account is signed in with, and signing out."""

from contextlib import suppress

from flask import Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.errors import UnavailableError
from townhall.queries import accounts as queries
from townhall.services import accounts
from townhall.web import security
from townhall.web.auth import bp
from townhall.web.context import SESSION_COOKIE, actor, browser_session, db, now


@bp.get("/sessions")
def sessions() -> ResponseReturnValue:
    """List the account's living sessions."""
    own = browser_session()
    return render_template(
        "auth/sessions.html",
        sessions=queries.sessions(db(), actor().account_id or 0, now=now()),
        own_id=own and own.id,
    )


@bp.post("/sessions/<int:session_id>/end")
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of them."""
    accounts.end_session(db(), actor(), session_id, now=now())
    return redirect(url_for(".sessions"), 303)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this browser's session, with the links that were opened in it."""
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        accounts.sign_out(db(), actor(), token, now=now())
    response = redirect("/", 303)
    security.set_cookie(response, SESSION_COOKIE, "", days=0)
    return response


@bp.after_app_request
def note_use(response: Response) -> Response:
    """Note that the session is in use, where the request looked at it at all."""
    session = g.get("browser_session")
    if session is not None and session.ended_at is None:
        # A page that could be shown is not lost because this could not be written.
        with suppress(UnavailableError):
            accounts.seen(db(), session, now=now())
    return response
