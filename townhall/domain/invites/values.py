"""What an invitation is made of. A value that would break a calendar cannot be made."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import quote, urlsplit

from townhall.domain.states import PartStat
from townhall.errors import InputError
from townhall.i18n import N_

TEXT_LIMIT = 20_000
LINE_LIMIT = 1_000

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""RFC 5545, section 3.1, CONTROL without tab and line ends; C1 and halves of a surrogate pair."""

_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9/._~-]*)?")
"""What nearly every address is, told apart in a tenth of the time."""

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
"""RFC 5322, section 3.4.1, addr-spec as dot-atom and a host name (RFC 1123, section 2.1)."""

_UID = re.compile(r"[!-~]{1,120}")
_TAG = re.compile(r"[A-Za-z0-9_-]{0,40}")
_NUMBER = re.compile(r"\+?[0-9][0-9 ().\-\u00a0\u2011]{2,}")


class Method(StrEnum):
    """What the receiver shall do with the entry (RFC 5546, section 1.4)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


class Status(StrEnum):
    """Whether the sitting takes place (RFC 5545, section 3.8.1.11)."""

    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class Role(StrEnum):
    """What a person is to the sitting (RFC 5545, section 3.2.16)."""

    CHAIR = "CHAIR"
    REQUIRED = "REQ-PARTICIPANT"
    OPTIONAL = "OPT-PARTICIPANT"


class UserType(StrEnum):
    """What stands behind an address (RFC 5545, section 3.2.3)."""

    INDIVIDUAL = "INDIVIDUAL"
    GROUP = "GROUP"
    ROOM = "ROOM"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name shown with it; the name may be empty.

    Raises:
        InputError: Fields `address` and `name`.
    """

    address: str
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no mail address, and control characters in the name."""
        check_address(self.address, "address")
        check_text(self.name, "name", LINE_LIMIT)

    def tagged(self, tag: str) -> "Mailbox":
        """Return the mailbox as `name+tag@host` (RFC 5233); itself for an empty tag."""
        if not tag:
            return self
        local, _, host = self.address.rpartition("@")
        return replace(self, address=f"{local}+{tag}@{host}")


@dataclass(frozen=True, slots=True)
class Event:
    """One sitting as calendars know it.

    Args:
        uid: The same for ever, in mail, feed and download.
        sequence: Rises when time, place or status changes (RFC 5545, section 3.8.7.4).
        revised_at: When this revision was made, UTC; not when it is sent.
        starts_at: UTC, on a whole second.
        minutes: How long it lasts, from 1.
        title: As typed; line ends are kept.
        organizer: A mailbox that reads answers.
        description: As typed.
        url: Where to join: http or https, or empty while there is no link.
        phone: A phone bridge as typed, such as `+41 22 555 01 00, code 4711`; or empty.
        status: Cancelled when the sitting is off for everyone.

    Raises:
        InputError: A value that cannot stand in a calendar; the field has its name.
    """

    uid: str
    sequence: int
    revised_at: datetime
    starts_at: datetime
    minutes: int
    title: str
    organizer: Mailbox
    description: str = ""
    url: str = ""
    phone: str = ""
    status: Status = Status.CONFIRMED

    def __post_init__(self) -> None:
        """Refuse what a receiver could misread."""
        if not _UID.fullmatch(self.uid):
            raise InputError(
                N_("“%(value)s” is not a calendar identity: 1 to 120 visible ASCII characters."),
                field="uid",
                value=self.uid,
            )
        check_instant(self.revised_at, "revised_at")
        check_instant(self.starts_at, "starts_at")
        check_count(self.sequence, "sequence", 0)
        check_count(self.minutes, "minutes", 1)
        check_text(self.title, "title", LINE_LIMIT)
        check_text(self.description, "description", TEXT_LIMIT)
        check_url(self.url, "url")
        check_text(self.phone, "phone", LINE_LIMIT)

    @property
    def ends_at(self) -> datetime:
        """The end, UTC."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def telephone(self) -> str:
        """The `tel:` address of `phone` (RFC 3966), without what follows the number; or empty."""
        number = _NUMBER.match(self.phone.strip())
        digits = re.sub(r"[^0-9]", "", number[0]) if number else ""
        return f"tel:{'+' if self.phone.strip().startswith('+') else ''}{digits}" if digits else ""


