"""Key figures: sums and what changed since, weights of the composite, frozen months, objections."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from crm.db.append_only import allow_changes, refuse_changes
from crm.db.base import UTCDateTime

revision = "0024"
down_revision = "0021"
branch_labels = None
depends_on = None

FACTS = (
    "calls_in",
    "contained",
    "answered",
    "abandoned",
    "short_abandoned",
    "took_callback",
    "left_message",
    "in_15",
    "in_20",
    "wait_ms",
    "handled",
    "talk_ms",
    "hold_ms",
    "acw_ms",
    "transferred",
    "outbound",
    "outbound_ms",
    "solved",
    "solved_once",
    "ready_ms",
    "busy_ms",
    "paused_ms",
    "complaints",
    "complaints_closed",
    "complaints_repeated",
    "complaints_valid",
    "due",
    "due_in_time",
    "ended",
    "visited",
    "visited_reached",
    "visited_satisfied",
    "scored",
    "score_tenths",
    "fatals",
    "surveys_offered",
    "surveys_answered",
    "surveys_good",
    "nps_answered",
    "nps_promoters",
    "nps_detractors",
    "exams",
    "exam_tenths",
    "planned_ms",
    "adhered_ms",
    "paid_ms",
    "shifts_planned",
    "shifts_kept",
)
APPEND_ONLY = ("kpi_weights", "kpi_freezes", "kpi_frozen_rows", "kpi_objections", "kpi_rulings", "kpi_corrections")
TABLES = (
    "kpi_corrections", "kpi_rulings", "kpi_objections", "kpi_frozen_rows", "kpi_freezes", "kpi_weights", "kpi_stays",
    "kpi_changes", "kpi_sums",
)  # fmt: skip
NOTED = {
    "calls": ("calls", "call_id", None),
    "queue_visits": ("calls", "call_id", None),
    "call_legs": ("calls", "call_id", None),
    "wrap_ups": ("calls", "call_id", None),
    "tickets": ("tickets", "id", "legal_due_at"),
    "visits": ("tickets", "ticket_id", None),
    "investigations": ("tickets", "ticket_id", None),
    "ticket_links": ("tickets", "ticket_id", None),
}
"""Table → the source whose figures it makes, what it belongs to, and an instant that may move to another day."""


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    _sums(big)
    _book(big)
    _months(big)
    _note()
    refuse_changes(APPEND_ONLY)
    _count_what_is_there()


def _sums(big: Any) -> None:
    op.create_table(
        "kpi_sums",
        sa.Column("id", big, nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False, comment="a crm.domain.kpi_facts.Source"),
        sa.Column(
            "axis", sa.String(length=6), nullable=False, comment="day (the house), queue (by queue and hour) or agent"
        ),
        sa.Column("day", sa.Date(), nullable=False, comment="the centre's"),
        sa.Column("hour", sa.Integer(), nullable=False, comment="-1: of the day only"),
        sa.Column("queue", sa.String(length=40), nullable=False, comment="empty: of none"),
        sa.Column("user_id", sa.BigInteger(), nullable=False, comment="0: nobody's"),
        sa.Column(
            "team_id", sa.BigInteger(), nullable=False, comment="the section that he was in on that day; 0: none"
        ),
        *(sa.Column(name, sa.BigInteger(), nullable=True, comment="null: nothing") for name in FACTS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_sums")),
        comment="sums of facts; made from what they count, never changed by hand",
    )
    op.create_index("ix_kpi_sums_axis_day", "kpi_sums", ["axis", "day"])
    op.create_index("ix_kpi_sums_user_day", "kpi_sums", ["user_id", "day"])
    op.create_index("ix_kpi_sums_source_day", "kpi_sums", ["source", "day"])


def _book(big: Any) -> None:
    op.create_table(
        "kpi_changes",
        sa.Column("id", big, nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=True),
        sa.Column("at", UTCDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_changes")),
    )
    op.create_table(
        "kpi_stays",
        sa.Column("id", big, nullable=False),
        sa.Column("user_id", big, nullable=False),
        sa.Column("department_id", big, nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=True, comment="null: he still is"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_kpi_stays_user_id_users")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_kpi_stays_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_stays")),
    )
    op.create_index("ix_kpi_stays_user", "kpi_stays", ["user_id", "first"])
    op.create_table(
        "kpi_weights",
        sa.Column("version", big, autoincrement=False, nullable=False),
        sa.Column("made_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column(
            "first_month", sa.String(length=7), nullable=False, comment="YYYY-MM: the first month that it counts for"
        ),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_kpi_weights")),
    )


def _months(big: Any) -> None:
    op.create_table(
        "kpi_freezes",
        sa.Column("id", big, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False, comment="YYYY-MM"),
        sa.Column("made_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("weights_version", sa.Integer(), nullable=False, comment="0: the house's first weights"),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_freezes")),
        sa.UniqueConstraint("month", name=op.f("uq_kpi_freezes_month")),
    )
    op.create_table(
        "kpi_frozen_rows",
        sa.Column("id", big, nullable=False),
        sa.Column("freeze_id", big, nullable=False),
        sa.Column("axis", sa.String(length=10), nullable=False),
        sa.Column(
            "key",
            sa.String(length=40),
            nullable=False,
            comment="queue, or id of the section or the person; house: empty",
        ),
        sa.Column("day", sa.Date(), nullable=False, comment="of a composite: the month's first"),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["freeze_id"], ["kpi_freezes.id"], name=op.f("fk_kpi_frozen_rows_freeze_id_kpi_freezes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_frozen_rows")),
        sa.UniqueConstraint("freeze_id", "axis", "key", "day", name=op.f("uq_kpi_frozen_rows_freeze_id")),
    )
    op.create_table(
        "kpi_objections",
        sa.Column("id", big, nullable=False),
        sa.Column("freeze_id", big, nullable=False),
        sa.Column("user_id", big, nullable=False),
        sa.Column(
            "figure", sa.String(length=40), nullable=False, comment="a name of crm.domain.kpi.FORMULAS, or composite"
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column(
            "call_id", sa.String(length=100), nullable=True, comment="the call that it is about, if one is named"
        ),
        sa.Column("made_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("due_at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["freeze_id"], ["kpi_freezes.id"], name=op.f("fk_kpi_objections_freeze_id_kpi_freezes")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_kpi_objections_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_objections")),
    )
    op.create_index(op.f("ix_kpi_objections_freeze_id"), "kpi_objections", ["freeze_id"])
    op.create_index("ix_kpi_objections_user", "kpi_objections", ["user_id", "made_at"])
    op.create_table(
        "kpi_rulings",
        sa.Column("objection_id", big, autoincrement=False, nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("ruled_by_id", big, nullable=True),
        sa.Column("ruled_by", sa.String(length=64), nullable=False),
        sa.Column("ruled_at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["kpi_objections.id"], name=op.f("fk_kpi_rulings_objection_id_kpi_objections")
        ),
        sa.ForeignKeyConstraint(["ruled_by_id"], ["users.id"], name=op.f("fk_kpi_rulings_ruled_by_id_users")),
        sa.PrimaryKeyConstraint("objection_id", name=op.f("pk_kpi_rulings")),
    )
    op.create_table(
        "kpi_corrections",
        sa.Column("id", big, nullable=False),
        sa.Column("freeze_id", big, nullable=False),
        sa.Column("objection_id", big, nullable=False),
        sa.Column("user_id", big, nullable=False),
        sa.Column("made_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False, comment="facts of the month, and his composite"),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["freeze_id"], ["kpi_freezes.id"], name=op.f("fk_kpi_corrections_freeze_id_kpi_freezes")
        ),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["kpi_objections.id"], name=op.f("fk_kpi_corrections_objection_id_kpi_objections")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_kpi_corrections_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_corrections")),
        sa.UniqueConstraint("objection_id", name=op.f("uq_kpi_corrections_objection_id")),
    )
    op.create_index(op.f("ix_kpi_corrections_freeze_id"), "kpi_corrections", ["freeze_id"])


def _noted(source: str, subject: str, at: str | None, row: str) -> str:
    instant = f"{row}.{at}" if at else "NULL"
    return (
        "INSERT INTO kpi_changes (source, subject, at) "  # noqa: S608  (the names stand above)
        f"VALUES ('{source}', CAST({row}.{subject} AS VARCHAR(100)), {instant});"
    )


def _note() -> None:
    """Whoever changes what figures are made of leaves a note of it; rows are added, so nobody waits for anybody."""
    for table, (source, subject, at) in NOTED.items():
        new, old = _noted(source, subject, at, "NEW"), _noted(source, subject, at, "OLD") if at else ""
        if op.get_bind().dialect.name == "postgresql":
            before = f"IF TG_OP = 'UPDATE' THEN {old} END IF;" if old else ""
            op.execute(
                f"CREATE FUNCTION huiyin_kpi_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"{before} {new} RETURN NULL; END $$"
            )
            op.execute(
                f"CREATE TRIGGER {table}_kpi AFTER INSERT OR UPDATE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION huiyin_kpi_{table}()"
            )
            continue
        op.execute(f"CREATE TRIGGER {table}_kpi_insert AFTER INSERT ON {table} BEGIN {new} END")
        op.execute(f"CREATE TRIGGER {table}_kpi_update AFTER UPDATE ON {table} BEGIN {old} {new} END")


def _count_what_is_there() -> None:
    """What came in before is counted by the first run of the job."""
    op.execute("INSERT INTO kpi_changes (source, subject) SELECT 'calls', call_id FROM calls")
    op.execute("INSERT INTO kpi_changes (source, subject) SELECT 'tickets', CAST(id AS VARCHAR(100)) FROM tickets")


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in NOTED:
        if postgresql:
            op.execute(f"DROP TRIGGER {table}_kpi ON {table}")
            op.execute(f"DROP FUNCTION huiyin_kpi_{table}()")
        else:
            for verb in ("insert", "update"):
                op.execute(f"DROP TRIGGER {table}_kpi_{verb}")
    allow_changes(APPEND_ONLY)
    for table in TABLES:
        op.drop_table(table)
