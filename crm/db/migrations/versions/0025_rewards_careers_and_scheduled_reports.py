"""Rewards and penalties, careers, and reports that are sent by themselves."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

from crm.db.append_only import allow_changes, refuse_changes

revision = "0025"
down_revision = "0020"
branch_labels = None
depends_on = None

APPEND_ONLY = ("merit_schemes", "merit_decisions", "scheme_reviews", "career_steps", "career_talks")


def upgrade() -> None:
    op.create_table(
        "merit_schemes",
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_merit_schemes")),
    )
    op.create_table(
        "scheme_reviews",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("scheme_version", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False, comment="keep or adjust"),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_reviews")),
    )
    op.create_table(
        "career_plans",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target", sa.String(length=24), nullable=False),
        sa.Column("wish", sa.String(), nullable=False, comment="in his own words"),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "agreed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True, comment="who leads him"
        ),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agreed_by_id"], ["users.id"], name=op.f("fk_career_plans_agreed_by_id_users")),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_career_plans_person_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_career_plans")),
    )
    with op.batch_alter_table("career_plans", schema=None) as batch_op:
        batch_op.create_index("ix_career_plans_person", ["person_id", "id"], unique=False)
        batch_op.create_index("ix_career_plans_review", ["review_on"], unique=False)

    op.create_table(
        "report_schedules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("board", sa.String(length=12), nullable=False, comment="which figures: calls, people, complaints"),
        sa.Column("choice", sa.JSON(), nullable=False, comment="what narrows it: queue, section"),
        sa.Column("formats", sa.JSON(), nullable=False, comment="any of xlsx, pdf, csv"),
        sa.Column(
            "span", sa.String(length=8), nullable=False, comment="day, week or month: how often, and what it covers"
        ),
        sa.Column(
            "on_day",
            sa.Integer(),
            nullable=False,
            comment="weekday from 1 (Monday), or day of the month; 0 for a daily one",
        ),
        sa.Column("at_time", sa.String(length=5), nullable=False, comment="HH:MM, the centre's time"),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_report_schedules_made_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedules")),
    )
    with op.batch_alter_table("report_schedules", schema=None) as batch_op:
        batch_op.create_index("ix_report_schedules_next", ["next_at"], unique=False)

    op.create_table(
        "career_goals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False, comment="training, exam, practice, result"),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["career_plans.id"], name=op.f("fk_career_goals_plan_id_career_plans")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_career_goals")),
    )
    with op.batch_alter_table("career_goals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_career_goals_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "career_talks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["career_plans.id"], name=op.f("fk_career_talks_plan_id_career_plans")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_career_talks")),
    )
    with op.batch_alter_table("career_talks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_career_talks_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "report_recipients",
        sa.Column(
            "schedule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["report_schedules.id"], name=op.f("fk_report_recipients_schedule_id_report_schedules")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_report_recipients_user_id_users")),
        sa.PrimaryKeyConstraint("schedule_id", "user_id", name=op.f("pk_report_recipients")),
    )
    op.create_table(
        "report_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("schedule_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False, comment="system, or who asked for it at once"),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False, comment="why nothing could be made"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["report_schedules.id"], name=op.f("fk_report_runs_schedule_id_report_schedules")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_runs")),
        sa.UniqueConstraint("schedule_id", "due_at", name=op.f("uq_report_runs_schedule_id")),
    )
    op.create_table(
        "merits",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=20),
            nullable=False,
            comment="outstanding, bonus, promotion; oral_warning, written_warning, bonus_deduction",
        ),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.String(length=24), nullable=False, comment="of a promotion: what he becomes"),
        sa.Column("month", sa.String(length=7), nullable=False, comment="the month it is counted in, as 2026-11"),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False, comment="kind and reference of each piece"),
        sa.Column("scheme_version", sa.BigInteger(), nullable=False, comment="the scheme it was proposed under"),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "penalty_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="a complaint's penalty: it was signed there",
        ),
        sa.Column("content", sa.JSON(), nullable=False, comment="what is signed"),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("posts", sa.JSON(), nullable=False, comment="who signs, in order"),
        sa.Column("proposed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapses_on", sa.Date(), nullable=True, comment="a warning weighs until then; null: no end"),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True, comment="when the person read it"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="returned, withdrawn or lifted"),
        sa.ForeignKeyConstraint(["penalty_id"], ["penalties.id"], name=op.f("fk_merits_penalty_id_penalties")),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_merits_person_id_users")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_merits_proposed_by_id_users")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_merits_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merits")),
        sa.UniqueConstraint("penalty_id", name=op.f("uq_merits_penalty_id")),
    )
    with op.batch_alter_table("merits", schema=None) as batch_op:
        batch_op.create_index("ix_merits_in_force", ["in_force_at"], unique=False)
        batch_op.create_index("ix_merits_person_proposed", ["person_id", "proposed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_merits_proposed_by_id"), ["proposed_by_id"], unique=False)
        batch_op.create_index("ix_merits_state_proposed", ["state", "proposed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_merits_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "report_deliveries",
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column(
            "part", sa.String(length=60), nullable=False, comment="which of the run's documents: language and section"
        ),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_report_deliveries_message_id_messages")),
        sa.ForeignKeyConstraint(["run_id"], ["report_runs.id"], name=op.f("fk_report_deliveries_run_id_report_runs")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_report_deliveries_user_id_users")),
        sa.PrimaryKeyConstraint("run_id", "user_id", name=op.f("pk_report_deliveries")),
    )
    with op.batch_alter_table("report_deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_deliveries_message_id"), ["message_id"], unique=False)

    op.create_table(
        "career_steps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.String(length=24), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column(
            "merit_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the promotion that made it",
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["merit_id"], ["merits.id"], name=op.f("fk_career_steps_merit_id_merits")),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_career_steps_person_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_career_steps")),
    )
    with op.batch_alter_table("career_steps", schema=None) as batch_op:
        batch_op.create_index("ix_career_steps_person_since", ["person_id", "since_on"], unique=False)

    op.create_table(
        "merit_decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("merit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(length=12), nullable=False),
        sa.Column("decision", sa.String(length=8), nullable=False, comment="approve or return"),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("in_place_of_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("opinion", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_merit_decisions_decided_by_id_users")),
        sa.ForeignKeyConstraint(["in_place_of_id"], ["users.id"], name=op.f("fk_merit_decisions_in_place_of_id_users")),
        sa.ForeignKeyConstraint(["merit_id"], ["merits.id"], name=op.f("fk_merit_decisions_merit_id_merits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merit_decisions")),
        sa.UniqueConstraint("merit_id", "position", name=op.f("uq_merit_decisions_merit_id")),
    )
    with op.batch_alter_table("merit_decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_merit_decisions_decided_by_id"), ["decided_by_id"], unique=False)

    op.create_table(
        "merit_objections",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("merit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "due_at", sa.DateTime(timezone=True), nullable=False, comment="until when it is to be ruled: a house target"
        ),
        sa.Column(
            "reminded_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when those who rule were told that it is late",
        ),
        sa.Column("ruling", sa.String(length=8), nullable=False),
        sa.Column("opinion", sa.String(), nullable=False),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ruled_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["merit_id"], ["merits.id"], name=op.f("fk_merit_objections_merit_id_merits")),
        sa.ForeignKeyConstraint(["ruled_by_id"], ["users.id"], name=op.f("fk_merit_objections_ruled_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merit_objections")),
        sa.UniqueConstraint("merit_id", name=op.f("uq_merit_objections_merit_id")),
    )
    refuse_changes(APPEND_ONLY)
    _enter_penalties()


def _enter_penalties() -> None:
    """Penalties of complaints that were signed before there was a ledger."""
    bind = op.get_bind()
    found = bind.execute(
        sa.text(
            "SELECT p.id, p.person_id, p.kind, p.amount_fen, p.reason, p.ticket_id, r.requested_by_id, "
            "r.requested_at, r.ended_at FROM penalties p JOIN approval_requests r ON r.id = p.request_id "
            "WHERE r.state = 'approved' ORDER BY p.id"
        ).columns(requested_at=sa.DateTime(timezone=True), ended_at=sa.DateTime(timezone=True))
    ).all()
    for row in found:
        content = {"penalty": row.id, "kind": row.kind, "amount_fen": row.amount_fen, "reason": row.reason}
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        values = {
            "person_id": row.person_id, "kind": row.kind, "amount_fen": row.amount_fen, "position": "",
            "month": f"{row.ended_at:%Y-%m}", "reason": row.reason, "evidence": [], "scheme_version": 0,
            "ticket_id": row.ticket_id, "penalty_id": row.id, "content": content, "posts": [],
            "fingerprint": hashlib.sha256(text.encode()).hexdigest(), "proposed_by_id": row.requested_by_id,
            "proposed_at": row.requested_at, "state": "approved", "in_force_at": row.ended_at,
        }  # fmt: skip
        bind.execute(sa.insert(_MERITS).values(**values))


_MERITS = sa.table(
    "merits",
    *(sa.column(name) for name in ("person_id", "kind", "amount_fen", "position", "month", "reason", "scheme_version",
                                   "ticket_id", "penalty_id", "fingerprint", "proposed_by_id", "state")),
    *(sa.column(name, sa.JSON()) for name in ("evidence", "content", "posts")),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("proposed_at", "in_force_at")),
)  # fmt: skip


def downgrade() -> None:
    allow_changes(APPEND_ONLY)
    op.drop_table("merit_objections")
    with op.batch_alter_table("merit_decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_merit_decisions_decided_by_id"))

    op.drop_table("merit_decisions")
    with op.batch_alter_table("career_steps", schema=None) as batch_op:
        batch_op.drop_index("ix_career_steps_person_since")

    op.drop_table("career_steps")
    with op.batch_alter_table("report_deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_deliveries_message_id"))

    op.drop_table("report_deliveries")
    with op.batch_alter_table("merits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_merits_ticket_id"))
        batch_op.drop_index("ix_merits_state_proposed")
        batch_op.drop_index(batch_op.f("ix_merits_proposed_by_id"))
        batch_op.drop_index("ix_merits_person_proposed")
        batch_op.drop_index("ix_merits_in_force")

    op.drop_table("merits")
    op.drop_table("report_runs")
    op.drop_table("report_recipients")
    with op.batch_alter_table("career_talks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_career_talks_plan_id"))

    op.drop_table("career_talks")
    with op.batch_alter_table("career_goals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_career_goals_plan_id"))

    op.drop_table("career_goals")
    with op.batch_alter_table("report_schedules", schema=None) as batch_op:
        batch_op.drop_index("ix_report_schedules_next")

    op.drop_table("report_schedules")
    with op.batch_alter_table("career_plans", schema=None) as batch_op:
        batch_op.drop_index("ix_career_plans_review")
        batch_op.drop_index("ix_career_plans_person")

    op.drop_table("career_plans")
    op.drop_table("scheme_reviews")
    op.drop_table("merit_schemes")
