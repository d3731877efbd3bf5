"""Files that came with a matter."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(length=36), nullable=False, comment="a UUID that cannot be guessed"),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "file_name", sa.String(length=120), nullable=False, comment="cleaned, with an ending of its real kind"
        ),
        sa.Column(
            "media_type", sa.String(length=100), nullable=False, comment="by its bytes, not by what was said of it"
        ),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="of the content before encryption"),
        sa.Column("state", sa.String(length=12), server_default="stored", nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False, comment="user name, customer, or system"),
        sa.Column("store_key", sa.String(length=120), nullable=False, comment="its name in the store"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_attachments_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
        sa.UniqueConstraint("store_key", name=op.f("uq_attachments_store_key")),
        sa.UniqueConstraint("ticket_id", "sha256", name=op.f("uq_attachments_ticket_id")),
    )
    op.create_index(op.f("ix_attachments_ticket_id"), "attachments", ["ticket_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_attachments_ticket_id"), table_name="attachments")
    op.drop_table("attachments")
