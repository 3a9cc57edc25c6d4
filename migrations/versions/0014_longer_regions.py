"""Room for the longest region of the holidays library, in offices and seats."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("offices", "seats")


def upgrade() -> None:
    """Let a region have 24 characters."""
    _resize(24)


def downgrade() -> None:
    """Let a region have 16 characters; longer ones are forgotten, as no holiday is theirs then."""
    for table in TABLES:
        op.execute(f"UPDATE {table} SET region = NULL WHERE length(region) > 16")  # noqa: S608
    _resize(16)


def _resize(length: int) -> None:
    """Give the columns another length; SQLite, which never holds to it, gets new columns."""
    for table in TABLES:
        if op.get_bind().dialect.name == "sqlite":
            op.add_column(table, sa.Column("resized", sa.String(length), nullable=True))
            op.execute(f"UPDATE {table} SET resized = region")  # noqa: S608
            op.execute(f"ALTER TABLE {table} DROP COLUMN region")
            op.execute(f"ALTER TABLE {table} RENAME COLUMN resized TO region")
        else:
            op.alter_column(table, "region", type_=sa.String(length))
