"""Training and knowledge: versions of articles, the question bank, exams, courses, plans, drills, announcements."""

from datetime import date, timedelta

import sqlalchemy as sa
from alembic import op

from crm.db.append_only import allow_changes, refuse_changes

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

APPEND_ONLY = ("knowledge_events", "question_versions")
TABLES = (
    "exam_answers",
    "knowledge_cases",
    "exam_attempts",
    "drills",
    "course_seats",
    "training_assignments",
    "course_sittings",
    "announcement_readers",
    "question_versions",
    "knowledge_votes",
    "knowledge_versions",
    "knowledge_uses",
    "knowledge_events",
    "courses",
    "announcements",
    "training_plans",
    "questions",
    "knowledge_synonyms",
    "knowledge_gaps",
    "exam_papers",
    "drill_scenarios",
)
FIRST_REVIEW = timedelta(days=365)
"""What was there before is looked at within a year."""

ARTICLES = sa.table(
    "knowledge_articles",
    *(sa.column(name) for name in ("id", "title", "body", "business")),
    sa.column("updated_at", sa.DateTime(timezone=True)),
    sa.column("review_on", sa.Date()),
)
VERSIONS = sa.table(
    "knowledge_versions",
    *(sa.column(name) for name in ("article_id", "version", "state", "title", "body", "kind", "business", "change")),
    *(sa.column(name) for name in ("made_by", "review_note", "published_by", "edition")),
    *(sa.column(name, sa.DateTime(timezone=True)) for name in ("made_at", "published_at")),
    sa.column("review_on", sa.Date()),
)


