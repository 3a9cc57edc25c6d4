"""Signing in by a mailed link or its six digits."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import tokens
from townhall.errors import InputError
from townhall.queries import accounts
from townhall.services import sign_ins
from townhall.services.browsers import LIFE
from townhall.web import forms, security, throttle
from townhall.web.auth import bp
from townhall.web.context import SESSION_COOKIE, db, now, settings

BROWSER_COOKIE = "__Host-townhall-sign-in"
"""Holds the secret by which the browser that asked is known again."""

NEXT_COOKIE = "__Host-townhall-next"
"""Holds the page that somebody wanted to see before they had to sign in."""

HOME = "/organizer/"


@bp.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Ask for the mail address."""
    wish = security.own_path(request.args.get("next"), HOME)
    return render_template("auth/sign_in.html", next=wish)


@bp.post("/sign-in")
def ask() -> ResponseReturnValue:
    """Mail a link to the address if it has an account, and answer the same if it has none."""
    address = forms.text("address")
    wish = security.own_path(forms.text("next"), HOME)
    browser = tokens.fresh()
    try:
        throttle.check_sign_in(address)
        sign_ins.ask(db(), settings(), address, browser, now=now())
    except InputError as error:
        return render_template("auth/sign_in.html", next=wish, address=address, error=error), 422
    response = redirect(url_for(".code_form"), 303)
    security.set_cookie(response, BROWSER_COOKIE, browser, days=1)
    security.set_cookie(response, NEXT_COOKIE, wish, days=1)
    return response


@bp.get("/sign-in/code")
def code_form() -> ResponseReturnValue:
    """Say that a mail is on its way, and take its six digits."""
    return render_template("auth/code.html")


@bp.post("/sign-in/code")
def enter_code() -> ResponseReturnValue:
    """Sign in the browser that asked, by the digits."""
    throttle.check(throttle.SIGN_IN_FLOOD, throttle.client_address())
    try:
        session_token = sign_ins.by_code(
            db(), _browser(), forms.text("code"), request.cookies.get(SESSION_COOKIE), now=now()
        )
    except InputError as error:
        return render_template("auth/code.html", error=error), 422
    return _signed_in(session_token)


@bp.get("/sign-in/<token>")
def confirm_form(token: str) -> ResponseReturnValue:
    """Show a button, since programs that scan mails open every link in them."""
    row = accounts.sign_in(db(), token, now=now())
    asks_code = not accounts.is_asked_by(row, _browser())
    return render_template("auth/confirm.html", token=token, asks_code=asks_code)


@bp.post("/sign-in/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """Sign in by the link; with the digits, too, in a browser that had not asked."""
    throttle.check(throttle.SIGN_IN_FLOOD, throttle.client_address())
    session = request.cookies.get(SESSION_COOKIE)
    try:
        session_token = sign_ins.by_link(
            db(), token, _browser(), forms.text("code"), session, now=now()
        )
    except InputError as error:
        return render_template("auth/confirm.html", token=token, asks_code=True, error=error), 422
    return _signed_in(session_token)


def _browser() -> str:
    """Return the secret of the browser that asked; empty in another one."""
    return request.cookies.get(BROWSER_COOKIE, "")


def _signed_in(session_token: str) -> ResponseReturnValue:
    """Go to the page that was wanted, with the new session's cookie."""
    response = redirect(security.own_path(request.cookies.get(NEXT_COOKIE), HOME), 303)
    security.set_cookie(response, SESSION_COOKIE, session_token, days=LIFE.days)
    security.set_cookie(response, BROWSER_COOKIE, "", days=0)
    security.set_cookie(response, NEXT_COOKIE, "", days=0)
    return response
