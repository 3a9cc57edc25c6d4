"""The stage: the moderator's, the host's and the presenter's screen."""

from flask import Blueprint

bp = Blueprint("stage", __name__, url_prefix="/stage/<code>")

from townhall.web.stage import moderation, screens, show  # noqa: E402, F401  they hang views on bp
