"""Sampling: the plan, each week's seed and draw, the calls to be scored, what a machine found in calls."""

import sqlalchemy as sa
from alembic import op

from crm.db.append_only import refuse_changes

revision = "0022"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = (
    "sample_events",
    "samples",
    "call_risks",
    "quality_candidates",
    "quality_looks",
    "sampling_frames",
    "sampling_weeks",
    "sampling_plans",
    "work_starts",
)
APPEND_ONLY = ("sample_events", "call_risks", "sampling_frames", "sampling_plans")


def upgrade() -> None:
    op.create_table(
        "work_starts",
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_work_starts_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_work_starts")),
    )
    op.create_table(
        "sampling_plans",
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_sampling_plans")),
    )
    op.create_table(
        "sampling_weeks",
        sa.Column("week", sa.String(length=8), nullable=False, comment="2026-W47"),
        sa.Column("commitment", sa.String(length=64), nullable=False, comment="SHA-256 of the seed"),
        sa.Column("seed", sa.Text(), nullable=False, comment="told once the week is drawn"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("plan_version", sa.Integer(), nullable=True, comment="by which it was drawn; 0: the default"),
        sa.Column(
            "digest", sa.String(length=64), nullable=True, comment="SHA-256 over all frames, in the order of agents"
        ),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_sampling_weeks")),
    )
    op.create_table(
        "sampling_frames",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent", sa.String(length=64), nullable=False, comment="his name at the draw: it is part of the lot"),
        sa.Column("newcomer", sa.Boolean(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("call_ids", sa.JSON(), nullable=False, comment="all calls that could be drawn"),
        sa.Column("drawn", sa.JSON(), nullable=False, comment="in the order of the draw"),
        sa.Column(
            "digest", sa.String(length=64), nullable=False, comment="SHA-256 over the calls, one a line, in their order"
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_sampling_frames_agent_id_users")),
        sa.ForeignKeyConstraint(["week"], ["sampling_weeks.week"], name=op.f("fk_sampling_frames_week_sampling_weeks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sampling_frames")),
        sa.UniqueConstraint("week", "agent_id", name=op.f("uq_sampling_frames_week")),
    )
    with op.batch_alter_table("sampling_frames", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sampling_frames_agent_id"), ["agent_id"], unique=False)

    op.create_table(
        "call_risks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("call_id", sa.String(length=100), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("rule", sa.String(length=12), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False, comment="of such calls that were to be scored"),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_call_risks_agent_id_users")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_call_risks_call_id_calls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_risks")),
        sa.UniqueConstraint("call_id", "agent_id", "rule", name=op.f("uq_call_risks_call_id")),
    )
    with op.batch_alter_table("call_risks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_call_risks_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index("ix_call_risks_week_rule", ["week", "rule"], unique=False)

    op.create_table(
        "samples",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("call_id", sa.String(length=100), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False, comment="that the call is of"),
        sa.Column("reasons", sa.JSON(), nullable=False, comment="random, complaint, fatal, … the gravest first"),
        sa.Column("urgency", sa.Integer(), nullable=False, comment="place of its gravest reason in the order of work"),
        sa.Column(
            "position", sa.Integer(), nullable=True, comment="its place in the agent's draw, from 1; null: not drawn"
        ),
        sa.Column(
            "must", sa.Boolean(), server_default=sa.false(), nullable=False, comment="within the least of its quota"
        ),
        sa.Column("state", sa.String(length=8), server_default="open", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "evaluation_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="what it was scored by",
        ),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("excuse", sa.String(length=20), server_default="", nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_samples_agent_id_users")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_samples_call_id_calls")),
        sa.ForeignKeyConstraint(["claimed_by_id"], ["users.id"], name=op.f("fk_samples_claimed_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
        sa.UniqueConstraint("call_id", "agent_id", name=op.f("uq_samples_call_id")),
    )
    with op.batch_alter_table("samples", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_samples_call_id"), ["call_id"], unique=False)
        batch_op.create_index("ix_samples_claimed", ["claimed_by_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_samples_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index("ix_samples_state_due", ["state", "due_at"], unique=False)
        batch_op.create_index("ix_samples_week_agent", ["week", "agent_id"], unique=False)

    op.create_table(
        "quality_candidates",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("call_id", sa.String(length=100), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recording_id", sa.String(length=36), nullable=True),
        sa.Column("transcript_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("code", sa.String(length=12), nullable=False, comment="item or fatal finding of the card"),
        sa.Column("finding", sa.String(length=8), nullable=False, comment="met, missed or fatal"),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False, comment="{from_ms, to_ms, phrase}"),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("certainty", sa.Integer(), nullable=False, comment="percent, of the recogniser about these words"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="open", nullable=False),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_quality_candidates_agent_id_users")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_quality_candidates_call_id_calls")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_quality_candidates_decided_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_quality_candidates_recording_id_recordings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_candidates")),
    )
    with op.batch_alter_table("quality_candidates", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_candidates_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index("ix_quality_candidates_call_agent", ["call_id", "agent_id"], unique=False)
        batch_op.create_index("ix_quality_candidates_code_state", ["code", "state"], unique=False)
        batch_op.create_index("ix_quality_candidates_state_finding", ["state", "finding", "made_at"], unique=False)

    op.create_table(
        "quality_looks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("call_id", sa.String(length=100), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recording_id", sa.String(length=36), nullable=False),
        sa.Column("transcript_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detectors", sa.Integer(), nullable=False, comment="version of the rules that looked"),
        sa.Column("starts_ms", sa.Integer(), nullable=False, comment="of the agent's part in the recording"),
        sa.Column("ends_ms", sa.Integer(), nullable=False),
        sa.Column("agent_ms", sa.Integer(), nullable=False, comment="that he spoke"),
        sa.Column("caller_ms", sa.Integer(), nullable=False),
        sa.Column("pace", sa.Integer(), nullable=True, comment="characters (Chinese) or words a minute"),
        sa.Column("interruptions", sa.Integer(), nullable=False),
        sa.Column("longest_silence_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_quality_looks_agent_id_users")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_quality_looks_call_id_calls")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_quality_looks_recording_id_recordings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_looks")),
        sa.UniqueConstraint("call_id", "agent_id", name=op.f("uq_quality_looks_call_id")),
    )
    with op.batch_alter_table("quality_looks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quality_looks_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_quality_looks_recording_id"), ["recording_id"], unique=False)

    op.create_table(
        "sample_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sample_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column(
            "event",
            sa.String(length=12),
            nullable=False,
            comment="made, reason, claimed, released, lapsed, scored, excused, reopened",
        ),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["sample_id"], ["samples.id"], name=op.f("fk_sample_events_sample_id_samples")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample_events")),
    )
    with op.batch_alter_table("sample_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sample_events_sample_id"), ["sample_id"], unique=False)
    refuse_changes(APPEND_ONLY)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
