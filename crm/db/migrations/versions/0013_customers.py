"""What is known of customers: profile, channels, consent, needs, plans, feedback, activities; sealed fields."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0014"
branch_labels = None
depends_on = None

SEALED = (
    ("customers", "name"),
    ("customer_numbers", "number"),
    ("calls", "caller_number"),
    ("calls", "dialled_number"),
    ("tickets", "caller_number"),
    ("tasks", "number"),
    ("outbound_calls", "number"),
)
"""Columns whose values grow longer because they are sealed. SQLite minds no length."""
TABLES = (
    "activity_guests",
    "activities",
    "care_plans",
    "customer_advice",
    "customer_changes",
    "customer_consents",
    "customer_contacts",
    "customer_feedback",
    "customer_merges",
    "customer_needs",
    "customer_profiles",
    "customer_words",
    "risk_assessments",
)


def upgrade() -> None:
    _grow()
    op.create_table(
        "activities",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("topic", sa.String(length=24), nullable=False),
        sa.Column("online", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    op.create_index(op.f("ix_activities_starts_at"), "activities", ["starts_at"], unique=False)
    op.create_table(
        "activity_guests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="of the last change"),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True, comment="what he thought of it, 1 to 5"),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("interest", sa.String(length=16), nullable=False, comment="a product that he asked about there"),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_activity_guests_activity_id_activities")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_activity_guests_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_guests")),
        sa.UniqueConstraint("activity_id", "customer_id", name=op.f("uq_activity_guests_activity_id")),
    )
    op.create_index(op.f("ix_activity_guests_customer_id"), "activity_guests", ["customer_id"], unique=False)
    op.create_table(
        "care_plans",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("mix", sa.JSON(), nullable=False, comment="[{product, share, risk}], shares of 100"),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("manager", sa.String(length=64), nullable=False, comment="user name of who looks after him"),
        sa.Column(
            "visit_days", sa.Integer(), nullable=True, comment="days between two visits; null: as his grade has it"
        ),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False, comment="draft, agreed, ended, replaced"),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_by", sa.String(length=64), nullable=True, comment="who wrote the customer's yes down"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_care_plans_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_plans")),
    )
    op.create_index(op.f("ix_care_plans_customer_id"), "care_plans", ["customer_id"], unique=False)
    op.create_table(
        "customer_advice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("product", sa.String(length=16), nullable=False),
        sa.Column("product_risk", sa.String(length=2), nullable=False, comment="R1 to R5, or empty: none was named"),
        sa.Column("suitable", sa.Boolean(), nullable=True, comment="null: no product was named"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True, comment="null: he thinks about it"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_advice_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_advice")),
    )
    op.create_index(op.f("ix_customer_advice_at"), "customer_advice", ["at"], unique=False)
    op.create_index(op.f("ix_customer_advice_customer_id"), "customer_advice", ["customer_id"], unique=False)
    op.create_table(
        "customer_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False, comment="of the fields"),
        sa.Column("fields", sa.JSON(), nullable=False, comment="name → [before, after]"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_changes_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_changes")),
    )
    op.create_index(op.f("ix_customer_changes_customer_id"), "customer_changes", ["customer_id"], unique=False)
    op.create_table(
        "customer_consents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True, comment="null: until it is taken back"),
        sa.Column("by", sa.String(length=64), nullable=False, comment="user name of who wrote it down"),
        sa.Column("channel", sa.String(length=12), nullable=False, comment="how he said so"),
        sa.Column("evidence", sa.String(length=120), nullable=False, comment="a recording, a ticket, a paper"),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_consents_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_consents")),
    )
    op.create_index(
        "ix_customer_consents_customer_purpose", "customer_consents", ["customer_id", "purpose", "id"], unique=False
    )
    op.create_table(
        "customer_contacts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_contacts_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_contacts")),
    )
    op.create_index(op.f("ix_customer_contacts_customer_id"), "customer_contacts", ["customer_id"], unique=False)
    op.create_table(
        "customer_merges",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kept_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("merged_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False, comment="table.column → keys of the rows"),
        sa.Column("before", sa.JSON(), nullable=False, comment="the kept customer as he was"),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=64), nullable=True),
        sa.Column("undo_reason", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(["kept_id"], ["customers.id"], name=op.f("fk_customer_merges_kept_id_customers")),
        sa.ForeignKeyConstraint(["merged_id"], ["customers.id"], name=op.f("fk_customer_merges_merged_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merges")),
    )
    op.create_index(op.f("ix_customer_merges_kept_id"), "customer_merges", ["kept_id"], unique=False)
    op.create_index(op.f("ix_customer_merges_merged_id"), "customer_merges", ["merged_id"], unique=False)
    op.create_table(
        "customer_needs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("products", sa.JSON(), nullable=False, comment="kinds of products that he asks for"),
        sa.Column("preference", sa.String(length=16), nullable=False, comment="what he wants of an investment"),
        sa.Column("liquidity", sa.String(length=12), nullable=False, comment="how soon he may need the money"),
        sa.Column("horizon", sa.String(length=12), nullable=False, comment="how long he can do without it"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_needs_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_needs")),
    )
    op.create_index(op.f("ix_customer_needs_customer_id"), "customer_needs", ["customer_id"], unique=False)
    op.create_table(
        "customer_profiles",
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("id_kind", sa.String(length=12), nullable=False, comment="id_card, passport, other"),
        sa.Column("id_number", sa.Text(), nullable=False),
        sa.Column("born_on", sa.Text(), nullable=False, comment="1960-05-01"),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("occupation", sa.Text(), nullable=False),
        sa.Column("income", sa.Text(), nullable=False, comment="a band, or empty"),
        sa.Column("remarks", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_profiles_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_profiles")),
    )
    op.create_table(
        "customer_words",
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("word", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_words_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("customer_id", "word", name=op.f("pk_customer_words")),
    )
    op.create_index(op.f("ix_customer_words_word"), "customer_words", ["word"], unique=False)
    op.create_table(
        "risk_assessments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=2), nullable=False, comment="C1 (careful) to C5"),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_risk_assessments_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_assessments")),
    )
    op.create_index(op.f("ix_risk_assessments_customer_id"), "risk_assessments", ["customer_id"], unique=False)
    op.create_table(
        "customer_feedback",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=8), nullable=False, comment="process, product"),
        sa.Column("subject", sa.String(length=24), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True, comment="1 (bad) to 5"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False, comment="new, passed, answered"),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_by", sa.String(length=64), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_feedback_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_customer_feedback_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_feedback")),
    )
    op.create_index("ix_customer_feedback_about_at", "customer_feedback", ["about", "at"], unique=False)
    op.create_index(op.f("ix_customer_feedback_customer_id"), "customer_feedback", ["customer_id"], unique=False)
    op.create_index(op.f("ix_customer_feedback_ticket_id"), "customer_feedback", ["ticket_id"], unique=False)

    _append_only("customer_consents")
    if op.get_bind().dialect.name == "postgresql":
        for table, column in SEALED:
            op.alter_column(table, column, type_=sa.Text())
        op.alter_column("customers", "grade", comment="vip, important, or empty: ordinary")


def _grow() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    for column in (
        sa.Column("number_key", sa.String(length=32), server_default="", nullable=False),
        sa.Column("kind", sa.String(length=8), server_default="", nullable=False, comment="mobile, home, work, other"),
        sa.Column("preferred", sa.Boolean(), server_default=sa.false(), nullable=False, comment="to be called first"),
        sa.Column("source", sa.String(length=12), server_default="call", nullable=False, comment="call, staff, merge"),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("added_by", sa.String(length=64), nullable=True),
    ):
        op.add_column("customer_numbers", column)
    op.execute("UPDATE customer_numbers SET number_key = number")  # digests are made of them when fields are sealed
    op.drop_index("ix_customer_numbers_number", table_name="customer_numbers")
    op.create_index("ix_customer_numbers_number_key", "customer_numbers", ["number_key"])
    more: tuple[sa.Column[Any], ...] = (
        sa.Column(
            "vulnerable",
            sa.JSON(),
            server_default="[]",
            nullable=False,
            comment="why he needs more care (Vulnerability), none: empty",
        ),
        sa.Column(
            "preferred_channel",
            sa.String(length=8),
            nullable=True,
            comment="phone, sms, email, letter; null: not asked",
        ),
        sa.Column("preferred_time", sa.String(length=80), server_default="", nullable=False),
        sa.Column("state", sa.String(length=8), server_default="active", nullable=False),
        sa.Column(
            "made_by",
            sa.String(length=64),
            nullable=True,
            comment="user name; null: the house itself, from a call",
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False, comment="grows with every change"),
    )
    for one in more:
        op.add_column("customers", one)
    name = "fk_customers_merged_into_id_customers"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"ALTER TABLE customers ADD COLUMN merged_into_id INTEGER CONSTRAINT {name} REFERENCES customers (id)"
        )
    else:
        op.add_column(
            "customers", sa.Column("merged_into_id", big, nullable=True, comment="whose double he was found to be")
        )
        op.create_foreign_key(name, "customers", "customers", ["merged_into_id"], ["id"])
    op.create_index("ix_customers_merged_into_id", "customers", ["merged_into_id"])
    op.create_index("ix_customers_made_by", "customers", ["made_by"])


def _append_only(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION huiyin_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION huiyin_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def downgrade() -> None:
    """Sealed columns stay as long as they are: their values cannot be cut."""
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_customers_made_by", table_name="customers")
    op.drop_index("ix_customers_merged_into_id", table_name="customers")
    op.execute("ALTER TABLE customers DROP COLUMN merged_into_id")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("customers", "grade", comment="vip, or empty")
    for column in ("version", "updated_at", "made_by", "state", "preferred_time", "preferred_channel", "vulnerable"):
        op.drop_column("customers", column)
    op.drop_index("ix_customer_numbers_number_key", table_name="customer_numbers")
    for column in ("added_by", "added_at", "source", "preferred", "kind", "number_key"):
        op.drop_column("customer_numbers", column)
    op.create_index("ix_customer_numbers_number", "customer_numbers", ["number"])
