"""What people with a clock of their own were told that it shows at a sitting's start."""

from datetime import UTC

import pytz
import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

AT_ONCE = 1_000


def upgrade() -> None:
    """Bring the table forward.

    Those who registered were told what the zone database in use then says. Where it is another
    one by now that cannot be known any more, and is left open.
    """
    op.add_column("invitations", sa.Column("told_zone", sa.String(length=64), nullable=True))
    op.add_column("invitations", sa.Column("told_start", sa.String(length=32), nullable=True))
    db = op.get_bind()
    invitations = sa.table(
        "invitations",
        *(sa.column(name) for name in ("id", "sitting_id", "registration_id")),
        *(sa.column(name) for name in ("told_zone", "told_start")),
    )
    sittings = sa.table(
        "sittings",
        *(sa.column(name) for name in ("id", "state", "zone_release")),
        sa.column("starts_at", sa.DateTime(timezone=db.dialect.name == "postgresql")),
    )
    registrations = sa.table("registrations", sa.column("id"), sa.column("zone"))
    rows = db.execute(
        sa.select(invitations.c.id, registrations.c.zone, sittings.c.starts_at)
        .join(sittings, sittings.c.id == invitations.c.sitting_id)
        .join(registrations, registrations.c.id == invitations.c.registration_id)
        .where(sittings.c.state == "scheduled", sittings.c.zone_release == pytz.OLSON_VERSION)
    ).all()
    told = [
        {
            "row": row.id,
            "told_zone": row.zone,
            "told_start": row.starts_at.replace(tzinfo=row.starts_at.tzinfo or UTC)
            .astimezone(pytz.timezone(row.zone))
            .isoformat(timespec="minutes"),
        }
        for row in rows
    ]
    change = (
        sa.update(invitations)
        .where(invitations.c.id == sa.bindparam("row"))
        .values(told_zone=sa.bindparam("told_zone"), told_start=sa.bindparam("told_start"))
    )
    for first in range(0, len(told), AT_ONCE):
        db.execute(change, told[first : first + AT_ONCE])


def downgrade() -> None:
    """Take the columns back."""
    for name in ("told_start", "told_zone"):
        op.drop_column("invitations", name)
