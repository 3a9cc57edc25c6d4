"""The people of an event that is over are forgotten; who registered is found by their place."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward; nobody was forgotten so far."""
    op.add_column(
        "town_halls", sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(op.f("ix_invitations_registration_id"), "invitations", ["registration_id"])


def downgrade() -> None:
    """Take the column and the index away."""
    op.drop_index(op.f("ix_invitations_registration_id"), "invitations")
    op.drop_column("town_halls", "forgotten_at")
