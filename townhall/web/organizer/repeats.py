"""What if it repeats: the burden of a whole series, rotated, beside a fixed hour."""

from contextlib import suppress

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall import clock
from townhall.domain.access import Action
from townhall.domain.reasons import Reasons
from townhall.domain.series import obstacles
from townhall.domain.series.request import Series
from townhall.errors import InputError
from townhall.models.planning import TownHall
from townhall.queries import planning
from townhall.queries import repeats as queries
from townhall.queries.repeats import Reach, Repeat, Wish
from townhall.services import series
from townhall.web import forms, throttle
from townhall.web.context import actor, db, now, town_hall, words
from townhall.web.organizer import bp, charts, rules, shares, wishes

MOST_COUNT = 52
MOST_DAYS = 92


@bp.get("/t/<code>/repeat")
def repeat(code: str) -> ResponseReturnValue:
    """Show a series of the town hall: its starts, what each place will have paid, the bound."""
    del code
    hall = town_hall()
    is_read_only = not actor().may(Action.EDIT_TOWN_HALL, hall.id)
    if not hall.seats:
        return render_template("organizer/planner_empty.html", hall=hall, is_read_only=is_read_only)
    wish, error, found, reach = Wish(), None, None, None
    is_search = forms.text("search") == "yes"
    try:
        wish = _wish(hall)
        asked = queries.asked(hall, wish)
        reach = queries.reach(asked)
        found = _found(asked, reach, is_search=is_search)
    except InputError as refused:
        error = refused
    page = render_template(
        "organizer/repeat.html",
        hall=hall,
        wish=wish,
        kept=_kept(wish),
        found=found,
        **_shown(found),
        reach=reach,
        is_search=is_search,
        error=error,
        compared=shares.compared(found.fixed if found else None, words()),
        in_the_way=obstacles.told(found.obstacles if found else None, words()),
        values=request.args,
        clocks=rules.clocks(hall, wish.rules),
        reasons=Reasons(words()),
        headquarters=planning.headquarters(hall),
        level_of=charts.level,
        is_read_only=is_read_only,
        may_make=not is_read_only and not hall.occurrence,
        is_whole=wishes.shows_every_place(),
        most_rows=charts.MOST_ROWS,
    )
    return page, 422 if error else 200


def _found(asked: Series, reach: Reach, *, is_search: bool) -> Repeat | None:
    """Return the series: after seconds where they are asked for, at once where that is enough.

    None where it is not, or where a page cannot take as long at all.

    Raises:
        InputError: In the seconds none was found.
        TooManyError: Too many were asked for.
    """
    if is_search and reach is not Reach.WORKER:
        throttle.check_search(actor().key)
        return queries.repeat(asked, clock.monotonic)
    if reach is Reach.MOMENT:
        with suppress(InputError):
            return queries.repeat(asked)
    return None


def _shown(found: Repeat | None) -> dict[str, object]:
    """Return what the page shows of a series: of very many places those that pay most.

    Optional places have no account, since the series costs them nothing, but an hour each time.
    """
    if found is None or not found.options:
        return {}
    return {
        "accounts": found.dearest(charts.MOST_ROWS),
        "rows": charts.rows_of_series(found.options, everything=wishes.shows_every_place()),
        "blocks": charts.blocks(found.options),
    }


@bp.post("/t/<code>/repeat")
def make_series(code: str) -> ResponseReturnValue:
    """Make the town hall the first of a series, and the others like it."""
    wish = _wish(town_hall())
    plan = series.Plan(wish.count, wish.every_days, wish.rules)
    series.make(db(), actor(), code, plan, now=now())
    return redirect(url_for(".series_page", code=code), 303)


def _kept(wish: Wish) -> dict[str, object]:
    """Return a wish as its form and its address say it."""
    return {
        "count": wish.count,
        "every_days": wish.every_days,
        "distinct_times": wish.rules.distinct_times or "any",
        "apart_days": "" if wish.rules.apart_days is None else wish.rules.apart_days,
        "clock": wish.rules.clock,
        "time_limit_s": wish.rules.time_limit_s,
        "weekdays": wish.rules.weekdays,
    }


def _wish(hall: TownHall) -> Wish:
    """Return what the address or the form asks for.

    Raises:
        InputError: A number that is none, or too large; the field has the name of the form's.
    """
    default = Wish()
    every_days = forms.whole("every_days", default.every_days, least=1, most=MOST_DAYS)
    return Wish(
        count=forms.whole("count", default.count, least=2, most=MOST_COUNT),
        every_days=every_days,
        rules=rules.chosen(hall, every_days),
    )
