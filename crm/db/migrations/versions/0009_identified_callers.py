"""Who found out which customer is on the line, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "identified_at",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="when the agent made sure that it is this customer; null: only the number says so",
            )
        )
        batch_op.add_column(sa.Column("identified_by", sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.drop_column("identified_by")
        batch_op.drop_column("identified_at")
