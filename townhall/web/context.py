"""What a view may ask of its request: session, actor, words, clocks."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app, g, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from townhall.domain import zones
from townhall.domain.access import ANYONE, Actor
from townhall.domain.ports import CalendarServer, CalendarSource, Feed
from townhall.i18n import LANGUAGES, Speech, speech
from townhall.models.accounts import Session as BrowserSession
from townhall.models.planning import Seat, TownHall
from townhall.queries import accounts
from townhall.settings import Settings

SESSION_COOKIE = "__Host-townhall"
PERSON_COOKIE = "__Host-townhall-person"
LANGUAGE_COOKIE = "__Host-townhall-language"
ZONE_COOKIE = "__Host-townhall-zone"


@dataclass(frozen=True, slots=True)
class Parts:
    """What `create_app` put together for this process."""

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    now: Callable[[], datetime]
    feed: Feed
    calendars: CalendarSource
    calendar_server: CalendarServer


def parts() -> Parts:
    """Return the process's parts."""
    return cast("Parts", current_app.extensions["townhall"])


def settings() -> Settings:
    """Return the installation's settings."""
    return parts().settings


def feed() -> Feed:
    """Return the port that tells open pages of changes."""
    return parts().feed


def calendars() -> CalendarSource:
    """Return the port that reads calendars of others."""
    return parts().calendars


def calendar_server() -> CalendarServer:
    """Return the port that asks the servers of organizers' own calendars."""
    return parts().calendar_server


def now() -> datetime:
    """Return the instant at which this request began; one for the whole request."""
    if "now" not in g:
        g.now = parts().now()
    return cast("datetime", g.now)


def db() -> Session:
    """Return the request's database session; it is closed when the request ends."""
    if "db" not in g:
        g.db = parts().sessions()
    return cast("Session", g.db)


def close_db(_error: BaseException | None = None) -> None:
    """Give the request's connection back."""
    session = g.pop("db", None)
    if session is not None:
        session.close()


def browser_session() -> BrowserSession | None:
    """Return the living server-side session that the request's cookie names."""
    if "browser_session" not in g:
        token = request.cookies.get(SESSION_COOKIE)
        g.browser_session = accounts.session(db(), token, now=now()) if token else None
    return cast("BrowserSession | None", g.browser_session)


def actor() -> Actor:
    """Return who asks."""
    if "actor" not in g:
        session = browser_session()
        g.actor = accounts.actor(db(), session) if session else ANYONE
    return cast("Actor", g.actor)


def town_hall() -> TownHall:
    """Return the town hall that the address names; set by the policy check."""
    return cast("TownHall", g.town_hall)


def seat() -> Seat:
    """Return the seat that the address names; set by the policy check."""
    return cast("Seat", g.seat)


def language() -> str:
    """Return the language to answer in: asked for, chosen before, the account's, the browser's.

    English where none of them is spoken here.
    """
    for wish in (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wish is not None and wish in LANGUAGES:
            return wish
    own = None if request.path.startswith("/api/") else _account_language()
    return own or request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def _account_language() -> str | None:
    """Return the language of the account that is signed in, if it is spoken here."""
    if "account_language" not in g:
        g.account_language = None
        # The page that says that the database is away needs a language, too.
        with suppress(SQLAlchemyError):
            session = browser_session()
            wish = accounts.language(db(), session) if session else None
            g.account_language = wish if wish in LANGUAGES else None
    return cast("str | None", g.account_language)


def words() -> Speech:
    """Return the words of the request's language."""
    if "words" not in g:
        g.words = speech(language())
    return cast("Speech", g.words)


def viewer_zone() -> str | None:
    """Return the zone that this viewer chose or whose browser told us; None if neither."""
    zone = request.args.get("zone") or request.cookies.get(ZONE_COOKIE)
    return zone if zone and zones.is_known(zone) else None
