"""Answers by mail, and the addresses that speak for a person."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KINDS = ("reply", "returned", "automatic", "other", "unreadable")
_ANSWERS = ("NEEDS-ACTION", "ACCEPTED", "TENTATIVE", "DECLINED")
_FATES = ("counted", "noted", "before-move", "older", "closed", "waiting", "ignored")
_DOUBTS = ("attendee", "sender")


def _choice(values: tuple[str, ...], name: str) -> sa.Enum:
    """Return the type of a column that holds one of the values, as text."""
    return sa.Enum(*values, name=name, native_enum=False, length=24, create_constraint=False)


def upgrade() -> None:
    """Bring the tables forward; what was answered so far answers the sitting as it is."""
    op.add_column(
        "invitations",
        sa.Column("asked_sequence", sa.Integer(), nullable=False, server_default=sa.text("0")),
    )
    op.add_column("invitations", sa.Column("said_sequence", sa.Integer(), nullable=True))
    op.add_column("invitations", sa.Column("said_at", sa.DateTime(timezone=True), nullable=True))
    current = "(SELECT sequence FROM sittings WHERE sittings.id = invitations.sitting_id)"
    op.execute(f"UPDATE invitations SET asked_sequence = {current}")  # noqa: S608  no value
    op.execute(
        f"UPDATE invitations SET said_sequence = {current}, said_at = answered_at "  # noqa: S608
        "WHERE answered_at IS NOT NULL"
    )
    op.create_table(
        "contact_aliases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("alias_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["alias_id"], ["contacts.id"], name=op.f("fk_contact_aliases_alias_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_contact_aliases_contact_id_contacts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_aliases")),
        sa.UniqueConstraint(
            "contact_id", "alias_id", name=op.f("uq_contact_aliases_contact_id_alias_id")
        ),
    )
    op.create_index(op.f("ix_contact_aliases_alias_id"), "contact_aliases", ["alias_id"])
    op.create_table(
        "incoming_mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", _choice(_KINDS, "kind"), nullable=False),
        sa.Column("town_hall_id", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["town_hall_id"],
            ["town_halls.id"],
            name=op.f("fk_incoming_mails_town_hall_id_town_halls"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mails")),
        sa.UniqueConstraint("digest", name=op.f("uq_incoming_mails_digest")),
    )
    op.create_index(
        op.f("ix_incoming_mails_town_hall_id_incoming_mails_kind"),
        "incoming_mails",
        ["town_hall_id", "kind"],
    )
    _create_mailed_replies()


def _create_mailed_replies() -> None:
    """Make the table of what was answered by mail."""
    targets = {
        "mail_id": "incoming_mails",
        "sitting_id": "sittings",
        "invitation_id": "invitations",
        "attendee_id": "contacts",
        "sender_id": "contacts",
    }
    op.create_table(
        "mailed_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=name not in {"mail_id", "sitting_id"})
            for name in targets
        ),
        sa.Column("partstat", _choice(_ANSWERS, "partstat"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("stamped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counters", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("fate", _choice(_FATES, "fate"), nullable=False),
        sa.Column("doubt", _choice(_DOUBTS, "doubt"), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_mailed_replies_{name}_{table}")
            )
            for name, table in targets.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_replies")),
    )
    op.create_index(
        op.f("ix_mailed_replies_sitting_id_mailed_replies_fate"),
        "mailed_replies",
        ["sitting_id", "fate"],
    )
    op.create_index(op.f("ix_mailed_replies_invitation_id"), "mailed_replies", ["invitation_id"])


def downgrade() -> None:
    """Take the tables back."""
    for table in ("mailed_replies", "incoming_mails", "contact_aliases"):
        op.drop_table(table)
    for column in ("asked_sequence", "said_sequence", "said_at"):
        op.drop_column("invitations", column)
