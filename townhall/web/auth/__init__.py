"""Coming in and going out: signing in, secret links, sessions."""

from flask import Blueprint

bp = Blueprint("auth", __name__)

from townhall.web.auth import (  # noqa: E402, F401  the rooms hang their views on bp
    links,
    sessions,
    sign_in,
)