def upgrade() -> None:
    _tables()
    with op.batch_alter_table("knowledge_articles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=10), nullable=False, server_default="published"))
        batch_op.add_column(
            sa.Column("version", sa.Integer(), nullable=False, server_default="1", comment="in force; 0: none yet")
        )
        batch_op.add_column(sa.Column("kind", sa.String(length=12), nullable=False, server_default="article"))
        batch_op.add_column(
            sa.Column("category", sa.String(length=40), nullable=True, comment="of the service catalogue")
        )
        batch_op.add_column(sa.Column("review_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("expires_on", sa.Date(), nullable=True, comment="last day on which it holds"))
        batch_op.add_column(sa.Column("helped", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("not_helped", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(
            sa.Column("reminded_on", sa.Date(), nullable=True, comment="when its keepers were last told that it is due")
        )
    _first_versions()
    refuse_changes(APPEND_ONLY)


def _first_versions() -> None:
    """Each article that is there becomes its own first version."""
    bind = op.get_bind()
    for row in bind.execute(sa.select(ARTICLES)).all():
        written: date = row.updated_at.date()
        values = {
            "article_id": row.id, "version": 1, "state": "published", "title": row.title, "body": row.body,
            "kind": "article", "business": row.business, "change": "", "made_by": "system", "review_note": "",
            "published_by": "system", "edition": 1, "made_at": row.updated_at, "published_at": row.updated_at,
            "review_on": written + FIRST_REVIEW,
        }  # fmt: skip
        bind.execute(sa.insert(VERSIONS).values(**values))
        bind.execute(sa.update(ARTICLES).where(ARTICLES.c.id == row.id).values(review_on=values["review_on"]))


def _tables() -> None:
    op.create_table(
        "drill_scenarios",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("situation_zh", sa.String(), nullable=False, comment="what the agent is told beforehand"),
        sa.Column("situation_en", sa.String(), nullable=False),
        sa.Column("caller_zh", sa.String(), nullable=False, comment="what who plays the caller says and wants"),
        sa.Column("caller_en", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drill_scenarios")),
    )
    op.create_table(
        "exam_papers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("pass_percent", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "half_for_part",
            sa.Boolean(),
            nullable=False,
            comment="some right options and no wrong one: half the points",
        ),
        sa.Column("counts", sa.Boolean(), nullable=False, comment="its results are a figure of the person"),
        sa.Column("questions", sa.JSON(), nullable=False, comment="ids that are in every sheet"),
        sa.Column("draws", sa.JSON(), nullable=False, comment="topic, level, kind, count: drawn for each sheet"),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_papers")),
    )
    op.create_table(
        "knowledge_gaps",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("query", sa.String(length=200), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "language", "query", name=op.f("pk_knowledge_gaps")),
    )
    op.create_table(
        "knowledge_synonyms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.Column("means", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_synonyms")),
        sa.UniqueConstraint("language", "word", "means", name=op.f("uq_knowledge_synonyms_language")),
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False, comment="single, multiple, true_false, short"),
        sa.Column("level", sa.Integer(), nullable=False, comment="1 easy, 2, 3 hard"),
        sa.Column("state", sa.String(length=8), nullable=False, comment="active, retired"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(), nullable=False, comment="what it is found by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.create_index("ix_questions_topic", ["topic", "level"], unique=False)
    op.create_table(
        "training_plans",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="induction, periodic"),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False, comment="of a periodic plan: how often"),
        sa.Column("starts_on", sa.Date(), nullable=False, comment="of induction: who came on that day or later"),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_plans")),
    )
    op.create_table(
        "announcements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False, comment="notice, meeting"),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.String(), nullable=False, comment="of a meeting: what it is about"),
        sa.Column("roles", sa.JSON(), nullable=False, comment="for whom; empty: everybody"),
        sa.Column(
            "department_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="and only its people",
        ),
        sa.Column("confirm_by", sa.Date(), nullable=True, comment="each confirms by then that he has read it"),
        sa.Column("slug", sa.String(length=80), nullable=True, comment="the article that it makes known"),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("minutes", sa.String(), nullable=False, comment="what was said and decided"),
        sa.Column("minutes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes_by", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_by", sa.String(length=64), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_announcements_department_id_departments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.create_index("ix_announcements_state", ["state", "posted_at"], unique=False)
    op.create_table(
        "courses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("body_zh", sa.String(), nullable=False),
        sa.Column("body_en", sa.String(), nullable=False),
        sa.Column("slugs", sa.JSON(), nullable=False, comment="articles to read"),
        sa.Column("case_ids", sa.JSON(), nullable=False, comment="cases of the library to work through"),
        sa.Column(
            "paper_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True, comment="passed at its end"
        ),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["exam_papers.id"], name=op.f("fk_courses_paper_id_exam_papers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
    )
    op.create_table(
        "knowledge_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("article_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["knowledge_articles.id"], name=op.f("fk_knowledge_events_article_id_knowledge_articles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_events")),
    )
    with op.batch_alter_table("knowledge_events", schema=None) as batch_op:
        batch_op.create_index("ix_knowledge_events_article", ["article_id", "id"], unique=False)
    op.create_table(
        "knowledge_uses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("article_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_id", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"], ["knowledge_articles.id"], name=op.f("fk_knowledge_uses_article_id_knowledge_articles")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_knowledge_uses_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_uses")),
    )
    with op.batch_alter_table("knowledge_uses", schema=None) as batch_op:
        batch_op.create_index("ix_knowledge_uses_article_at", ["article_id", "at"], unique=False)
        batch_op.create_index("ix_knowledge_uses_call", ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_knowledge_uses_user_id"), ["user_id"], unique=False)
    op.create_table(
        "knowledge_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("article_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("business", sa.String(length=40), nullable=True),
        sa.Column("category", sa.String(length=40), nullable=True, comment="of the service catalogue"),
        sa.Column("change", sa.String(length=500), nullable=False, comment="what is new in it, and why"),
        sa.Column("review_on", sa.Date(), nullable=False, comment="somebody looks by then whether it still holds"),
        sa.Column("expires_on", sa.Date(), nullable=True, comment="last day on which it holds; null: no end is known"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(length=64), nullable=True),
        sa.Column("review_note", sa.String(length=500), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.String(length=64), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=False, comment="grows with every change of a draft"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["knowledge_articles.id"], name=op.f("fk_knowledge_versions_article_id_knowledge_articles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_versions")),
        sa.UniqueConstraint("article_id", "version", name=op.f("uq_knowledge_versions_article_id")),
    )
    with op.batch_alter_table("knowledge_versions", schema=None) as batch_op:
        batch_op.create_index("ix_knowledge_versions_state", ["state", "submitted_at"], unique=False)
    op.create_table(
        "knowledge_votes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("article_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("helped", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False, comment="what was missing"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("call_id", sa.String(length=100), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True, comment="when somebody had seen to it"),
        sa.Column("settled_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_id"], ["knowledge_articles.id"], name=op.f("fk_knowledge_votes_article_id_knowledge_articles")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_knowledge_votes_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_votes")),
        sa.UniqueConstraint("article_id", "version", "user_id", name=op.f("uq_knowledge_votes_article_id")),
    )
    op.create_table(
        "question_versions",
        sa.Column(
            "question_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "content",
            sa.JSON(),
            nullable=False,
            comment="points, right options; by language: text, options, explanation",
        ),
        sa.Column("slug", sa.String(length=80), nullable=True, comment="the article that answers it"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_question_versions_question_id_questions")
        ),
        sa.PrimaryKeyConstraint("question_id", "version", name=op.f("pk_question_versions")),
    )
    op.create_table(
        "announcement_readers",
        sa.Column(
            "announcement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("came", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcements.id"],
            name=op.f("fk_announcement_readers_announcement_id_announcements"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_announcement_readers_user_id_users")),
        sa.PrimaryKeyConstraint("announcement_id", "user_id", name=op.f("pk_announcement_readers")),
    )
    with op.batch_alter_table("announcement_readers", schema=None) as batch_op:
        batch_op.create_index("ix_announcement_readers_user", ["user_id", "confirmed_at"], unique=False)
    op.create_table(
        "course_sittings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("trainer", sa.String(length=100), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_course_sittings_course_id_courses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_sittings")),
    )
    with op.batch_alter_table("course_sittings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_course_sittings_course_id"), ["course_id"], unique=False)
    op.create_table(
        "training_assignments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False, comment="course, exam, drill"),
        sa.Column("course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("paper_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("scenario_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("source", sa.String(length=12), nullable=False, comment="plan, order, coaching, retest"),
        sa.Column("source_id", sa.BigInteger(), nullable=True, comment="what it came from, as the coaching task"),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("once", sa.String(length=120), nullable=True, comment="a plan gives a thing once"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by", sa.String(length=64), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False, comment="passed, failed, came, read, scored"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["courses.id"], name=op.f("fk_training_assignments_course_id_courses")),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["exam_papers.id"], name=op.f("fk_training_assignments_paper_id_exam_papers")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["training_plans.id"], name=op.f("fk_training_assignments_plan_id_training_plans")
        ),
        sa.ForeignKeyConstraint(
            ["scenario_id"], ["drill_scenarios.id"], name=op.f("fk_training_assignments_scenario_id_drill_scenarios")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_training_assignments_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_assignments")),
        sa.UniqueConstraint("once", name=op.f("uq_training_assignments_once")),
    )
    with op.batch_alter_table("training_assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_assignments_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index("ix_training_assignments_source", ["source", "source_id"], unique=False)
        batch_op.create_index("ix_training_assignments_state", ["state", "due_on"], unique=False)
        batch_op.create_index("ix_training_assignments_user", ["user_id", "state", "due_on"], unique=False)
    op.create_table(
        "course_seats",
        sa.Column(
            "sitting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["course_sittings.id"], name=op.f("fk_course_seats_sitting_id_course_sittings")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_course_seats_user_id_users")),
        sa.PrimaryKeyConstraint("sitting_id", "user_id", name=op.f("pk_course_seats")),
    )
    op.create_table(
        "drills",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scenario_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("caller", sa.String(length=100), nullable=False, comment="who plays the caller"),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("call_id", sa.String(length=100), nullable=True, comment="the call that it was played in"),
        sa.Column("evaluation_id", sa.BigInteger(), nullable=True, comment="its score on the card"),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["training_assignments.id"], name=op.f("fk_drills_assignment_id_training_assignments")
        ),
        sa.ForeignKeyConstraint(
            ["scenario_id"], ["drill_scenarios.id"], name=op.f("fk_drills_scenario_id_drill_scenarios")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_drills_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drills")),
        sa.UniqueConstraint("call_id", name=op.f("uq_drills_call_id")),
    )
    with op.batch_alter_table("drills", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_drills_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index("ix_drills_user", ["user_id", "planned_at"], unique=False)
    op.create_table(
        "exam_attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paper_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("assignment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False, comment="1, 2, … of this person and paper"),
        sa.Column(
            "seed",
            sa.String(length=32),
            nullable=False,
            comment="questions, their order and that of options follow from it",
        ),
        sa.Column("sheet", sa.JSON(), nullable=False, comment="question, version, order of options, tenths of points"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=8), nullable=False, comment="person, or time"),
        sa.Column("tenths", sa.Integer(), nullable=True, comment="of points; null: not all is marked"),
        sa.Column("of_tenths", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["training_assignments.id"],
            name=op.f("fk_exam_attempts_assignment_id_training_assignments"),
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["exam_papers.id"], name=op.f("fk_exam_attempts_paper_id_exam_papers")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_exam_attempts_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_attempts")),
        sa.UniqueConstraint("paper_id", "user_id", "number", name=op.f("uq_exam_attempts_paper_id")),
    )
    with op.batch_alter_table("exam_attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exam_attempts_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index("ix_exam_attempts_state_ends", ["state", "ends_at"], unique=False)
        batch_op.create_index("ix_exam_attempts_user", ["user_id", "submitted_at"], unique=False)
    op.create_table(
        "knowledge_cases",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_studies.id"], name=op.f("fk_knowledge_cases_case_id_case_studies")),
        sa.PrimaryKeyConstraint("slug", "case_id", name=op.f("pk_knowledge_cases")),
    )
    op.create_table(
        "exam_answers",
        sa.Column(
            "attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False, comment="1, 2, … of the sheet"),
        sa.Column(
            "chosen", sa.JSON(), nullable=False, comment="options by their place in the question, not on the sheet"
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenths", sa.Integer(), nullable=True),
        sa.Column("marked_by", sa.String(length=64), nullable=True, comment="null: marked by rule"),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["exam_attempts.id"], name=op.f("fk_exam_answers_attempt_id_exam_attempts")
        ),
        sa.PrimaryKeyConstraint("attempt_id", "position", name=op.f("pk_exam_answers")),
    )


def downgrade() -> None:
    allow_changes(APPEND_ONLY)
    op.execute("DELETE FROM knowledge_articles WHERE version = 0")
    for table in TABLES:
        op.drop_table(table)
    with op.batch_alter_table("knowledge_articles", schema=None) as batch_op:
        for column in (
            "reminded_on", "not_helped", "helped", "expires_on", "review_on", "category", "kind", "version", "state",
        ):  # fmt: skip
            batch_op.drop_column(column)
