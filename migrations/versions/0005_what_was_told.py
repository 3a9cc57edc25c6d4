"""What people were told of a sitting: the town hall may say otherwise until they are told anew."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = {
    "title": sa.String(length=200),
    "description": sa.Text(),
    "join_url": sa.String(length=500),
    "phone": sa.String(length=100),
}


def upgrade() -> None:
    """Bring the tables forward; so far everybody was told what the town hall says."""
    for name, kind in COLUMNS.items():
        # Not in a batch: SQLite would make the table anew, and other tables point to it.
        column = sa.Column(name, kind, nullable=False, server_default=sa.text("''"))
        op.add_column("sittings", column)
        op.execute(
            f"UPDATE sittings SET {name} = "  # noqa: S608  a column of ours, not a value
            f"(SELECT {name} FROM town_halls WHERE town_halls.id = sittings.town_hall_id)"
        )


def downgrade() -> None:
    """Take the tables back."""
    for name in COLUMNS:
        op.drop_column("sittings", name)
