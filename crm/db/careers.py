"""Tables of careers: what somebody became when, and the plan that he and who leads him agreed on."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.people import User


class CareerStep(Base):
    """Somebody holds a position from a day on. Append-only: the newest one counts."""

    __tablename__ = "career_steps"
    __table_args__ = (Index("ix_career_steps_person_since", "person_id", "since_on"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    position: Mapped[str] = mapped_column(String(24))
    since_on: Mapped[date] = mapped_column(Date)
    merit_id: Mapped[int | None] = mapped_column(ForeignKey("merits.id"), comment="the promotion that made it")
    reason: Mapped[str] = mapped_column(String(500), default="")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))


class CareerPlan(Base):
    """What somebody wants to become, and how. ``state``: draft, agreed, reached, dropped."""

    __tablename__ = "career_plans"
    __table_args__ = (Index("ix_career_plans_person", "person_id", "id"), Index("ix_career_plans_review", "review_on"))
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    target: Mapped[str] = mapped_column(String(24))
    wish: Mapped[str] = mapped_column(default="", comment="in his own words")
    state: Mapped[str] = mapped_column(String(8), default="draft")
    made_at: Mapped[datetime]
    agreed_at: Mapped[datetime | None]
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), comment="who leads him")
    review_on: Mapped[date | None] = mapped_column(Date)
    reminded_on: Mapped[date | None] = mapped_column(Date)
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    person: Mapped[User] = relationship(lazy="joined", foreign_keys=[person_id])
    agreed_by: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[agreed_by_id])
    goals: Mapped[list[CareerGoal]] = relationship(lazy="selectin", order_by="CareerGoal.due_on, CareerGoal.id")
    talks: Mapped[list[CareerTalk]] = relationship(lazy="selectin", order_by="CareerTalk.id.desc()")


class CareerGoal(Base):
    """A step of a plan. ``state``: open, done, dropped."""

    __tablename__ = "career_goals"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("career_plans.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12), comment="training, exam, practice, result")
    text: Mapped[str] = mapped_column(String(500))
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(8), default="open")
    note: Mapped[str] = mapped_column(String(500), default="")
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(64))


class CareerTalk(Base):
    """A talk about a plan, as it was written down. Append-only."""

    __tablename__ = "career_talks"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("career_plans.id"), index=True)
    held_on: Mapped[date] = mapped_column(Date)
    text: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
