"""Appeals with their terms, calibrations, and coaching."""

import sqlalchemy as sa
from alembic import op

from crm.db.append_only import refuse_changes

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

APPEND_ONLY = ("calibration_readings", "coaching_events")
TABLES = (
    "coaching_events",
    "coachings",
    "appeals",
    "appeal_terms",
    "calibration_readings",
    "calibration_scorers",
    "calibration_calls",
    "calibrations",
)


def upgrade() -> None:

    op.create_table(
        "calibrations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("revealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revealed_by", sa.String(length=64), nullable=True),
        sa.Column("note", sa.Text(), nullable=False, comment="why it was revealed early, or cancelled"),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["scorecard_versions.id"], name=op.f("fk_calibrations_version_id_scorecard_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibrations")),
    )
    with op.batch_alter_table("calibrations", schema=None) as batch_op:
        batch_op.create_index("ix_calibrations_state_due", ["state", "due_at"], unique=False)

    op.create_table(
        "calibration_calls",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.String(length=100), nullable=False),
        sa.Column("recording_id", sa.String(length=36), nullable=True),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_calibration_calls_agent_id_users")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_calibration_calls_call_id_calls")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_calibration_calls_recording_id_recordings")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["calibrations.id"], name=op.f("fk_calibration_calls_session_id_calibrations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration_calls")),
        sa.UniqueConstraint("session_id", "call_id", name=op.f("uq_calibration_calls_session_id")),
    )
    with op.batch_alter_table("calibration_calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calibration_calls_call_id"), ["call_id"], unique=False)

    op.create_table(
        "calibration_readings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False, comment="of the card: an item or a red line"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["calibrations.id"], name=op.f("fk_calibration_readings_session_id_calibrations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration_readings")),
    )
    with op.batch_alter_table("calibration_readings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calibration_readings_code"), ["code"], unique=False)
        batch_op.create_index(batch_op.f("ix_calibration_readings_session_id"), ["session_id"], unique=False)

    op.create_table(
        "calibration_scorers",
        sa.Column(
            "session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["calibrations.id"], name=op.f("fk_calibration_scorers_session_id_calibrations")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_calibration_scorers_user_id_users")),
        sa.PrimaryKeyConstraint("session_id", "user_id", name=op.f("pk_calibration_scorers")),
    )
    with op.batch_alter_table("calibration_scorers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calibration_scorers_user_id"), ["user_id"], unique=False)

    op.create_table(
        "appeal_terms",
        sa.Column(
            "evaluation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "step", sa.Integer(), nullable=False, comment="that an appeal would be: 1 another scorer, 2 the head"
        ),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "certain",
            sa.Boolean(),
            server_default=sa.true(),
            nullable=False,
            comment="false: the calendar of that year was not known",
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True, comment="when the agent first opened it"),
        sa.Column(
            "heard_at", sa.DateTime(timezone=True), nullable=True, comment="when he first listened to it from there"
        ),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluations.id"], name=op.f("fk_appeal_terms_evaluation_id_evaluations")
        ),
        sa.PrimaryKeyConstraint("evaluation_id", name=op.f("pk_appeal_terms")),
    )
    with op.batch_alter_table("appeal_terms", schema=None) as batch_op:
        batch_op.create_index("ix_appeal_terms_until", ["until_at"], unique=False)

    op.create_table(
        "appeals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "evaluation_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="what the agent was given first",
        ),
        sa.Column(
            "against_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="what counted when he appealed",
        ),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("points", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("certain", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("ruler_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("decisions", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "automatic",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="the end of the term decided it",
        ),
        sa.Column(
            "ruling_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="what counts since",
        ),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["against_id"], ["evaluations.id"], name=op.f("fk_appeals_against_id_evaluations")),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_appeals_agent_id_users")),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluations.id"], name=op.f("fk_appeals_evaluation_id_evaluations")
        ),
        sa.ForeignKeyConstraint(["ruler_id"], ["users.id"], name=op.f("fk_appeals_ruler_id_users")),
        sa.ForeignKeyConstraint(["ruling_id"], ["evaluations.id"], name=op.f("fk_appeals_ruling_id_evaluations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("evaluation_id", "step", name=op.f("uq_appeals_evaluation_id")),
    )
    with op.batch_alter_table("appeals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appeals_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index("ix_appeals_ruler", ["ruler_id", "state"], unique=False)
        batch_op.create_index("ix_appeals_state_due", ["state", "due_at"], unique=False)

    op.create_table(
        "coachings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "coach_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="null: whoever may and takes it",
        ),
        sa.Column(
            "evaluation_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="that it comes from",
        ),
        sa.Column("code", sa.String(length=12), nullable=False, comment="of the card: the item, or the red line"),
        sa.Column("goal", sa.Text(), nullable=False, comment="what he should do otherwise"),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("retest", sa.String(length=8), nullable=False),
        sa.Column(
            "retest_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the call that was scored",
        ),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=False, comment="what was done and agreed"),
        sa.Column("says", sa.Text(), nullable=False, comment="what the agent says of it"),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column(
            "follows_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the one that did not help",
        ),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_coachings_agent_id_users")),
        sa.ForeignKeyConstraint(["coach_id"], ["users.id"], name=op.f("fk_coachings_coach_id_users")),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluations.id"], name=op.f("fk_coachings_evaluation_id_evaluations")
        ),
        sa.ForeignKeyConstraint(["follows_id"], ["coachings.id"], name=op.f("fk_coachings_follows_id_coachings")),
        sa.ForeignKeyConstraint(["retest_id"], ["evaluations.id"], name=op.f("fk_coachings_retest_id_evaluations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coachings")),
        sa.UniqueConstraint("evaluation_id", "code", name=op.f("uq_coachings_evaluation_id")),
    )
    with op.batch_alter_table("coachings", schema=None) as batch_op:
        batch_op.create_index("ix_coachings_agent_state", ["agent_id", "state"], unique=False)
        batch_op.create_index("ix_coachings_coach_state", ["coach_id", "state"], unique=False)
        batch_op.create_index("ix_coachings_state_due", ["state", "due_on"], unique=False)

    op.create_table(
        "coaching_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("coaching_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coaching_id"], ["coachings.id"], name=op.f("fk_coaching_events_coaching_id_coachings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_events")),
    )
    with op.batch_alter_table("coaching_events", schema=None) as batch_op:
        batch_op.create_index("ix_coaching_events_coaching", ["coaching_id", "id"], unique=False)

    refuse_changes(APPEND_ONLY)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
