"""Secret links are opened once here, and left behind for a clean address."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from townhall.domain.access import Role
from townhall.services import links as services
from townhall.services.browsers import LIFE
from townhall.web import security
from townhall.web.auth import bp
from townhall.web.context import SESSION_COOKIE, db, now, settings

LANDINGS: dict[Role, str] = {
    Role.OWNER: "/organizer/t/{code}",
    Role.PRODUCER: "/organizer/t/{code}",
    Role.MODERATOR: "/stage/{code}/moderate",
    Role.HOST: "/stage/{code}/host",
    Role.PRESENTER: "/stage/{code}/present",
    Role.SPEAKER: "/office/{code}/{position}",
    Role.OFFICE: "/office/{code}/{position}",
    Role.AUDIENCE: "/t/{code}",
    Role.VIEWER: "/organizer/t/{code}/plan",
}
"""Where a link leads, by the role that it gives; no secret stands there."""


@bp.get("/k/<token>")
def open_link(token: str) -> ResponseReturnValue:
    """Put a link into the browser's session and go on to its clean address.

    Opening by GET changes no more than a sign-in of a browser that holds the secret: what
    scans mails comes by and goes again, and the link stays as it was.
    """
    opened = services.open_(
        db(), token, request.cookies.get(SESSION_COOKIE), demo=settings().demo, now=now()
    )
    position = opened.seat.position if opened.seat else None
    path = LANDINGS[opened.link.role].format(code=opened.town_hall.code, position=position)
    response = redirect(path, 303)
    security.set_cookie(response, SESSION_COOKIE, opened.session_token, days=LIFE.days)
    return response
