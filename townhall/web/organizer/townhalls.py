"""Town halls: the home page, the form, the overview, the seats."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import people, windows, zones
from townhall.domain.burden import utc
from townhall.domain.document import MOST_SITTINGS
from townhall.domain.states import SeatRole, SittingState
from townhall.errors import InputError
from townhall.i18n import LANGUAGES, N_
from townhall.models.invitations import Invitation
from townhall.models.planning import Seat, Sitting, TownHall
from townhall.queries import (
    bundles,
    drafts,
    invitations,
    planner,
    planning,
    promises,
    registrations,
    replies,
    staff,
)
from townhall.queries import directory as directory_queries
from townhall.services import seats, townhalls
from townhall.services.casts import SeatDetails
from townhall.web import busy, feeds, forms
from townhall.web.context import actor, db, language, now, town_hall
from townhall.web.organizer import bp, own_calendars, places


@bp.get("/")
def home() -> ResponseReturnValue:
    """Show the account's town halls."""
    found = bundles.bundles(db(), actor().account_id or 0, now=now())
    return render_template("organizer/home.html", bundles=found, now=now())


@bp.get("/town-halls/new")
def new_town_hall() -> ResponseReturnValue:
    """Show an empty form."""
    return _form(None)


@bp.post("/town-halls/new")
def add_town_hall() -> ResponseReturnValue:
    """Make a town hall with a seat for each ticked office."""
    try:
        offices = [directory_queries.office(db(), key) for key in forms.keys("office")]
        made = townhalls.create(db(), actor(), _details(), offices, now=now())
    except InputError as error:
        return _form(None, error), 422
    return redirect(url_for(".overview", code=made.code), 303)


@bp.get("/t/<code>")
def overview(code: str) -> ResponseReturnValue:
    """Show where a town hall stands: seats, hour, answers, mail."""
    del code
    hall = town_hall()
    at = now()
    live = planning.live_sittings(db(), hall, now=at)
    shown = _attendance(hall)
    return render_template(
        "organizer/overview.html",
        feed=feeds.of_town_hall(hall),
        has_news=bool(drafts.news(db(), hall, now=at)),
        live=live,
        starts=[utc(each.starts_at) for each in live],
        now=at,
        mail=invitations.mail_counts(db(), hall),
        registered=registrations.counts(db(), hall),
        moved=[promises.finding(db(), each, now=at) for each in live],
        release=zones.release(),
        own_entries=own_calendars.of_town_hall(hall),
        **shown,
        **_asked_of_us(hall, live, shown["coming"]),
    )


@bp.get("/t/<code>/attendance")
def attendance(code: str) -> ResponseReturnValue:
    """Return who comes, for the page to swap in; 304 to those who have it."""
    del code
    hall = town_hall()
    response = make_response("")
    response.set_etag(invitations.attendance_version(db(), hall, language()), weak=True)
    response.cache_control.private = True
    response.cache_control.no_cache = True
    if response.make_conditional(request).status_code != HTTPStatus.NOT_MODIFIED:
        response.set_data(render_template("organizer/_attendance.html", **_attendance(hall)))
    return response


def _attendance(hall: TownHall) -> dict[str, Any]:
    """Return who comes to a town hall's sittings, seat by seat, and what they answered."""
    standing = planning.sittings(db(), hall)
    coming = invitations.attendance(db(), standing)
    tallies = {key: Counter(each.partstat for each in people) for key, people in coming.items()}
    live = planning.live_sittings(db(), hall, now=now())
    return {
        "hall": hall,
        "sittings": standing,
        "scheduled": bool(standing) and standing[0].state is not SittingState.CANCELLED,
        "own": planning.own_sittings(standing),
        "coming": coming,
        "team": staff.named(db(), hall),
        "tallies": tallies,
        "tally": sum(tallies.values(), Counter()),
        "before_move": {
            key: row for each in live for key, row in replies.before_move(db(), each).items()
        },
    }


def _asked_of_us(
    hall: TownHall, live: Sequence[Sitting], coming: Mapping[int | None, Sequence[Invitation]]
) -> dict[str, Any]:
    """Return what the answers ask of the organizers."""
    declined = replies.declined(hall, live, coming)
    taken = [sitting.starts_at for sitting in live]
    return {
        "declined": declined,
        "alternatives": planner.next_best(hall, taken, now=now()) if declined else (),
        "waiting_answers": replies.to_look_at(db(), hall),
        "proposed": sum(len(replies.proposals(db(), sitting)) for sitting in live),
    }


