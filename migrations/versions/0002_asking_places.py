"""Asking places when they can."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "shortlists",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("town_hall_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["town_hall_id"], ["town_halls.id"], name=op.f("fk_shortlists_town_hall_id_town_halls")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortlists")),
    )
    op.create_index(op.f("ix_shortlists_town_hall_id"), "shortlists", ["town_hall_id"])
    op.create_table(
        "asked",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("shortlist_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_asked_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["seat_id"], ["seats.id"], name=op.f("fk_asked_seat_id_seats"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["shortlist_id"], ["shortlists.id"], name=op.f("fk_asked_shortlist_id_shortlists")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked")),
        sa.UniqueConstraint("code", name=op.f("uq_asked_code")),
        sa.UniqueConstraint(
            "shortlist_id",
            "seat_id",
            "contact_id",
            name=op.f("uq_asked_shortlist_id_seat_id_contact_id"),
        ),
    )
    op.create_table(
        "seat_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shortlist_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["seat_id"],
            ["seats.id"],
            name=op.f("fk_seat_replies_seat_id_seats"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["shortlist_id"],
            ["shortlists.id"],
            name=op.f("fk_seat_replies_shortlist_id_shortlists"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_replies")),
        sa.UniqueConstraint(
            "shortlist_id", "seat_id", name=op.f("uq_seat_replies_shortlist_id_seat_id")
        ),
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("seat_replies")
    op.drop_table("asked")
    op.drop_index(op.f("ix_shortlists_town_hall_id"), table_name="shortlists")
    op.drop_table("shortlists")
