"""Cookies for programs that keep secure ones under https alone, where one tries townhall out.

Browsers take http://localhost for secure. Text browsers and the HTTP libraries of programming
languages do not: they would keep none of our cookies, and no page behind a sign-in could be
opened with them. So a server whose public address is http on this very computer names its cookies
without `__Host-` and without Secure on the way out, and by their own names again on the way in.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "__Host-"
OURS = "townhall"


class PlainCookies:
    """An application whose cookies travel without the prefix and Secure."""

    def __init__(self, app: "WSGIApplication") -> None:
        self.app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request as the application does, but for its cookies."""

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[..., Any]:
            return start_response(status, [_plain(*header) for header in headers], *error)

        if "HTTP_COOKIE" in environ:
            environ["HTTP_COOKIE"] = _own_names(environ["HTTP_COOKIE"])
        return self.app(environ, start)


def _plain(name: str, value: str) -> tuple[str, str]:
    """Return a header; one that sets a cookie of ours without the prefix and Secure."""
    if name.lower() == "set-cookie" and value.startswith(PREFIX + OURS):
        return name, value.removeprefix(PREFIX).replace("; Secure", "")
    return name, value


def _own_names(cookies: str) -> str:
    """Return a request's cookies with ours by their own names.

    What a browser kept under the full name counts where there is no plain one.
    """
    found = [cookie.strip() for cookie in cookies.split(";")]
    plain = [PREFIX + cookie for cookie in found if cookie.startswith(OURS)]
    names = {cookie.partition("=")[0] for cookie in plain}
    others = [
        cookie
        for cookie in found
        if not cookie.startswith(OURS) and cookie.partition("=")[0] not in names
    ]
    return "; ".join([*plain, *others])
