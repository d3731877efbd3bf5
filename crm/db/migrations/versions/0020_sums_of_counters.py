"""Sums of the counters, one row a key of an axis a day."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_day_sums",
        sa.Column("axis", sa.String(length=12), nullable=False, comment="all, or an axis of crm.domain.axes"),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("told_in_time", sa.Integer(), nullable=False),
        sa.Column("late_open", sa.Integer(), nullable=False),
        sa.Column("cost_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("axis", "kind", "day", "key", name=op.f("pk_ticket_day_sums")),
    )
    with op.batch_alter_table("ticket_day_sums", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_day_sums_day", ["day"], unique=False)
    op.execute(
        "DELETE FROM counter_marks WHERE name = 'ticket_days'"
    )  # the chain is followed anew, and all is summed up


def downgrade() -> None:
    with op.batch_alter_table("ticket_day_sums", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_day_sums_day")
    op.drop_table("ticket_day_sums")
