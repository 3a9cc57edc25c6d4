"""Asking the places when they can: a shortlist, its preview, what was answered."""

from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import zones
from townhall.domain.availability import ANSWERS, MOST_STARTS, Wish, usual_deadline, written
from townhall.errors import InputError, NotFoundError
from townhall.models.availability import Shortlist
from townhall.models.planning import TownHall
from townhall.queries import availability as queries
from townhall.queries import planner, planning, several
from townhall.queries.planning import Rest
from townhall.services import asks, shortlists
from townhall.web import forms
from townhall.web.context import actor, db, now, town_hall
from townhall.web.organizer import bp, mails
from townhall.web.organizer.invitations import framing, shut_in
from townhall.web.senders import sender


@bp.get("/t/<code>/shortlist")
def shortlist(code: str) -> ResponseReturnValue:
    """Show what the places are asked, would be asked, or could be asked about."""
    del code
    hall = town_hall()
    if not hall.seats:
        return render_template("organizer/planner_empty.html", hall=hall)
    return framing(_page(hall))


@bp.post("/t/<code>/shortlist")
def make_shortlist(code: str) -> ResponseReturnValue:
    """Make a shortlist to look at; nobody is asked yet."""
    hall = town_hall()
    if not hall.seats:
        raise NotFoundError
    try:
        shortlists.make(db(), actor(), code, _wish(hall), now=now())
    except InputError as error:
        return _page(hall, error), 422
    return redirect(url_for(".shortlist", code=code), 303)


@bp.get("/t/<code>/shortlist/<int:number>")
def shortlist_mail(code: str, number: int) -> ResponseReturnValue:
    """Return the page of the mail that person `number`, from 1, would get."""
    del code
    found, people = queries.current(town_hall()), queries.voices(town_hall())
    if found is None or not 1 <= number <= len(people):
        raise NotFoundError
    at = now().replace(microsecond=0)
    return shut_in(mails.read(asks.preview(found, people[number - 1], sender(), now=at)))


@bp.post("/t/<code>/shortlist/send")
def send_shortlist(code: str) -> ResponseReturnValue:
    """Ask everyone."""
    shortlists.send(db(), actor(), code, sender(), version=forms.version(), now=now())
    return redirect(url_for(".shortlist", code=code), 303)


@bp.post("/t/<code>/shortlist/end")
def end_shortlist(code: str) -> ResponseReturnValue:
    """Stop asking, or throw away what was not sent."""
    shortlists.end(db(), actor(), code, now=now())
    return redirect(url_for(".shortlist", code=code), 303)


def newest(hall: TownHall) -> Shortlist | None:
    """Return the shortlist that was last asked about; None where there is none."""
    return queries.newest_sent(hall)


def answered(hall: TownHall) -> dict[str, object]:
    """Return what was said to the newest shortlist that was sent, for the table of answers."""
    found = newest(hall)
    return {
        "asked": found,
        "said": queries.rows(found, hall.seats) if found else [],
        "answer_names": ANSWERS,
        "is_asking": found is not None and queries.is_open(found, now()),
    }


def _wish(hall: TownHall) -> Wish:
    """Return what the posted form asks for; its clock is that of headquarters.

    Raises:
        InputError: Fields `starts`, `other`, `deadline` and `note`.
    """
    zone = planning.headquarters(hall).zone
    starts = [forms.instant(value, "starts") for value in request.form.getlist("start")]
    if forms.text("other"):
        starts.append(forms.moment("other", zone))
    return Wish(tuple(starts), forms.moment("deadline", zone), forms.text("note"))


def _page(hall: TownHall, error: InputError | None = None) -> str:
    """Return the page; what was typed is kept where it could not be used."""
    found = queries.current(hall)
    draft = found if found and found.sent_at is None else None
    kept = draft.instants if draft else []
    left = planning.rest(hall, now=now())
    starts = sorted({*_fairest(hall, left), *kept})
    ticked = request.form.getlist("start") if error else [written(each) for each in kept]
    headquarters = planning.headquarters(hall)
    return render_template(
        "organizer/shortlist.html",
        hall=hall,
        headquarters=headquarters,
        draft=draft,
        people=queries.voices(hall),
        starts=[start for start in starts if start > now()],
        left=left,
        ticked=ticked,
        most=MOST_STARTS,
        values=request.form if error else _values(hall, headquarters.zone),
        error=error,
        **answered(hall),
    )


def _fairest(hall: TownHall, left: Rest) -> set[datetime]:
    """Return the fairest hours, and those of the best set where several sittings are planned."""
    starts = {option.start for option in planner.plan(hall, left=left).best}
    best = several.plan(hall, left=left).best if left.sittings > 1 else None
    return starts | {option.start for option in best.options} if best else starts


def _values(hall: TownHall, zone: str) -> dict[str, str]:
    """Return the fields of the form: those of the draft, else a deadline to begin with."""
    found = queries.current(hall)
    if found is not None and found.sent_at is None:
        deadline, note = found.deadline_at, found.note
    else:
        deadline, note = usual_deadline(hall.window_from_at, now()), ""
    return {"deadline": f"{zones.local(deadline, zone):%Y-%m-%dT%H:%M}", "note": note}
