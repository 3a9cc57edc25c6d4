"""People are reminded of sittings a day and an hour ahead."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def upgrade() -> None:
    """Bring the tables forward; sittings that are scheduled get their reminders."""
    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("lead", sa.String(length=24), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings.id"], name=op.f("fk_reminders_sitting_id_sittings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("sitting_id", "lead", name=op.f("uq_reminders_sitting_id_lead")),
    )
    op.create_index(
        op.f("ix_reminders_done_at_reminders_due_at"), "reminders", ["done_at", "due_at"]
    )
    for name in ("reminds_day", "reminds_hour"):
        op.add_column(
            "town_halls", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true())
        )
    db = op.get_bind()
    is_aware = db.dialect.name == "postgresql"
    instant = sa.DateTime(timezone=is_aware)
    sittings = sa.table(
        "sittings",
        *(sa.column(name) for name in ("id", "state", "sequence")),
        sa.column("starts_at", instant),
    )
    reminders = sa.table(
        "reminders",
        *(sa.column(name) for name in ("sitting_id", "lead", "sequence")),
        sa.column("due_at", instant),
        sa.column("until_at", instant),
    )
    now = datetime.now(UTC) if is_aware else datetime.now(UTC).replace(tzinfo=None)
    rows = [
        {
            "sitting_id": row.id,
            "lead": lead,
            "sequence": row.sequence,
            "due_at": row.starts_at - before,
            "until_at": row.starts_at - until,
        }
        for row in db.execute(sa.select(sittings).where(sittings.c.state == "scheduled")).all()
        for lead, before, until in (("day", DAY, HOUR), ("hour", HOUR, timedelta()))
        if row.starts_at - before > now
    ]
    if rows:
        db.execute(sa.insert(reminders), rows)


def downgrade() -> None:
    """Take the tables back; mails that remind and wait do not go."""
    op.execute(
        "UPDATE outbox SET state = 'superseded'"
        " WHERE kind IN ('upcoming', 'attendance') AND state <> 'sent'"
    )
    op.execute(
        "UPDATE outbox SET own = NULL, circular_id = NULL, kind = 'reminder'"
        " WHERE kind IN ('upcoming', 'attendance')"
    )
    for name in ("reminds_hour", "reminds_day"):
        op.drop_column("town_halls", name)
    op.drop_table("reminders")
