"""Puts the parts together; the only module that knows all of them."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from whitenoise import WhiteNoise

from townhall import clock, db, logs, paths
from townhall.adapters.caldav import CalDav
from townhall.adapters.calendars import Calendars
from townhall.settings import Settings
from townhall.web import (
    addresses,
    api,
    auth,
    context,
    errors,
    health,
    hooks,
    live,
    office,
    organizer,
    pages,
    participant,
    policies,
    security,
    stage,
    throttle,
)

BODY_LIMIT = 256 * 1024
FIELD_LIMIT = 64 * 1024
PART_LIMIT = 500


def _json(app: Flask) -> DefaultJSONProvider:
    """Return how answers are written: keys in the documented order, every script as it is."""
    provider = DefaultJSONProvider(app)
    provider.sort_keys = False
    provider.ensure_ascii = False
    return provider


def create_app(settings: Settings, *, now: Callable[[], datetime] = clock.now) -> Flask:
    """Return the web application of an installation.

    Args:
        settings: What the installation decided.
        now: The clock; a test hands in its own.
    """
    logs.configure_unless_done()
    app = Flask("townhall", static_folder=None, template_folder=str(paths.TEMPLATES))
    app.json = _json(app)
    addresses.install(app)
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=FIELD_LIMIT,
        MAX_FORM_PARTS=PART_LIMIT,
    )
    engine = db.open_engine(settings.database_url)
    hub = live.Hub(app)
    if settings.redis_url:
        from townhall.adapters import redis_feed

        hub.others = redis_feed.RedisFeed(settings.redis_url, hub.heard)
    app.extensions["townhall"] = context.Parts(
        settings=settings,
        engine=engine,
        sessions=db.sessions(engine),
        now=now,
        feed=hub,
        calendars=Calendars(settings.outbound_allow),
        calendar_server=CalDav(settings.outbound_allow),
    )
    throttle.install(app)
    errors.install(app)
    security.install(app)
    app.before_request(policies.check)
    app.before_request(security.check_form_token)
    app.teardown_appcontext(context.close_db)
    pages.install(app)
    for room in (organizer, office, participant, stage, live, api, hooks, auth, health):
        app.register_blueprint(room.bp)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(paths.STATIC),
        prefix="/static/",
        max_age=security.YEAR_S,
        allow_all_origins=False,
        immutable_file_test=lambda _path, _url: True,
        add_headers_function=security.add_static_headers,
    )
    return app
