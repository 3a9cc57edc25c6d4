"""How often someone may do something: per person or account, and per address for floods.

An office shares one address, so a participant is counted by the key of the own browser; the
ceiling of an address is so high that only a machine meets it. Counts are per process: behind
several web processes the limits are that many times higher, which the ceilings allow for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import ceil
from threading import Lock
from typing import cast

from flask import Flask, current_app, request

from townhall import clock
from townhall.errors import TooManyError
from townhall.i18n import N_
from townhall.web.context import settings

MINUTE_S = 60.0
IPV6_SITE = 64
"""Bits of an IPv6 address that a provider gives to one customer."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and after that evenly so many in each period."""

    name: str
    count: int
    period_s: float


SIGN_IN = Rate("sign-in", 5, 15 * MINUTE_S)
SIGN_IN_FLOOD = Rate("sign-in flood", 30, 15 * MINUTE_S)
ASK = Rate("ask", 20, MINUTE_S)
ASK_FLOOD = Rate("ask flood", 6_000, MINUTE_S)
SUPPORT = Rate("support", 120, MINUTE_S)
SUPPORT_FLOOD = Rate("support flood", 60_000, MINUTE_S)
REGISTER = Rate("register", 5, 15 * MINUTE_S)
REGISTER_FLOOD = Rate("register flood", 60, 15 * MINUTE_S)
EXPORT = Rate("export", 10, MINUTE_S)
REPLY = Rate("reply", 30, MINUTE_S)
FEED = Rate("feed", 120, MINUTE_S)
FEED_FLOOD = Rate("feed flood", 6_000, MINUTE_S)
LOOK = Rate("look at a calendar", 10, MINUTE_S)
PLAN = Rate("plan", 120, MINUTE_S)
TURNS = Rate("turns", 300, MINUTE_S)
SEARCH = Rate("search", 20, MINUTE_S)
SEARCH_FLOOD = Rate("search flood", 60, MINUTE_S)


class Throttle:
    """Remembers for each rate and key when its allowance is whole again.

    Source: the generic cell rate algorithm (ITU-T I.371, annex A.1): one number per key, no
    windows whose edges let twice the count through.

    Args:
        monotonic: Seconds on a clock that never jumps.
        room: How many keys to remember; the least pressing are forgotten beyond.
    """

    def __init__(self, monotonic: Callable[[], float], room: int = 200_000) -> None:
        self._monotonic = monotonic
        self._room = room
        self._whole_at: dict[tuple[str, str], float] = {}
        self._lock = Lock()

    def wait(self, rate: Rate, key: str) -> float:
        """Return 0 and count this time, or the seconds until it would pass, uncounted."""
        now = self._monotonic()
        each = rate.period_s / rate.count
        with self._lock:
            whole_at = max(self._whole_at.get((rate.name, key), now), now) + each
            too_early = whole_at - now - rate.period_s
            # A millionth of a second is nobody's haste, only a sum of fractions.
            if too_early > 1e-6:
                return too_early
            self._whole_at[rate.name, key] = whole_at
            if len(self._whole_at) > self._room:
                self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop what is whole again and, if that is too little, the half that soonest will be."""
        pressing = {key: at for key, at in self._whole_at.items() if at > now}
        if len(pressing) > self._room // 2:
            pressing = dict(sorted(pressing.items(), key=lambda item: item[1])[-self._room // 2 :])
        self._whole_at = pressing


def client_address() -> str:
    """Return the address that the request came from, as throttles count it.

    X-Forwarded-For is read from its end, and only as far as proxies named in the settings
    wrote it; everything before is a stranger's claim. An IPv6 address stands for its /64.
    """
    peer = request.remote_addr or ""
    claims = request.headers.get("X-Forwarded-For", "").split(",")
    while claims and _is_trusted(peer):
        claim = _parsed(claims.pop().strip())
        if claim is None:
            break
        peer = str(claim)
    found = _parsed(peer)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, IPV6_SITE), strict=False))
    return peer


def _is_trusted(peer: str) -> bool:
    """Return whether the settings name this address as a proxy's, by itself or in a network."""
    found = _parsed(peer)
    return found is not None and any(
        found in ip_network(proxy, strict=False) for proxy in settings().trusted_proxies
    )


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address, an IPv4 one that is written as IPv6 as what it is; None if it is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def check(rate: Rate, key: str) -> None:
    """Count one of `rate` for a person, account or address.

    Raises:
        TooManyError: It was too often; nothing was counted.
    """
    throttle = cast("Throttle", current_app.extensions["townhall.throttle"])
    seconds = throttle.wait(rate, key)
    if seconds > 0:
        raise TooManyError(
            N_("That was too often. Please wait %(retry_after)s s, then send it again."),
            retry_after=ceil(seconds),
        )


def check_sign_in(address: str) -> None:
    """Count a try to sign in: for the mail address that it names, and where it comes from."""
    check(SIGN_IN_FLOOD, client_address())
    check(SIGN_IN, address.strip().casefold())


def check_register(address: str) -> None:
    """Count an address that is typed to be told by mail: for itself, and where it comes from."""
    check(REGISTER_FLOOD, client_address())
    check(REGISTER, address.strip().casefold())


def check_ask(person_key: str) -> None:
    """Count a question of a participant."""
    check(ASK_FLOOD, client_address())
    check(ASK, person_key)


def check_support(person_key: str) -> None:
    """Count a vote, or one taken back, of a participant."""
    check(SUPPORT_FLOOD, client_address())
    check(SUPPORT, person_key)


def check_feed() -> None:
    """Count a look at a feed; calendars of many people ask from one provider's addresses."""
    check(FEED_FLOOD, client_address())


def check_plan() -> None:
    """Count a document that another program plans; the longest takes some seconds of computing."""
    check(PLAN, client_address())


def check_turns() -> None:
    """Count a document of questions; a host's screen may ask at every change, a machine may not."""
    check(TURNS, client_address())


def check_search(actor_key: str) -> None:
    """Count a search of some seconds: for the account or the link, and where it comes from."""
    check(SEARCH_FLOOD, client_address())
    check(SEARCH, actor_key)


def install(app: Flask) -> None:
    """Give the process its throttle."""
    app.extensions["townhall.throttle"] = Throttle(clock.monotonic)
