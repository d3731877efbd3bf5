"""A number's and a customer's newest calls and tickets, found without reading the older ones."""

from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_calls_caller_key_started", "calls", ["caller_key", "started_at"]),
    ("ix_calls_customer_started", "calls", ["customer_id", "started_at"]),
    ("ix_tickets_customer_received", "tickets", ["customer_id", "received_at"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _columns in reversed(INDEXES):
        op.drop_index(name, table_name=table)
