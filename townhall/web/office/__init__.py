"""What offices, speakers and invited people see: a seat's page, an invitation to answer."""

from flask import Blueprint

bp = Blueprint("office", __name__)

from townhall.web.office import (  # noqa: E402, F401  the rooms hang their views on bp
    availability,
    invitations,
    seats,
)
