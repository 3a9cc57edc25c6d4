"""API v1: for other software."""

from flask import Blueprint

bp = Blueprint("api", __name__, url_prefix="/api/v1")

from townhall.web.api import description, rules  # noqa: E402, F401  views hang on bp
