"""Busy times of the seats' own calendars."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "busy_calendars",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("town_hall_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=1000), nullable=True),
        sa.Column("busy", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["seat_id"],
            ["seats.id"],
            name=op.f("fk_busy_calendars_seat_id_seats"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["town_hall_id"],
            ["town_halls.id"],
            name=op.f("fk_busy_calendars_town_hall_id_town_halls"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy_calendars")),
        sa.UniqueConstraint("seat_id", name=op.f("uq_busy_calendars_seat_id")),
    )
    op.create_index(op.f("ix_busy_calendars_town_hall_id"), "busy_calendars", ["town_hall_id"])


def downgrade() -> None:
    """Take the tables back."""
    op.drop_index(op.f("ix_busy_calendars_town_hall_id"), table_name="busy_calendars")
    op.drop_table("busy_calendars")
