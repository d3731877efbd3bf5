"""Whether a caller called us or an agent called a customer."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "direction",
                sa.String(length=8),
                server_default="inbound",
                nullable=False,
                comment="inbound, or outbound: an agent called, and who was dialled is the customer",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_column("direction")
