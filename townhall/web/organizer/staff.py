"""Which of the people who run the town hall are invited to its sittings."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import people, zones
from townhall.domain.staff import ROLE_NAMES, StaffDetails, StaffRole
from townhall.errors import InputError
from townhall.i18n import LANGUAGES, N_
from townhall.models.accounts import Contact
from townhall.queries import drafts, planning
from townhall.queries import staff as queries
from townhall.services import staff as services
from townhall.web import forms
from townhall.web.context import actor, db, now, town_hall
from townhall.web.organizer import bp


@bp.get("/t/<code>/staff")
def staff(code: str) -> ResponseReturnValue:
    """Show who of the team is invited and who could be, with a form for anybody else."""
    del code
    return _page()


@bp.post("/t/<code>/staff")
def enlist(code: str) -> ResponseReturnValue:
    """Invite one of the team to every sitting, or change what is said of them."""
    try:
        services.enlist(db(), actor(), code, _details(), later=forms.checked("later"), now=now())
    except InputError as error:
        return _page(error), 422
    return redirect(url_for(".staff", code=code), 303)


@bp.post("/t/<code>/staff/dismiss")
def dismiss(code: str) -> ResponseReturnValue:
    """Take one of the team off the list of the invited."""
    number = forms.whole("number", least=1, most=forms.MOST_KEY)
    later = forms.checked("later")
    services.dismiss(db(), actor(), code, number, later=later, now=now())
    return redirect(url_for(".staff", code=code), 303)


def _details() -> StaffDetails:
    """Return the posted form as details.

    Raises:
        InputError: A field that cannot be used.
    """
    language = forms.text("language")
    if language not in LANGUAGES:
        language = town_hall().language
    line = forms.required("contact", 500)
    zone = forms.limited("zone", 64)
    return StaffDetails(
        contact=people.contact(line, language, "contact"),
        role=_role(forms.text("role") or StaffRole.OTHER),
        zone=zones.require(zone, "zone") if zone else None,
        required=forms.text("required") != "no",
    )


def _written(contact: Contact) -> str:
    """Return a person as the form's field takes one; the language has a field of its own."""
    line = people.written(people.ContactDetails(contact.name, contact.address or ""))
    return line.rpartition(" ")[0]


def _role(value: str) -> StaffRole:
    """Return the part of the form.

    Raises:
        InputError: Nobody of the team has such a part.
    """
    if value not in set(StaffRole):
        raise InputError(
            N_("“%(value)s” is not a part that one of the team can have."),
            field="role",
            value=value[:40],
        )
    return StaffRole(value)


def _page(error: InputError | None = None) -> str:
    """Return the page of the team, with what was typed and what was wrong."""
    hall = town_hall()
    return render_template(
        "organizer/staff.html",
        hall=hall,
        named=queries.named(db(), hall),
        proposed=queries.proposed(db(), hall),
        roles=ROLE_NAMES,
        written=_written,
        headquarters=planning.headquarters(hall) if hall.seats else None,
        has_news=bool(drafts.news(db(), hall, now=now())),
        values=request.form if error else {},
        error=error,
        zones=zones.names(),
    )
