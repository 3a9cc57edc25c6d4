"""Where the demonstration lives: a folder with its secret, database, mail and links."""

import json
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from townhall import clock, schema, server
from townhall.db import open_engine, sessions
from townhall.demo import story
from townhall.domain import invites, tokens
from townhall.errors import InputError, UnavailableError
from townhall.i18n import N_
from townhall.services.senders import Sender
from townhall.settings import Settings

PORTS = range(8080, 8100)
SENDER = invites.Mailbox("events@townhall.example", "UNICEF events (demonstration)")


@dataclass(frozen=True, slots=True)
class House:
    """The demonstration's folder."""

    folder: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "demo.db"

    @property
    def mail(self) -> Path:
        """The Maildir."""
        return self.folder / "mail"

    @property
    def secret(self) -> Path:
        """The file with the secret key."""
        return self.folder / "demo.secret"

    @property
    def links(self) -> Path:
        """The file with the links, made last: where it is, the story has been told whole."""
        return self.folder / "demo.json"


def start(
    folder: Path,
    show: Callable[[dict[str, Any]], None],
    *,
    reset: bool = False,
    port: int | None = None,
) -> None:
    """Serve the demonstration until told to stop; what an earlier start made is kept.

    Args:
        folder: Where everything is kept; made if missing.
        show: Called with the links once the address is listened on.
        reset: Whether to begin again from the first state.
        port: Of this computer's own address; None for the first free one of `PORTS`.

    Raises:
        UnavailableError: No port is free.
        InputError: Field `port`: the links that are kept lead to another one.
    """
    house = House(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if reset or not house.links.exists():
        _clear(house)
    settings = _settings(house, _port(house, port))
    links = _links(house, settings)
    server.run(settings, lambda: show(links))


def _clear(house: House) -> None:
    """Remove what an earlier or half-made start left."""
    for path in house.folder.glob("demo.*"):
        path.unlink()
    shutil.rmtree(house.mail, ignore_errors=True)


def _settings(house: House, port: int) -> Settings:
    """Return the demonstration's settings; only its own address is listened on."""
    if not house.secret.exists():
        _write_private(house.secret, tokens.fresh() + tokens.fresh())
    return Settings(
        secret_key=house.secret.read_text(encoding="utf-8"),
        base_url=f"http://localhost:{port}",
        bind=f"127.0.0.1:{port}",
        database_url=f"sqlite:///{house.database}",
        maildir=house.mail,
        mail_from=SENDER.address,
        mail_from_name=SENDER.name,
        smtp_url=None,
        redis_url=None,
        demo=True,
    )


def _links(house: House, settings: Settings) -> dict[str, Any]:
    """Return the links of the story, told now if it was not told before."""
    if house.links.exists():
        kept: dict[str, Any] = json.loads(house.links.read_text(encoding="utf-8"))
        return kept
    schema.prepare_file(settings.database_url)
    engine = open_engine(settings.database_url)
    schema.upgrade(engine)
    secret = settings.secret_key.get_secret_value()
    sender = Sender(SENDER, settings.base_url, secret, demo=True)
    with sessions(engine)() as db:
        told = story.tell(db, sender, secret=secret, now=clock.now())
    engine.dispose()
    base = settings.base_url
    links = {name: f"{base}/k/{token}" for name, token in told.links.items()} | {
        "participant": f"{base}/t/{told.code}",
        "lite": f"{base}/l/{told.code}",
        "feed": f"{base}/t/{told.code}/feed.ics",
        "api": f"{base}/api/v1",
        "offices": {name: f"{base}/k/{token}" for name, token in told.offices.items()},
    }
    _write_private(house.links, json.dumps(links, ensure_ascii=False, indent=2) + "\n")
    return links


def _write_private(path: Path, text: str) -> None:
    """Write a file that nobody else on this computer can read."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _port(house: House, asked: int | None) -> int:
    """Return the port of the earlier start, as mails name it; else the one asked for or a free one.

    Raises:
        UnavailableError: That port, or every port, is in use.
        InputError: Field `port`: the earlier start had another.
    """
    wanted: list[int] = list(PORTS) if asked is None else [asked]
    if house.links.exists():
        link = json.loads(house.links.read_text(encoding="utf-8"))["api"]
        kept = int(link.rpartition(":")[2].partition("/")[0])
        if asked not in {None, kept}:
            raise InputError(
                N_("This demonstration's links and mails lead to port %(port)s, not %(value)s."),
                field="port",
                port=kept,
                value=asked,
            )
        wanted = [kept]
    for port in wanted:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise UnavailableError(
        N_("Port %(port)s of this computer is in use. Is the demonstration running already?"),
        port=wanted[0],
    )
