"""The zone by whose clock a seat was promised its time: the seat may be given another later."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward; what was promised so far was promised by the seat's zone."""
    with op.batch_alter_table("promises") as promises:
        promises.add_column(sa.Column("zone", sa.String(length=64), nullable=True))
    op.execute(
        "UPDATE promises SET zone = (SELECT zone FROM seats WHERE seats.id = promises.seat_id)"
    )
    with op.batch_alter_table("promises") as promises:
        promises.alter_column("zone", existing_type=sa.String(length=64), nullable=False)


def downgrade() -> None:
    """Take the tables back."""
    with op.batch_alter_table("promises") as promises:
        promises.drop_column("zone")
