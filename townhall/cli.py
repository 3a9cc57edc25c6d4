"""The `townhall` command: arguments in, one call, text out."""

import json
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click
from rich.console import Console
from rich.progress import Progress as Bar

from townhall import clock, tables
from townhall.domain import answer, document, lenses, notation
from townhall.domain.access import SYSTEM
from townhall.domain.series.patience import Progress
from townhall.domain.series.request import Series
from townhall.domain.turns import answer as turns_answer
from townhall.errors import InputError, TownhallError
from townhall.i18n import LANGUAGES, N_, Speech, speech

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from townhall.settings import Settings

FOUND = 3
"""Status of a check that found something; 1 is an error, 2 a slip in the command line."""


TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits: what a mail server takes for “keep it and try again”."""


class Main(click.Group):
    """The group of all commands; an error of the project ends with one sentence and status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except TownhallError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Main)
@click.version_option(package_name="townhall")
def main() -> None:
    """Live sessions across many time zones, with a fair hour for every place."""


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How the answer is written.",
)
@click.option(
    "--top",
    type=click.IntRange(1, document.MOST_TOP),
    help="How many options to show, in place of what the document says.",
)
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    show_default=True,
    help="Language of reasons and warnings.",
)
@click.option(
    "--lens",
    "wishes",
    multiple=True,
    metavar="NAME[=NUMBER]",
    help="Another way to look, beside the fair order: ceiling=POINTS, quorum=SEATS, least-total, "
    "working-hours, attendance=POINTS or trade-off. Can be given several times.",
)
def plan(file: BinaryIO, style: str, top: int | None, lang: str, wishes: tuple[str, ...]) -> None:
    """Rank every possible start of a planning document, the fairest first.

    FILE is TOML or JSON; - reads standard input. A document with occurrences is planned as a whole
    series; Ctrl-C ends that search with the best series found by then.
    """
    # Standard input has no name where it is not a file.
    request = document.read(notation.read(file.read(), getattr(file, "name", "")))
    if isinstance(request, Series):
        found = _planned(request, wishes, speech(lang))
    else:
        request = request if top is None else replace(request, top=top)
        found = answer.plan(request, speech(lang), stopwatch=clock.monotonic)
        if wishes:
            found["lenses"] = lenses.answer(request, wishes)
    if style == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    tables.show_plan(found, speech(lang))


def _planned(series: Series, wishes: Sequence[str], words: Speech) -> dict[str, Any]:
    """Return the answer to a document of a series, showing on a terminal how far the search is."""
    if wishes:
        raise InputError(N_("Lenses look at one sitting, not at a series."), field="lens")
    interrupted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: interrupted.append(number))
    console = Console(stderr=True)
    try:
        with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task(words.gettext(N_("Looking for the fairest series")), total=1.0)

            def shown(progress: Progress) -> bool:
                known = None
                if progress.worst is not None:
                    message = N_("The best series so far has a worst ledger of %(worst)s")
                    known = words.gettext(message, worst=words.number(progress.worst))
                bar.update(task, completed=progress.share, description=known)
                return not interrupted

            return answer.plan(series, words, stopwatch=clock.monotonic, progress=shown)
    finally:
        signal.signal(signal.SIGINT, before)


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--format",
    "style",
    type=click.Choice(["json", "table"]),
    default="json",
    show_default=True,
    help="How the answer is written.",
)
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    show_default=True,
    help="Language of the reasons.",
)
def turns(file: BinaryIO, style: str, lang: str) -> None:
    """Tell which question of a turns document is next, and why.

    FILE is JSON or TOML; - reads standard input.
    """
    read = notation.read(file.read(), getattr(file, "name", ""))
    found = turns_answer.answer(read, speech(lang))
    if style == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        tables.show_turns(found, speech(lang))


@main.command()
def serve() -> None:
    """Serve the web pages and the API, and send mail, until told to stop."""
    from townhall import server

    server.run(_settings())


@main.command()
def worker() -> None:
    """Send mail, remind, read and keep calendars and plan series, until told to stop."""
    from townhall import server

    server.work(_settings())


@main.command()
@click.option("--reset", is_flag=True, help="Begin again from the first state.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var"),
    show_default=True,
    help="Where the demonstration keeps its database, mail and links.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    help="Of this computer's own address; the first free one from 8080 unless it is named.",
)
def demo(reset: bool, folder: Path, port: int | None) -> None:
    """Serve the polio hangout of 2012, held anew two weeks from now, and print its links."""
    from townhall.demo import house

    house.start(folder, _show_links, reset=reset, port=port)


@main.group("db")
def database() -> None:
    """Look after the database."""


