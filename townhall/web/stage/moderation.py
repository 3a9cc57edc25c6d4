"""What a moderator does to a question."""

from flask.typing import ResponseReturnValue

from townhall.services import moderation
from townhall.web import forms
from townhall.web.context import actor, db, feed, now
from townhall.web.stage import bp
from townhall.web.stage.screens import back

_LONGEST_FIELD = 20_000


@bp.post("/questions/<int:number>/approve")
def approve(code: str, number: int) -> ResponseReturnValue:
    """Put a question on the board, or back on it."""
    moderation.approve(db(), feed(), actor(), code, number, version=forms.version(), now=now())
    return back(code)


@bp.post("/questions/<int:number>/decline")
def decline(code: str, number: int) -> ResponseReturnValue:
    """Keep a question off the board, with a reason."""
    moderation.decline(
        db(),
        feed(),
        actor(),
        code,
        number,
        reason=forms.text("reason"),
        version=forms.version(),
        now=now(),
    )
    return back(code)


@bp.post("/questions/<int:number>/spam")
def spam(code: str, number: int) -> ResponseReturnValue:
    """Set a question aside as spam."""
    moderation.set_aside(db(), feed(), actor(), code, number, version=forms.version(), now=now())
    return back(code)


@bp.post("/questions/<int:number>/address")
def address(code: str, number: int) -> ResponseReturnValue:
    """Mark a question for a speaker or an office."""
    moderation.address(
        db(),
        feed(),
        actor(),
        code,
        number,
        position=forms.whole("position") if forms.text("position") else None,
        version=forms.version(),
        now=now(),
    )
    return back(code)


@bp.post("/questions/<int:number>/merge")
def merge(code: str, number: int) -> ResponseReturnValue:
    """Join a question with another that asks the same."""
    moderation.merge(
        db(),
        feed(),
        actor(),
        code,
        number,
        into=forms.whole("into", least=1),
        version=forms.version(),
        now=now(),
    )
    return back(code)


@bp.post("/questions/<int:number>/write")
def write(code: str, number: int) -> ResponseReturnValue:
    """Answer a question in writing."""
    moderation.answer_in_writing(
        db(),
        feed(),
        actor(),
        code,
        number,
        text=forms.limited("text", _LONGEST_FIELD),
        language=forms.text("language"),
        version=forms.version(),
        now=now(),
    )
    return back(code)
