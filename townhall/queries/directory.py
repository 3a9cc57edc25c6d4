"""Reads of the office directory."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from townhall.domain import fields
from townhall.domain.office_sheet import Line
from townhall.domain.people import ContactDetails
from townhall.errors import NotFoundError
from townhall.models.directory import Office


def offices(db: Session) -> Sequence[Office]:
    """Return every office, by name."""
    return db.scalars(select(Office).order_by(Office.name)).all()


def office(db: Session, office_id: int) -> Office:
    """Return one office.

    Raises:
        NotFoundError: There is none with this id.
    """
    found = db.get(Office, office_id)
    if found is None:
        raise NotFoundError
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """What importing a line of a sheet does.

    Args:
        line: The line.
        office: The office of that name; None where it is new.
        changes: Whether anything would be other than it is.
    """

    line: Line
    office: Office | None
    changes: bool


def steps(db: Session, lines: Sequence[Line]) -> list[Step]:
    """Return what importing the lines of a sheet does, office by office."""
    known = {fields.folded(office.name): office for office in offices(db)}
    found = []
    for line in lines:
        office = known.get(fields.folded(line.columns["name"]))
        found.append(Step(line, office, office is None or _differs(office, line)))
    return found


def people(office: Office) -> tuple[ContactDetails, ...]:
    """Return the people to write to at an office; those whose address was erased are left out."""
    return tuple(
        ContactDetails(each.name, each.address, each.language)
        for each in office.contacts
        if each.address
    )


def _differs(office: Office, line: Line) -> bool:
    """Return whether a line says anything else of an office than what is kept."""
    if any(getattr(office, name) != value for name, value in line.columns.items()):
        return True
    return line.contacts is not None and sorted(set(line.contacts), key=_key) != sorted(
        people(office), key=_key
    )


def _key(contact: ContactDetails) -> str:
    """Return what tells one person from another."""
    return contact.key
