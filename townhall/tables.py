"""Answers as tables for a terminal or a file: what JSON says, in the reader's words."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from townhall.i18n import N_, Speech

PLAIN_WIDTH = 10_000
"""Columns where no terminal sets them, so that a line of a file is never broken."""


def show_plan(found: Mapping[str, Any], words: Speech) -> None:
    """Print the answer to a planning document."""
    console = _console()
    message = N_("%(feasible)s of %(starts)s starts fit every required seat (zones %(release)s).")
    console.print(
        words.gettext(
            message,
            feasible=words.number(found["feasible"]),
            starts=words.number(found["starts"]),
            release=found["tz_release"],
        )
    )
    for line in _together(found, words):
        console.print(line)
    for place, option in enumerate(found["options"], 1):
        console.print()
        console.print(_heading(place, option, words))
        console.print(_seats(option, words))
        for line in (*option["warnings"], option["next"]):
            if line:
                console.print(line)
    if found["nothing_fits"]:
        console.print()
        console.print(_nothing_fits(found["nothing_fits"], words))
    for name, view in found.get("lenses", {}).items():
        console.print()
        console.print(_lens(name, view, words))


def show_turns(found: Mapping[str, Any], words: Speech) -> None:
    """Print the questions in the order of their turns."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column(words.gettext(N_("Turn")), justify="right")
    table.add_column(words.gettext(N_("Question")), overflow="fold")
    table.add_column(words.gettext(N_("Level")), justify="right")
    table.add_column(words.gettext(N_("Why")), overflow="fold")
    for place, key in enumerate(map(str, found["order"]), 1):
        level = found["levels"][key] or "–"
        table.add_row(words.number(place), Text(key), level, Text(found["reasons"][key]))
    _console().print(table)


def show_moved(found: Mapping[str, Any], words: Speech) -> None:
    """Print the seats, and the clocks of people without one, whose promised time moved."""
    console = _console()
    if not found["sittings"]:
        message = N_("No promised time moved (zones %(release)s).")
        console.print(words.gettext(message, release=found["tz_release"]))
        return
    for sitting in found["sittings"]:
        message = N_("%(code)s, “%(title)s”, %(start)s: promised by %(before)s, now %(release)s.")
        values = {**sitting, "before": sitting["tz_release"], "release": found["tz_release"]}
        console.print(Text(words.gettext(message, **values), style="bold"))
        table = Table(box=None, pad_edge=False, show_edge=False)
        table.add_column(words.gettext(N_("Seat")), overflow="fold")
        for title in (N_("Promised"), N_("Now"), N_("Points before"), N_("Points now")):
            table.add_column(words.gettext(title), justify="right")
        for seat in sitting["seats"]:
            points = (words.number(seat[key]) for key in ("burden_before", "burden"))
            table.add_row(Text(seat["name"]), seat["promised"], seat["start"], *points)
        for clock in sitting["clocks"]:
            people = words.ngettext("%(num)s person", "%(num)s people", clock["people"])
            name = f"{clock['zone']} ({people})"
            table.add_row(Text(name), clock["promised"], clock["start"], "", "")
        console.print(table)


def _together(found: Mapping[str, Any], words: Speech) -> Iterator[str]:
    """Yield what is to be said of several sittings or a series as a whole."""
    whole = found.get("series") or found.get("sittings")
    if whole:
        message = N_("The fairest choice together: worst first %(worst)s; people %(people)s.")
        if whole["status"] == "bounded":
            message = N_("The best choice found: worst first %(worst)s; people %(people)s.")
        worst = ", ".join(map(words.number, whole["worst_first"])) or "–"
        yield words.gettext(message, worst=worst, people=words.number(whole["people_points"]))
        if whole["status"] == "bounded":
            limit = N_("The search ended early; no choice has a worst ledger below %(bound)s.")
            if "series" in found:
                limit = N_("The search ended early; no series has a worst ledger below %(bound)s.")
            yield words.gettext(limit, bound=words.number(whole["bound"]))
    elif "series" in found:
        message = N_("No start is left for occurrences[%(place)s].")
        yield words.gettext(message, place=found["nothing_fits"]["occurrence"])
        yield found["nothing_fits"]["why"]


def _lens(name: str, view: Mapping[str, Any], words: Speech) -> Table:
    """Return what a lens shows, each start with its place in the fair order."""
    title = name if view["value"] is None else f"{name}={view['value']}"
    message = words.ngettext(
        "Through the lens %(lens)s, beside the fair order (%(num)s start):",
        "Through the lens %(lens)s, beside the fair order (%(num)s starts):",
        view["starts"],
        lens=title,
    )
    table = Table(box=None, pad_edge=False, title=message, title_justify="left", title_style="bold")
    keys = {"rank": N_("Fair rank"), "worst": N_("Worst"), "total": N_("People's points")}
    keys["working"] = N_("In working hours")
    if any("attending" in look for look in view["best"]):
        keys["attending"] = N_("Attending")
    table.add_column(words.gettext(N_("Start")))
    for title in keys.values():
        table.add_column(words.gettext(title), justify="right")
    table.add_column(words.gettext(N_("Worst off")), overflow="fold")
    for look in view["best"]:
        figures = (words.number(look[key]) for key in keys)
        table.add_row(look["start"], *figures, Text(words.list(look["worst_off"]) or "–"))
    return table


def _heading(place: int, option: Mapping[str, Any], words: Speech) -> Text:
    """Return the line above an option."""
    message = N_("%(place)s. %(start)s to %(end)s; worst first %(worst)s; people %(people)s")
    return Text(
        words.gettext(
            message,
            place=words.number(place),
            start=option["start"],
            end=option["end"],
            worst=", ".join(map(words.number, option["worst_first"])) or "–",
            people=words.number(option["people_points"]),
        ),
        style="bold",
    )


def _seats(option: Mapping[str, Any], words: Speech) -> Table:
    """Return the seats of an option as rows."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column(words.gettext(N_("Seat")), overflow="fold")
    table.add_column(words.gettext(N_("Points")), justify="right")
    table.add_column(words.gettext(N_("Why")), overflow="fold")
    for seat in option["seats"]:
        table.add_row(Text(seat["name"]), words.number(seat["burden"]), Text(seat["why"]))
    return table


def _nothing_fits(reason: Mapping[str, Any], words: Speech) -> Table:
    """Return who rules out what, and whose becoming optional would help."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column(words.gettext(N_("Nothing fits: seat")), overflow="fold")
    table.add_column(words.gettext(N_("Starts it rules out")), justify="right")
    table.add_column(words.gettext(N_("Starts if it were optional")), justify="right")
    for name, count in reason["ruled_out"].items():
        without = reason["starts_without"][name]
        table.add_row(Text(name), words.number(count), words.number(without))
    for names in reason["relax"]:
        message = N_("A start is left if these become optional: %(seats)s.")
        table.add_row(Text(words.gettext(message, seats=words.list(names))))
    if not reason.get("complete", True) and "fields" not in reason:
        message = N_("The time was too short to find all that would help.")
        table.add_row(Text(words.gettext(message)))
    return table


def _console() -> Console:
    """Return a console that shows names as they are: no markup, no emoji codes."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console
