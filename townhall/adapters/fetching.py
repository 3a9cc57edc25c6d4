"""Fetching a file from an address that a stranger gave, without becoming their errand boy.

A name is resolved once, every address that it has must be a public one, and the connection
goes to the address that was looked at, so that an answer that changes between two questions
gains nothing. Exceptions are networks that the installation names.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from townhall.domain.busy import LARGEST
from townhall.domain.calendar_address import calendar_address
from townhall.errors import InputError
from townhall.i18n import N_

REDIRECTS = 3
TIMEOUT_S = 5.0

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MOVED = frozenset({301, 302, 303, 307, 308})
_READING = {"Accept": "text/calendar, */*;q=0.1"}
_TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
"""Where networks without IPv4 reach it by their own translation (RFC 6052, RFC 8215)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered: status and its words, headers, and the body, decompressed."""

    status: int
    reason: str
    headers: http.client.HTTPMessage
    body: bytes


def fetch(address: str, allow: Sequence[Network]) -> bytes:
    """Return what stands at an address, at most 1 MiB of it after decompression.

    Args:
        address: http or https.
        allow: Networks that may be asked although they are not public.

    Raises:
        InputError: Field `address`: it leads to a place that is not public, answers no
            calendar, or does not answer.
    """
    for _ in range(REDIRECTS + 1):
        address = calendar_address(address)
        host = urlsplit(address).hostname
        try:
            reply = exchange("GET", address, allow, headers=_READING)
        except (OSError, http.client.HTTPException, zlib.error) as error:
            raise InputError(
                N_("The calendar at %(host)s could not be fetched; is the address right?"),
                field="address",
                host=host,
            ) from error
        onward = reply.headers.get("Location")
        if reply.status not in MOVED or not onward:
            if reply.status == http.HTTPStatus.OK:
                return reply.body
            raise InputError(
                N_("%(host)s answers with status %(status)s and no calendar."),
                field="address",
                host=host,
                status=reply.status,
            )
        onward = urljoin(address, onward)
        if address.startswith("https:") and onward.startswith("http:"):
            break
        address = onward
    raise InputError(
        N_("The address at %(host)s sends on to other addresses too often, or to unsafe ones."),
        field="address",
        host=urlsplit(address).hostname,
    )


def exchange(
    method: str,
    address: str,
    allow: Sequence[Network],
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    is_secret: bool = False,
    whole_s: float | None = None,
) -> Reply:
    """Return what a server answers to one request; where it sends on to is not followed.

    Args:
        method: Of HTTP or WebDAV.
        address: http or https, encoded.
        allow: Networks that may be asked although they are not public.
        headers: Besides those that every request has.
        body: What is sent.
        is_secret: Whether the request holds a secret. It then goes over https, or to a network that
            the installation names.
        whole_s: Seconds that all of it may take but for resolving the name; without it each piece
            may take `TIMEOUT_S`.

    Raises:
        InputError: Field `address`: it leads to a place that is not public or not safe enough, or
            answers with more than 1 MiB.
        OSError, http.client.HTTPException, zlib.error: It does not answer, or not in HTTP.
    """
    parts = urlsplit(address)
    path = parts.path or "/"
    place = _place(address, allow, is_secret=is_secret)
    with _line(place, parts.hostname or "", whole_s, secure=parts.scheme == "https") as line:
        connection = http.client.HTTPConnection(parts.hostname or "", place[1], timeout=TIMEOUT_S)
        connection.sock = line.socket
        connection.request(
            method,
            f"{path}?{parts.query}" if parts.query else path,
            body=body,
            headers={
                "User-Agent": "townhall",
                "Accept-Encoding": "gzip",
                "Connection": "close",
                **headers,
            },
        )
        with connection.getresponse() as response:
            answer = Reply(response.status, response.reason, response.headers, _body(response))
        # A body that ends with its connection looks whole where the line was cut.
        line.check()
        return answer


def is_public(address: Address) -> bool:
    """Return whether an address is one of the open internet, however it is wrapped."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.teredo:
            inner = address.teredo[1]
        if inner is None and any(address in network for network in _TRANSLATED):
            inner = ipaddress.IPv4Address(address.packed[-4:])
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _place(address: str, allow: Sequence[Network], *, is_secret: bool) -> tuple[str, int]:
    """Return an address of a host and its port, all of the host's addresses having been looked at.

    Raises:
        InputError: One is not public and not allowed; or the request is secret, and is neither
            encrypted nor for allowed networks.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = [ipaddress.ip_address(place) for place in _places(host, port)]
    are_allowed = all(any(each in network for network in allow) for each in found)
    if not are_allowed and not all(
        is_public(each) or any(each in network for network in allow) for each in found
    ):
        raise InputError(
            N_("%(host)s is not a place on the open internet, so it is not asked."),
            field="address",
            host=host,
        )
    if is_secret and parts.scheme != "https" and not are_allowed:
        raise InputError(
            N_("Anybody on the way could read the password; the address has to begin with https."),
            field="address",
        )
    return str(found[0]), port


class _Line:
    """A connection that is cut when its time is over.

    Args:
        socket: Connected.
    """

    def __init__(self, line: socket.socket) -> None:
        self.socket = line
        self._is_cut = False

    def cut(self) -> None:
        """Wake whoever waits on the line."""
        self._is_cut = True
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def check(self) -> None:
        """Raise TimeoutError if the line was cut."""
        if self._is_cut:
            message = "it took too long over its answer"
            raise TimeoutError(message)


@contextmanager
def _line(
    place: tuple[str, int], host: str, whole_s: float | None, *, secure: bool
) -> Iterator[_Line]:
    """Yield a line to a place, encrypted for the host, closed at the end.

    Raises:
        TimeoutError: The whole took longer than it may.
    """
    line = _Line(socket.create_connection(place, whole_s or TIMEOUT_S))
    timer = threading.Timer(whole_s or 0, line.cut)
    timer.daemon = True
    if whole_s is not None:
        timer.start()
    try:
        if secure:
            line.socket = ssl.create_default_context().wrap_socket(
                line.socket, server_hostname=host, do_handshake_on_connect=False
            )
            line.socket.do_handshake()
        yield line
    except (OSError, http.client.HTTPException, zlib.error):
        line.check()
        raise
    finally:
        timer.cancel()
        line.socket.close()


def _places(host: str, port: int) -> list[str]:
    """Return the addresses of a host, asked for once."""
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(host) from error
    return [str(place[0]).partition("%")[0] for *_, place in answers]


def _body(response: http.client.HTTPResponse) -> bytes:
    """Return the body, decompressed, read no further than is allowed.

    Raises:
        InputError: It is larger.
    """
    body = response.read(LARGEST + 1)
    if len(body) <= LARGEST and response.headers.get("Content-Encoding", "").lower() == "gzip":
        body = zlib.decompressobj(wbits=31).decompress(body, LARGEST + 1)
    if len(body) > LARGEST:
        raise InputError(
            N_("The calendar is larger than %(most)s KB."), field="address", most=LARGEST // 1024
        )
    return body
