"""Scorecards and evaluations, with the card that a house begins with."""

import json
import tomllib
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from crm.db.append_only import refuse_changes

revision = "0021"
down_revision = "0027"
branch_labels = None
depends_on = None

SEED = Path(__file__).resolve().parent.parent / "seeds" / "scorecard.toml"
TABLES = ("evaluation_marks", "evaluation_events", "evaluations", "scorecard_versions", "scorecards")
OPEN = "('claimed', 'draft')"
FIXED = (
    "agent_id",
    "call_id",
    "recording_id",
    "version_id",
    "scorer_id",
    "raw_score",
    "score",
    "fatal",
    "submitted_at",
)
"""Of an evaluation that was handed in."""
FIXED_MARK = ("evaluation_id", "kind", "code", "taken", "not_applicable", "from_ms", "to_ms", "note")
"""Of its marks; the words that they quote go when the recording's words do."""


def upgrade() -> None:
    op.create_table(
        "scorecards",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=8), nullable=False, comment="call or drill"),
        sa.Column("queues", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecards")),
        sa.UniqueConstraint("code", name=op.f("uq_scorecards_code")),
    )
    op.create_table(
        "scorecard_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scorecard_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False, comment="crm.domain.card_form reads it"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="of the content, once it is published"),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.String(length=64), nullable=True),
        sa.Column("lock", sa.Integer(), nullable=False, comment="grows with every change of the draft"),
        sa.ForeignKeyConstraint(
            ["scorecard_id"], ["scorecards.id"], name=op.f("fk_scorecard_versions_scorecard_id_scorecards")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecard_versions")),
        sa.UniqueConstraint("scorecard_id", "number", name=op.f("uq_scorecard_versions_scorecard_id")),
    )
    op.create_table(
        "evaluations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("call_id", sa.String(length=100), nullable=True),
        sa.Column("recording_id", sa.String(length=36), nullable=True),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scorer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=14), nullable=False),
        sa.Column(
            "unique_key",
            sa.String(length=160),
            nullable=False,
            comment="what it was made for, so that it is made once; changes when it is released",
        ),
        sa.Column(
            "about_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the one that a blind second or a ruling is about",
        ),
        sa.Column(
            "sample_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the drawn sample, where there is one",
        ),
        sa.Column(
            "session_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="the calibration session",
        ),
        sa.Column("raw_score", sa.Integer(), nullable=True, comment="tenths, without fatal findings"),
        sa.Column("score", sa.Integer(), nullable=True, comment="tenths; what counts"),
        sa.Column("grade", sa.String(length=20), nullable=True),
        sa.Column("fatal", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column(
            "coach",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="the lowest grade, or a finding that asks for coaching",
        ),
        sa.Column("official", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("good", sa.Text(), nullable=False, comment="what was done well, for the agent"),
        sa.Column("advice", sa.Text(), nullable=False, comment="what to do better, for the agent"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True, comment="when it became final"),
        sa.Column("seconds", sa.Integer(), nullable=True, comment="that the scoring screen was worked on"),
        sa.Column("keys", sa.Integer(), nullable=True, comment="keys and clicks that it took on the scoring screen"),
        sa.Column("version", sa.Integer(), nullable=False, comment="grows with every change"),
        sa.ForeignKeyConstraint(["about_id"], ["evaluations.id"], name=op.f("fk_evaluations_about_id_evaluations")),
        sa.ForeignKeyConstraint(["agent_id"], ["users.id"], name=op.f("fk_evaluations_agent_id_users")),
        sa.ForeignKeyConstraint(["call_id"], ["calls.call_id"], name=op.f("fk_evaluations_call_id_calls")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_evaluations_recording_id_recordings")
        ),
        sa.ForeignKeyConstraint(["scorer_id"], ["users.id"], name=op.f("fk_evaluations_scorer_id_users")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["scorecard_versions.id"], name=op.f("fk_evaluations_version_id_scorecard_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_evaluations_unique_key")),
    )
    with op.batch_alter_table("evaluations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evaluations_about_id"), ["about_id"], unique=False)
        batch_op.create_index("ix_evaluations_agent_submitted", ["agent_id", "submitted_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_evaluations_call_id"), ["call_id"], unique=False)
        batch_op.create_index("ix_evaluations_official_submitted", ["official", "submitted_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_evaluations_sample_id"), ["sample_id"], unique=False)
        batch_op.create_index("ix_evaluations_scorer_state", ["scorer_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_evaluations_session_id"), ["session_id"], unique=False)
        batch_op.create_index("ix_evaluations_state_submitted", ["state", "submitted_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evaluations_version_id"), ["version_id"], unique=False)
        batch_op.create_index(
            "uq_evaluations_official",
            ["call_id", "agent_id"],
            unique=True,
            sqlite_where=sa.text("official"),
            postgresql_where=sa.text("official"),
        )

    op.create_table(
        "evaluation_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("evaluation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("from_state", sa.String(length=14), nullable=True),
        sa.Column("to_state", sa.String(length=14), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluations.id"], name=op.f("fk_evaluation_events_evaluation_id_evaluations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_events")),
    )
    with op.batch_alter_table("evaluation_events", schema=None) as batch_op:
        batch_op.create_index("ix_evaluation_events_evaluation", ["evaluation_id", "id"], unique=False)

    op.create_table(
        "evaluation_marks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("evaluation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False, comment="item or fatal"),
        sa.Column("code", sa.String(length=12), nullable=False, comment="of the card"),
        sa.Column("taken", sa.Integer(), nullable=False, comment="points"),
        sa.Column("not_applicable", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("from_ms", sa.Integer(), nullable=True),
        sa.Column("to_ms", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False, comment="what was said there, of the transcript"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "candidate_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="what a machine had suggested",
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluations.id"], name=op.f("fk_evaluation_marks_evaluation_id_evaluations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_marks")),
    )
    with op.batch_alter_table("evaluation_marks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evaluation_marks_candidate_id"), ["candidate_id"], unique=False)
        batch_op.create_index("ix_evaluation_marks_code", ["code", "evaluation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_evaluation_marks_evaluation_id"), ["evaluation_id"], unique=False)
    _guard()
    _seed()


def _seed() -> None:
    content = tomllib.loads(SEED.read_text(encoding="utf-8"))
    code = content.pop("code")
    # An old day: it was in force before any call.
    made = datetime(2000, 1, 1, tzinfo=UTC)
    if op.get_bind().dialect.name == "sqlite":
        made = made.replace(tzinfo=None)
    stamp = {"made_at": made, "made_by": "system"}
    cards = sa.table(
        "scorecards", *(sa.column(name) for name in ("id", "code", "subject", "active", "made_by")),
        sa.column("queues", sa.JSON), sa.column("made_at", sa.DateTime(timezone=True)),
    )  # fmt: skip
    op.execute(cards.insert().values(code=code, subject="call", queues=[], active=True, **stamp))
    card_id = op.get_bind().execute(sa.select(cards.c.id).where(cards.c.code == code)).scalar_one()
    versions = sa.table(
        "scorecard_versions",
        *(sa.column(name) for name in ("scorecard_id", "number", "state", "sha256", "reason", "made_by")),
        sa.column("published_by"), sa.column("lock"), sa.column("content", sa.JSON),
        *(sa.column(name, sa.DateTime(timezone=True)) for name in ("made_at", "published_at")),
    )  # fmt: skip
    digest = sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
    op.execute(
        versions.insert().values(
            scorecard_id=card_id,
            number=1,
            state="published",
            content=content,
            sha256=digest,
            reason="",
            lock=1,
            published_at=made,
            published_by="system",
            **stamp,
        )
    )


def _guard() -> None:
    """Events are only added; what was published or handed in stays as it was."""
    refuse_changes(["evaluation_events"])
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION huiyin_stays() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% that is done stays as it is', TG_TABLE_NAME; END $$"
    )
    op.execute(
        "CREATE FUNCTION huiyin_mark_stays() RETURNS trigger LANGUAGE plpgsql AS $$ "  # noqa: S608  (our own words)
        "DECLARE whose bigint; "
        "BEGIN IF TG_OP = 'INSERT' THEN whose := NEW.evaluation_id; ELSE whose := OLD.evaluation_id; END IF; "
        f"IF (SELECT state FROM evaluations WHERE id = whose) NOT IN {OPEN} THEN "
        "RAISE EXCEPTION '% that is done stays as it is', TG_TABLE_NAME; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER scorecard_versions_stay BEFORE UPDATE OR DELETE ON scorecard_versions "
        "FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION huiyin_stays()"
    )
    op.execute(
        "CREATE TRIGGER evaluations_stay BEFORE DELETE ON evaluations FOR EACH ROW EXECUTE FUNCTION huiyin_stays()"
    )
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in FIXED)
    op.execute(
        "CREATE TRIGGER evaluations_fixed BEFORE UPDATE ON evaluations "
        f"FOR EACH ROW WHEN (OLD.state NOT IN {OPEN} AND ({changed})) EXECUTE FUNCTION huiyin_stays()"
    )
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in FIXED_MARK)
    op.execute(
        "CREATE TRIGGER evaluation_marks_fixed BEFORE UPDATE ON evaluation_marks "
        f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION huiyin_mark_stays()"
    )
    op.execute(
        "CREATE TRIGGER evaluation_marks_stay BEFORE INSERT OR DELETE ON evaluation_marks "
        "FOR EACH ROW EXECUTE FUNCTION huiyin_mark_stays()"
    )


