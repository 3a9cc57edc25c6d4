"""Calendars to subscribe to at secret addresses that can be renewed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OWNERS = ("contacts", "offices", "series")


def upgrade() -> None:
    """Bring the tables forward."""
    for table in _OWNERS:
        op.add_column(
            table,
            sa.Column("feed_renewals", sa.Integer(), server_default=sa.text("0"), nullable=False),
        )


def downgrade() -> None:
    """Take the tables back."""
    for table in _OWNERS:
        op.drop_column(table, "feed_renewals")
