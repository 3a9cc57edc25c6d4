"""What thousands of mails have in common is kept once; a mail keeps what is its person's own."""

import sqlalchemy as sa
from alembic import op

from townhall.domain.invites import Circular, Copy

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OLD_INDEX = "ix_outbox_state_outbox_due_at"
NEW_INDEX = "ix_outbox_state_outbox_due_at_outbox_id"


def upgrade() -> None:
    """Bring the tables forward; mails that are written keep their octets."""
    op.create_table(
        "circulars",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contents", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circulars")),
    )
    # Written out, since SQLite can add a column that points to a table but no constraint.
    op.execute(
        "ALTER TABLE outbox ADD COLUMN circular_id INTEGER"
        " CONSTRAINT fk_outbox_circular_id_circulars REFERENCES circulars (id)"
    )
    op.add_column("outbox", sa.Column("own", sa.JSON(none_as_null=True), nullable=True))
    op.drop_index(OLD_INDEX, "outbox")
    op.create_index(NEW_INDEX, "outbox", ["state", "due_at", "id"])


def downgrade() -> None:
    """Take the tables back; mails that may still go get their octets back."""
    outbox = sa.table(
        "outbox",
        *(sa.column(name) for name in ("id", "code", "state", "octets", "circular_id")),
        sa.column("own", sa.JSON()),
    )
    circulars = sa.table("circulars", sa.column("id"), sa.column("contents", sa.JSON()))
    db = op.get_bind()
    waiting = (
        sa.select(outbox, circulars.c.contents)
        .join(circulars, circulars.c.id == outbox.c.circular_id)
        .where(outbox.c.state.in_(["queued", "sending", "failed"]), outbox.c.own.is_not(None))
    )
    for row in db.execute(waiting).all():
        octets = Circular.read(row.contents).copy(Copy.read(row.own), row.code)
        db.execute(sa.update(outbox).where(outbox.c.id == row.id).values(octets=octets))
    op.drop_index(NEW_INDEX, "outbox")
    op.create_index(OLD_INDEX, "outbox", ["state", "due_at"])
    op.drop_column("outbox", "own")
    op.drop_column("outbox", "circular_id")
    op.drop_table("circulars")
