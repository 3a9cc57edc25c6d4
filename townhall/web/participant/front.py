"""The first page: a code to type, and the team's way in."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.errors import NotFoundError
from townhall.queries import planning
from townhall.web.context import actor, db
from townhall.web.participant import bp

_LONGEST_CODE = 32


@bp.get("/")
def front() -> ResponseReturnValue:
    """Take a code to its town hall, as it was heard on a phone line: spaces and case pass."""
    typed = request.args.get("code", "")[:_LONGEST_CODE]
    code = "".join(typed.split()).replace("-", "").casefold()
    is_unknown = False
    if code:
        try:
            planning.town_hall(db(), code)
        except NotFoundError:
            is_unknown = True
        else:
            return redirect(url_for("participant.board", code=code), 303)
    return render_template(
        "participant/front.html",
        typed=typed,
        is_unknown=is_unknown,
        is_signed_in=actor().account_id is not None,
    ), (404 if is_unknown else 200)
