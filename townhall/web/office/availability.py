"""Saying when a place can: the page of a mailed link, and the part of a seat's page."""

from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import tokens
from townhall.domain.availability import ANSWERS, Said, check_open, written
from townhall.domain.slots import Answer
from townhall.errors import InputError, NotFoundError, TownhallError, TransitionError
from townhall.models.availability import Shortlist
from townhall.models.planning import Seat
from townhall.queries import availability as queries
from townhall.queries import planning
from townhall.services import availability as services
from townhall.web import forms, throttle
from townhall.web.context import db, now, settings, words
from townhall.web.errors import STATUS
from townhall.web.office import bp


@bp.get("/a/<asked>/<proof>")
def availability(asked: str, proof: str) -> ResponseReturnValue:
    """Show the hours that a place is asked about, on its clock, and what it said."""
    _check_proof(asked, proof)
    return _page(asked, proof)


@bp.post("/a/<asked>/<proof>")
def say_when(asked: str, proof: str) -> ResponseReturnValue:
    """Keep what a place says to each hour: yes, if need be or no."""
    _check_proof(asked, proof)
    throttle.check(throttle.REPLY, asked)
    try:
        services.answer(db(), asked, said(), now=now())
    except (InputError, TransitionError) as error:
        return _page(asked, proof, error), STATUS[type(error)]
    return redirect(url_for(".availability", asked=asked, proof=proof), 303)


def said() -> Said:
    """Return what the posted form says; fields that are no answer to an hour are passed over.

    Raises:
        InputError: Field `note`.
    """
    known = {answer.value: answer for answer in ANSWERS}
    answers = {}
    for name, value in request.form.items():
        if value in known:
            try:
                answers[datetime.fromisoformat(name)] = known[value]
            except ValueError:
                continue
    return Said(answers, forms.text("note"))


def shown(
    shortlist: Shortlist, seat: Seat, error: TownhallError | None = None
) -> dict[str, object]:
    """Return what the form is filled with: what was typed if it was refused, else what is kept.

    Returns:
        `hours`: instant, field name and answer of each; `note`; `closed`: why no answer is
        taken, in a sentence, or empty; `asked_until`; `has_answered`.
    """
    reply = queries.reply_of(shortlist, seat)
    kept = queries.answers_to(shortlist, reply)
    typed = {answer.value: answer for answer in Answer} if error else {}
    try:
        check_open(shortlist.deadline_at, shortlist.ended_at, seat.zone, now=now())
        closed = ""
    except TransitionError as refusal:
        closed = refusal.say(words())
    return {
        "shortlist": shortlist,
        "hours": [
            (start, written(start), typed.get(request.form.get(written(start), ""), answer))
            for start, answer in zip(shortlist.instants, kept, strict=True)
        ],
        "when_note": request.form.get("note", "") if error else (reply.note if reply else ""),
        "when_closed": closed,
        "when_error": error,
        "has_answered": reply is not None,
        "when_answers": ANSWERS,
    }


def _check_proof(asked: str, proof: str) -> None:
    """Return if the link is one that was mailed.

    Raises:
        NotFoundError: It was made up.
    """
    key = settings().secret_key.get_secret_value()
    if not tokens.is_signed(key, proof, "when", asked):
        raise NotFoundError


def _page(code: str, proof: str, error: TownhallError | None = None) -> str:
    """Return the page of a mailed link."""
    asked = queries.asked(db(), code)
    hall = asked.shortlist.town_hall
    return render_template(
        "office/availability.html",
        hall=hall,
        seat=asked.seat,
        person=asked.contact,
        headquarters=planning.headquarters(hall),
        action=url_for(".say_when", asked=code, proof=proof),
        **shown(asked.shortlist, asked.seat, error),
    )
