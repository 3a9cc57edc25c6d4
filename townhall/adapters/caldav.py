"""Organizers' own calendars on CalDAV servers, asked as carefully as any address of a stranger.

The password goes to the address that was typed and to no other: where a server sends on within
itself it is followed, and elsewhere not.
"""

import base64
import http.client
import re
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from ipaddress import ip_network
from typing import NoReturn
from urllib.parse import quote, urljoin, urlsplit
from xml.parsers import expat

from townhall.adapters.fetching import MOVED, REDIRECTS, Network, Reply, exchange
from townhall.domain.own_calendar import Access, ChangedError, KeepingError
from townhall.domain.ports import Stored
from townhall.errors import InputError
from townhall.i18n import N_

WHOLE_S = 20.0
"""How long one request may take."""

LOOK_S = 8.0
"""How long the one may take for which somebody waits at a page."""

LONGEST_WORDS = 200

_DAV = "DAV:"
_CALDAV = "urn:ietf:params:xml:ns:caldav"
_ASKED = f"""<?xml version="1.0" encoding="utf-8"?>
<propfind xmlns="{_DAV}" xmlns:c="{_CALDAV}"><prop>\
<resourcetype/><displayname/><c:supported-calendar-component-set/></prop></propfind>""".encode()

_LATER = frozenset({408, 423, 425, 429})
"""Statuses below 500 that pass by themselves."""

