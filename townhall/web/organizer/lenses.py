"""The planner's other ways to look: one lens with its best hours, the trade-off as a curve."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import request

from townhall.domain import lenses
from townhall.domain.lenses import VALUED, Choice, Lens, Lenses, Look
from townhall.i18n import N_
from townhall.queries.planner import Plan

TOP = 5

# The drawing's own units; beside and below the curve is room for the axes' words.
_ACROSS = (56, 308)
_UP = (140, 12)

NAMES: Mapping[Lens, str] = {
    Lens.TRADE_OFF: N_("Worst against total"),
    Lens.CEILING: N_("A ceiling for everyone"),
    Lens.LEAST_TOTAL: N_("Least points in all"),
    Lens.WORKING_HOURS: N_("Most in working hours"),
    Lens.ATTENDANCE: N_("Most who would come"),
    Lens.QUORUM: N_("Enough optional places"),
}

IDEAS: Mapping[Lens, str] = {
    Lens.TRADE_OFF: N_(
        "Each of these hours is beaten by no other in both: the points of the worst-off place, "
        "and the points of all people together."
    ),
    Lens.CEILING: N_("The fewest points of all people, while no place is above %(value)s points."),
    Lens.LEAST_TOTAL: N_("The fewest points of all people, whoever has to pay them."),
    Lens.WORKING_HOURS: N_("The most people for whom the hour costs no points."),
    Lens.ATTENDANCE: N_("The most people who come, if all above %(value)s points stay away."),
    Lens.QUORUM: N_("The fairest hours at which %(value)s optional places or more can take part."),
}

NUMBERS: Mapping[Lens, str] = {
    Lens.CEILING: N_("Points at most"),
    Lens.ATTENDANCE: N_("Points above which people stay away"),
    Lens.QUORUM: N_("Optional places at least"),
}


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour that a lens shows; `attending` is None unless the lens counts who comes."""

    start: datetime
    look: Look
    attending: int | None


@dataclass(frozen=True, slots=True)
class Curve:
    """The trade-off as a drawing: points in its units, and both axes' ends.

    Args:
        points: Across by the worst, up by the total; the drawing's y grows downwards.
        worst: Least and most.
        total: Least and most.
    """

    points: tuple[tuple[float, float], ...]
    worst: tuple[int, int]
    total: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Panel:
    """What the page shows of the lens that it looks through.

    Args:
        lens: Which one.
        value: Its number, None if it has none.
        count: How many hours it lets through.
        hours: The first of them.
        curve: Of `TRADE_OFF` with any hour; else None.
    """

    lens: Lens
    value: int | None
    count: int
    hours: tuple[Hour, ...]
    curve: Curve | None


def choice(plan: Plan) -> Choice:
    """Return the lens that the address asks for, with its number; the trade-off unless it asks.

    Raises:
        InputError: There is no such lens, or its number is none; field `lens`.
    """
    name = request.args.get("lens") or Lens.TRADE_OFF.value
    number = request.args.get("value", "").strip()
    return lenses.parse(f"{name}={number}" if number else _with_usual_number(plan, name))


def asked(choice: Choice) -> dict[str, str]:
    """Return what keeps a lens in an address: `lens`, and `value` where it has one."""
    if not request.args.get("lens"):
        return {}
    value = {} if choice.value is None else {"value": str(choice.value)}
    return {"lens": choice.lens.value, **value}


def panel(plan: Plan, choice: Choice) -> Panel:
    """Return what a lens shows of a plan."""
    view = Lenses(plan.ranking).view(choice, TOP)
    grid = plan.request.grid
    attending = view.attending or (None,) * len(view.best)
    return Panel(
        lens=choice.lens,
        value=choice.value,
        count=view.count,
        hours=tuple(
            Hour(grid.start(look.number), look, people)
            for look, people in zip(view.best, attending, strict=True)
        ),
        curve=_curve(view.best) if choice.lens is Lens.TRADE_OFF and view.best else None,
    )


def _with_usual_number(plan: Plan, name: str) -> str:
    """Return a lens with the number to begin with, where it needs one.

    A ceiling begins at what the fairest hour asks of its worst-off place, a quorum at all
    optional seats, attendance at a whole sitting of early or late hours.
    """
    if name not in VALUED:
        return name
    worst = plan.best[0].worst_first[:1] if plan.best else ()
    usual = {
        Lens.CEILING: sum(worst),
        Lens.QUORUM: sum(not seat.required for seat in plan.request.seats),
        Lens.ATTENDANCE: 4 * plan.request.grid.quanta,
    }
    return f"{name}={usual[Lens(name)]}"


def _curve(looks: tuple[Look, ...]) -> Curve:
    """Return the drawing of a trade-off of at least one hour."""
    worst = looks[0].worst, looks[-1].worst
    total = looks[-1].total, looks[0].total

    def place(value: int, ends: tuple[int, int], axis: tuple[int, int]) -> float:
        share = (value - ends[0]) / (ends[1] - ends[0]) if ends[1] > ends[0] else 0.5
        return round(axis[0] + share * (axis[1] - axis[0]), 1)

    return Curve(
        points=tuple(
            (place(look.worst, worst, _ACROSS), place(look.total, total, _UP)) for look in looks
        ),
        worst=worst,
        total=total,
    )
