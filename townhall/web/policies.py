"""Who may use each route: one table. A route that is not in it answers 404 and fails a test."""

from enum import StrEnum

from flask import abort, g, request

from townhall.domain.access import Action, require, require_account
from townhall.queries import planning
from townhall.web.context import actor, db


class Policy(StrEnum):
    """A route's condition where it is not an action in one town hall."""

    PUBLIC = "anyone"
    ACCOUNT = "signed in"


POLICIES: dict[str, Policy | Action] = {
    "static": Policy.PUBLIC,
}
"""Endpoint to condition. An action is asked for the town hall `code` of the address."""


def check() -> None:
    """Answer 404, 401 or 403 to those whom the table does not let in."""
    if request.endpoint is None:
        return
    policy = POLICIES.get(request.endpoint)
    if policy is None:
        abort(404)
    code = (request.view_args or {}).get("code")
    if code is not None:
        g.town_hall = planning.town_hall(db(), code)
    if policy is Policy.ACCOUNT:
        require_account(actor())
    elif isinstance(policy, Action):
        require(actor(), policy, g.town_hall.id)
