"""Addresses of calendars as people copy them, made into addresses that give the calendar."""

import base64
import binascii
import re
from urllib.parse import SplitResult, parse_qs, quote, urlsplit, urlunsplit

from townhall.errors import InputError
from townhall.i18n import N_

LONGEST = 1_000

_KEPT = "%/:=&?~+!$,;'@()*[]"
"""Signs of an address that stay as they are; letters of other scripts are percent-encoded."""

_SCHEMES = {"webcal": "https", "webcals": "https", "https": "https", "http": "http"}
_NEXTCLOUD = re.compile(r"(?P<base>.*?)(?:/index\.php)?/apps/calendar/p/(?P<token>[A-Za-z0-9-]+)")
_PUBLIC_DAV = re.compile(r".*/remote\.php/dav/public-calendars/[A-Za-z0-9-]+/?")


def calendar_address(text: str, field: str = "address") -> str:
    """Return the http or https address at which a calendar can be fetched.

    `webcal:` becomes https. The pages on which Google, Outlook and Nextcloud show a calendar
    become the addresses of its file; what is an address of a file already stays.

    Raises:
        InputError: It is no web address, or carries a name and password.
    """
    parts = _web_address(text)
    if parts is None:
        raise InputError(
            N_("“%(value)s” is not a calendar's address such as https://example.org/team.ics."),
            field=field,
            value=text.strip()[:80],
        )
    if parts.username is not None or parts.password is not None:
        raise InputError(
            N_("The address holds a name or a password; use the calendar's secret address."),
            field=field,
        )
    return urlunsplit(_of_file(parts))


def collection_address(text: str, field: str = "address") -> str:
    """Return the http or https address of a calendar that entries are put into; it ends in `/`.

    Raises:
        InputError: It is no web address, carries a name, a password or a query, or is that of a
            file.

    Source: RFC 4791, section 5.3.2; RFC 4918, section 5.2.
    """
    parts = _web_address(text)
    if parts is None:
        raise InputError(
            N_(
                "“%(value)s” is not the address of a calendar on a server, such as "
                "https://cloud.example.org/remote.php/dav/calendars/ana/events/."
            ),
            field=field,
            value=text.strip()[:80],
        )
    if parts.username is not None or parts.password is not None:
        raise InputError(
            N_("The address holds a name or a password; they have fields of their own."),
            field=field,
        )
    if parts.query or parts.path.lower().endswith(".ics"):
        raise InputError(
            N_(
                "“%(value)s” is the address of a file, which can only be read; a calendar on a "
                "server has one for programs that write, often called CalDAV."
            ),
            field=field,
            value=text.strip()[:80],
        )
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/"))


def _web_address(text: str) -> SplitResult | None:
    """Return the parts of a web address, encoded, without its fragment; None for anything else."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        fits = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    if not fits or len(text) > LONGEST or not text.isprintable() or re.search(r"[\s<>\"\\]", text):
        return None
    return parts._replace(
        scheme=_SCHEMES[parts.scheme],
        path=quote(parts.path, safe=_KEPT),
        query=quote(parts.query, safe=_KEPT),
        fragment="",
    )


def _of_file(parts: SplitResult) -> SplitResult:
    """Return the address of the file behind a page that shows a calendar."""
    host, path = (parts.hostname or "").lower(), parts.path
    if host == "calendar.google.com" and not path.startswith("/calendar/ical/"):
        name = _google_name(parts)
        if name:
            path = f"/calendar/ical/{quote(name, safe='')}/public/basic.ics"
            return parts._replace(path=path, query="")
    if host.startswith("outlook.") and path.endswith("/calendar.html"):
        return parts._replace(path=f"{path.removesuffix('.html')}.ics", query="")
    shared = _NEXTCLOUD.match(path)
    if shared:
        path = f"{shared['base']}/remote.php/dav/public-calendars/{shared['token']}"
        return parts._replace(path=path, query="export")
    if _PUBLIC_DAV.fullmatch(path) and not parts.query:
        return parts._replace(path=path.rstrip("/"), query="export")
    return parts


def _google_name(parts: SplitResult) -> str:
    """Return the name of the calendar that a page of Google shows; empty for another page."""
    query = parse_qs(parts.query)
    if "src" in query:
        return query["src"][0]
    if "cid" in query:
        coded = query["cid"][0]
        try:
            return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            return coded
    return ""
