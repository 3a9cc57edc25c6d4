"""Typed settings from the environment. A secret has no default.

What cannot be worked with is refused here, before anything has begun. A sentence about an address
that may hold a password does not repeat it.
"""

import re
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

NOWHERE = "null:"
"""The address of a mail server that takes every mail and forgets it."""

DEFAULT_PORTS = {"http": 80, "https": 443}

LOCAL_OCTETS = 64
"""What stands before @ at most (RFC 5321, section 4.5.3.1.1)."""

TAG_OCTETS = 40

_MAILBOX = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+")


class Settings(BaseSettings):
    """What an installation decides; each name is read as TOWNHALL_NAME."""

    model_config = SettingsConfigDict(env_prefix="TOWNHALL_", extra="forbid", frozen=True)

    secret_key: SecretStr = Field(min_length=32)
    """Signs participants' cookies and form tokens; at least 32 characters."""

    base_url: str = "http://localhost:8080"
    """The public address; every link in a mail begins with it."""

    database_url: str = "sqlite:///var/townhall.db"
    """SQLAlchemy URL: sqlite:///FILE or postgresql+psycopg://…"""

    redis_url: str | None = None
    """Wakes other processes at once when a board changes; without it they look every 0.5 s."""

    bind: str = "127.0.0.1:8080"
    """Address and port that `townhall serve` listens on."""

    workers: int = Field(1, ge=1, le=64)
    """Web processes of `townhall serve`."""

    threads: int = Field(64, ge=4, le=8192)
    """Threads of each web process; an open live stream holds one."""

    streams: int = Field(40, ge=1, le=8000, validate_default=True)
    """Live streams each web process holds before pages are told to poll; below `threads`."""

    outbox_worker: bool = True
    """Whether `townhall serve` also does what `townhall worker` does; false beside one."""

    smtp_url: SecretStr | None = None
    """smtp://, smtp+starttls:// or smtps:// with user:password@host:port, or null: for nowhere;
    none means Maildir."""

    maildir: Path = Path("var/mail")
    """Where mail goes when no server is set."""

    mail_from: str = "townhall@localhost.invalid"
    """The mailbox that invites come from and answers go to (ORGANIZER)."""

    mail_from_name: str = "townhall"
    """The name shown with `mail_from`."""

    mail_per_domain: int = Field(0, ge=0, le=1_000_000)
    """Mails a minute that one worker hands on to one mail domain; 0 for no limit."""

    mail_tags: bool = Field(False, validate_default=True)
    """Whether mail to name+tag@… reaches `mail_from`; then each person answers to a tag."""

    mail_hook_secret: SecretStr | None = Field(None, min_length=32)
    """Lets a mail service post what it receives to /hooks/mail; none means no such address."""

    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses or networks, by commas, whose X-Forwarded-For is believed."""

    trusted_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Further host names, by commas, under which the site may be asked; that of base_url always."""

    outbound_allow: Annotated[tuple[str, ...], NoDecode] = ()
    """Networks, by commas, that calendars may be read from although they are not public."""

    demo: bool = False
    """Says on every page and mail that this is a demonstration; allows reusable links."""

    @field_validator("trusted_proxies", "trusted_hosts", "outbound_allow", mode="before")
    @classmethod
    def _by_commas(cls, value: object) -> object:
        """Read `a, b` as two values."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("outbound_allow", "trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what is neither an address nor a network; write each as a network."""
        return tuple(_network(each) for each in value)

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        """Refuse what is no address of a database that the tables are made for."""
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            url = None
        known = {"sqlite", "postgresql+psycopg"}
        if url is None or url.drivername not in known or not url.database:
            message = "It begins with sqlite:/// or postgresql+psycopg:// and names a database."
            raise ValueError(message)
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        """Refuse what is no address of a Redis server."""
        if value is not None and not _is_server(value, {"redis", "rediss"}):
            message = "It is not redis:// or rediss:// with a host and, if any, a port."
            raise ValueError(message)
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse what is no address of a mail server."""
        schemes = {"smtp", "smtp+starttls", "smtps"}
        if value is None or value.get_secret_value() == NOWHERE:
            return value
        if not _is_server(value.get_secret_value(), schemes):
            message = (
                "It is not smtp://, smtp+starttls:// or smtps:// with a host and, if any, a port."
            )
            raise ValueError(message)
        return value

    @field_validator("mail_from")
    @classmethod
    def _mailbox(cls, value: str) -> str:
        """Refuse what no answer could be sent to."""
        if not _MAILBOX.fullmatch(value):
            message = f"{value!r} is not a mail address such as events@example.org."
            raise ValueError(message)
        return value

    @field_validator("mail_tags")
    @classmethod
    def _room_for_tags(cls, value: bool, info: ValidationInfo) -> bool:
        """Refuse a mailbox whose name is so long that no tag fits behind it."""
        name = str(info.data.get("mail_from", "")).partition("@")[0]
        if value and len(name) > LOCAL_OCTETS - TAG_OCTETS - 1:
            message = f"The mailbox name {name!r} leaves no room for a tag of {TAG_OCTETS} letters."
            raise ValueError(message)
        return value

    @field_validator("streams")
    @classmethod
    def _below_threads(cls, value: int, info: ValidationInfo) -> int:
        """Refuse streams that would leave no thread to answer anything else."""
        threads = info.data.get("threads")
        if threads is not None and value >= threads:
            message = f"{value} streams leave none of {threads} threads for anything else."
            raise ValueError(message)
        return value

    @field_validator("base_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        """Refuse what no path can be put behind; drop a slash at the end."""
        plain = value.rstrip("/")
        if not _is_server(plain, {"http", "https"}) or re.search(r"[?#@\\\s]", plain):
            message = f"{value!r} is not an http or https address that paths can be put behind."
            raise ValueError(message)
        return plain

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """Host names that a request may ask for."""
        return (urlsplit(self.base_url).hostname or "", *self.trusted_hosts)

    @property
    def origin(self) -> str:
        """How browsers name the pages of the public address: `https://example.org`.

        Source: RFC 6454, section 6.2.
        """
        address = urlsplit(self.base_url)
        port = "" if address.port in {None, DEFAULT_PORTS[address.scheme]} else f":{address.port}"
        host = f"[{address.hostname}]" if ":" in str(address.hostname) else address.hostname
        return f"{address.scheme}://{host}{port}"

    @property
    def https(self) -> bool:
        """Whether the public address is secure, so that HSTS may be sent."""
        return self.base_url.startswith("https:")

    @property
    def is_tried_out(self) -> bool:
        """Whether the public address is http on this very computer, which no one else can open."""
        host = urlsplit(self.base_url).hostname
        return not self.https and host in {"localhost", "127.0.0.1", "::1"}


def _network(text: str) -> str:
    """Return an address or a network as a network."""
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        message = f"{text!r} is neither an address nor a network such as 10.0.0.0/8."
        raise ValueError(message) from None


def _is_server(url: str, schemes: set[str]) -> bool:
    """Return whether a URL has one of the schemes, a host, and no port that is none."""
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
