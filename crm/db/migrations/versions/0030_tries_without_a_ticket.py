"""A try for a visit that has no ticket is a row, too, with its call and its note; before, only the audit log had it."""

import sqlalchemy as sa
from alembic import op

from crm.db.append_only import allow_changes, refuse_changes

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_TRIES = ("contact_tries",)


def upgrade() -> None:
    _make_ticket_nullable(nullable=True)
    op.execute(
        "INSERT INTO contact_tries (ticket_id, purpose, round, visit_id, at, by_id, reached, call_id, note) "
        "SELECT NULL, 'visit', v.round, v.id, a.at, u.id, FALSE, NULL, '' FROM visits v "
        "JOIN audit_log a ON a.subject = 'visit:' || v.id AND a.action = 'visit.not_reached' "
        "LEFT JOIN users u ON u.username = a.actor WHERE v.ticket_id IS NULL ORDER BY a.id"
    )


def downgrade() -> None:
    """Their notes and calls are lost: the table had no room for them."""
    allow_changes(_TRIES)
    op.execute("DELETE FROM contact_tries WHERE ticket_id IS NULL")
    refuse_changes(_TRIES)
    _make_ticket_nullable(nullable=False)


def _make_ticket_nullable(*, nullable: bool) -> None:
    # SQLite makes the table anew, and with the old one its triggers go.
    allow_changes(_TRIES)
    with op.batch_alter_table("contact_tries") as batch_op:
        batch_op.alter_column("ticket_id", existing_type=sa.BigInteger(), nullable=nullable)
    refuse_changes(_TRIES)
