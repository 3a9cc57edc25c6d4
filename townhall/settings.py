"""Typed settings from the environment. A secret has no default."""

from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


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

    streams: int = Field(40, ge=1, le=8000)
    """Live streams each web process holds before pages are told to poll; below `threads`."""

    outbox_worker: bool = True
    """Whether `townhall serve` also sends mail; false where `townhall worker` runs alone."""

    smtp_url: SecretStr | None = None
    """smtp://, smtp+starttls:// or smtps:// with user:password@host:port; none means Maildir."""

    maildir: Path = Path("var/mail")
    """Where mail goes when no server is set."""

    mail_from: str = "townhall@localhost.invalid"
    """The mailbox that invites come from and answers go to (ORGANIZER)."""

    mail_from_name: str = "townhall"
    """The name shown with `mail_from`."""

    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses, by commas, whose X-Forwarded-For is believed."""

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

    @field_validator("outbound_allow")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what is no network such as 10.0.0.0/8."""
        return tuple(str(ip_network(each)) for each in value)

    @field_validator("base_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        """Refuse what is no web address; drop a slash at the end."""
        if urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname:
            message = f"{value!r} is not an http or https address"
            raise ValueError(message)
        return value.rstrip("/")

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """Host names that a request may ask for."""
        return (urlsplit(self.base_url).hostname or "", *self.trusted_hosts)

    @property
    def https(self) -> bool:
        """Whether the public address is secure, so that HSTS may be sent."""
        return self.base_url.startswith("https:")
