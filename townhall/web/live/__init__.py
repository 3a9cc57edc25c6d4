"""Live updates: one snapshot of a board for all who look at it, polled or streamed."""

from flask import Blueprint

bp = Blueprint("live", __name__)

from townhall.web.live import updates  # noqa: E402, F401  hangs its views on bp
from townhall.web.live.hub import Hub  # noqa: E402

__all__ = ["Hub", "bp"]
