"""The contact table's one writer: shared by the services, a use case of nobody."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from townhall.domain.people import ContactDetails
from townhall.errors import InputError
from townhall.models.accounts import Contact


def known_by(db: Session, address: str) -> Contact:
    """Return the contact with a checked address, made if it is new; a known one stays as it is."""
    return _as_it_is(db, ContactDetails(address.partition("@")[0], address))


def met(db: Session, address: str, name: str) -> Contact | None:
    """Return the contact with an address that came in, made if it is new; None for no address.

    What is known of somebody stays as it is: anybody can write any name beside an address.
    """
    try:
        details = ContactDetails(name or address.partition("@")[0], address)
    except InputError:
        return None
    return _as_it_is(db, details)


def known(db: Session, details: ContactDetails) -> Contact:
    """Return the contact with this address, made or brought up to date."""
    row = db.scalar(select(Contact).where(Contact.address_key == details.key))
    if row is None:
        row = Contact(address=details.address, address_key=details.key)
        db.add(row)
    row.name = details.name
    row.language = details.language
    return row


def _as_it_is(db: Session, details: ContactDetails) -> Contact:
    """Return the contact with this address, made if it is new."""
    row = db.scalar(select(Contact).where(Contact.address_key == details.key))
    return row or known(db, details)
