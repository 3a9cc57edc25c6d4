"""What a host does: take, answered, undo, keep for later; the order and the questions' door."""

from enum import StrEnum
from typing import TypeVar

from flask.typing import ResponseReturnValue

from townhall.domain.states import QA, Mode
from townhall.errors import InputError
from townhall.i18n import N_
from townhall.services import stage
from townhall.web import forms
from townhall.web.context import actor, db, feed, now
from townhall.web.stage import bp
from townhall.web.stage.screens import back

_LONGEST_FIELD = 20_000

Choice = TypeVar("Choice", bound=StrEnum)


@bp.post("/questions/<int:number>/take")
def take(code: str, number: int) -> ResponseReturnValue:
    """Bring a question on air; what was on air is answered by that."""
    replacing = forms.whole("replacing", 0)
    stage.take(
        db(),
        feed(),
        actor(),
        code,
        number,
        replacing=replacing or None,
        version=forms.version(),
        now=now(),
    )
    return back(code)


@bp.post("/take")
def take_another(code: str) -> ResponseReturnValue:
    """Bring the question on air that was chosen from a list, as `number-version`."""
    number, _, version = forms.required("question", 40).partition("-")
    for part in (number, version):
        if not (part.isdecimal() and len(part) <= forms.LONGEST_NUMBER):
            raise InputError(
                N_("“%(value)s” is not a question of the list."), field="question", value=number
            )
    stage.take(
        db(),
        feed(),
        actor(),
        code,
        int(number),
        replacing=forms.whole("replacing", 0) or None,
        version=int(version),
        now=now(),
    )
    return back(code)


@bp.post("/questions/<int:number>/answered")
def answered(code: str, number: int) -> ResponseReturnValue:
    """End the answer on air, and keep its text if there is one."""
    stage.answer(
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


@bp.post("/questions/<int:number>/undo")
def undo(code: str, number: int) -> ResponseReturnValue:
    """Take a question off the air as if it had never been on."""
    stage.undo(db(), feed(), actor(), code, number, version=forms.version(), now=now())
    return back(code)


@bp.post("/questions/<int:number>/defer")
def defer(code: str, number: int) -> ResponseReturnValue:
    """Keep a question for after the event."""
    stage.defer(db(), feed(), actor(), code, number, version=forms.version(), now=now())
    return back(code)


@bp.post("/door")
def door(code: str) -> ResponseReturnValue:
    """Open, pause or close the questions."""
    stage.let_ask(db(), feed(), actor(), code, _one_of(QA, "qa"), now=now())
    return back(code)


@bp.post("/order")
def order(code: str) -> ResponseReturnValue:
    """Set the order in which questions are proposed."""
    stage.order_by(db(), feed(), actor(), code, _one_of(Mode, "mode"), now=now())
    return back(code)


def _one_of(choices: type[Choice], name: str) -> Choice:
    """Return the choice of a field.

    Raises:
        InputError: It is none of them.
    """
    try:
        return choices(forms.text(name))
    except ValueError:
        raise InputError(
            N_("“%(value)s” is none of the choices."), field=name, value=forms.text(name)[:40]
        ) from None
