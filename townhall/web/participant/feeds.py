"""Calendars to subscribe to: read again and again by programs that bring no cookie."""

import hashlib

from flask import Response, request
from flask.typing import ResponseReturnValue

from townhall.domain import feeds
from townhall.domain.feeds import Owner
from townhall.domain.invites import feed as published
from townhall.errors import NotFoundError
from townhall.i18n import N_, speech
from townhall.queries import feeds as queries
from townhall.queries.feeds import Contents
from townhall.services import occasions
from townhall.web import throttle
from townhall.web.context import db, now, settings, town_hall
from townhall.web.participant import bp
from townhall.web.senders import sender

FRESH_S = 300
"""How long a cache may answer for us; calendars ask once an hour at most."""

NAMES: dict[Owner, str] = {
    Owner.SERIES: N_("%(name)s, every time"),
    Owner.OFFICE: N_("Town halls: %(name)s"),
    Owner.PERSON: N_("Town halls: %(name)s"),
}
"""What a feed is called in the list of calendars that somebody reads."""


@bp.get("/t/<code>/feed.ics")
def feed(code: str) -> ResponseReturnValue:
    """Return every sitting of a town hall as a calendar to subscribe to; 304 to who has it."""
    del code
    throttle.check_feed()
    found = queries.of_town_hall(db(), town_hall(), now=now())
    return _answer(found, found.name, "public")


@bp.get("/feeds/<owner>/<int:owner_id>/<secret>.ics")
def secret_feed(owner: str, owner_id: int, secret: str) -> ResponseReturnValue:
    """Return the sittings of a series, an office or a person, to who knows the secret address.

    Raises:
        NotFoundError: The address was made up, or was renewed.
    """
    throttle.check_feed()
    if owner not in set(Owner):
        raise NotFoundError
    owned = queries.owned(db(), Owner(owner), owner_id)
    key = settings().secret_key.get_secret_value()
    if not feeds.is_proof(key, secret, Owner(owner), owner_id, owned.feed_renewals):
        raise NotFoundError
    throttle.check(throttle.FEED, f"{owner}/{owner_id}")
    found = queries.contents(db(), owned, now=now())
    name = speech(found.language).gettext(NAMES[Owner(owner)], name=found.name)
    return _answer(found, name, "private")


def _answer(found: Contents, name: str, caching: str) -> Response:
    """Return a feed's octets, or 304 to those who have them."""
    own = sender()
    words = speech(found.language)
    octets = published((occasions.event(each, own) for each in found.sittings), name, words)
    response = Response(octets, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response.set_etag(hashlib.sha256(octets).hexdigest()[:32])
    response.last_modified = found.changed_at
    response.headers["Cache-Control"] = f"{caching}, max-age={FRESH_S}"
    response.headers["Content-Language"] = words.language
    response.make_conditional(request)
    return response
