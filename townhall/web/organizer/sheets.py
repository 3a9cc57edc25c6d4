"""The office directory as a CSV file: out, and in after a look at what that would do."""

from contextlib import closing
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from townhall.domain import office_sheet
from townhall.domain.office_sheet import Sheet
from townhall.errors import InputError, TownhallError
from townhall.i18n import N_
from townhall.queries import directory as queries
from townhall.services import directory
from townhall.web.context import actor, db, now
from townhall.web.organizer import bp

SHOWN = 200
"""Faults and changes that the page lists; the rest is counted."""

ROOM = 3 * office_sheet.LARGEST
"""Octets of the form that confirms: in it a sheet is percent-encoded at worst."""


@bp.url_value_preprocessor
def allow_sheets(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a form with a sheet be larger than others."""
    if endpoint in {"organizer.check_import", "organizer.import_offices"}:
        request.max_content_length = ROOM
        request.max_form_memory_size = ROOM


@bp.get("/offices.csv")
def export_offices() -> ResponseReturnValue:
    """Return every office as a CSV file; what a spreadsheet would take for a formula is defused."""
    text = office_sheet.write(
        {name: getattr(office, name) for name in office_sheet.COLUMNS}
        | {"contacts": queries.people(office)}
        for office in queries.offices(db())
    )
    # The mark in front tells spreadsheets that the file is UTF-8.
    response = Response(f"\ufeff{text}", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="offices.csv"'
    return response


@bp.get("/offices/import")
def import_form() -> ResponseReturnValue:
    """Show which columns a file may have, and the form."""
    return _page()


@bp.post("/offices/import")
def check_import() -> ResponseReturnValue:
    """Show what importing a file would do, or every line that is in the way; nothing is kept."""
    try:
        text = _given()
        sheet = office_sheet.read(text)
    except InputError as error:
        return _page(error=error), 422
    return _page(sheet, text), 422 if sheet.problems else 200


@bp.post("/offices/import/confirm")
def import_offices() -> ResponseReturnValue:
    """Import the file that was looked at, all of it or nothing."""
    text = request.form.get("sheet", "")
    try:
        sheet = office_sheet.read(text)
    except InputError as error:
        return _page(error=error), 422
    if sheet.problems:
        return _page(sheet, text), 422
    directory.import_(db(), actor(), sheet.lines, now=now())
    return redirect(url_for(".offices"), 303)


def _given() -> str:
    """Return the text of the posted file.

    Raises:
        InputError: Field `file`: there is none, or it is not UTF-8, or too large.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InputError(N_("Choose a CSV file."), field="file")
    with closing(file):
        return office_sheet.decoded(file.read())


def _page(sheet: Sheet | None = None, text: str = "", *, error: TownhallError | None = None) -> str:
    """Return the page: the form, and what a file holds if there is one."""
    steps = queries.steps(db(), sheet.lines) if sheet and not sheet.problems else []
    return render_template(
        "organizer/import.html",
        columns=office_sheet.COLUMNS,
        sheet=sheet,
        text=text,
        error=error,
        most=SHOWN,
        added=[step for step in steps if step.office is None],
        changed=[step for step in steps if step.office is not None and step.changes],
        same=[step for step in steps if not step.changes],
    )
