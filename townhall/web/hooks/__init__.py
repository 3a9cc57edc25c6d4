"""Where other services bring what came for townhall; each call proves itself by a secret."""

from flask import Blueprint

bp = Blueprint("hooks", __name__, url_prefix="/hooks")

from townhall.web.hooks import mail  # noqa: E402, F401  views hang on bp
