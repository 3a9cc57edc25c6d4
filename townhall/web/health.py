"""What watches an installation asks here: is the process alive, can it serve."""

from datetime import timedelta

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from townhall import schema
from townhall.queries import health
from townhall.web.context import db, now, parts

bp = Blueprint("health", __name__)

LATE = timedelta(minutes=15)
"""Mail that has been due for longer waits for a worker that does not work."""


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """Answer that the process does."""
    return jsonify(status="ok")


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Tell whether pages can be served: 200, or 503 without a database of this release.

    Mail that is late is told and is no 503: a site whose pages work is not to be taken off
    the air for it.
    """
    told: dict[str, str | int] = {"database": "ok", "migrations": "current", "outbox": "ok"}
    status = 200
    try:
        if schema.is_current(parts().engine):
            age = health.outbox_age(db(), now=now())
            told["outbox"] = "late" if age > LATE else "ok"
            told["outbox_age_s"] = age // timedelta(seconds=1)
        else:
            told |= {"migrations": "not current", "outbox": "unknown"}
            status = 503
    except SQLAlchemyError:
        told = {"database": "away", "migrations": "unknown", "outbox": "unknown"}
        status = 503
    return jsonify(told), status
