"""The audit log's one writer: shared by the services, a use case of nobody.

A service calls `audit` inside its transaction, so that an entry exists exactly when the
change does.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from townhall.db import Base
from townhall.domain.access import Actor
from townhall.models.accounts import AuditEntry
from townhall.models.planning import TownHall


def audit(
    db: Session,
    actor: Actor,
    action: str,
    subject: Base | str,
    now: datetime,
    *,
    town_hall_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    note: str | None = None,
) -> None:
    """Add who did what to what; new rows are flushed first, so that the subject has its id.

    Args:
        db: The session of the service's open transaction.
        actor: Kept by the internal key alone, never by name or address.
        action: A verb under its noun, such as `question.approved`.
        subject: The row that it was done to, kept as `question:17`; or a word for no row.
        now: When, UTC.
        town_hall_id: Where the subject does not tell it by a column of that name.
        before: The columns that changed, as they were; instants and decimals are kept as text.
        after: The same columns as they are now. Neither may hold an address or a secret.
        note: What the actor said about it.
    """
    db.flush()
    if isinstance(subject, TownHall):
        town_hall_id = subject.id
    elif town_hall_id is None:
        town_hall_id = getattr(subject, "town_hall_id", None)
    db.add(
        AuditEntry(
            at=now,
            actor=actor.key,
            action=action,
            town_hall_id=town_hall_id,
            object=subject if isinstance(subject, str) else _name(subject),
            before=_plain(before),
            after=_plain(after),
            note=note,
        )
    )


def _name(row: Base) -> str:
    """Return a row's kind and primary key; the parts of a composite key joined by `-`."""
    key = "-".join(str(part) for part in inspect(row).identity or ())
    return f"{type(row).__name__.lower()}:{key}"


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the values as JSON can hold them."""
    if values is None:
        return None
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: object) -> object:
    """Return an instant as RFC 3339 text, a decimal as its digits, anything else as it is."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
