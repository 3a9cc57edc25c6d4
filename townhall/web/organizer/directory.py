"""The office directory's pages."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import people, zones
from townhall.errors import InputError
from townhall.i18n import LANGUAGES
from townhall.models.directory import Office
from townhall.queries import directory as queries
from townhall.services import directory, renewals
from townhall.web import feeds, forms
from townhall.web.context import actor, db, now
from townhall.web.organizer import bp, places


@bp.get("/offices")
def offices() -> ResponseReturnValue:
    """Show every office with its clock now."""
    return render_template("organizer/offices.html", offices=queries.offices(db()), now=now())


@bp.get("/offices/new")
def new_office() -> ResponseReturnValue:
    """Show an empty form."""
    return _form(None)


@bp.post("/offices/new")
def add_office() -> ResponseReturnValue:
    """Put an office into the directory."""
    try:
        directory.add(db(), actor(), _details(), now=now())
    except InputError as error:
        return _form(None, error), 422
    return redirect(url_for(".offices"), 303)


@bp.get("/offices/<int:office_id>")
def office(office_id: int) -> ResponseReturnValue:
    """Show the form of one office."""
    return _form(queries.office(db(), office_id))


@bp.post("/offices/<int:office_id>")
def edit_office(office_id: int) -> ResponseReturnValue:
    """Change one office."""
    try:
        directory.edit(db(), actor(), office_id, _details(), version=forms.version(), now=now())
    except InputError as error:
        return _form(queries.office(db(), office_id), error), 422
    return redirect(url_for(".offices"), 303)


@bp.post("/offices/<int:office_id>/feed")
def renew_office_feed(office_id: int) -> ResponseReturnValue:
    """Renew the address of an office's calendar; the one before leads nowhere."""
    renewals.renew_office(db(), actor(), office_id, now=now())
    return redirect(url_for(".office", office_id=office_id, _anchor="feed"), 303)


def _details() -> directory.OfficeDetails:
    """Return the posted form as details.

    Raises:
        InputError: A field that cannot be used.
    """
    language = forms.text("language")
    language = language if language in LANGUAGES else LANGUAGES[0]
    country, region = places.country_and_region()
    return directory.OfficeDetails(
        name=forms.required("name"),
        zone=forms.required("zone", 64),
        country=country,
        region=region,
        language=language,
        people=forms.whole("people", 1),
        bands=places.bands("bands"),
        rest_days=places.rest_days(),
        never=places.hours("never"),
        extra_holidays=places.dates("extra_holidays"),
        struck_holidays=places.dates("struck_holidays"),
        contacts=places.contacts(language),
    )


def _form(row: Office | None, error: InputError | None = None) -> str:
    """Return the form, filled by what was posted, else by the office."""
    values = request.form if error else _values(row)
    return render_template(
        "organizer/office.html",
        office=row,
        values=values,
        error=error,
        zones=zones.names(),
        feed=feeds.of(row) if row else None,
    )


def _values(row: Office | None) -> dict[str, str]:
    """Return an office as the fields of its form."""
    if row is None:
        return {"people": "1"}
    own_rest = {f"rest_{day}": "on" for day in row.rest_days or ()}
    return {
        "name": row.name,
        "zone": row.zone,
        "country": row.country or "",
        "region": row.region or "",
        "language": row.language,
        "people": str(row.people),
        "bands": places.shown_hours(row.bands),
        "never": places.shown_hours(row.never),
        "rest": "country" if row.rest_days is None else "own",
        "extra_holidays": "\n".join(row.extra_holidays or ()),
        "struck_holidays": "\n".join(row.struck_holidays or ()),
        "contacts": "\n".join(
            people.written(people.ContactDetails(each.name, each.address, each.language))
            for each in row.contacts
            if each.address
        ),
        **own_rest,
    }
