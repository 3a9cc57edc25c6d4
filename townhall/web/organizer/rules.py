"""The part of a form that says which hours a series may have."""

from datetime import timedelta

from townhall.domain import zones
from townhall.domain.document import MOST_APART, WEEKDAYS
from townhall.domain.series.request import DISTINCT_TIMES
from townhall.domain.series.rules import Rules, usual_distance
from townhall.models.planning import TownHall
from townhall.models.series import Series
from townhall.queries import planning
from townhall.web import forms

MOST_TIMES = 12


def chosen(hall: TownHall, every_days: int) -> Rules:
    """Return the rules of the form; where a field is not in it, the usual ones of a town hall.

    Raises:
        InputError: A value that cannot be chosen; the field has the name of the form's.
    """
    times = forms.text("distinct_times", str(DISTINCT_TIMES))
    return Rules(
        distinct_times=None
        if times == "any"
        else forms.whole("distinct_times", DISTINCT_TIMES, least=1, most=MOST_TIMES),
        weekdays=tuple(day for day in WEEKDAYS if day in forms.given().getlist("weekdays")),
        apart_days=_apart(hall, every_days),
        clock=forms.text("clock", planning.headquarters(hall).zone),
        time_limit_s=forms.whole("time_limit_s", 60, least=1, most=3_600),
    )


def kept(series: Series) -> Rules:
    """Return the rules that a series has."""
    return Rules(
        distinct_times=series.distinct_times,
        weekdays=tuple(series.weekdays or ()),
        apart_days=series.apart_days,
        clock=series.clock,
        time_limit_s=series.time_limit_s,
    )


def clocks(hall: TownHall, rules: Rules) -> list[tuple[str, str]]:
    """Return the zones to choose a clock from, each with its city: the seats', and the chosen."""
    found = dict.fromkeys(seat.zone for seat in hall.seats) | dict.fromkeys([rules.clock or "UTC"])
    return [(zone, zones.city(zone)) for zone in found]


def _apart(hall: TownHall, every_days: int) -> int | None:
    """Return the distance that is asked for; an emptied field asks for none."""
    if "apart_days" not in forms.given():
        window: timedelta = hall.window_until_at - hall.window_from_at
        return usual_distance(window, every_days)
    if not forms.text("apart_days"):
        return None
    return forms.whole("apart_days", least=0, most=MOST_APART)