_MARKUP = re.compile(r"<(style|script|title)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CalDav:
    """Asks CalDAV servers by Basic authentication (RFC 4791, RFC 7617).

    Args:
        allow: Networks that may be asked although they are not public, such as 10.0.0.0/8.
        whole_s: Seconds that one request may take.
        look_s: The same for `look`.
    """

    allow: Sequence[str] = ()
    whole_s: float = WHOLE_S
    look_s: float = LOOK_S

    def look(self, access: Access) -> str:
        """Return what the calendar is called; empty where it has no name.

        Raises:
            KeepingError: It cannot be reached, refuses, or is no calendar for events.

        Source: RFC 4918, section 9.1; RFC 4791, sections 4.2 and 5.2.3.
        """
        reply = self._ask(
            access,
            "PROPFIND",
            "",
            body=_ASKED,
            headers={"Depth": "0", "Content-Type": "application/xml; charset=utf-8"},
            whole_s=self.look_s,
        )
        if reply.status != http.HTTPStatus.MULTI_STATUS:
            _refuse(access, reply)
        told = _Properties.read(reply.body)
        if not told.is_calendar:
            raise KeepingError(
                N_("There is no calendar at this address, though a server answers there."),
                again=False,
                whole=True,
            )
        if told.components and "VEVENT" not in told.components:
            raise KeepingError(N_("This calendar takes no events."), again=False, whole=True)
        return " ".join(told.name.split())[:LONGEST_WORDS]

    def read(self, access: Access, name: str) -> Stored | None:
        """Return the object of a name; None if there is none.

        Raises:
            KeepingError: It cannot be read, or has no tag to know it by.
        """
        # Apache gives a compressed body a tag of its own, which it does not know again in If-Match.
        plain = {"Accept": "text/calendar", "Accept-Encoding": "identity"}
        reply = self._ask(access, "GET", name, headers=plain)
        if reply.status in {http.HTTPStatus.NOT_FOUND, http.HTTPStatus.GONE}:
            return None
        if reply.status != http.HTTPStatus.OK:
            _refuse(access, reply)
        # nginx marks the tag of what it might have compressed as weak; If-Match takes no such tag.
        etag = reply.headers.get("ETag", "").strip().removeprefix("W/")
        if not etag:
            raise KeepingError(
                N_("The calendar's server does not tell when an entry was changed."),
                again=False,
                whole=True,
            )
        return Stored(reply.body, etag)

    def write(self, access: Access, name: str, octets: bytes, etag: str | None) -> None:
        """Put an object in the place of the one that has the tag; a new one without a tag.

        Raises:
            ChangedError: Another one stands there, or none.
            KeepingError: It was not taken, or nobody knows.

        Source: RFC 4791, sections 5.3.2 and 5.3.4.
        """
        known = {"If-Match": etag} if etag else {"If-None-Match": "*"}
        headers = {"Content-Type": "text/calendar; charset=utf-8", **known}
        self._change(access, "PUT", name, body=octets, headers=headers)

    def delete(self, access: Access, name: str, etag: str) -> None:
        """Take out the object that has the tag.

        Raises:
            ChangedError: Another one stands there.
            KeepingError: It was not taken out, or nobody knows.
        """
        self._change(access, "DELETE", name, headers={"If-Match": etag})

    def _change(
        self,
        access: Access,
        method: str,
        name: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> None:
        """Change an object on a condition."""
        reply = self._ask(access, method, name, headers=headers, body=body)
        if reply.status == http.HTTPStatus.PRECONDITION_FAILED:
            raise ChangedError
        if not 200 <= reply.status < 300:
            _refuse(access, reply)

    def _ask(
        self,
        access: Access,
        method: str,
        name: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        whole_s: float | None = None,
    ) -> Reply:
        """Return the answer to a request with the password, followed within the server."""
        address = access.address + name
        host = urlsplit(address).hostname
        allow: list[Network] = [ip_network(network) for network in self.allow]
        for _ in range(REDIRECTS + 1):
            try:
                reply = exchange(
                    method,
                    address,
                    allow,
                    headers={"Authorization": f"Basic {_token(access)}", **headers},
                    body=body,
                    is_secret=True,
                    whole_s=whole_s or self.whole_s,
                )
            except InputError as error:
                raise KeepingError(
                    error.message, again=False, whole=True, **error.values
                ) from error
            except (OSError, http.client.HTTPException, zlib.error) as error:
                raise KeepingError(
                    N_("%(host)s does not answer: %(reason)s."),
                    again=True,
                    whole=True,
                    host=host,
                    reason=_plain(str(error) or type(error).__name__, access).rstrip("."),
                ) from error
            onward = reply.headers.get("Location")
            if reply.status not in MOVED or not onward:
                return reply
            onward = _joined(address, onward)
            if _origin(onward) != _origin(address):
                raise KeepingError(
                    N_(
                        "%(host)s sends on to %(onward)s; the password goes to nobody else. If "
                        "that is right, give the address there."
                    ),
                    again=False,
                    whole=True,
                    host=host,
                    onward=_plain((_origin(onward) or ("", onward))[1], access),
                )
            address = onward
        raise KeepingError(
            N_("%(host)s sends on from one address to another without end."),
            again=False,
            whole=True,
            host=host,
        )


def _token(access: Access) -> str:
    """Return what proves the user (RFC 7617, section 2)."""
    return base64.b64encode(f"{access.user}:{access.password}".encode()).decode()


def _joined(address: str, location: str) -> str:
    """Return where a Location leads to, encoded; the location itself where it is none."""
    try:
        return urljoin(address, quote(location, safe="%/:=&?~+!$,;'@()*[]#"))
    except ValueError:
        return location


def _origin(address: str) -> tuple[str, str, int | None] | None:
    """Return scheme, host and port of an address; None for what is no address."""
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return parts.scheme, parts.hostname or "", port


def _refuse(access: Access, reply: Reply) -> NoReturn:
    """Raise KeepingError with the server's own words."""
    status = reply.status
    is_unknown = status in {401, 407}
    is_later = status >= 500 or status in _LATER
    raise KeepingError(
        N_("The calendar's server says: %(words)s"),
        again=is_later,
        whole=is_later or is_unknown,
        field="password" if is_unknown else "address",
        words=_words(access, reply),
    )


def _words(access: Access, reply: Reply) -> str:
    """Return a server's status and what it says to it, short, on one line, without the password."""
    said = ""
    if re.match(r"(text/|application/(problem\+)?(xml|json))", reply.headers.get_content_type()):
        said = unescape(_MARKUP.sub(" ", reply.body[:4_000].decode(errors="replace")))
    head = f"{reply.status} {reply.reason}".strip()
    said = " ".join(said.split())
    words = said if said.startswith(head) else f"{head} – {said}" if said else head
    return _plain(words, access)


def _plain(words: str, access: Access) -> str:
    """Return words that show neither the password nor anything that no letter is."""
    for secret in (access.password, _token(access)):
        words = words.replace(secret, "…")
    plain = "".join(each if unicodedata.category(each)[0] != "C" else " " for each in words)
    plain = " ".join(plain.split())
    return plain if len(plain) <= LONGEST_WORDS else f"{plain[:LONGEST_WORDS]}…"


@dataclass(slots=True)
class _Properties:
    """What a server tells of a collection.

    Args:
        is_calendar: Whether it is one.
        name: What people call it.
        components: What it takes; empty where it does not say.
    """

    is_calendar: bool = False
    name: str = ""
    components: set[str] = field(default_factory=set)
    path: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, body: bytes) -> "_Properties":
        """Return what a multistatus tells; nothing where it is none.

        A document with entities is none: that is how few octets become many.
        """
        told = cls()
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = told.end
        parser.StartElementHandler = told.begin
        parser.EndElementHandler = told.leave
        parser.CharacterDataHandler = told.text
        try:
            parser.Parse(body, True)
        except (expat.ExpatError, LookupError, ValueError):
            return cls()
        return told

    def end(self, *_declared: object) -> None:
        """Refuse to read on."""
        raise ValueError

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Note an element that begins."""
        self.path.append(name)
        if self.path[-2:] == [f"{_DAV} resourcetype", f"{_CALDAV} calendar"]:
            self.is_calendar = True
        if name == f"{_CALDAV} comp":
            self.components.add(attributes.get("name", "").upper())

    def leave(self, _name: str) -> None:
        """Note that the innermost element ends."""
        self.path.pop()

    def text(self, text: str) -> None:
        """Note the text of the name."""
        if self.path[-1:] == [f"{_DAV} displayname"]:
            self.name += text
