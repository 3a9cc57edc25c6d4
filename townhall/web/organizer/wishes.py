"""What the address of the planner asks for, and how its links and forms say it again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from babel import Locale
from flask import request, url_for

from townhall.domain import fields, zones
from townhall.errors import InputError
from townhall.i18n import LANGUAGES, N_
from townhall.models.planning import Seat
from townhall.queries import planning
from townhall.queries.planner import MOST_BESIDE
from townhall.queries.planning import Trial
from townhall.web import forms
from townhall.web.context import town_hall, words
from townhall.web.organizer import places

MOST_ALSO = 10
"""How many further places are tried at a time."""

Fields = Mapping[str, Sequence[str]]
"""Fields of an address or a form with their values."""


class Parts(StrEnum):
    """Which parts of the planner are asked for; a script that has the page asks for some.

    `NEAR` are those that say what an hour means, `FAR` the tables of it.
    """

    WHOLE = ""
    NEAR = "near"
    FAR = "far"


@dataclass(frozen=True, slots=True)
class Kept:
    """What links and forms of the planner carry on, beside the hour.

    Args:
        trial: What is supposed of seats.
        view: What is laid side by side, and whether every place is shown.
        lens: Through which lens the hours are looked at.
    """

    trial: Fields
    view: Fields
    lens: Fields

    @property
    def whole(self) -> Fields:
        """All of it."""
        return {**self.trial, **self.view, **self.lens}


def parts() -> Parts:
    """Return which parts are asked for; the whole page unless the request says otherwise."""
    asked = request.headers.get("X-Parts", "")
    return Parts(asked) if asked in list(Parts) else Parts.WHOLE


def start(name: str = "start") -> datetime | None:
    """Return the hour that a field of the address asks for, slid on by its `later`.

    Raises:
        InputError: It is no instant, or far off.
    """
    value = request.args.get(name)
    if not value:
        return None
    begin = forms.instant(value, name)
    minutes = request.args.get("later", "0")
    if not minutes.isdecimal() or len(minutes) > 4:
        raise InputError(
            N_("“%(value)s” is not a whole number from %(least)s to %(most)s."),
            field=name,
            value=minutes[:20],
            least=0,
            most=9999,
        )
    return begin + timedelta(minutes=int(minutes))


def beside() -> list[datetime]:
    """Return the hours that were picked to be laid side by side, at most three.

    Raises:
        InputError: One is no instant.
    """
    picked = dict.fromkeys(request.args.getlist("beside"))
    return [forms.instant(value, "beside") for value in picked][:MOST_BESIDE]


def shows_every_place() -> bool:
    """Return whether no place is folded away."""
    return request.args.get("places") == "all"


def kept(trial: Trial, lens: Mapping[str, str]) -> Kept:
    """Return what the page's links and forms carry on."""
    view = {name: request.args.getlist(name) for name in ("beside", "places")}
    return Kept(
        trial=_fields(trial),
        view={name: values for name, values in view.items() if values},
        lens={name: [value] for name, value in lens.items()},
    )


def addresses(kept: Kept) -> Callable[[str], str]:
    """Return what gives the planner's address for a start, with all that is carried on."""
    carried: dict[str, Any] = dict(kept.whole)
    path, _, query = url_for("organizer.planner", code=town_hall().code, **carried).partition("?")
    rest = f"&{query}" if query else ""
    return lambda start: f"{path}?start={start}{rest}"


def trial() -> Trial:
    """Return what is supposed of seats; only what differs from what is kept.

    Raises:
        InputError: A field that cannot be read; named as in the form, such as `weight-3`.
    """
    named = {name.rpartition("-")[2] for name in forms.given()}
    seats = [seat for seat in town_hall().seats if str(seat.position) in named]
    supposed = {seat.position: _changes(seat) for seat in seats}
    return Trial(
        changes={position: entry for position, entry in supposed.items() if entry},
        without=frozenset(
            seat.position for seat in seats if forms.text(f"required-{seat.position}") == "out"
        ),
        also=tuple(_also()),
    )


def _changes(seat: Seat) -> dict[str, Any]:
    """Return what is supposed of a seat that differs from what is kept."""
    kept = planning.seat_entry(seat)
    entry: dict[str, Any] = {}
    if forms.text(f"weight-{seat.position}"):
        entry["weight"] = forms.whole(f"weight-{seat.position}", least=1, most=100)
    if forms.text(f"required-{seat.position}") in {"yes", "no"}:
        entry["required"] = forms.text(f"required-{seat.position}") == "yes"
    for name, read in (("never", places.hours), ("bands", places.bands)):
        field = f"{name}-{seat.position}"
        if field in forms.given():
            value = read(field)
            if value is not None:
                entry[name] = value
            elif name in kept:
                entry[name] = [] if name == "never" else kept[name]
    return {name: value for name, value in entry.items() if kept.get(name) != value}


def _also() -> list[dict[str, Any]]:
    """Return the further places, each by the name of a city, a zone or a country with one zone.

    Raises:
        InputError: Field `also`: one is known by none of these, or stands there already.
    """
    typed = [value.strip() for value in forms.given().getlist("also")]
    found = [_place(value) for value in typed[:MOST_ALSO] if value]
    names = {fields.folded(seat.name) for seat in town_hall().seats}
    for entry in found:
        name = fields.folded(entry["name"])
        if name in names:
            raise InputError(
                N_("Another seat of this town hall is called “%(value)s” already."),
                field="also",
                value=entry["name"],
            )
        names.add(name)
    return found


def _place(name: str) -> dict[str, Any]:
    """Return the entry of a further place; it is required, and one person is there.

    Raises:
        InputError: Field `also`: neither a city nor a zone nor a country with one zone.
    """
    country = _countries().get(name.casefold())
    if country is not None and len(zones.country_zones(country)) == 1:
        return {"name": name, "zone": zones.country_zones(country)[0], "country": country}
    zone = zones.named(name, "also")
    entry = {"name": zones.city(zone), "zone": zone}
    code = zones.country_of(zone)
    return {**entry, "country": code} if code else entry


def _countries() -> dict[str, str]:
    """Return the countries' codes by their names, in the reader's language and in English."""
    return {
        name.casefold(): code
        for language in (LANGUAGES[0], words().language)
        for code, name in Locale(language).territories.items()
        if len(code) == 2
    }


def _fields(trial: Trial) -> dict[str, list[str]]:
    """Return what is supposed as the fields of the form have it."""
    names = [f"{name}-{position}" for position, entry in trial.changes.items() for name in entry]
    names += [f"required-{position}" for position in sorted(trial.without)]
    fields = {name: [forms.text(name)] for name in names}
    if trial.also:
        fields["also"] = [value for value in forms.given().getlist("also") if value.strip()]
    return fields
