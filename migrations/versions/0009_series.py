"""Saved series: their occurrences, the searches for their hours, and who was asked to pay."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward; of promises made before, the seat says what it was."""
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("clock", sa.String(length=64), nullable=False),
        sa.Column("distinct_times", sa.Integer(), nullable=True),
        sa.Column("weekdays", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("apart_days", sa.Integer(), nullable=True),
        sa.Column("time_limit_s", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_table(
        "occurrences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("town_hall_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_occurrences_series_id_series")
        ),
        sa.ForeignKeyConstraint(
            ["town_hall_id"],
            ["town_halls.id"],
            name=op.f("fk_occurrences_town_hall_id_town_halls"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrences")),
        sa.UniqueConstraint("series_id", "number", name=op.f("uq_occurrences_series_id_number")),
        sa.UniqueConstraint("town_hall_id", name=op.f("uq_occurrences_town_hall_id")),
    )
    op.create_table(
        "solves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("time_limit_s", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("stop_wanted", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("worst", sa.Integer(), nullable=True),
        sa.Column("bound", sa.Integer(), nullable=False),
        sa.Column("is_optimal", sa.Boolean(), nullable=False),
        sa.Column("stuck", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("fixed", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("problem", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name=op.f("fk_solves_series_id_series")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_solves")),
    )
    op.create_index(op.f("ix_solves_series_id"), "solves", ["series_id"])
    op.create_index(op.f("ix_solves_state_solves_lease_until"), "solves", ["state", "lease_until"])
    # Not in a batch: SQLite would make the table anew, and other tables point to it.
    op.add_column("seats", sa.Column("kin", sa.String(length=32), nullable=True))
    op.add_column("sittings", sa.Column("took_place", sa.Boolean(), nullable=True))
    op.add_column(
        "promises",
        sa.Column("required", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.execute(
        "UPDATE promises SET required = "
        "(SELECT required FROM seats WHERE seats.id = promises.seat_id)"
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_column("promises", "required")
    op.drop_column("sittings", "took_place")
    op.drop_column("seats", "kin")
    op.drop_table("solves")
    op.drop_table("occurrences")
    op.drop_table("series")
