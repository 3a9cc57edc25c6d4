"""The office directory: kept by everyone who organizes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import fields, seating
from townhall.domain.access import Actor, require_account
from townhall.domain.invites.values import check_line
from townhall.domain.office_sheet import Line
from townhall.domain.people import ContactDetails
from townhall.errors import ConflictError, InputError
from townhall.i18n import N_
from townhall.models.directory import Office
from townhall.queries import directory
from townhall.queries.directory import Step
from townhall.services import contacts, journal


@dataclass(frozen=True, slots=True)
class OfficeDetails:
    """What is said of an office; calendar values have the planning document's shapes.

    Raises:
        InputError: A value that could not be planned with; the field has the argument's name.
    """

    name: str
    zone: str
    country: str | None = None
    region: str | None = None
    language: str = "en"
    people: int = 1
    bands: list[Any] | None = None
    rest_days: list[Any] | None = None
    never: list[Any] | None = None
    extra_holidays: list[Any] | None = None
    struck_holidays: list[Any] | None = None
    contacts: Sequence[ContactDetails] = field(default=())

    def __post_init__(self) -> None:
        """Refuse what could not be planned with."""
        if not self.name.strip():
            raise InputError(N_("This field is empty; please fill it in."), field="name")
        check_line(self.name, "name", 200)
        entry = {name: value for name, value in self.columns.items() if value is not None}
        del entry["language"]
        seating.check(entry)

    @property
    def columns(self) -> dict[str, Any]:
        """The details as columns; contacts are rows of their own."""
        columns = asdict(self)
        del columns["contacts"]
        return columns


def add(db: Session, actor: Actor, details: OfficeDetails, *, now: datetime) -> Office:
    """Put an office into the directory.

    Raises:
        SignInRequiredError: Nobody is signed in.
        InputError: Another office has the name.
    """
    require_account(actor)
    with transaction(db):
        _check_name(db, details.name, None)
        office = Office(created_at=now, **details.columns)
        db.add(office)
        _set_contacts(db, office, details.contacts)
        journal.audit(db, actor, "office.added", office, now, after=details.columns)
    return office


def edit(
    db: Session,
    actor: Actor,
    office_id: int,
    details: OfficeDetails,
    *,
    version: int,
    now: datetime,
) -> Office:
    """Change what is said of an office; seats that it has already keep their zone and country.

    Raises:
        SignInRequiredError: Nobody is signed in.
        ConflictError: Somebody else changed it first.
        InputError: Another office has the name.
    """
    require_account(actor)
    with transaction(db):
        office = directory.office(db, office_id)
        if office.version != version:
            raise ConflictError(
                N_("Somebody else changed this meanwhile. Look at it again, then decide.")
            )
        _check_name(db, details.name, office)
        before = {name: getattr(office, name) for name in details.columns}
        for name, value in details.columns.items():
            setattr(office, name, value)
        _set_contacts(db, office, details.contacts)
        office.version += 1
        journal.audit(db, actor, "office.edited", office, now, before=before, after=details.columns)
    return office


def import_(db: Session, actor: Actor, lines: Sequence[Line], *, now: datetime) -> list[Step]:
    """Put the offices of a sheet into the directory, all or none; return what each line did.

    An office is known by its name. Columns that the sheet lacks stay as they are, and so do
    offices that it does not name.

    Raises:
        SignInRequiredError: Nobody is signed in.
    """
    require_account(actor)
    with transaction(db):
        steps = directory.steps(db, lines)
        for step in steps:
            if step.changes:
                _import(db, actor, step, now)
        changed = sum(step.changes for step in steps)
        journal.audit(db, actor, "offices.imported", "offices", now, after={"changed": changed})
    return steps


def _import(db: Session, actor: Actor, step: Step, now: datetime) -> None:
    """Add or change the office of one line."""
    office, columns = step.office, step.line.columns
    before = None
    if office is None:
        office = Office(created_at=now, **columns)
        db.add(office)
    else:
        before = {name: getattr(office, name) for name in columns}
        for name, value in columns.items():
            setattr(office, name, value)
        office.version += 1
    if step.line.contacts is not None:
        _set_contacts(db, office, step.line.contacts)
    action = "office.added" if before is None else "office.edited"
    journal.audit(db, actor, action, office, now, before=before, after=columns)


def _check_name(db: Session, name: str, own: Office | None) -> None:
    """Raise InputError if another office has the name."""
    same = fields.folded(name)
    if any(
        fields.folded(office.name) == same and office is not own for office in directory.offices(db)
    ):
        raise InputError(
            N_("Another office is called “%(value)s” already."), field="name", value=name
        )


def _set_contacts(db: Session, office: Office, wanted: Sequence[ContactDetails]) -> None:
    """Make the office's contacts those that are wanted, each once."""
    unique = {contact.key: contact for contact in wanted}
    office.contacts = [contacts.known(db, contact) for contact in unique.values()]
