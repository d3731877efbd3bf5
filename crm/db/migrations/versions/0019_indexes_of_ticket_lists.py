"""An index for each way to a ticket in each order of the lists, so that no page of a list has to sort."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INDEXES = {
    f"ix_tickets_{name}_{order}": [column, f"{order}_at", "id"]
    for name, column in (
        ("assignee", "assignee_id"),
        ("created_by", "created_by_id"),
        ("first_agent", "first_agent_id"),
        ("kind", "kind"),
    )
    for order in ("legal_due", "internal_due")
} | {
    "ix_tickets_status_internal_due": ["status", "internal_due_at", "id"],
    "ix_tickets_department_received": ["department_id", "received_at", "id"],
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(name, "tickets", columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name="tickets")
