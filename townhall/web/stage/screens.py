"""The screens of the stage, as pages; townhall/web/live keeps them up to date."""

import segno
from flask import Response, make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from townhall.web import forms, security
from townhall.web.context import db, settings, town_hall, words
from townhall.web.live.screens import SCREENS
from townhall.web.stage import bp


@bp.get("/moderate")
def moderator(code: str) -> ResponseReturnValue:
    """Show what waits, what is on the board, and what was taken off it."""
    return _screen("moderate", code)


@bp.get("/host")
def host(code: str) -> ResponseReturnValue:
    """Show what is on air, what is next and why, and who was heard."""
    return _screen("host", code)


@bp.get("/present")
def presenter(code: str) -> ResponseReturnValue:
    """Show what is on air, large, and how to ask."""
    return _screen("present", code, address=f"{settings().base_url}/t/{code}")


def back(code: str) -> Response:
    """Return a redirect to the screen whose form was sent."""
    path = security.own_path(forms.text("from"), f"/stage/{code}/moderate")
    return make_response(redirect(path, 303))


def _screen(name: str, code: str, address: str = "") -> str:
    """Return a screen's page."""
    return render_template(
        f"stage/{name}.html",
        code=code,
        screen=name,
        is_personal=True,
        address=address,
        form_token=security.form_token(),
        qr=Markup(_qr(address)) if address else "",  # noqa: S704  drawn here, of our own address
        **SCREENS[name].values(db(), town_hall(), words()),
    )


def _qr(address: str) -> str:
    """Return the QR code of an address as SVG, drawn by attributes alone."""
    code = segno.make_qr(address, error="m")
    drawn = code.svg_inline(border=2, light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return drawn.replace("<svg ", '<svg role="img" aria-labelledby="address" ', 1)
