"""What if it repeats: the burden of a whole series, rotated, beside a fixed hour."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from townhall import clock
from townhall.domain.reasons import Reasons
from townhall.errors import InputError
from townhall.queries import planning
from townhall.queries import repeats as queries
from townhall.queries.repeats import Wish
from townhall.web import forms
from townhall.web.context import town_hall, words
from townhall.web.organizer import bp, charts

MOST_COUNT = 52
MOST_DAYS = 92
MOST_TIMES = 12


@bp.get("/t/<code>/repeat")
def repeat(code: str) -> ResponseReturnValue:
    """Show a series of the town hall: its starts, what each place will have paid, the bound."""
    del code
    hall = town_hall()
    if not hall.seats:
        return render_template("organizer/planner_empty.html", hall=hall)
    wish, error, found = Wish(), None, None
    try:
        wish = _wish()
        found = queries.repeat(hall, wish, clock.monotonic)
    except InputError as refused:
        error = refused
    page = render_template(
        "organizer/repeat.html",
        hall=hall,
        wish=wish,
        found=found,
        error=error,
        values=request.args,
        reasons=Reasons(words()),
        headquarters=planning.headquarters(hall),
        level_of=charts.level,
    )
    return page, 422 if error else 200


def _wish() -> Wish:
    """Return what the address asks for.

    Raises:
        InputError: A number that is none, or too large; the field has the name of the form's.
    """
    default = Wish()
    times = forms.text("distinct_times", "3")
    return Wish(
        count=forms.whole("count", default.count, least=2, most=MOST_COUNT),
        every_days=forms.whole("every_days", default.every_days, least=1, most=MOST_DAYS),
        distinct_times=None
        if times == "any"
        else forms.whole("distinct_times", default.distinct_times, least=1, most=MOST_TIMES),
    )
