"""Who a participant is: a random key in a signed cookie, or in the page's own form.

A browser without cookies sends back the signed key that its form was rendered with, so
that sending twice is still one person.
"""

from flask import Response, g, request

from townhall.domain import tokens
from townhall.web import security
from townhall.web.context import PERSON_COOKIE, settings

FIELD = "person"
DAYS = 180


def key() -> str:
    """Return the key of this request's participant; a fresh one for who never was here.

    The form's word comes before the cookie's: a page that was kept through a dead line, and
    sent again after another page had set the cookie, still speaks for who began it.
    """
    if "person_key" not in g:
        given = _read(request.form.get(FIELD)) if request.method == "POST" else None
        g.person_key = given or cookie_key() or tokens.fresh()
    return str(g.person_key)


def cookie_key() -> str | None:
    """Return the key in this browser's cookie; None if there is none that we signed."""
    return _read(request.cookies.get(PERSON_COOKIE))


def signed() -> str:
    """Return the participant's key as cookies and forms carry it: `key.signature`."""
    return f"{key()}.{_signature(key())}"


def remember(response: Response) -> Response:
    """Give the browser the participant's cookie, if it does not have it."""
    if cookie_key() != key():
        security.set_cookie(response, PERSON_COOKIE, signed(), days=DAYS)
    return response


def _read(value: str | None) -> str | None:
    """Return the key of a signed value; None if it was not signed here."""
    found, _, signature = (value or "").rpartition(".")
    return found if found and tokens.same(_signature(found), signature) else None


def _signature(found: str) -> str:
    """Return the signature of a participant's key."""
    return tokens.sign(settings().secret_key.get_secret_value(), "person", found)
