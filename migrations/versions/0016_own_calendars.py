"""Organizers' own calendars, into which sittings are put."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward; nobody has given a calendar yet."""
    op.create_table(
        "own_calendars",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=1100), nullable=False),
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False, server_default=sa.text("''")),
        sa.Column("lists_people", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_own_calendars_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_calendars")),
        sa.UniqueConstraint("account_id", name=op.f("uq_own_calendars_account_id")),
    )
    op.create_table(
        "left_out",
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("town_hall_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["own_calendars.id"],
            name=op.f("fk_left_out_calendar_id_own_calendars"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["town_hall_id"],
            ["town_halls.id"],
            name=op.f("fk_left_out_town_hall_id_town_halls"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("calendar_id", "town_hall_id", name=op.f("pk_left_out")),
    )
    op.create_table(
        "own_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("leaves", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("give_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["own_calendars.id"],
            name=op.f("fk_own_entries_calendar_id_own_calendars"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings.id"], name=op.f("fk_own_entries_sitting_id_sittings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_entries")),
        sa.UniqueConstraint(
            "calendar_id", "sitting_id", name=op.f("uq_own_entries_calendar_id_sitting_id")
        ),
    )
    op.create_index(op.f("ix_own_entries_sitting_id"), "own_entries", ["sitting_id"])
    op.create_index(
        op.f("ix_own_entries_state_own_entries_due_at_own_entries_id"),
        "own_entries",
        ["state", "due_at", "id"],
    )


def downgrade() -> None:
    """Take the tables back; what was put into calendars stays there."""
    for name in ("own_entries", "left_out", "own_calendars"):
        op.drop_table(name)
