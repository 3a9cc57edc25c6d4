"""Town halls of several sittings, and drafts that change more than one of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OF_ONE = ("sitting_id", "action", "starts_at")
"""Columns that a draft had while it changed one sitting; now its steps have them."""


def upgrade() -> None:
    """Bring the tables forward; a draft that waits becomes one of a single step."""
    wanted = sa.Column("sittings_wanted", sa.Integer(), nullable=False, server_default="1")
    # Not in a batch: SQLite would make the table anew, and other tables point to it.
    op.add_column("town_halls", wanted)
    waiting = op.get_bind().execute(
        sa.text("SELECT id AS draft_id, sitting_id, action, starts_at FROM drafts")
    )
    steps = [dict(row._mapping) for row in waiting]  # noqa: SLF001  that is its name
    with op.batch_alter_table("drafts") as drafts:
        drafts.drop_constraint("fk_drafts_sitting_id_sittings", type_="foreignkey")
        for name in OF_ONE:
            drafts.drop_column(name)
    op.create_table(
        "draft_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["drafts.id"], name=op.f("fk_draft_steps_draft_id_drafts")
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings.id"], name=op.f("fk_draft_steps_sitting_id_sittings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_steps")),
        sa.UniqueConstraint(
            "draft_id", "sitting_id", name=op.f("uq_draft_steps_draft_id_sitting_id")
        ),
    )
    for step in steps:
        op.get_bind().execute(
            sa.text(
                "INSERT INTO draft_steps (draft_id, sitting_id, action, starts_at) "
                "VALUES (:draft_id, :sitting_id, :action, :starts_at)"
            ),
            step,
        )


def downgrade() -> None:
    """Take the tables back; drafts, of which nobody was told, are thrown away."""
    op.drop_table("draft_steps")
    op.execute("DELETE FROM drafts")
    with op.batch_alter_table("drafts") as drafts:
        drafts.add_column(sa.Column("sitting_id", sa.Integer(), nullable=True))
        drafts.add_column(sa.Column("action", sa.String(length=24), nullable=False))
        drafts.add_column(sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True))
        drafts.create_foreign_key(
            op.f("fk_drafts_sitting_id_sittings"), "sittings", ["sitting_id"], ["id"]
        )
    op.drop_column("town_halls", "sittings_wanted")
