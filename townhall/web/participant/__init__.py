"""Participants: the front page, a town hall's public and lite pages, questions, clocks, mail."""

from flask import Blueprint

bp = Blueprint("participant", __name__)

from townhall.web.participant import (  # noqa: E402, F401  the rooms hang their views on bp
    board,
    calendar,
    feeds,
    front,
    lite,
    questions,
    registering,
)