@bp.get("/t/<code>/edit")
def edit_form(code: str) -> ResponseReturnValue:
    """Show the form of a town hall."""
    del code
    return _form(town_hall())


@bp.post("/t/<code>/edit")
def edit(code: str) -> ResponseReturnValue:
    """Change what is said of a town hall."""
    try:
        townhalls.edit(db(), actor(), code, _details(), version=forms.version(), now=now())
    except InputError as error:
        return _form(town_hall(), error), 422
    return redirect(url_for(".overview", code=code), 303)


@bp.get("/t/<code>/seats/new")
def new_seat(code: str) -> ResponseReturnValue:
    """Show an empty seat's form."""
    del code
    return _seat_form(None)


@bp.post("/t/<code>/seats/new")
def add_seat(code: str) -> ResponseReturnValue:
    """Give an office or a person a part."""
    try:
        seats.add(db(), actor(), code, _seat_details(), later=forms.checked("later"), now=now())
    except InputError as error:
        return _seat_form(None, error), 422
    return redirect(url_for(".overview", code=code), 303)


@bp.get("/t/<code>/seats/<int:position>")
def seat(code: str, position: int) -> ResponseReturnValue:
    """Show a seat's form."""
    del code
    return _seat_form(planning.seat(db(), town_hall(), position))


@bp.post("/t/<code>/seats/<int:position>")
def edit_seat(code: str, position: int) -> ResponseReturnValue:
    """Change a seat."""
    try:
        seats.edit(
            db(),
            actor(),
            code,
            position,
            _seat_details(),
            version=forms.version(),
            later=forms.checked("later"),
            now=now(),
        )
    except InputError as error:
        return _seat_form(planning.seat(db(), town_hall(), position), error), 422
    return redirect(url_for(".overview", code=code), 303)


@bp.post("/t/<code>/seats/<int:position>/remove")
def remove_seat(code: str, position: int) -> ResponseReturnValue:
    """Take a seat out."""
    later = forms.checked("later")
    seats.remove(db(), actor(), code, position, version=forms.version(), later=later, now=now())
    return redirect(url_for(".overview", code=code), 303)


def _details() -> townhalls.Details:
    """Return the posted form as details.

    Raises:
        InputError: A field that cannot be used.
    """
    zone = zones.require(forms.text("window_zone") or "UTC", "window_zone")
    compare = forms.text("compare_at")
    return townhalls.Details(
        title=forms.required("title"),
        topic=forms.limited("topic", 200),
        hashtag=forms.limited("hashtag", 64),
        description=forms.limited("description", 5_000),
        language=_language(forms.text("language")),
        languages=_languages(),
        minutes=forms.whole("minutes", least=1, most=10_000),
        sittings_wanted=forms.whole("sittings_wanted", 1, least=1, most=MOST_SITTINGS),
        reminds_day=forms.checked("reminds_day"),
        reminds_hour=forms.checked("reminds_hour"),
        join_url=forms.limited("join_url", 500),
        phone=forms.limited("phone", 100),
        window_from_at=forms.moment("window_from_at", zone),
        window_until_at=forms.moment("window_until_at", zone),
        compare_at=forms.moment("compare_at", zone) if compare else None,
    )


def _language(wish: str) -> str:
    """Return `wish` if townhall speaks it."""
    return wish if wish in LANGUAGES else LANGUAGES[0]


def _languages() -> list[str]:
    """Return the language codes of the form, each once, in order."""
    wishes = forms.text("languages").replace(",", " ").lower().split()
    return list(dict.fromkeys(wish[:8] for wish in wishes)) or [LANGUAGES[0]]


def _form(hall: TownHall | None, error: InputError | None = None) -> str:
    """Return the town hall's form, filled by what was posted, else by the town hall."""
    return render_template(
        "organizer/town_hall.html",
        hall=hall,
        values=request.form if error else _values(hall, now()),
        ticked=request.form.getlist("office"),
        offices=directory_queries.offices(db()),
        error=error,
        zones=zones.names(),
    )


