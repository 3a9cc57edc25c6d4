"""The contact table's one writer: shared by the services, a use case of nobody."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from townhall.domain.people import ContactDetails
from townhall.models.accounts import Contact


def known(db: Session, details: ContactDetails) -> Contact:
    """Return the contact with this address, made or brought up to date."""
    row = db.scalar(select(Contact).where(Contact.address_key == details.key))
    if row is None:
        row = Contact(address=details.address, address_key=details.key)
        db.add(row)
    row.name = details.name
    row.language = details.language
    return row
