"""Secret links for moderators, hosts, screens and seats."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain.access import Role
from townhall.errors import InputError
from townhall.i18n import N_
from townhall.queries import accounts, planning
from townhall.services import links as services
from townhall.web import forms
from townhall.web.context import actor, db, now, settings, town_hall
from townhall.web.organizer import bp

ROLES = {
    Role.MODERATOR: N_("Moderator: chooses what comes on the board"),
    Role.HOST: N_("Host: runs the hour"),
    Role.PRESENTER: N_("Presenter screen: shows what is on air"),
    Role.VIEWER: N_("Reader of the plan: sees the hours and what they cost, changes nothing"),
    Role.OFFICE: N_("Office: its clock, its part, its answer"),
    Role.SPEAKER: N_("Speaker: their clock, their part, their questions"),
    Role.AUDIENCE: N_("An office's people: ask and vote with their site"),
}

_NAMES = {
    **ROLES,
    Role.OWNER: N_("Owner: may do everything"),
    Role.PRODUCER: N_("Producer: works on all of it"),
}

_OF_A_SEAT = frozenset({Role.OFFICE, Role.SPEAKER, Role.AUDIENCE})


@bp.get("/t/<code>/links")
def links(code: str) -> ResponseReturnValue:
    """Show which links exist, and a form for a new one."""
    del code
    return _page()


@bp.post("/t/<code>/links")
def make_link(code: str) -> ResponseReturnValue:
    """Make a link; its address is shown this once."""
    del code
    try:
        role = _role(forms.text("role"))
        seat = None
        if role in _OF_A_SEAT:
            seat = planning.seat(db(), town_hall(), forms.whole("seat", 0))
        label = forms.text("label") or (seat.name if seat else role.value)
        _, token = services.make(
            db(), actor(), town_hall(), role, seat=seat, label=label, now=now()
        )
    except InputError as error:
        return _page(error=error), 422
    return _page(made=f"{settings().base_url}/k/{token}")


@bp.post("/t/<code>/links/<int:link_id>/revoke")
def revoke_link(code: str, link_id: int) -> ResponseReturnValue:
    """End a link and whatever was opened by it."""
    services.revoke(db(), actor(), link_id, now=now())
    return redirect(url_for(".links", code=code), 303)


def _role(value: str) -> Role:
    """Return the role of the form.

    Raises:
        InputError: Links give no such role.
    """
    if value not in {role.value for role in ROLES}:
        raise InputError(
            N_("“%(value)s” is not a part that a link can give."), field="role", value=value[:40]
        )
    return Role(value)


def _page(made: str | None = None, error: InputError | None = None) -> str:
    """Return the page of links."""
    return render_template(
        "organizer/links.html",
        hall=town_hall(),
        links=accounts.links(db(), town_hall().id),
        roles=ROLES,
        names=_NAMES,
        made=made,
        error=error,
        values=request.form,
    )
