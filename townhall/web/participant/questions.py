"""Questions, as participants ask, back and follow them."""

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain.states import Channel
from townhall.errors import InputError
from townhall.queries import questions as queries
from townhall.services import questions
from townhall.services.people import Participant
from townhall.web import forms, person, security, throttle
from townhall.web.context import actor, db, feed, language, now, settings
from townhall.web.participant import board, bp, lite, votes


@bp.post("/t/<code>/ask")
def ask(code: str) -> ResponseReturnValue:
    """Keep a question; answers with the asker's private page, the same one when asked twice."""
    is_lite = forms.text("channel") == Channel.LITE
    key = person.key()
    throttle.check_ask(key)
    place = forms.whole("place") if forms.text("place") else None
    wording = questions.Wording(
        text=request.form.get("text", ""),
        key=forms.text("key"),
        language=forms.text("language"),
        place=place,
        reader=language(),
        channel=Channel.LITE if is_lite else Channel.PAGE,
    )
    participant = Participant(key, actor())
    try:
        asked = questions.ask(db(), feed(), participant, code, wording, secret=_secret(), now=now())
    except InputError as error:
        return lite.page(code, error) if is_lite else board.page(code, error)
    path = url_for(".follow", token=asked.token, again=None if asked.is_new else "1")
    return person.remember(_see(path))


# The address calls its part `board` and not `code`, so that a vote reads nothing on its own:
# the batch that keeps it finds the town hall once for all.
@bp.post("/t/<board>/questions/<int:number>/support")
def support(board: str, number: int) -> ResponseReturnValue:
    """Back a question, or take the support back where the form says so."""
    key = person.key()
    throttle.check_support(key)
    backs = not forms.checked("back")
    votes.put(board, questions.Vote(Participant(key, actor()), number, backs))
    home = url_for(".board", code=board, _anchor=f"q{number}")
    return person.remember(_see(security.own_path(forms.text("from"), home)))


@bp.get("/q/<token>")
def follow(token: str) -> ResponseReturnValue:
    """Show an asker what became of their question."""
    question = queries.followed(db(), token)
    return render_template(
        "participant/question.html",
        question=question,
        hall=question.town_hall,
        moves=queries.moves(db(), question),
        support=queries.support(db(), question.town_hall).get(question.id, 0),
        is_repeated=request.args.get("again") == "1",
        token=token,
    )


@bp.post("/q/<token>/withdraw")
def withdraw(token: str) -> ResponseReturnValue:
    """Take a question back."""
    questions.withdraw(db(), feed(), token, now=now())
    return _see(url_for(".follow", token=token))


def _secret() -> str:
    """Return what private links are derived with."""
    return settings().secret_key.get_secret_value()


def _see(path: str) -> Response:
    """Return a redirect after a change."""
    response = make_response(redirect(path, 303))
    response.headers["Cache-Control"] = "no-store"
    return response
