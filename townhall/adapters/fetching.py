"""Fetching a file from an address that a stranger gave, without becoming their errand boy.

A name is resolved once, every address that it has must be a public one, and the connection
goes to the address that was looked at, so that an answer that changes between two questions
gains nothing. Exceptions are networks that the installation names.
"""

import http.client
import ipaddress
import socket
import ssl
import zlib
from collections.abc import Sequence
from contextlib import closing
from urllib.parse import urljoin, urlsplit

from townhall.domain.busy import LARGEST
from townhall.domain.calendar_address import calendar_address
from townhall.errors import InputError
from townhall.i18n import N_

REDIRECTS = 3
TIMEOUT_S = 5.0

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_MOVED = frozenset({301, 302, 303, 307, 308})
_TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
"""Where networks without IPv4 reach it by their own translation (RFC 6052, RFC 8215)."""


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
        try:
            answer = _answer(address, allow)
        except (OSError, http.client.HTTPException, zlib.error) as error:
            raise InputError(
                N_("The calendar at %(host)s could not be fetched; is the address right?"),
                field="address",
                host=urlsplit(address).hostname,
            ) from error
        if isinstance(answer, bytes):
            return answer
        if address.startswith("https:") and answer.startswith("http:"):
            break
        address = answer
    raise InputError(
        N_("The address at %(host)s sends on to other addresses too often, or to unsafe ones."),
        field="address",
        host=urlsplit(address).hostname,
    )


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


def _answer(address: str, allow: Sequence[Network]) -> bytes | str:
    """Return the body at an address, or the address to which it sends on."""
    parts = urlsplit(address)
    with closing(_connection(address, allow)) as connection:
        path = parts.path or "/"
        connection.request(
            "GET",
            f"{path}?{parts.query}" if parts.query else path,
            headers={
                "User-Agent": "townhall",
                "Accept": "text/calendar, */*;q=0.1",
                "Accept-Encoding": "gzip",
                "Connection": "close",
            },
        )
        with connection.getresponse() as response:
            onward = response.getheader("Location")
            if response.status in _MOVED and onward:
                return urljoin(address, onward)
            if response.status != http.HTTPStatus.OK:
                raise InputError(
                    N_("%(host)s answers with status %(status)s and no calendar."),
                    field="address",
                    host=parts.hostname,
                    status=response.status,
                )
            return _body(response)


def _connection(address: str, allow: Sequence[Network]) -> http.client.HTTPConnection:
    """Return an open connection to one of the addresses of a host, all of which were looked at."""
    parts = urlsplit(address)
    secure = parts.scheme == "https"
    host = parts.hostname or ""
    port = parts.port or (443 if secure else 80)
    found = [ipaddress.ip_address(place) for place in _places(host, port)]
    if not all(is_public(each) or any(each in network for network in allow) for each in found):
        raise InputError(
            N_("%(host)s is not a place on the open internet, so it is not asked."),
            field="address",
            host=host,
        )
    line = socket.create_connection((str(found[0]), port), TIMEOUT_S)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        if secure:
            line = ssl.create_default_context().wrap_socket(line, server_hostname=host)
    except OSError:
        line.close()
        raise
    connection.sock = line
    return connection


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
