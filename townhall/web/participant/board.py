"""A town hall's public page: when and where it is, how to ask, what was asked."""

from collections.abc import Mapping
from typing import cast

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from townhall.domain import tokens
from townhall.errors import InputError
from townhall.models.planning import TownHall
from townhall.models.questions import Person
from townhall.queries import planning
from townhall.queries import questions as queries
from townhall.services.people import Participant
from townhall.web import choices, feeds, forms, person
from townhall.web.context import actor, close_db, db, feed, language, viewer_zone, words
from townhall.web.live.hub import Hub, Snapshot
from townhall.web.live.screens import SCREENS
from townhall.web.participant import bp, registering

PERSON_MARK = "<!--person-->"
"""Where a page that is the same for all leaves room for the viewer's signed key."""


@bp.get("/t/<code>")
def board(code: str) -> ResponseReturnValue:
    """Show when and where it is, the questions and the form."""
    return page(code)


def page(code: str, error: InputError | None = None) -> Response:
    """Return the public page, with what was typed where a form could not be used."""
    shown = snapshot(code, "public")
    hall = planning.town_hall(db(), code)
    sittings = planning.sittings(db(), hall)
    asker = queries.person(db(), hall, person.key())
    response = make_response(
        render_template(
            "participant/board.html",
            hall=hall,
            version=shown.version,
            parts=_parts(shown, hall, asker),
            sittings=sittings,
            own=planning.own_sittings(sittings),
            zone=viewer_zone(),
            feed=feeds.of_town_hall(hall),
            choice=registering.sittings_to_choose(hall, viewer_zone()),
            languages=choices.languages(hall),
            places=choices.places(hall),
            **typed(hall, error),
        )
    )
    response.status_code = 422 if error else 200
    return response


def snapshot(code: str, screen: str) -> Snapshot:
    """Return what all viewers see; the request's connection is given back while it is made."""
    # Asked before, since an account's language is read from the database.
    wish = language()
    close_db()
    return cast("Hub", feed()).snapshot(code, screen, wish)


def typed(hall: TownHall, error: InputError | None = None) -> dict[str, object]:
    """Return what an asking form is filled with: its hidden keys, and what was typed."""
    seat_id = Participant(person.key(), actor()).seat_id(hall)
    own = next((seat.position for seat in hall.seats if seat.id == seat_id), "")
    return {
        "error": error,
        "values": request.form,
        "key": forms.text("key") or tokens.fresh(),
        "person": person.signed(),
        "own_place": own,
    }


def _parts(shown: Snapshot, hall: TownHall, asker: Person | None) -> Mapping[str, str]:
    """Return the live parts: those of all for who is new here, else with what is their own."""
    field = Markup('<input type="hidden" name="person" value="{}">').format(person.signed())
    parts: Mapping[str, str] = shown.parts
    if asker is not None:
        screen = SCREENS["public"]
        own = {"asker": asker, "backed": queries.supported_by(db(), hall, asker)}
        values = screen.values(db(), hall, words()) | own
        parts = {
            name: Markup(render_template(template, **values))  # noqa: S704  rendered
            for name, template in screen.parts.items()
        }
    return {name: Markup(part.replace(PERSON_MARK, field)) for name, part in parts.items()}  # noqa: S704
