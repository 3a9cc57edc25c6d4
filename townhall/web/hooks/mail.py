"""Mail that a mail service received for `mail_from` and posts on."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from townhall.domain import tokens
from townhall.domain.incoming import LARGEST
from townhall.errors import NotFoundError
from townhall.services import incoming
from townhall.web.context import db, now, settings
from townhall.web.hooks import bp


@bp.post("/mail")
def mail() -> ResponseReturnValue:
    """Take in one whole mail, and say what it was; there is no such address without the secret."""
    secret = settings().mail_hook_secret
    given = request.headers.get("Authorization", "")
    if secret is None or not tokens.same(f"Bearer {secret.get_secret_value()}", given):
        raise NotFoundError
    request.max_content_length = LARGEST
    key = settings().secret_key.get_secret_value()
    kind = incoming.receive(db(), request.get_data(cache=False), key=key, now=now())
    return jsonify(kind=kind.value)
