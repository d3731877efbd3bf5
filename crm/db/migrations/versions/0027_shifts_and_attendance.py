"""Shifts and attendance: kinds and patterns of shifts, the roster, leave, swaps, the clock, needs, hand-overs."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from crm.db.append_only import allow_changes, refuse_changes

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

APPEND_ONLY = ("shift_events", "clock_events")
BREAKS = [["rest", 120, 15], ["meal", 240, 30], ["rest", 375, 15]]
KINDS = (
    ("early", "早班", "Early", 7 * 60, 8 * 60, BREAKS),
    ("late", "中班", "Late", 15 * 60, 8 * 60, BREAKS),
    ("night", "夜班", "Night", 23 * 60, 8 * 60, BREAKS),
    ("day", "白班", "Day", 9 * 60, 9 * 60, [["rest", 90, 15], ["meal", 180, 60], ["rest", 390, 15]]),
)
PATTERNS = (
    ("上四休二", "Four on, two off, with nights", ["early", "late", "night", "night", "", ""]),
    (
        "四班三运转",
        "Two early, two late, two nights, two off",
        ["early", "early", "late", "late", "night", "night", "", ""],
    ),
    ("五天白班", "Five days a week", ["day", "day", "day", "day", "day", "", ""]),
)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    op.create_table(
        "shift_kinds",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("title_zh", sa.String(length=40), nullable=False),
        sa.Column("title_en", sa.String(length=40), nullable=False),
        sa.Column("begins", sa.Integer(), nullable=False, comment="minute of the day on the centre's clock"),
        sa.Column("minutes", sa.Integer(), nullable=False, comment="length with its breaks"),
        sa.Column("breaks", sa.JSON(), nullable=False, comment="[kind, minutes after the beginning, minutes]"),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_shift_kinds")),
    )
    op.create_table(
        "shift_patterns",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title_zh", sa.String(length=60), nullable=False),
        sa.Column("title_en", sa.String(length=60), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_patterns")),
    )
    op.create_table(
        "staffing_needs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False, comment="of the hour"),
        sa.Column("agents", sa.Integer(), nullable=False, comment="on the phones at the same time"),
        sa.Column("calls", sa.Integer(), nullable=False, comment="expected, in tenths"),
        sa.Column("handle", sa.Integer(), nullable=False, comment="mean handling time that was reckoned with, seconds"),
        sa.Column("method", sa.String(length=12), nullable=False, comment="erlang_c, erlang_a, hand"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staffing_needs")),
        sa.UniqueConstraint("starts_at", name=op.f("uq_staffing_needs_starts_at")),
    )
    op.create_table(
        "clock_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False, comment="in, out"),
        sa.Column("source", sa.String(length=10), nullable=False, comment="login, logout, correction"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_clock_events_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_events")),
    )
    with op.batch_alter_table("clock_events", schema=None) as batch_op:
        batch_op.create_index("ix_clock_events_user_at", ["user_id", "at"], unique=False)

    op.create_table(
        "excused_times",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_excused_times_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_excused_times")),
    )
    with op.batch_alter_table("excused_times", schema=None) as batch_op:
        batch_op.create_index("ix_excused_times_user_starts", ["user_id", "starts_at"], unique=False)

    op.create_table(
        "handovers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False, comment="figures of that moment, gathered by the house"),
        sa.Column(
            "next_at", sa.DateTime(timezone=True), nullable=False, comment="when the shift begins that has to read it"
        ),
        sa.Column(
            "told_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when who leads was told that nobody has read it",
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_handovers_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.create_index("ix_handovers_at", ["at"], unique=False)

    op.create_table(
        "leaves",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_leaves_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaves")),
    )
    with op.batch_alter_table("leaves", schema=None) as batch_op:
        batch_op.create_index("ix_leaves_state_starts", ["state", "starts_at"], unique=False)
        batch_op.create_index("ix_leaves_user_starts", ["user_id", "starts_at"], unique=False)

    op.create_table(
        "shifts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="of its beginning, on the centre's calendar"),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "parts",
            sa.JSON(),
            nullable=False,
            comment="what is planned inside it and is no work on the phone: [activity, from, until] in UTC",
        ),
        sa.Column("state", sa.String(length=10), nullable=False, comment="draft, published, cancelled"),
        sa.Column("origin", sa.String(length=10), nullable=False, comment="hand, pattern, swap"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["kind"], ["shift_kinds.code"], name=op.f("fk_shifts_kind_shift_kinds")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_shifts_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.create_index("ix_shifts_day", ["day"], unique=False)
        batch_op.create_index("ix_shifts_starts_state", ["starts_at", "state"], unique=False)
        batch_op.create_index("ix_shifts_user_starts", ["user_id", "starts_at"], unique=False)

    op.create_table(
        "attendance_days",
        sa.Column(
            "shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False, comment="present, late, left_early, absent, leave"),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("went_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid", sa.Integer(), nullable=False, comment="of the shift, without leave"),
        sa.Column(
            "planned",
            sa.Integer(),
            nullable=False,
            comment="that adherence is measured over: without leave and excused time",
        ),
        sa.Column("kept", sa.Integer(), nullable=False, comment="of it in the planned state"),
        sa.Column("logged", sa.Integer(), nullable=False, comment="with a phone registered, within the shift"),
        sa.Column("phone", sa.Integer(), nullable=False, comment="available or working for callers, within the shift"),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("early", sa.Integer(), nullable=False, comment="gone before the end"),
        sa.Column("reckoned_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_attendance_days_shift_id_shifts")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_attendance_days_user_id_users")),
        sa.PrimaryKeyConstraint("shift_id", name=op.f("pk_attendance_days")),
    )
    with op.batch_alter_table("attendance_days", schema=None) as batch_op:
        batch_op.create_index("ix_attendance_days_day", ["day"], unique=False)
        batch_op.create_index("ix_attendance_days_user_day", ["user_id", "day"], unique=False)

    op.create_table(
        "handover_items",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("handover_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("area", sa.String(length=12), nullable=False, comment="callers, cases, systems, people, notices"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handovers.id"], name=op.f("fk_handover_items_handover_id_handovers")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_handover_items_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_items")),
    )
    with op.batch_alter_table("handover_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_items_handover_id"), ["handover_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_items_settled_at"), ["settled_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_handover_items_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "handover_reads",
        sa.Column(
            "handover_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handovers.id"], name=op.f("fk_handover_reads_handover_id_handovers")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_handover_reads_user_id_users")),
        sa.PrimaryKeyConstraint("handover_id", "user_id", name=op.f("pk_handover_reads")),
    )
    op.create_table(
        "shift_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column(
            "user_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="whose time it is about; null: many",
        ),
        sa.Column("shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_shift_events_shift_id_shifts")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_shift_events_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_events")),
    )
    with op.batch_alter_table("shift_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shift_events_shift_id"), ["shift_id"], unique=False)
        batch_op.create_index("ix_shift_events_user_at", ["user_id", "at"], unique=False)

    op.create_table(
        "shift_swaps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asker_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "shift_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="the asker's"
        ),
        sa.Column(
            "other_shift_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the partner's; null: he takes the shift over",
        ),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asker_id"], ["users.id"], name=op.f("fk_shift_swaps_asker_id_users")),
        sa.ForeignKeyConstraint(["other_shift_id"], ["shifts.id"], name=op.f("fk_shift_swaps_other_shift_id_shifts")),
        sa.ForeignKeyConstraint(["partner_id"], ["users.id"], name=op.f("fk_shift_swaps_partner_id_users")),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_shift_swaps_shift_id_shifts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_swaps")),
    )
    with op.batch_alter_table("shift_swaps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shift_swaps_asker_id"), ["asker_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shift_swaps_other_shift_id"), ["other_shift_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shift_swaps_partner_id"), ["partner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shift_swaps_shift_id"), ["shift_id"], unique=False)
        batch_op.create_index("ix_shift_swaps_state", ["state", "asked_at"], unique=False)
    _seed()
    refuse_changes(APPEND_ONLY)


def _seed() -> None:
    kinds = sa.table(
        "shift_kinds", sa.column("code", sa.String), sa.column("title_zh", sa.String), sa.column("title_en", sa.String),
        sa.column("begins", sa.Integer), sa.column("minutes", sa.Integer), sa.column("breaks", sa.JSON),
        sa.column("active", sa.Boolean), sa.column("updated_at", sa.DateTime(timezone=True)),
        sa.column("updated_by", sa.String),
    )  # fmt: skip
    names = ("code", "title_zh", "title_en", "begins", "minutes", "breaks")
    stamp = {"active": True, "updated_at": BEGIN, "updated_by": "system"}
    op.bulk_insert(kinds, [{**dict(zip(names, row, strict=True)), **stamp} for row in KINDS])
    patterns = sa.table(
        "shift_patterns", sa.column("title_zh", sa.String), sa.column("title_en", sa.String),
        sa.column("days", sa.JSON), sa.column("active", sa.Boolean),
        sa.column("updated_at", sa.DateTime(timezone=True)), sa.column("updated_by", sa.String),
    )  # fmt: skip
    op.bulk_insert(
        patterns, [{**dict(zip(("title_zh", "title_en", "days"), row, strict=True)), **stamp} for row in PATTERNS]
    )


def downgrade() -> None:
    allow_changes(APPEND_ONLY)
    with op.batch_alter_table("shift_swaps", schema=None) as batch_op:
        batch_op.drop_index("ix_shift_swaps_state")
        batch_op.drop_index(batch_op.f("ix_shift_swaps_shift_id"))
        batch_op.drop_index(batch_op.f("ix_shift_swaps_partner_id"))
        batch_op.drop_index(batch_op.f("ix_shift_swaps_other_shift_id"))
        batch_op.drop_index(batch_op.f("ix_shift_swaps_asker_id"))

    op.drop_table("shift_swaps")
    with op.batch_alter_table("shift_events", schema=None) as batch_op:
        batch_op.drop_index("ix_shift_events_user_at")
        batch_op.drop_index(batch_op.f("ix_shift_events_shift_id"))

    op.drop_table("shift_events")
    op.drop_table("handover_reads")
    with op.batch_alter_table("handover_items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_handover_items_ticket_id"))
        batch_op.drop_index(batch_op.f("ix_handover_items_settled_at"))
        batch_op.drop_index(batch_op.f("ix_handover_items_handover_id"))

    op.drop_table("handover_items")
    with op.batch_alter_table("attendance_days", schema=None) as batch_op:
        batch_op.drop_index("ix_attendance_days_user_day")
        batch_op.drop_index("ix_attendance_days_day")

    op.drop_table("attendance_days")
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.drop_index("ix_shifts_user_starts")
        batch_op.drop_index("ix_shifts_starts_state")
        batch_op.drop_index("ix_shifts_day")

    op.drop_table("shifts")
    with op.batch_alter_table("leaves", schema=None) as batch_op:
        batch_op.drop_index("ix_leaves_user_starts")
        batch_op.drop_index("ix_leaves_state_starts")

    op.drop_table("leaves")
    with op.batch_alter_table("handovers", schema=None) as batch_op:
        batch_op.drop_index("ix_handovers_at")

    op.drop_table("handovers")
    with op.batch_alter_table("excused_times", schema=None) as batch_op:
        batch_op.drop_index("ix_excused_times_user_starts")

    op.drop_table("excused_times")
    with op.batch_alter_table("clock_events", schema=None) as batch_op:
        batch_op.drop_index("ix_clock_events_user_at")

    op.drop_table("clock_events")
    op.drop_table("staffing_needs")
    op.drop_table("shift_patterns")
    op.drop_table("shift_kinds")