@dataclass(frozen=True, slots=True)
class Attendee:
    """The one person that an invitation is for.

    Args:
        address: Where the mail goes.
        name: Shown with the address; may be empty.
        role: Chair for speakers and the host.
        partstat: What the person has answered so far.
        rsvp: Whether an answer is asked for; not of those who registered themselves.
        cutype: What stands behind the address.
        reply_tag: Tags the organizer's mailbox with this person's reply token, where the
            mailbox takes tags; letters, digits, `-` and `_`.

    Raises:
        InputError: A value that cannot stand in a calendar; the field has its name.
    """

    address: str
    name: str = ""
    role: Role = Role.REQUIRED
    partstat: PartStat = PartStat.NEEDS_ACTION
    rsvp: bool = True
    cutype: UserType = UserType.INDIVIDUAL
    reply_tag: str = ""

    def __post_init__(self) -> None:
        """Refuse what a receiver could misread."""
        check_address(self.address, "address")
        check_text(self.name, "name", LINE_LIMIT)
        if not _TAG.fullmatch(self.reply_tag):
            raise InputError(
                N_("“%(value)s” cannot tag a mailbox: up to 40 letters, digits, “-” and “_”."),
                field="reply_tag",
                value=self.reply_tag,
            )


def check_text(text: str, field: str, limit: int) -> None:
    """Raise InputError for a control character, or for more than `limit` characters."""
    found = _FORBIDDEN.search(text)
    if found:
        raise InputError(
            N_("“%(value)s” has a control character, %(code)s, that no calendar can carry."),
            field=field,
            value=_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text[:80]),
            code=f"U+{ord(found[0]):04X}",
        )
    if len(text) > limit:
        raise InputError(
            N_("“%(value)s…” has %(count)s characters; the most is %(limit)s."),
            field=field,
            value=text[:40],
            count=len(text),
            limit=limit,
        )


def check_line(text: str, field: str, limit: int) -> None:
    """Raise InputError for what `check_text` refuses, and for a line end."""
    check_text(text, field, limit)
    if len(text.splitlines()) > 1 or text.endswith(("\r", "\n")):
        raise InputError(
            N_("“%(value)s” has to stand on one line."),
            field=field,
            value=" ".join(text[:80].split()),
        )


def check_address(address: str, field: str) -> None:
    """Raise InputError for what is no plain ASCII mail address."""
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise InputError(
            N_("“%(value)s” is not a mail address such as name@example.org."),
            field=field,
            value=_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", address[:80]),
        )


def check_url(url: str, field: str) -> None:
    """Raise InputError unless `url` is empty or a web address that fits one line."""
    if not url or (len(url) <= LINE_LIMIT * 2 and _PLAIN_URL.fullmatch(url)):
        return
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and (parts.hostname or "").isascii()
        fits = fits and bool(parts.hostname) and not re.search(r"[\s\"<>\\^`{|}]", url)
    except ValueError:
        fits = False
    if not fits or _FORBIDDEN.search(url) or len(url) > LINE_LIMIT * 2:
        raise InputError(
            N_("“%(value)s” is not a web address such as https://example.org/join."),
            field=field,
            value=_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", url[:80]),
        )


def check_instant(moment: datetime, field: str) -> None:
    """Raise InputError unless `moment` is UTC and on a whole second."""
    if moment.tzinfo is not UTC or moment.microsecond:
        raise InputError(
            N_("“%(value)s” is not an instant in UTC on a whole second."),
            field=field,
            value=moment.isoformat(),
        )


def check_count(number: int, field: str, least: int) -> None:
    """Raise InputError for a number below `least` or beyond 31 bits."""
    if not least <= number < 2**31:
        raise InputError(
            N_("%(value)s is not a whole number from %(least)s on that a calendar can hold."),
            field=field,
            value=number,
            least=least,
        )


def ascii_url(url: str) -> str:
    """Return `url` with what is not ASCII percent-encoded (RFC 3986, section 2.1)."""
    return url if url.isascii() else quote(url, safe="%/:=&?~#+!$,;'@()*[]")
