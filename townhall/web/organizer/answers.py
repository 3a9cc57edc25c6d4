"""Answers that came by mail: what waits to be decided on, other times proposed, all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain.burden import QUANTUM
from townhall.domain.incoming import Kind
from townhall.domain.options import Option
from townhall.errors import InputError
from townhall.models.planning import TownHall
from townhall.models.replies import MailedReply
from townhall.queries import invitations, planning
from townhall.queries import replies as queries
from townhall.services import incoming, sittings
from townhall.web import forms
from townhall.web.context import actor, db, now, town_hall, words
from townhall.web.organizer import bp

MOST_LETTERS = 100
"""Of a name that is looked for."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another time that somebody proposes.

    Args:
        reply: Who says so, and why.
        start: The quarter hour at or before it, UTC; starts lie on these.
        option: What that costs everyone; None where it cannot be told.
        problem: Why not, as a sentence; empty where it can.
    """

    reply: MailedReply
    start: datetime
    option: Option | None
    problem: str = ""


@bp.get("/t/<code>/answers")
def answers(code: str) -> ResponseReturnValue:
    """Show the answers that came by mail, those first that wait; the others by name and page."""
    del code
    hall = town_hall()
    name = request.args.get("name", "").strip()[:MOST_LETTERS]
    after = request.args.get("after", "")
    is_number = after.isdecimal() and len(after) <= forms.LONGEST_NUMBER
    rows, more = queries.page(db(), hall, name=name, after=int(after) if is_number else 0)
    counts = queries.counts(db(), hall)
    return render_template(
        "organizer/answers.html",
        hall=hall,
        waiting=queries.waiting(db(), hall),
        to_look_at=queries.to_look_at(db(), hall),
        decided=rows,
        name=name,
        more=more,
        is_first=not after,
        invited={each.id: invitations.live(db(), each) for each in hall.sittings},
        proposals=_proposals(hall) if hall.seats else [],
        aliases=queries.aliases(db(), hall),
        automatic=counts[Kind.AUTOMATIC],
        words_of_their_own=counts[Kind.OTHER],
        headquarters=planning.headquarters(hall) if hall.seats else None,
    )


@bp.post("/t/<code>/answers/<int:number>/accept")
def accept_answer(code: str, number: int) -> ResponseReturnValue:
    """Take an answer that waits as an invited person's."""
    incoming.accept(
        db(),
        actor(),
        town_hall(),
        number,
        forms.required("person", 32),
        remember=forms.text("remember") == "yes",
        now=now(),
    )
    return redirect(url_for(".answers", code=code), 303)


@bp.post("/t/<code>/answers/<int:number>/ignore")
def ignore_answer(code: str, number: int) -> ResponseReturnValue:
    """Set an answer that waits aside."""
    incoming.ignore(db(), actor(), town_hall(), number, now=now())
    return redirect(url_for(".answers", code=code), 303)


@bp.post("/t/<code>/answers/addresses/<int:number>/forget")
def forget_address(code: str, number: int) -> ResponseReturnValue:
    """Let an address no longer speak for a person."""
    incoming.forget_alias(db(), actor(), town_hall(), number, now=now())
    return redirect(url_for(".answers", code=code), 303)


def _proposals(hall: TownHall) -> Sequence[Proposal]:
    """Return the other times proposed for the sittings to come, with what they cost."""
    found = []
    for sitting in planning.live_sittings(db(), hall, now=now()):
        for row in queries.proposals(db(), sitting):
            if row.starts_at is not None:
                past = timedelta(
                    minutes=row.starts_at.minute % QUANTUM, seconds=row.starts_at.second
                )
                start = row.starts_at - past
                found.append(_proposal(hall, row, start))
    return found


def _proposal(hall: TownHall, row: MailedReply, start: datetime) -> Proposal:
    """Return a time that is proposed, with its cost: anybody may write one that none can tell."""
    try:
        return Proposal(row, start, sittings.cost(hall, start))
    except InputError as error:
        return Proposal(row, start, None, error.say(words()))
