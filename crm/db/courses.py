"""Tables of courses, plans, what people have to do, and drills."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, BigId


class Course(Base):
    """Something to learn. ``mode``: class, online, case_study. ``state``: draft, open, retired."""

    __tablename__ = "courses"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title_zh: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    mode: Mapped[str] = mapped_column(String(12))
    topic: Mapped[str] = mapped_column(String(20))
    minutes: Mapped[int]
    body_zh: Mapped[str]
    body_en: Mapped[str]
    slugs: Mapped[list[Any]] = mapped_column(comment="articles to read")
    case_ids: Mapped[list[Any]] = mapped_column(comment="cases of the library to work through")
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("exam_papers.id"), comment="passed at its end")
    state: Mapped[str] = mapped_column(String(8), default="draft")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)


class CourseSitting(Base):
    """A class at its hour. ``state``: planned, held, cancelled."""

    __tablename__ = "course_sittings"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(100), default="")
    trainer: Mapped[str] = mapped_column(String(100), default="")
    seats: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="planned")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))


class CourseSeat(Base):
    """Somebody's place in a class. ``state``: booked, came, absent."""

    __tablename__ = "course_seats"
    sitting_id: Mapped[int] = mapped_column(ForeignKey("course_sittings.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(8), default="booked")
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))


class TrainingPlan(Base):
    """What people of some roles learn when they come (induction), or again and again. ``state``: draft, active, ended.

    ``steps``: course or paper or scenario, its id, and in how many days it is due.
    """

    __tablename__ = "training_plans"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title_zh: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(10), comment="induction, periodic")
    roles: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    months: Mapped[int] = mapped_column(default=0, comment="of a periodic plan: how often")
    starts_on: Mapped[date] = mapped_column(Date, comment="of induction: who came on that day or later")
    state: Mapped[str] = mapped_column(String(8), default="draft")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)


class TrainingAssignment(Base):
    """What one person has to do by a day. ``state``: open, done, cancelled."""

    __tablename__ = "training_assignments"
    __table_args__ = (
        Index("ix_training_assignments_user", "user_id", "state", "due_on"),
        Index("ix_training_assignments_state", "state", "due_on"),
        Index("ix_training_assignments_source", "source", "source_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(8), comment="course, exam, drill")
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"))
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("exam_papers.id"))
    scenario_id: Mapped[int | None] = mapped_column(ForeignKey("drill_scenarios.id"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("training_plans.id"), index=True)
    source: Mapped[str] = mapped_column(String(12), default="order", comment="plan, order, coaching, retest")
    source_id: Mapped[int | None] = mapped_column(BigInteger, comment="what it came from, as the coaching task")
    note: Mapped[str] = mapped_column(String(500), default="")
    once: Mapped[str | None] = mapped_column(String(120), unique=True, comment="a plan gives a thing once")
    state: Mapped[str] = mapped_column(String(10), default="open")
    assigned_at: Mapped[datetime]
    assigned_by: Mapped[str] = mapped_column(String(64))
    due_on: Mapped[date] = mapped_column(Date)
    started_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    reminded_on: Mapped[date | None] = mapped_column(Date)
    outcome: Mapped[str] = mapped_column(String(12), default="", comment="passed, failed, came, read, scored")
    version: Mapped[int] = mapped_column(default=1)


class DrillScenario(Base):
    """A call to play: who calls, with what, and what a good agent does. ``state``: active, retired."""

    __tablename__ = "drill_scenarios"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title_zh: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    topic: Mapped[str] = mapped_column(String(20))
    situation_zh: Mapped[str] = mapped_column(comment="what the agent is told beforehand")
    situation_en: Mapped[str]
    caller_zh: Mapped[str] = mapped_column(comment="what who plays the caller says and wants")
    caller_en: Mapped[str]
    state: Mapped[str] = mapped_column(String(8), default="active")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)


class Drill(Base):
    """A scenario played by somebody. Scored on a card. ``state``: planned, held, scored, cancelled."""

    __tablename__ = "drills"
    __table_args__ = (UniqueConstraint("call_id"), Index("ix_drills_user", "user_id", "planned_at"))
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("drill_scenarios.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("training_assignments.id"), index=True)
    caller: Mapped[str] = mapped_column(String(100), default="", comment="who plays the caller")
    planned_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="planned")
    held_at: Mapped[datetime | None]
    call_id: Mapped[str | None] = mapped_column(String(100), comment="the call that it was played in")
    evaluation_id: Mapped[int | None] = mapped_column(BigInteger, comment="its score on the card")
    note: Mapped[str] = mapped_column(String(500), default="")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
