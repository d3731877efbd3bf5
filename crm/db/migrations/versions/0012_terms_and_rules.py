"""Terms of tickets, the numbers and calendars behind them, counters that triggers keep, and indexes of the lists."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0013"
branch_labels = None
depends_on = None

APPEND_ONLY = ("rule_versions", "calendar_notices")
TABLES = ("term_counts", "ticket_counts", "ticket_terms", "ticket_clocks", "calendar_notices", "rule_versions")
COUNTED = {
    "tickets": ("ticket_counts", ("kind", "status", "department_id", "assignee_id")),
    "ticket_terms": ("term_counts", ("kind", "state", "stage")),
}
"""Table → the table of its counts, and the columns by which it is counted."""
INDEXES = {
    "ix_tickets_kind_received": ["kind", "received_at", "id"],
    "ix_tickets_assignee_received": ["assignee_id", "received_at", "id"],
    "ix_tickets_created_by_received": ["created_by_id", "received_at", "id"],
    "ix_tickets_first_agent_received": ["first_agent_id", "received_at", "id"],
    "ix_tickets_status_legal_due": ["status", "legal_due_at", "id"],
    "ix_tickets_internal_due": ["internal_due_at", "id"],
}
REPLACED = {"ix_tickets_assignee_id": ["assignee_id"], "ix_tickets_created_by_id": ["created_by_id"]}


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "rule_versions",
        sa.Column("version", big, autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rule_versions")),
    )
    op.create_table(
        "calendar_notices",
        sa.Column("id", big, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False, comment="where it was published"),
        sa.Column("lines", sa.String(), nullable=False, comment="day,kind,name"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_notices")),
        sa.UniqueConstraint("year", "version", name=op.f("uq_calendar_notices_year")),
    )
    op.create_table(
        "ticket_clocks",
        sa.Column(
            "ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("zone", sa.String(length=64), nullable=False, comment="whose days are counted"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_clocks_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_clocks")),
    )
    _terms(big)
    _counts(big)
    for name, columns in INDEXES.items():
        op.create_index(name, "tickets", columns)
    for name in REPLACED:
        op.drop_index(name, table_name="tickets")
    _refuse_changes()
    _count()


def _terms(big: Any) -> None:
    op.create_table(
        "ticket_terms",
        sa.Column("id", big, nullable=False),
        sa.Column("ticket_id", big, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "certain",
            sa.Boolean(),
            nullable=False,
            comment="false: the calendar of a year that decides is not published yet",
        ),
        sa.Column("state", sa.String(length=8), nullable=False, comment="open, met, late or dropped"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "stage",
            sa.String(length=8),
            nullable=False,
            comment="of an open one: running, first, second, last, overdue",
        ),
        sa.Column("marks", sa.JSON(), nullable=False, comment="of which moments somebody was told"),
        sa.Column("next_mark_at", sa.DateTime(timezone=True), nullable=True, comment="when to look at it again"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_terms_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_terms")),
        sa.UniqueConstraint("ticket_id", "kind", "cycle", "step", name=op.f("uq_ticket_terms_ticket_id")),
    )
    op.create_index("ix_ticket_terms_state_kind_due", "ticket_terms", ["state", "kind", "due_at", "ticket_id"])
    op.create_index(op.f("ix_ticket_terms_next_mark_at"), "ticket_terms", ["next_mark_at"])


def _counts(big: Any) -> None:
    op.create_table(
        "ticket_counts",
        sa.Column("id", big, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("department_id", big, nullable=True),
        sa.Column("assignee_id", big, nullable=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_counts")),
    )
    op.create_table(
        "term_counts",
        sa.Column("id", big, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_counts")),
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


def _count() -> None:
    """What is there is counted; from now on each change of a row adds a row with +1 and one with -1.

    Rows are added and not changed, so that no two transactions wait for one another at a counter.
    """
    for table, (counts, columns) in COUNTED.items():
        names = ", ".join(columns)
        op.execute(  # the names stand above
            f"INSERT INTO {counts} ({names}, n) SELECT {names}, COUNT(*) FROM {table} GROUP BY {names}"  # noqa: S608
        )
        if op.get_bind().dialect.name == "postgresql":
            _count_postgresql(table, counts, columns)
        else:
            _count_sqlite(table, counts, columns)


def _added(counts: str, columns: tuple[str, ...], row: str, n: int) -> str:
    values = ", ".join(f"{row}.{column}" for column in columns)
    return f"INSERT INTO {counts} ({', '.join(columns)}, n) VALUES ({values}, {n});"  # noqa: S608  (the names stand above)


def _changed(columns: tuple[str, ...], word: str) -> str:
    return " OR ".join(f"OLD.{column} {word} NEW.{column}" for column in columns)


def _count_postgresql(table: str, counts: str, columns: tuple[str, ...]) -> None:
    op.execute(
        f"CREATE FUNCTION huiyin_count_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' THEN IF NOT ({_changed(columns, 'IS DISTINCT FROM')}) THEN RETURN NULL; END IF; END IF; "
        f"IF TG_OP <> 'INSERT' THEN {_added(counts, columns, 'OLD', -1)} END IF; "
        f"IF TG_OP <> 'DELETE' THEN {_added(counts, columns, 'NEW', 1)} END IF; "
        "RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_counted AFTER INSERT OR UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION huiyin_count_{table}()"
    )


def _count_sqlite(table: str, counts: str, columns: tuple[str, ...]) -> None:
    gone, come = _added(counts, columns, "OLD", -1), _added(counts, columns, "NEW", 1)
    op.execute(f"CREATE TRIGGER {table}_counted_insert AFTER INSERT ON {table} BEGIN {come} END")
    op.execute(f"CREATE TRIGGER {table}_counted_delete AFTER DELETE ON {table} BEGIN {gone} END")
    op.execute(
        f"CREATE TRIGGER {table}_counted_update AFTER UPDATE ON {table} "
        f"WHEN {_changed(columns, 'IS NOT')} BEGIN {gone} {come} END"
    )


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in COUNTED:
        if postgresql:
            op.execute(f"DROP TRIGGER {table}_counted ON {table}")
            op.execute(f"DROP FUNCTION huiyin_count_{table}()")
        else:
            for verb in ("insert", "delete", "update"):
                op.execute(f"DROP TRIGGER {table}_counted_{verb}")
    for name, columns in REPLACED.items():
        op.create_index(name, "tickets", columns)
    for name in INDEXES:
        op.drop_index(name, table_name="tickets")
    for table in APPEND_ONLY:
        for verb in ("append_only", "no_truncate") if postgresql else ("no_update", "no_delete"):
            op.execute(f"DROP TRIGGER {table}_{verb}" + (f" ON {table}" if postgresql else ""))
    for table in TABLES:
        op.drop_table(table)
