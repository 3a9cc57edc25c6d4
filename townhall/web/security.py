"""What every request and answer passes: hosts, origin, form tokens, headers, cookies."""

from collections.abc import MutableMapping
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from werkzeug.wrappers import Response as BaseResponse

from townhall.domain import tokens
from townhall.errors import ForeignRequestError
from townhall.settings import DEFAULT_PORTS
from townhall.web.context import SESSION_COOKIE, browser_session, settings
from townhall.web.policies import POLICIES, Policy

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
YEAR_S = 31_536_000


def check_host() -> None:
    """Refuse a Host that is not ours, so that no address is ever built from a stranger's."""
    host = urlsplit(f"//{request.host}").hostname or ""
    if host not in settings().hosts:
        abort(421)


def check_address() -> None:
    """Refuse an address with a NUL: nothing of ours is called so, and PostgreSQL takes none."""
    values = (value for _, values in request.args.lists() for value in values)
    if "\0" in request.path or any("\0" in value for value in values):
        abort(400)


def form_token() -> str:
    """Return the token that staff forms carry; bound to the session, without time limit."""
    secret = request.cookies.get(SESSION_COOKIE)
    if not secret or browser_session() is None:
        return ""
    return tokens.sign(settings().secret_key.get_secret_value(), "form", tokens.digest(secret))


def check_origin() -> None:
    """Refuse a change that another site's page sent.

    Browsers say where a request comes from in Sec-Fetch-Site or Origin; text browsers
    say nothing and hold no cookies of ours that another site could use, unless townhall is
    tried out on their own computer (plain_cookies.py).

    Raises:
        ForeignRequestError: The request comes from elsewhere.
    """
    if request.method in SAFE_METHODS or request.path.startswith("/api/"):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise ForeignRequestError
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin not in _own_origins():
        raise ForeignRequestError


def _own_origins() -> set[str]:
    """Return the origins whose pages are ours, with scheme and port as browsers write them.

    Another port of the same host can be another site. A further trusted host is asked by the
    scheme of the public address, and its pages by the host and port of this very request.
    """
    scheme = urlsplit(settings().base_url).scheme
    host = request.host.removesuffix(f":{DEFAULT_PORTS[scheme]}")
    own = {settings().origin}
    if urlsplit(f"//{host}").hostname in settings().trusted_hosts:
        own.add(f"{scheme}://{host}")
    return own


def check_form_token() -> None:
    """Ask staff forms for the session's token.

    Raises:
        ForeignRequestError: The token is missing or another session's.
    """
    if request.method in SAFE_METHODS or request.path.startswith("/api/"):
        return
    policy = POLICIES.get(request.endpoint or "", Policy.PUBLIC)
    if policy is Policy.PUBLIC:
        return
    expected = form_token()
    given = request.headers.get("X-Form-Token") or request.form.get("csrf", "")
    if not expected or not tokens.same(expected, given):
        raise ForeignRequestError


def add_headers(response: Response) -> Response:
    """Add the headers that every answer with a body carries."""
    if response.status_code == 304:
        return response
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if settings().https:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR_S}; includeSubDomains"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def add_static_headers(headers: MutableMapping[str, str], _path: str, _url: str) -> None:
    """Add the same headers to files, which do not pass through Flask."""
    for name, value in HEADERS.items():
        headers[name] = value


def set_cookie(response: BaseResponse, name: str, value: str, *, days: int) -> None:
    """Set a cookie that only this host gets back, that no script reads."""
    response.set_cookie(
        name,
        value,
        max_age=days * 86_400,
        path="/",
        secure=True,
        httponly=True,
        samesite="Lax",
    )


def own_path(wish: str | None, default: str = "/") -> str:
    """Return `wish` if it is a path on this site, else `default`; for redirects."""
    if not wish or not wish.startswith("/") or wish.startswith(("//", "/\\")) or "\\" in wish:
        return default
    if any(ord(character) < 32 for character in wish):
        return default
    return wish


def install(app: Flask) -> None:
    """Register the checks, in their order, and the headers."""
    app.before_request(check_host)
    app.before_request(check_address)
    app.before_request(check_origin)
    app.after_request(add_headers)
