"""People who registered with a mail address, and invitations that are for no seat."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

REASON = "(seat_id IS NULL) <> (registration_id IS NULL)"


def upgrade() -> None:
    """Bring the tables forward; every invitation so far is for a seat."""
    op.create_table(
        "registrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("town_hall_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=True)
            for name in ("mailed_at", "confirmed_at", "left_at", "forget_at")
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{table[:-1]}_id"],
                [f"{table}.id"],
                name=op.f(f"fk_registrations_{table[:-1]}_id_{table}"),
            )
            for table in ("town_halls", "contacts", "sittings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("code", name=op.f("uq_registrations_code")),
        sa.UniqueConstraint(
            "town_hall_id", "contact_id", name=op.f("uq_registrations_town_hall_id_contact_id")
        ),
    )
    for column in ("contact_id", "forget_at"):
        op.create_index(op.f(f"ix_registrations_{column}"), "registrations", [column])
    op.create_index(op.f("ix_outbox_contact_id"), "outbox", ["contact_id"])
    op.add_column("circulars", sa.Column("digest", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_circulars_digest"), "circulars", ["digest"], unique=True)
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_invitations(is_forward=True)
        return
    op.alter_column("invitations", "seat_id", nullable=True)
    op.add_column("invitations", sa.Column("registration_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_invitations_registration_id_registrations"),
        "invitations",
        "registrations",
        ["registration_id"],
        ["id"],
    )
    op.create_check_constraint(op.f("ck_invitations_one_reason"), "invitations", REASON)


def downgrade() -> None:
    """Take the tables back, with the invitations of those who registered."""
    gone = "(SELECT id FROM invitations WHERE seat_id IS NULL)"
    for table in ("outbox", "mailed_replies"):
        op.execute(
            f"UPDATE {table} SET invitation_id = NULL WHERE invitation_id IN {gone}"  # noqa: S608
        )
    op.execute("DELETE FROM invitations WHERE seat_id IS NULL")
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_invitations(is_forward=False)
    else:
        op.drop_constraint(op.f("ck_invitations_one_reason"), "invitations")
        op.drop_column("invitations", "registration_id")
        op.alter_column("invitations", "seat_id", nullable=False)
    op.drop_index(op.f("ix_outbox_contact_id"), "outbox")
    op.drop_index(op.f("ix_circulars_digest"), "circulars")
    op.drop_column("circulars", "digest")
    op.drop_table("registrations")


def _rebuild_invitations(*, is_forward: bool) -> None:
    """Make the table anew, since SQLite cannot let a column be null that was not.

    Mails and answers point to its rows. They are put back under the same name before the
    transaction ends, so that the check that is put off until then finds every one of them.
    """
    kept = (
        "id, code, sitting_id, contact_id, seat_id, kind, partstat, answered_at, note, "
        "asked_sequence, said_sequence, said_at, removed_at"
    )
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMPORARY TABLE kept_invitations AS SELECT * FROM invitations")
    op.drop_table("invitations")
    targets = {"sitting_id": "sittings", "contact_id": "contacts", "seat_id": "seats"}
    if is_forward:
        targets["registration_id"] = "registrations"
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        *(
            sa.Column(
                name,
                sa.Integer(),
                nullable=is_forward and name in {"seat_id", "registration_id"},
            )
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
        *([sa.CheckConstraint(REASON, name=op.f("ck_invitations_one_reason"))] * is_forward),
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
