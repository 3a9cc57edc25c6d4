"""A seat's page: its clock, its part, its people's answers, its questions."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from townhall.domain.access import Action
from townhall.domain.replies import ANSWERS, Standing
from townhall.domain.states import STATE_NAMES
from townhall.errors import ConflictError, InputError, TownhallError, TransitionError
from townhall.models.planning import Seat, Sitting
from townhall.queries import availability as availability_queries
from townhall.queries import planning, questions
from townhall.queries import replies as queries
from townhall.services import calendars, links, renewals
from townhall.services import replies as services
from townhall.services.availability import answer_for_seat
from townhall.web import busy, feeds
from townhall.web.context import actor, db, now, settings, town_hall
from townhall.web.context import calendars as source
from townhall.web.context import seat as own_seat
from townhall.web.errors import STATUS
from townhall.web.office import availability, bp, replies


@bp.get("/office/<code>/<int:position>")
def seat(code: str, position: int) -> ResponseReturnValue:
    """Show everything that a place needs for its part, in one page."""
    del code, position
    return _page()


@bp.post("/office/<code>/<int:position>/answers/<invitation>")
def answer_for(code: str, position: int, invitation: str) -> ResponseReturnValue:
    """Keep what somebody of the seat answers for one of its people."""
    try:
        services.answer_for_seat(db(), actor(), invitation, replies.reply(), now=now())
    except (InputError, ConflictError, TransitionError) as error:
        return _page(error), STATUS[type(error)]
    return redirect(url_for(".seat", code=code, position=position), 303)


@bp.post("/office/<code>/<int:position>/hours")
def say_hours(code: str, position: int) -> ResponseReturnValue:
    """Keep what somebody of the seat says to each hour that it is asked about."""
    try:
        said = availability.said()
        answer_for_seat(db(), actor(), code, position, said, now=now())
    except (InputError, TransitionError) as error:
        return _page(when_error=error), STATUS[type(error)]
    return redirect(url_for(".seat", code=code, position=position, _anchor="hours"), 303)


@bp.post("/office/<code>/<int:position>/link")
def share(code: str, position: int) -> ResponseReturnValue:
    """Make the link by which the seat's people ask; its address is shown this once."""
    del code, position
    own = own_seat()
    _link, token = links.make_for_people(db(), actor(), own, label=own.name, now=now())
    return _page(people_link=f"{settings().base_url}/k/{token}")


@bp.post("/office/<code>/<int:position>/calendar")
def keep_calendar(code: str, position: int) -> ResponseReturnValue:
    """Keep the busy times of the seat's own calendar, by its file or its address."""
    try:
        calendars.keep(db(), source(), actor(), code, position, given=busy.given(), now=now())
    except InputError as error:
        return _page(calendar_error=error), 422
    return redirect(url_for(".seat", code=code, position=position, _anchor="calendar"), 303)


@bp.post("/office/<code>/<int:position>/calendar/forget")
def forget_calendar(code: str, position: int) -> ResponseReturnValue:
    """Forget the seat's calendar."""
    calendars.forget(db(), actor(), code, position, now=now())
    return redirect(url_for(".seat", code=code, position=position, _anchor="calendar"), 303)


@bp.post("/office/<code>/<int:position>/feed")
def renew_feed(code: str, position: int) -> ResponseReturnValue:
    """Renew the address of the office's calendar; the one before leads nowhere."""
    renewals.renew_for_seat(db(), actor(), code, position, now=now())
    return redirect(url_for(".seat", code=code, position=position, _anchor="feed"), 303)


def _page(
    error: TownhallError | None = None,
    *,
    when_error: TownhallError | None = None,
    calendar_error: InputError | None = None,
    people_link: str = "",
) -> str:
    """Return the seat's page."""
    hall, own = town_hall(), own_seat()
    sittings = planning.sittings(db(), hall)
    attends = planning.own_sittings(sittings).get(own.id, sittings)
    invited = [row for sitting in attends for row in queries.of_seat(db(), sitting, own)]
    answers_for_it = actor().may(Action.ANSWER_FOR_SEAT, hall.id, own.id)
    return render_template(
        "office/seat.html",
        hall=hall,
        seat=own,
        sittings=[_told(sitting, own) for sitting in attends],
        others=[sitting for sitting in sittings if sitting not in attends],
        headquarters=planning.headquarters(hall),
        invited=invited,
        takes_answers=answers_for_it
        and any(replies.stands(each) is Standing.OPEN for each in invited),
        answers=ANSWERS,
        answer_names=replies.ANSWER_NAMES,
        questions=questions.addressed_to(db(), own),
        state_names=STATE_NAMES,
        may_share=actor().may(Action.SHARE_SEAT, hall.id, own.id),
        people_link=people_link,
        feed=feeds.of(own.office) if own.office and answers_for_it else feeds.of_town_hall(hall),
        is_own_feed=bool(own.office) and answers_for_it,
        error=error,
        **(_hours(when_error) | _calendar(calendar_error) if answers_for_it else {}),
    )


def _told(sitting: Sitting, own: Seat) -> tuple[Sitting, str, int]:
    """Return a sitting of the seat, how long until then, and what the seat pays for it."""
    paid = (promise.burden for promise in sitting.promises if promise.seat_id == own.id)
    return sitting, replies.time_left(sitting), next(paid, 0)


def _calendar(error: InputError | None) -> dict[str, object]:
    """Return what the page tells of the seat's calendar."""
    own = own_seat()
    code = town_hall().code
    return {
        **busy.of_seat(own),
        "calendar_error": error,
        "calendar_keep": url_for(".keep_calendar", code=code, position=own.position),
        "calendar_forget": url_for(".forget_calendar", code=code, position=own.position),
    }


def _hours(error: TownhallError | None) -> dict[str, object]:
    """Return the form in which the seat says when it can, while it is asked."""
    shortlist = availability_queries.current(town_hall())
    if shortlist is None or shortlist.sent_at is None:
        return {}
    own = own_seat()
    return {
        "staff": True,
        "action": url_for(".say_hours", code=town_hall().code, position=own.position),
        **availability.shown(shortlist, own, error),
    }
