"""Emergencies and what is learnt from complaints: call-outs, bulletins, counters, plans, cases, reports."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0011"
branch_labels = None
depends_on = None

APPEND_ONLY = ("emergency_bulletins", "emergency_events", "process_reviews", "analysis_reports")


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "axis",
            sa.String(length=12),
            nullable=False,
            comment="all, business, reason, category, channel, cause, topic",
        ),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("observed", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
        sa.UniqueConstraint("axis", "key", "day", name=op.f("uq_alarms_axis")),
    )
    with op.batch_alter_table("alarms", schema=None) as batch_op:
        batch_op.create_index("ix_alarms_state", ["state", "day"], unique=False)

    op.create_table(
        "analysis_reports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("span", sa.String(length=8), nullable=False, comment="month or year"),
        sa.Column("period", sa.String(length=8), nullable=False, comment="2026-10 or 2026"),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis_reports")),
        sa.UniqueConstraint("span", "period", "edition", name=op.f("uq_analysis_reports_span")),
    )
    op.create_table(
        "counter_marks",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("last_event_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter_marks")),
    )
    op.create_table(
        "process_reviews",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("departments", sa.JSON(), nullable=False, comment="ids"),
        sa.Column("people", sa.String(), nullable=False, comment="who was there"),
        sa.Column("findings", sa.String(), nullable=False),
        sa.Column("decisions", sa.String(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False, comment="what was looked at, as it was then"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_reviews")),
    )
    with op.batch_alter_table("process_reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_process_reviews_held_on"), ["held_on"], unique=False)

    op.create_table(
        "ticket_days",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False, comment="axis A; empty: not said yet"),
        sa.Column("business", sa.String(length=40), nullable=False, comment="axis B"),
        sa.Column("reason", sa.String(length=40), nullable=False, comment="axis C"),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("came_by", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=8), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False, comment="root cause"),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False, comment="told the result"),
        sa.Column("told_in_time", sa.Integer(), nullable=False),
        sa.Column("late_open", sa.Integer(), nullable=False, comment="past the legal term when counted, and not told"),
        sa.Column("cost_fen", sa.BigInteger(), nullable=False, comment="of the solutions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_days")),
    )
    with op.batch_alter_table("ticket_days", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_days_day", ["day"], unique=False)
        batch_op.create_index("ix_ticket_days_kind_day", ["kind", "day"], unique=False)

    op.create_table(
        "topics",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.Column("now", sa.Integer(), nullable=False, comment="complaints of the window that have it"),
        sa.Column("before", sa.Integer(), nullable=False, comment="complaints of the weeks before that have it"),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("ticket_ids", sa.JSON(), nullable=False, comment="some of them, the newest first"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
        sa.UniqueConstraint("day", "language", "word", name=op.f("uq_topics_day")),
    )
    op.create_table(
        "duty_roster",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("duty", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False, comment="1 is called first"),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("number", sa.String(length=32), nullable=True, comment="where he is reached while on duty"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_duty_roster_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_roster")),
    )
    with op.batch_alter_table("duty_roster", schema=None) as batch_op:
        batch_op.create_index("ix_duty_roster_duty", ["duty", "rank"], unique=False)
        batch_op.create_index(batch_op.f("ix_duty_roster_user_id"), ["user_id"], unique=False)

    op.create_table(
        "emergencies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("situation", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("team_complete_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "team_late_told_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it was said that the team is not whole",
        ),
        sa.Column("interim_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_bulletin_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "reminded_for",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="the bulletin's time that was reminded of",
        ),
        sa.Column("leak_reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leak_report", sa.String(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False, comment="the closing report, part by part"),
        sa.Column("report_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("report_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["declared_by_id"], ["users.id"], name=op.f("fk_emergencies_declared_by_id_users")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"], name=op.f("fk_emergencies_ended_by_id_users")),
        sa.ForeignKeyConstraint(["report_by_id"], ["users.id"], name=op.f("fk_emergencies_report_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergencies")),
        sa.UniqueConstraint("number", name=op.f("uq_emergencies_number")),
    )
    with op.batch_alter_table("emergencies", schema=None) as batch_op:
        batch_op.create_index("ix_emergencies_state_declared", ["state", "declared_at"], unique=False)

    op.create_table(
        "rectifications",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("cause", sa.String(), nullable=False, comment="what was found to lie behind the complaints"),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column(
            "source", sa.String(length=12), nullable=False, comment="alarm, emergency, review, ticket, topic, own"
        ),
        sa.Column("source_id", sa.BigInteger(), nullable=True),
        sa.Column("axis", sa.String(length=12), nullable=True, comment="what the effect is measured by"),
        sa.Column("key", sa.String(length=40), nullable=True),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("check_due_on", sa.Date(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_by", sa.String(length=64), nullable=True),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("after", sa.Integer(), nullable=True),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column(
            "follows_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the plan that did not help",
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_rectifications_department_id_departments")
        ),
        sa.ForeignKeyConstraint(
            ["follows_id"], ["rectifications.id"], name=op.f("fk_rectifications_follows_id_rectifications")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_rectifications_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectifications")),
    )
    with op.batch_alter_table("rectifications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rectifications_department_id"), ["department_id"], unique=False)
        batch_op.create_index("ix_rectifications_owner", ["owner_id", "state"], unique=False)
        batch_op.create_index("ix_rectifications_state_due", ["state", "due_on"], unique=False)

    op.create_table(
        "case_studies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("situation", sa.String(), nullable=False),
        sa.Column("handling", sa.String(), nullable=False),
        sa.Column("lessons", sa.String(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column(
            "ticket_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="told to those only who may see it",
        ),
        sa.Column("words", sa.String(), nullable=False, comment="what it is found by"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(length=64), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.String(length=64), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_case_studies_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_studies")),
    )
    with op.batch_alter_table("case_studies", schema=None) as batch_op:
        batch_op.create_index("ix_case_studies_state", ["state", "published_at"], unique=False)

    op.create_table(
        "emergency_bulletins",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("emergency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(length=64), nullable=False),
        sa.Column("internal_text", sa.String(), nullable=False),
        sa.Column("customer_zh", sa.String(), nullable=False),
        sa.Column("customer_en", sa.String(), nullable=False),
        sa.Column("final", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("told_people", sa.Integer(), nullable=False, comment="colleagues who were told"),
        sa.Column("message_ids", sa.JSON(), nullable=False, comment="messages to customers"),
        sa.Column("not_told", sa.JSON(), nullable=False, comment="tickets whose customer could not be written to"),
        sa.ForeignKeyConstraint(
            ["emergency_id"], ["emergencies.id"], name=op.f("fk_emergency_bulletins_emergency_id_emergencies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_bulletins")),
        sa.UniqueConstraint("emergency_id", "position", name=op.f("uq_emergency_bulletins_emergency_id")),
    )
    op.create_table(
        "emergency_calls",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("emergency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=True, comment="coming, cannot; null: not answered yet"),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.String(length=12), nullable=False, comment="page, link, or told to a colleague"),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=True, comment="of the link in his message"),
        sa.ForeignKeyConstraint(
            ["emergency_id"], ["emergencies.id"], name=op.f("fk_emergency_calls_emergency_id_emergencies")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_emergency_calls_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_calls")),
        sa.UniqueConstraint("emergency_id", "user_id", name=op.f("uq_emergency_calls_emergency_id")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_emergency_calls_token_sha256")),
    )
    with op.batch_alter_table("emergency_calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_emergency_calls_user_id"), ["user_id"], unique=False)

    op.create_table(
        "emergency_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("emergency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["emergency_id"], ["emergencies.id"], name=op.f("fk_emergency_events_emergency_id_emergencies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_events")),
    )
    with op.batch_alter_table("emergency_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_emergency_events_emergency_id"), ["emergency_id"], unique=False)

    op.create_table(
        "emergency_measures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("emergency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("tell_agents", sa.String(), nullable=False, comment="what agents say to callers until it is over"),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True, comment="until when it is meant to hold"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False, comment="how it ended, or to whom it was handed over"),
        sa.ForeignKeyConstraint(
            ["emergency_id"], ["emergencies.id"], name=op.f("fk_emergency_measures_emergency_id_emergencies")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_emergency_measures_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_measures")),
    )
    with op.batch_alter_table("emergency_measures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_emergency_measures_emergency_id"), ["emergency_id"], unique=False)

    op.create_table(
        "emergency_seats",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("emergency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("duty", sa.String(length=16), nullable=False),
        sa.Column("roster", sa.JSON(), nullable=False, comment="ids of users, in the order they are called in"),
        sa.Column("filled_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "short_told_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it was said that nobody is left to call",
        ),
        sa.ForeignKeyConstraint(
            ["emergency_id"], ["emergencies.id"], name=op.f("fk_emergency_seats_emergency_id_emergencies")
        ),
        sa.ForeignKeyConstraint(["filled_by_id"], ["users.id"], name=op.f("fk_emergency_seats_filled_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_seats")),
        sa.UniqueConstraint("emergency_id", "duty", name=op.f("uq_emergency_seats_emergency_id")),
    )
    op.create_table(
        "emergency_signals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "unique_key", sa.String(length=200), nullable=False, comment="of what it tells, so that it does once"
        ),
        sa.Column("trigger", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False, comment="the words that decided"),
        sa.Column("ticket_ids", sa.JSON(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False, comment="new, declared, dismissed"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("emergency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["emergency_id"], ["emergencies.id"], name=op.f("fk_emergency_signals_emergency_id_emergencies")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_signals")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_emergency_signals_unique_key")),
    )
    with op.batch_alter_table("emergency_signals", schema=None) as batch_op:
        batch_op.create_index("ix_emergency_signals_state", ["state", "id"], unique=False)

    op.create_table(
        "emergency_tickets",
        sa.Column("emergency_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["emergency_id"], ["emergencies.id"], name=op.f("fk_emergency_tickets_emergency_id_emergencies")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_emergency_tickets_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("emergency_id", "ticket_id", name=op.f("pk_emergency_tickets")),
    )
    with op.batch_alter_table("emergency_tickets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_emergency_tickets_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "escalations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ground", sa.String(length=12), nullable=False, comment="refused, principle, reputation"),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_step", sa.Integer(), nullable=False),
        sa.Column("to_step", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column("handled_before", sa.JSON(), nullable=False, comment="ids of users with a hand in it before"),
        sa.Column("investigator_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("findings", sa.String(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("participants", sa.JSON(), nullable=False, comment="ids of users who deliberated"),
        sa.Column("decision", sa.String(length=10), nullable=True, comment="upheld, changed, special"),
        sa.Column("reasons", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("fk_escalations_decided_by_id_users")),
        sa.ForeignKeyConstraint(["investigator_id"], ["users.id"], name=op.f("fk_escalations_investigator_id_users")),
        sa.ForeignKeyConstraint(["raised_by_id"], ["users.id"], name=op.f("fk_escalations_raised_by_id_users")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_escalations_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
    )
    with op.batch_alter_table("escalations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_escalations_investigator_id"), ["investigator_id"], unique=False)
        batch_op.create_index("ix_escalations_state", ["state", "raised_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_escalations_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "ticket_regions",
        sa.Column(
            "ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("region", sa.String(length=8), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_regions_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_regions")),
    )
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
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        for verb in ("append_only", "no_truncate") if postgresql else ("no_update", "no_delete"):
            op.execute(f"DROP TRIGGER {table}_{verb}" + (f" ON {table}" if postgresql else ""))
    op.drop_table("ticket_regions")
    with op.batch_alter_table("escalations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_escalations_ticket_id"))
        batch_op.drop_index("ix_escalations_state")
        batch_op.drop_index(batch_op.f("ix_escalations_investigator_id"))

    op.drop_table("escalations")
    with op.batch_alter_table("emergency_tickets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_emergency_tickets_ticket_id"))

    op.drop_table("emergency_tickets")
    with op.batch_alter_table("emergency_signals", schema=None) as batch_op:
        batch_op.drop_index("ix_emergency_signals_state")

    op.drop_table("emergency_signals")
    op.drop_table("emergency_seats")
    with op.batch_alter_table("emergency_measures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_emergency_measures_emergency_id"))

    op.drop_table("emergency_measures")
    with op.batch_alter_table("emergency_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_emergency_events_emergency_id"))

    op.drop_table("emergency_events")
    with op.batch_alter_table("emergency_calls", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_emergency_calls_user_id"))

    op.drop_table("emergency_calls")
    op.drop_table("emergency_bulletins")
    with op.batch_alter_table("case_studies", schema=None) as batch_op:
        batch_op.drop_index("ix_case_studies_state")

    op.drop_table("case_studies")
    with op.batch_alter_table("rectifications", schema=None) as batch_op:
        batch_op.drop_index("ix_rectifications_state_due")
        batch_op.drop_index("ix_rectifications_owner")
        batch_op.drop_index(batch_op.f("ix_rectifications_department_id"))

    op.drop_table("rectifications")
    with op.batch_alter_table("emergencies", schema=None) as batch_op:
        batch_op.drop_index("ix_emergencies_state_declared")

    op.drop_table("emergencies")
    with op.batch_alter_table("duty_roster", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_duty_roster_user_id"))
        batch_op.drop_index("ix_duty_roster_duty")

    op.drop_table("duty_roster")
    op.drop_table("topics")
    with op.batch_alter_table("ticket_days", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_days_kind_day")
        batch_op.drop_index("ix_ticket_days_day")

    op.drop_table("ticket_days")
    with op.batch_alter_table("process_reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_process_reviews_held_on"))

    op.drop_table("process_reviews")
    op.drop_table("counter_marks")
    op.drop_table("analysis_reports")
    with op.batch_alter_table("alarms", schema=None) as batch_op:
        batch_op.drop_index("ix_alarms_state")

    op.drop_table("alarms")
