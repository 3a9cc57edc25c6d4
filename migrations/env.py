"""Runs migrations on the connection that the caller opened (townhall/schema.py)."""

from alembic import context

from townhall import models  # noqa: F401  importing the package is what fills the metadata
from townhall.db import Base, UTCDateTime


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write our column types as the plain ones they store, so a migration stands alone."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
