"""Told by mail: an address typed, confirmed by its link, taken off by one click."""

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import registering, tokens, zones
from townhall.errors import InputError, NotFoundError
from townhall.i18n import LANGUAGES
from townhall.models.planning import Sitting, TownHall
from townhall.models.registrations import Registration
from townhall.queries import planning
from townhall.queries import registrations as queries
from townhall.services import registrations as services
from townhall.services.registrations import Wish
from townhall.web import forms, throttle
from townhall.web.context import db, language, now, settings, town_hall, viewer_zone
from townhall.web.participant import bp, calendar
from townhall.web.senders import sender


@dataclass(frozen=True, slots=True)
class Choice:
    """What the form offers.

    Args:
        is_open: Whether there is anything left to be told of.
        sittings: Those to come, where there is more than one.
        best: The one of them that is best on the viewer's clock; None where it is not known.
    """

    is_open: bool
    sittings: tuple[Sitting, ...]
    best: Sitting | None


def sittings_to_choose(hall: TownHall, zone: str | None) -> Choice:
    """Return between which sittings the form lets one choose, on a clock."""
    live = tuple(planning.live_sittings(db(), hall, now=now()))
    is_open = bool(live) or not planning.sittings(db(), hall)
    if len(live) < 2:
        return Choice(is_open, (), None)
    best = None
    if zone is not None:
        hours = [(sitting.starts_at, sitting.minutes) for sitting in live]
        best = live[registering.best_on_clock(hours, zone)]
    return Choice(is_open, live, best)


@bp.get("/t/<code>/register")
def register_form(code: str) -> ResponseReturnValue:
    """Show the form, or that a mail is on its way."""
    del code
    return _form(town_hall())


@bp.post("/t/<code>/register")
def register(code: str) -> ResponseReturnValue:
    """Mail a link to the address, and answer the same whether it is known or not."""
    address = forms.text("address")
    wished = forms.text("language")
    try:
        throttle.check_register(address)
        services.ask(
            db(),
            sender(),
            code,
            address,
            _wish(town_hall()),
            language=wished if wished in LANGUAGES else language(),
            now=now(),
        )
    except InputError as error:
        return _form(town_hall(), error), 422
    return redirect(url_for(".register_form", code=code, sent=1), 303)


@bp.get("/r/<registration>/<seal>")
def registration(registration: str, seal: str) -> ResponseReturnValue:
    """Show how a person is registered, with a button, since mail scanners open links."""
    return _page(_found(registration, seal), seal)


@bp.post("/r/<registration>/<seal>")
def confirm(registration: str, seal: str) -> ResponseReturnValue:
    """Put a person on the list as they wish."""
    found = _found(registration, seal)
    throttle.check(throttle.REPLY, registration)
    try:
        wish = _wish(found.town_hall)
        services.confirm(db(), sender(), registration, wish, now=now())
    except InputError as error:
        return _page(found, seal, error), 422
    return redirect(url_for(".registration", registration=registration, seal=seal), 303)


@bp.get("/r/<registration>/<seal>/leave")
def leaving(registration: str, seal: str) -> ResponseReturnValue:
    """Show the button that takes a person off the list."""
    return _page(_found(registration, seal), seal)


@bp.post("/r/<registration>/<seal>/leave")
def leave(registration: str, seal: str) -> ResponseReturnValue:
    """Take a person off the list: from the page, or by the one click of a mailer (RFC 8058)."""
    _found(registration, seal)
    throttle.check(throttle.REPLY, registration)
    return _page(services.leave(db(), sender(), registration, now=now()), seal)


def _found(code: str, seal: str) -> Registration:
    """Return the registration of a link that was mailed.

    Raises:
        NotFoundError: The link was made up.
        ExpiredLinkError: The address was forgotten.
    """
    key = settings().secret_key.get_secret_value()
    if not tokens.is_signed(key, seal, "registration", code):
        raise NotFoundError
    return queries.registration(db(), code)


def _wish(hall: TownHall) -> Wish:
    """Return how the posted form wishes to be told.

    Raises:
        InputError: Fields `zone` and `sitting`.
    """
    number = forms.whole("sitting", least=1) if forms.text("sitting") else None
    return Wish(calendar.zone_of(hall, forms.required("zone")), number)


def _form(hall: TownHall, error: InputError | None = None) -> str:
    """Return the page of the form, with what was typed and what was wrong."""
    zone = viewer_zone()
    return render_template(
        "participant/register.html",
        hall=hall,
        zone=zone,
        choice=sittings_to_choose(hall, zone),
        is_sent=request.args.get("sent") == "1",
        values=request.form,
        error=error,
    )


def _page(found: Registration, seal: str, error: InputError | None = None) -> str:
    """Return a person's own page."""
    live = planning.live_sittings(db(), found.town_hall, now=now())
    places = queries.places(db(), found, live)
    return render_template(
        "participant/registration.html",
        registration=found,
        hall=found.town_hall,
        seal=seal,
        city=zones.city(found.zone),
        choice=sittings_to_choose(found.town_hall, found.zone),
        invited=[each for each in live if each.id in places and places[each.id].removed_at is None],
        has_a_part=queries.has_a_part(db(), found),
        values=request.form,
        error=error,
    )
