"""An invited person's own page: GET shows, POST answers, since mail scanners open links."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import tokens, zones
from townhall.domain.invites import Place
from townhall.domain.replies import ANSWERS, CLOSED
from townhall.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    TownhallError,
    TransitionError,
)
from townhall.models.invitations import Invitation
from townhall.queries import planning
from townhall.queries import replies as queries
from townhall.services import renewals
from townhall.services import replies as services
from townhall.web import feeds, throttle
from townhall.web.context import db, now, settings
from townhall.web.errors import STATUS
from townhall.web.office import bp, replies


@bp.get("/i/<invitation>/<signature>")
def invitation(invitation: str, signature: str) -> ResponseReturnValue:
    """Show when and how, and what was answered."""
    check_signature(invitation, signature)
    return _page(invitation, signature)


@bp.post("/i/<invitation>/<signature>")
def answer(invitation: str, signature: str) -> ResponseReturnValue:
    """Keep an answer: yes, maybe or no, with a note."""
    check_signature(invitation, signature)
    throttle.check(throttle.REPLY, invitation)
    try:
        services.answer(db(), invitation, replies.reply(), now=now())
    except (InputError, ConflictError, TransitionError) as error:
        return _page(invitation, signature, error), STATUS[type(error)]
    return redirect(url_for(".invitation", invitation=invitation, signature=signature), 303)


@bp.post("/i/<invitation>/<signature>/feed")
def renew_own_feed(invitation: str, signature: str) -> ResponseReturnValue:
    """Renew the address of the person's own calendar; the one before leads nowhere."""
    check_signature(invitation, signature)
    throttle.check(throttle.REPLY, invitation)
    renewals.renew_for_invited(db(), invitation, now=now())
    own = url_for(".invitation", invitation=invitation, signature=signature, _anchor="feed")
    return redirect(own, 303)


def check_signature(invitation: str, signature: str) -> None:
    """Return if the link is one that was mailed.

    Raises:
        NotFoundError: It was made up.
    """
    key = settings().secret_key.get_secret_value()
    if not tokens.is_signed(key, signature, "reply", invitation):
        raise NotFoundError


def _place(found: Invitation) -> Place:
    """Return the place whose clock a person reads; the team may have none of their own."""
    if found.seat is not None:
        return Place(found.seat.name, found.seat.zone)
    if found.staffer is not None and found.staffer.zone is not None:
        return Place(zones.city(found.staffer.zone), found.staffer.zone)
    headquarters = planning.headquarters(found.sitting.town_hall)
    return Place(headquarters.name, headquarters.zone)


def _page(code: str, signature: str, error: TownhallError | None = None) -> str:
    """Return the invitation's page, with the note that was typed and what was wrong."""
    found = queries.invitation(db(), code)
    sitting = found.sitting
    return render_template(
        "office/invitation.html",
        invitation=found,
        signature=signature,
        sitting=sitting,
        hall=sitting.town_hall,
        seat=_place(found),
        headquarters=planning.headquarters(sitting.town_hall),
        countdown=replies.time_left(sitting),
        closed=CLOSED.get(replies.stands(found)),
        answers=ANSWERS,
        feed=feeds.of(found.contact),
        error=error,
        note=request.form.get("note", found.note),
    )