def _values(hall: TownHall | None, today: datetime) -> dict[str, str]:
    """Return a town hall as the fields of its form; a new one gets a window to start from."""
    if hall is None:
        first, until = windows.ahead(today)
        return {
            "minutes": "60",
            "languages": "en",
            "reminds_day": "on",
            "reminds_hour": "on",
            "window_zone": "UTC",
            "window_from_at": f"{first:%Y-%m-%dT%H:%M}",
            "window_until_at": f"{until:%Y-%m-%dT%H:%M}",
        }
    shown = {"window_from_at": hall.window_from_at, "window_until_at": hall.window_until_at}
    if hall.compare_at:
        shown["compare_at"] = hall.compare_at
    columns = ("title", "topic", "hashtag", "description", "language", "join_url", "phone")
    return {
        **{name: getattr(hall, name) for name in columns},
        "minutes": str(hall.minutes),
        "sittings_wanted": str(hall.sittings_wanted),
        "languages": " ".join(hall.languages),
        **{name: "on" for name in ("reminds_day", "reminds_hour") if getattr(hall, name)},
        "window_zone": "UTC",
        **{name: f"{instant:%Y-%m-%dT%H:%M}" for name, instant in shown.items()},
    }


def _seat_details() -> SeatDetails:
    """Return the posted form as details.

    Raises:
        InputError: A field that cannot be used.
    """
    zone = zones.require(forms.required("zone", 64), "zone")
    language = _language(forms.text("language") or town_hall().language)
    country, region = places.country_and_region()
    return SeatDetails(
        name=forms.required("name"),
        zone=zone,
        country=country,
        region=region,
        role=_role(forms.text("role") or SeatRole.OFFICE),
        people=forms.whole("people", 1),
        weight=forms.whole("weight", 1, least=1, most=100),
        required=forms.text("required") != "no",
        everywhere=forms.checked("everywhere"),
        bands=places.bands("bands"),
        rest_days=places.rest_days(),
        never=places.hours("never"),
        busy=places.busy("busy", zone),
        extra_holidays=places.dates("extra_holidays"),
        struck_holidays=places.dates("struck_holidays"),
        contacts=places.contacts(language),
    )


def _role(value: str) -> SeatRole:
    """Return the part of the form.

    Raises:
        InputError: A seat has no such part.
    """
    if value not in {role.value for role in SeatRole}:
        raise InputError(
            N_("“%(value)s” is not a part that a seat can have."), field="role", value=value[:40]
        )
    return SeatRole(value)


def seat_page(position: int, *, calendar_error: InputError) -> str:
    """Return a seat's page after a calendar that could not be read."""
    return _seat_form(planning.seat(db(), town_hall(), position), calendar_error=calendar_error)


def _seat_form(
    row: Seat | None,
    error: InputError | None = None,
    *,
    calendar_error: InputError | None = None,
) -> str:
    """Return the seat's form, filled by what was posted, else by the seat."""
    return render_template(
        "organizer/seat.html",
        hall=town_hall(),
        seat=row,
        values=request.form if error else _seat_values(row),
        error=error,
        zones=zones.names(),
        **(_calendar(row, calendar_error) if row else {}),
    )


def _calendar(row: Seat, error: InputError | None) -> dict[str, object]:
    """Return what the page tells of a seat's calendar."""
    code = town_hall().code
    return {
        **busy.of_seat(row),
        "calendar_error": error,
        "calendar_keep": url_for(".keep_calendar", code=code, position=row.position),
        "calendar_forget": url_for(".forget_calendar", code=code, position=row.position),
    }


def _seat_values(row: Seat | None) -> dict[str, str]:
    """Return a seat as the fields of its form."""
    if row is None:
        return {"people": "1", "weight": "1"}
    contacts = [each.contact for each in row.contacts if each.contact.address]
    return {
        "name": row.name,
        "zone": row.zone,
        "country": row.country or "",
        "region": row.region or "",
        "role": row.role.value,
        "people": str(row.people),
        "weight": str(row.weight),
        "required": "yes" if row.required else "no",
        **({"everywhere": "on"} if row.everywhere else {}),
        "bands": places.shown_hours(row.bands),
        "never": places.shown_hours(row.never),
        "busy": places.shown_busy(row.busy, row.zone),
        "rest": "country" if row.rest_days is None else "own",
        **{f"rest_{day}": "on" for day in row.rest_days or ()},
        "extra_holidays": "\n".join(row.extra_holidays or ()),
        "struck_holidays": "\n".join(row.struck_holidays or ()),
        "contacts": "\n".join(
            people.written(people.ContactDetails(each.name, each.address or "", each.language))
            for each in contacts
        ),
    }
