"""Departments, the handling order, approvals and deputies; what a complaint needs to be told apart by."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0015"
branch_labels = None
depends_on = None

APPEND_ONLY = ("approval_steps", "approval_decisions", "handling_acts")
LINKS = (
    ("first_agent_id", "users", "who took it from the customer"),
    ("department_id", "departments", None),
    ("complained_about_id", "users", "one of our people"),
    ("parent_id", "tickets", "the complaint that a review is of"),
    ("merged_into_id", "tickets", None),
)
PLAIN = (
    "complained_about",
    "handling_step",
    "amount_fen",
    "demand",
    "occurred_at",
    "business_code",
    "reason_code",
    "channel_code",
    "read_back_at",
    "told_at",
    "complexity",
    "source_body",
    "emergency",
    "legal_hold",
    "closed_at",
    "notified_at",
)
TABLES = (
    "approval_decisions",
    "penalties",
    "approval_steps",
    "handling_acts",
    "approval_requests",
    "deputies",
    "department_routes",
    "department_members",
    "departments",
)
INDEXED = ("department_id", "parent_id", "merged_into_id")
DEPARTMENTS = (
    (
        "service_centre",
        "centre",
        "客服中心",
        "Service centre",
        "统一受理,协调各部门",
        "Takes matters in; brings the departments together",
    ),
    (
        "service_section_1",
        "section",
        "客服一室",
        "Service section 1",
        "受理与首次解释、致歉",
        "First agents: takes in, explains, apologises",
    ),
    (
        "service_section_2",
        "section",
        "客服二室",
        "Service section 2",
        "受理与首次解释、致歉",
        "First agents: takes in, explains, apologises",
    ),
    (
        "customer_maintenance",
        "office",
        "客户维护室",
        "Customer maintenance office",
        "投诉处理、最终答复、归档",
        "Handles complaints, gives the final answer, keeps the files",
    ),
    (
        "risk",
        "department",
        "风控部",
        "Risk",
        "盗刷、欺诈、可疑交易的核查",
        "Fraud, card theft, suspicious transactions",
    ),
    (
        "accounting",
        "department",
        "账务部",
        "Accounting",
        "账单、入账、费用与利息的核查",
        "Bills, postings, fees and interest",
    ),
    (
        "marketing",
        "department",
        "市场部",
        "Marketing",
        "营销活动、宣传与销售行为的核查",
        "Campaigns, advertising, ways of selling",
    ),
    ("technology", "department", "科技部", "Technology", "网络与系统故障的核查", "Faults of networks and systems"),
    (
        "consumer_protection",
        "upper",
        "总行消费者权益保护部",
        "Head office, consumer protection",
        "核查申请的复核",
        "Decides on reviews",
    ),
)
ROUTES = (
    ("category", "account", "accounting"),
    ("category", "transaction", "risk"),
    ("category", "technical", "technology"),
    ("category", "other", "customer_maintenance"),
    ("reason", "service_attitude", "service_centre"),
    ("reason", "facilities", "technology"),
    ("reason", "marketing", "marketing"),
    ("reason", "disclosure", "marketing"),
    ("reason", "pricing", "accounting"),
    ("reason", "funds_safety", "risk"),
    ("reason", "information_safety", "risk"),
    ("level", "1", "customer_maintenance"),
    ("level", "2", "customer_maintenance"),
    ("level", "3", "technology"),
)


def upgrade() -> None:
    op.create_table(
        "departments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False, comment="centre, section, office, department or upper"),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("duty_zh", sa.String(length=500), server_default="", nullable=False),
        sa.Column("duty_en", sa.String(length=500), server_default="", nullable=False),
        sa.Column("p1_days", sa.Integer(), nullable=True),
        sa.Column("p2_days", sa.Integer(), nullable=True),
        sa.Column("p3_days", sa.Integer(), nullable=True),
        sa.Column("p4_days", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("code", name=op.f("uq_departments_code")),
    )
    op.create_table(
        "department_members",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post", sa.String(length=8), nullable=False, comment="head, deputy or member"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_department_members_department_id_departments")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_department_members_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_department_members")),
    )
    with op.batch_alter_table("department_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_department_members_department_id"), ["department_id"], unique=False)

    op.create_table(
        "department_routes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("axis", sa.String(length=12), nullable=False, comment="category, business, reason or level"),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_department_routes_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_routes")),
        sa.UniqueConstraint("axis", "key", name=op.f("uq_department_routes_axis")),
    )
    with op.batch_alter_table("department_routes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_department_routes_department_id"), ["department_id"], unique=False)

    op.create_table(
        "deputies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("principal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deputy_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["deputy_id"], ["users.id"], name=op.f("fk_deputies_deputy_id_users")),
        sa.ForeignKeyConstraint(["principal_id"], ["users.id"], name=op.f("fk_deputies_principal_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputies")),
    )
    with op.batch_alter_table("deputies", schema=None) as batch_op:
        batch_op.create_index("ix_deputies_deputy_until", ["deputy_id", "until_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_deputies_principal_id"), ["principal_id"], unique=False)

    op.create_table(
        "approval_requests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "subject",
            sa.String(length=24),
            nullable=False,
            comment="solution, extend_30, extend_60, penalty, regrade, …",
        ),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False, comment="what is signed, as it was shown"),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False, comment="open, approved, returned or superseded"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["users.id"], name=op.f("fk_approval_requests_requested_by_id_users")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_approval_requests_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_requests")),
    )
    with op.batch_alter_table("approval_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_requests_state"), ["state"], unique=False)
        batch_op.create_index("ix_approval_requests_ticket", ["ticket_id", "subject", "id"], unique=False)

    op.create_table(
        "handling_acts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False, comment="where in the handling order it was then: 0 to 4"),
        sa.Column("round", sa.Integer(), nullable=False, comment="how often the ticket had been reopened by then"),
        sa.Column("actor", sa.String(length=64), nullable=False, comment="user name, or system"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("about_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["about_id"], ["users.id"], name=op.f("fk_handling_acts_about_id_users")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_handling_acts_department_id_departments")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_handling_acts_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handling_acts")),
    )
    with op.batch_alter_table("handling_acts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handling_acts_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "approval_steps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "post", sa.String(length=12), nullable=False, comment="section, maintenance, deputy_gm, gm or department"
        ),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_approval_steps_department_id_departments")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["approval_requests.id"], name=op.f("fk_approval_steps_request_id_approval_requests")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_steps")),
        sa.UniqueConstraint("request_id", "position", name=op.f("uq_approval_steps_request_id")),
    )
    op.create_table(
        "penalties",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind", sa.String(length=20), nullable=False, comment="oral_warning, written_warning, bonus_deduction"
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_penalties_person_id_users")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["approval_requests.id"], name=op.f("fk_penalties_request_id_approval_requests")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_penalties_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_penalties")),
        sa.UniqueConstraint("request_id", name=op.f("uq_penalties_request_id")),
    )
    with op.batch_alter_table("penalties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_penalties_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_penalties_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "approval_decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decision", sa.String(length=8), nullable=False, comment="approve or return"),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "in_place_of_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the absent one he stands for",
        ),
        sa.Column("opinion", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_approval_decisions_decided_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["in_place_of_id"], ["users.id"], name=op.f("fk_approval_decisions_in_place_of_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["approval_steps.id"], name=op.f("fk_approval_decisions_step_id_approval_steps")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_decisions")),
        sa.UniqueConstraint("step_id", name=op.f("uq_approval_decisions_step_id")),
    )
    with op.batch_alter_table("approval_decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_decisions_decided_by_id"), ["decided_by_id"], unique=False)

    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "complained_about",
                sa.String(length=200),
                server_default="",
                nullable=False,
                comment="the party complained about, in the customer's words",
            )
        )
        batch_op.add_column(
            sa.Column(
                "handling_step",
                sa.Integer(),
                server_default="0",
                nullable=False,
                comment="how far up the handling order it is: 0 first agent to 4 general manager",
            )
        )
        batch_op.add_column(
            sa.Column("amount_fen", sa.BigInteger(), nullable=True, comment="the amount the matter is about")
        )
        batch_op.add_column(
            sa.Column("demand", sa.String(), server_default="", nullable=False, comment="what the customer asks for")
        )
        batch_op.add_column(sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("business_code", sa.String(length=40), nullable=True, comment="key of axis B"))
        batch_op.add_column(sa.Column("reason_code", sa.String(length=40), nullable=True, comment="key of axis C"))
        batch_op.add_column(sa.Column("channel_code", sa.String(length=40), nullable=True, comment="key of axis A"))
        batch_op.add_column(sa.Column("read_back_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column(
                "told_at", sa.DateTime(timezone=True), nullable=True, comment="when number, time and contact were told"
            )
        )
        batch_op.add_column(
            sa.Column(
                "complexity",
                sa.String(length=8),
                server_default="simple",
                nullable=False,
                comment="simple, complex or special",
            )
        )
        batch_op.add_column(
            sa.Column("source_body", sa.String(length=40), nullable=True, comment="the body that forwarded it")
        )
        batch_op.add_column(sa.Column("emergency", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("legal_hold", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True, comment="when the legal clock stopped")
        )

    _link()
    for column in INDEXED:
        op.create_index(f"ix_tickets_{column}", "tickets", [column])
    _seed()
    _refuse_changes()


def _link() -> None:
    """Columns that point at other tables; SQLite adds them in place, so that the table need not be written anew."""
    big = sa.BigInteger()
    for column, table, comment in LINKS:
        name = f"fk_tickets_{column}_{table}"
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"ALTER TABLE tickets ADD COLUMN {column} INTEGER CONSTRAINT {name} REFERENCES {table} (id)")
            continue
        op.add_column("tickets", sa.Column(column, big, nullable=True, comment=comment))
        op.create_foreign_key(name, "tickets", table, [column], ["id"])


def _seed() -> None:
    names = ("code", "kind", "name_zh", "name_en", "duty_zh", "duty_en")
    departments = sa.table("departments", *(sa.column(name, sa.String) for name in names))
    op.bulk_insert(departments, [dict(zip(names, row, strict=True)) for row in DEPARTMENTS])
    for axis, key, code in ROUTES:
        op.get_bind().execute(
            sa.text(
                "INSERT INTO department_routes (axis, key, department_id) "
                "SELECT :axis, :key, id FROM departments WHERE code = :code"
            ),
            {"axis": axis, "key": key, "code": code},
        )


def _refuse_changes() -> None:
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION huiyin_append_only()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION huiyin_append_only()"
            )
            continue
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    for table in APPEND_ONLY:
        verbs = (
            ("append_only", "no_truncate") if op.get_bind().dialect.name == "postgresql" else ("no_update", "no_delete")
        )
        for verb in verbs:
            on = f" ON {table}" if op.get_bind().dialect.name == "postgresql" else ""
            op.execute(f"DROP TRIGGER {table}_{verb}{on}")
    for column in INDEXED:
        op.drop_index(f"ix_tickets_{column}", table_name="tickets")
    for column in PLAIN:
        op.execute(f"ALTER TABLE tickets DROP COLUMN {column}")
    for column, _table, _comment in LINKS:
        op.execute(f"ALTER TABLE tickets DROP COLUMN {column}")
    for table in TABLES:
        op.drop_table(table)
