"""How fast mail goes to each domain, known to all workers."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "mail_paces",
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promised_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_mail_paces")),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("mail_paces")
