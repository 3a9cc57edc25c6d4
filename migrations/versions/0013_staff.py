"""The people who run a town hall, who are invited as its team."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

BEFORE = "(seat_id IS NULL) <> (registration_id IS NULL)"
REASON = (
    "CASE WHEN seat_id IS NULL THEN 0 ELSE 1 END + "
    "CASE WHEN staffer_id IS NULL THEN 0 ELSE 1 END + "
    "CASE WHEN registration_id IS NULL THEN 0 ELSE 1 END = 1"
)


def upgrade() -> None:
    """Bring the tables forward; nobody of any team is invited so far."""
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("town_hall_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [f"{table[:-1]}_id"],
                [f"{table}.id"],
                name=op.f(f"fk_staff_{table[:-1]}_id_{table}"),
            )
            for table in ("town_halls", "contacts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint(
            "town_hall_id", "contact_id", name=op.f("uq_staff_town_hall_id_contact_id")
        ),
    )
    op.create_index(op.f("ix_staff_contact_id"), "staff", ["contact_id"])
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_invitations(is_forward=True)
        return
    op.drop_constraint(op.f("ck_invitations_one_reason"), "invitations")
    op.add_column("invitations", sa.Column("staffer_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_invitations_staffer_id_staff"), "invitations", "staff", ["staffer_id"], ["id"]
    )
    op.create_check_constraint(op.f("ck_invitations_one_reason"), "invitations", REASON)


def downgrade() -> None:
    """Take the table back, with the invitations of the teams."""
    gone = "(SELECT id FROM invitations WHERE staffer_id IS NOT NULL)"
    for table in ("outbox", "mailed_replies"):
        op.execute(
            f"UPDATE {table} SET invitation_id = NULL WHERE invitation_id IN {gone}"  # noqa: S608
        )
    op.execute("DELETE FROM invitations WHERE staffer_id IS NOT NULL")
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_invitations(is_forward=False)
    else:
        op.drop_constraint(op.f("ck_invitations_one_reason"), "invitations")
        op.drop_column("invitations", "staffer_id")
        op.create_check_constraint(op.f("ck_invitations_one_reason"), "invitations", BEFORE)
    op.drop_table("staff")


def _rebuild_invitations(*, is_forward: bool) -> None:
    """Make the table anew, since SQLite cannot change what it checks.

    Mails and answers point to its rows. They are put back under the same name before the
    transaction ends, so that the check that is put off until then finds every one of them.
    """
    kept = (
        "id, code, sitting_id, contact_id, seat_id, registration_id, kind, partstat, answered_at, "
        "note, asked_sequence, said_sequence, said_at, removed_at"
    )
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMPORARY TABLE kept_invitations AS SELECT * FROM invitations")
    op.drop_table("invitations")
    targets = {"sitting_id": "sittings", "contact_id": "contacts", "seat_id": "seats"}
    if is_forward:
        targets["staffer_id"] = "staff"
    targets["registration_id"] = "registrations"
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=name not in {"sitting_id", "contact_id"})
            for name in targets
        ),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("partstat", sa.String(length=24), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_sequence", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("said_sequence", sa.Integer(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_invitations_{name}_{table}")
            )
            for name, table in targets.items()
        ),
        sa.CheckConstraint(
            REASON if is_forward else BEFORE, name=op.f("ck_invitations_one_reason")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("code", name=op.f("uq_invitations_code")),
        sa.UniqueConstraint(
            "sitting_id", "contact_id", name=op.f("uq_invitations_sitting_id_contact_id")
        ),
    )
    op.execute(
        f"INSERT INTO invitations ({kept}) SELECT {kept} FROM kept_invitations"  # noqa: S608
    )
    op.execute("DROP TABLE kept_invitations")
