"""Surveys of customers after calls and visits."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("way", sa.String(length=6), nullable=False),
        sa.Column("unique_key", sa.String(length=160), nullable=False, comment="what it was offered for, so only once"),
        sa.Column("call_id", sa.String(length=100), nullable=True),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "visit_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the visit that it asks about",
        ),
        sa.Column(
            "user_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="whose service it is about",
        ),
        sa.Column("queue", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True, comment="SHA-256 of the secret in the link"),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True, comment="1 to 5"),
        sa.Column("recommends", sa.Integer(), nullable=True, comment="0 to 10"),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column(
            "follow_up_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="planned for a low mark",
        ),
        sa.CheckConstraint("recommends between 0 and 10", name=op.f("ck_surveys_recommends")),
        sa.CheckConstraint("score between 1 and 5", name=op.f("ck_surveys_score")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_surveys_call_id_calls")),
        sa.ForeignKeyConstraint(["follow_up_id"], ["visits.id"], name=op.f("fk_surveys_follow_up_id_visits")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_surveys_ticket_id_tickets")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_surveys_user_id_users")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_surveys_visit_id_visits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("digest", name=op.f("uq_surveys_digest")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_surveys_unique_key")),
    )
    with op.batch_alter_table("surveys") as batch_op:
        batch_op.create_index(op.f("ix_surveys_call_id"), ["call_id"], unique=False)
        batch_op.create_index(op.f("ix_surveys_ticket_id"), ["ticket_id"], unique=False)
        batch_op.create_index("ix_surveys_offered_at", ["offered_at", "id"], unique=False)
        batch_op.create_index("ix_surveys_user_offered", ["user_id", "offered_at"], unique=False)


def downgrade() -> None:
    op.drop_table("surveys")