@database.command()
def upgrade() -> None:
    """Bring the database to the tables of this version."""
    from townhall import schema
    from townhall.db import open_engine

    url = _settings().database_url
    schema.prepare_file(url)
    schema.upgrade(open_engine(url))


@main.group()
def account() -> None:
    """Decide who of the organizers' team may sign in."""


@account.command("add")
@click.argument("address")
@click.option("--name", required=True, help="The person's name, as mails show it.")
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    show_default=True,
    help="Language of the mails to this person.",
)
def add_account(address: str, name: str, lang: str) -> None:
    """Open an account, which signs in by mail at /sign-in."""
    from townhall.domain.people import ContactDetails
    from townhall.services import accounts

    with _database() as db:
        accounts.add(db, SYSTEM, ContactDetails(name, address, lang), now=clock.now())
    words = speech(LANGUAGES[0])
    click.echo(words.gettext(N_("%(address)s can sign in now."), address=address))


@account.command("close")
@click.argument("address")
def close_account(address: str) -> None:
    """Close an account and end its sessions; what it made stays."""
    from townhall.services import accounts

    with _database() as db:
        accounts.close(db, SYSTEM, address, now=clock.now())
    words = speech(LANGUAGES[0])
    click.echo(words.gettext(N_("%(address)s can no longer sign in."), address=address))


@main.group()
def mail() -> None:
    """Take in answers to invitations, and reports of mails that came back."""


@mail.command()
@click.option("--recipient", default="", help="The mailbox it came for, where no header tells it.")
def receive(recipient: str) -> None:
    """Take in one mail from standard input, as a mail server's pipe hands it on.

    Ends with status 0 once the mail is handled, be it by ignoring it, and with 75 where anything
    is in the way, so that the mail server keeps it and tries again (sysexits: EX_TEMPFAIL).
    """
    from townhall.domain.incoming import LARGEST
    from townhall.services import incoming

    stream = sys.stdin.buffer
    head = f"Delivered-To: {' '.join(recipient.split())}\r\n".encode() if recipient else b""
    octets = head + stream.read(LARGEST + 1)
    while stream.read(LARGEST):
        pass  # or the mail server would find the pipe broken
    try:
        key = _settings().secret_key.get_secret_value()
        with _database() as db:
            incoming.receive(db, octets, key=key, now=clock.now())
    except Exception as error:  # noqa: BLE001  whatever it is, the mail must not be lost for it
        click.echo(f"Error: {error}", err=True)
        click.get_current_context().exit(TRY_AGAIN)


@mail.command("lmtp")
@click.option(
    "--bind",
    default="127.0.0.1:8024",
    show_default=True,
    help="HOST:PORT to listen on, or unix: and the path of a socket.",
)
def serve_lmtp(bind: str) -> None:
    """Take in mail that a mail server hands on by LMTP, until told to stop."""
    from townhall import server

    server.take_mail(_settings(), bind)


@main.group("zones")
def time_zones() -> None:
    """Look after promised times when governments change clocks."""


@time_zones.command("check")
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How the answer is written.",
)
def check_zones(style: str) -> None:
    """Find the sittings to come of which a seat's local time moved with the zone database.

    Ends with status 0 if there is none and with 3 if there are any. Nothing is changed and
    nobody is told: each town hall's own page offers what to do.
    """
    from townhall.queries import promises

    with _database() as db:
        found = promises.told(promises.findings(db, now=clock.now()))
    if style == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        tables.show_moved(found, speech(LANGUAGES[0]))
    if found["sittings"]:
        click.get_current_context().exit(FOUND)


@contextmanager
def _database() -> Iterator["Session"]:
    """Give a session on the installation's database."""
    from townhall.db import open_engine, sessions

    engine = open_engine(_settings().database_url)
    with sessions(engine)() as db:
        yield db
    engine.dispose()


def _settings() -> "Settings":
    """Return the settings of the environment.

    Raises:
        ClickException: One is missing or cannot be used; the sentence names it.
    """
    from pydantic import ValidationError

    from townhall.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(["TOWNHALL", *(str(part).upper() for part in first["loc"])])
        sentence = first["msg"].removeprefix("Value error, ")
        raise click.ClickException(f"{name}: {sentence}") from error


def _show_links(links: Mapping[str, Any]) -> None:
    """Print the demonstration's links, one a line."""
    words = speech(LANGUAGES[0])
    click.echo()
    click.echo(
        words.gettext(N_("The town hall is open. Everything happens on this computer only."))
    )
    click.echo()
    for name, link in links.items():
        for label, address in link.items() if isinstance(link, Mapping) else ((name, link),):
            click.echo(f"  {label:<42} {address}")
    click.echo()
    click.echo(words.gettext(N_("Press Ctrl-C to end it.")))
