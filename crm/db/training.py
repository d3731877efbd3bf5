"""Tables of written tests: the question bank, papers, attempts, answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, BigId


class Question(Base):
    """A question of the bank. Its text is that of its highest version."""

    __tablename__ = "questions"
    __table_args__ = (Index("ix_questions_topic", "topic", "level"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    topic: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(12), comment="single, multiple, true_false, short")
    level: Mapped[int] = mapped_column(comment="1 easy, 2, 3 hard")
    state: Mapped[str] = mapped_column(String(8), default="active", comment="active, retired")
    version: Mapped[int] = mapped_column(default=1)
    words: Mapped[str] = mapped_column(default="", comment="what it is found by")


class QuestionVersion(Base):
    """A question as it was asked. Append-only: a change is another version, and old sheets keep theirs."""

    __tablename__ = "question_versions"
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]] = mapped_column(
        comment="points, right options; by language: text, options, explanation"
    )
    slug: Mapped[str | None] = mapped_column(String(80), comment="the article that answers it")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))


class ExamPaper(Base):
    """A written test as it is set. Fixed as soon as somebody has begun it. ``state``: draft, open, closed."""

    __tablename__ = "exam_papers"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title_zh: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(8), default="draft")
    minutes: Mapped[int]
    pass_percent: Mapped[int]
    attempts: Mapped[int] = mapped_column(default=1)
    half_for_part: Mapped[bool] = mapped_column(comment="some right options and no wrong one: half the points")
    counts: Mapped[bool] = mapped_column(comment="its results are a figure of the person")
    questions: Mapped[list[Any]] = mapped_column(comment="ids that are in every sheet")
    draws: Mapped[list[Any]] = mapped_column(comment="topic, level, kind, count: drawn for each sheet")
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)


class ExamAttempt(Base):
    """Somebody's sheet. The server's clock ends it. ``state``: running, submitted (a person marks the rest), marked."""

    __tablename__ = "exam_attempts"
    __table_args__ = (
        UniqueConstraint("paper_id", "user_id", "number"),
        Index("ix_exam_attempts_state_ends", "state", "ends_at"),
        Index("ix_exam_attempts_user", "user_id", "submitted_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    paper_id: Mapped[int] = mapped_column(ForeignKey("exam_papers.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("training_assignments.id"), index=True)
    number: Mapped[int] = mapped_column(comment="1, 2, … of this person and paper")
    seed: Mapped[str] = mapped_column(String(32), comment="questions, their order and that of options follow from it")
    sheet: Mapped[list[Any]] = mapped_column(comment="question, version, order of options, tenths of points")
    state: Mapped[str] = mapped_column(String(10), default="running")
    started_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(String(8), default="", comment="person, or time")
    tenths: Mapped[int | None] = mapped_column(comment="of points; null: not all is marked")
    of_tenths: Mapped[int]
    passed: Mapped[bool | None]
    marked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class ExamAnswer(Base):
    """What somebody answered; kept as it is given, so that nothing is lost with a page."""

    __tablename__ = "exam_answers"
    attempt_id: Mapped[int] = mapped_column(ForeignKey("exam_attempts.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="1, 2, … of the sheet")
    chosen: Mapped[list[Any]] = mapped_column(comment="options by their place in the question, not on the sheet")
    text: Mapped[str] = mapped_column(default="")
    saved_at: Mapped[datetime]
    tenths: Mapped[int | None]
    marked_by: Mapped[str | None] = mapped_column(String(64), comment="null: marked by rule")
    marked_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(500), default="")
