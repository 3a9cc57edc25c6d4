"""What every template may use: words, dates, the viewer's clock, addresses of static files."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from flask import Flask, Response, has_request_context, request, url_for
from markupsafe import Markup

from townhall import paths
from townhall.domain import zones
from townhall.i18n import LANGUAGES, speech
from townhall.web import feeds, security
from townhall.web.context import LANGUAGE_COOKIE, language, settings, words


@cache
def asset(name: str) -> str:
    """Return the address of a static file; it changes whenever the file does."""
    content = (paths.STATIC / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:10]}"


def csrf_field() -> Markup:
    """Return the hidden field with the session's form token; empty in a shared snapshot."""
    if not has_request_context():
        return Markup("")
    return Markup('<input type="hidden" name="csrf" value="{}">').format(security.form_token())


def local(instant: datetime, zone: str) -> datetime:
    """Return the wall time of an instant in a zone."""
    return zones.local(instant, zone)


def utc(instant: datetime, minutes: int = 0) -> str:
    """Return an instant, `minutes` later, as addresses and forms carry it."""
    return f"{instant.astimezone(UTC) + timedelta(minutes=minutes):%Y-%m-%dT%H:%MZ}"


def weekday_names() -> list[tuple[str, str]]:
    """Return the planning document's names of the weekdays with those of the reader."""
    monday = date(2024, 1, 1)
    keys = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return [
        (key, words().weekday(monday + timedelta(days=number))) for number, key in enumerate(keys)
    ]


def in_language(code: str) -> str:
    """Return this page's address in another language."""
    values: dict[str, Any] = {**(request.view_args or {}), **request.args, "lang": code}
    return url_for(request.endpoint or "participant.front", **values)


def remember_language(response: Response) -> Response:
    """Keep a language that was chosen by a link."""
    wish = request.args.get("lang")
    if wish in LANGUAGES and request.cookies.get(LANGUAGE_COOKIE) != wish:
        security.set_cookie(response, LANGUAGE_COOKIE, str(wish), days=365)
    if "Content-Language" not in response.headers:
        response.headers["Content-Language"] = language()
    return response


def _gettext(message: str) -> str:
    """Return a sentence in the language of the request that is being answered."""
    return words().catalogue.gettext(message)


def _ngettext(one: str, many: str, num: int) -> str:
    """Return a plural form in the language of the request that is being answered."""
    return words().catalogue.ngettext(one, many, num)


def install(app: Flask) -> None:
    """Give the templates their words and functions."""
    env = app.jinja_env
    env.add_extension("jinja2.ext.i18n")
    env.trim_blocks = env.lstrip_blocks = True
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(  # type: ignore[attr-defined]
        _gettext,
        _ngettext,
        newstyle=True,
    )
    env.globals.update(
        asset=asset,
        csrf_field=csrf_field,
        in_language=in_language,
        local=local,
        offset_label=zones.offset_label,
        settings=settings,
        utc=utc,
        web_calendars=feeds.web_calendars,
        weekday_names=weekday_names,
        words=words,
        language_names={
            code: (speech(code).locale.display_name or code).capitalize() for code in LANGUAGES
        },
    )
    app.after_request(remember_language)