def _guard_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER scorecard_versions_no_{verb.lower()} BEFORE {verb} ON scorecard_versions "
            "WHEN OLD.state = 'published' "
            "BEGIN SELECT RAISE(ABORT, 'scorecard_versions that is done stays as it is'); END"
        )
    op.execute(
        "CREATE TRIGGER evaluations_no_delete BEFORE DELETE ON evaluations "
        "BEGIN SELECT RAISE(ABORT, 'evaluations that is done stays as it is'); END"
    )
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in FIXED)
    op.execute(
        f"CREATE TRIGGER evaluations_fixed BEFORE UPDATE ON evaluations WHEN OLD.state NOT IN {OPEN} AND ({changed}) "
        "BEGIN SELECT RAISE(ABORT, 'evaluations that is done stays as it is'); END"
    )
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in FIXED_MARK)
    for verb, row, what in (("INSERT", "NEW", ""), ("DELETE", "OLD", ""), ("UPDATE", "OLD", f" AND ({changed})")):
        op.execute(
            f"CREATE TRIGGER evaluation_marks_no_{verb.lower()} BEFORE {verb} ON evaluation_marks "  # noqa: S608  (our own)
            f"WHEN (SELECT state FROM evaluations WHERE id = {row}.evaluation_id) NOT IN {OPEN}{what} "
            "BEGIN SELECT RAISE(ABORT, 'evaluation_marks that is done stays as it is'); END"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION huiyin_stays()")
        op.execute("DROP FUNCTION huiyin_mark_stays()")
