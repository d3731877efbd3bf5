"""Tables of what is learnt from complaints: counters, alarms, topics, rectification plans, reviews, cases, reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.departments import Department
from crm.db.people import User


class TicketDay(Base):
    """How many tickets came in on a day (the centre's) with these marks. Made from tickets; never changed by hand."""

    __tablename__ = "ticket_days"
    __table_args__ = (Index("ix_ticket_days_kind_day", "kind", "day"), Index("ix_ticket_days_day", "day"))
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(40), default="", comment="axis A; empty: not said yet")
    business: Mapped[str] = mapped_column(String(40), default="", comment="axis B")
    reason: Mapped[str] = mapped_column(String(40), default="", comment="axis C")
    category: Mapped[str] = mapped_column(String(40), default="")
    came_by: Mapped[str] = mapped_column(String(12), default="")
    region: Mapped[str] = mapped_column(String(8), default="")
    level: Mapped[int] = mapped_column(default=0)
    cause: Mapped[str] = mapped_column(String(40), default="", comment="root cause")
    count: Mapped[int]
    closed: Mapped[int] = mapped_column(default=0)
    told: Mapped[int] = mapped_column(default=0, comment="told the result")
    told_in_time: Mapped[int] = mapped_column(default=0)
    late_open: Mapped[int] = mapped_column(default=0, comment="past the legal term when counted, and not told")
    cost_fen: Mapped[int] = mapped_column(BigInteger, default=0, comment="of the solutions")


class TicketDaySum(Base):
    """The same summed up for each key of each axis, so that a page reads few rows however many tickets there are."""

    __tablename__ = "ticket_day_sums"
    __table_args__ = (Index("ix_ticket_day_sums_day", "day"),)
    axis: Mapped[str] = mapped_column(String(12), primary_key=True, comment="all, or an axis of crm.domain.axes")
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int]
    closed: Mapped[int] = mapped_column(default=0)
    told: Mapped[int] = mapped_column(default=0)
    told_in_time: Mapped[int] = mapped_column(default=0)
    late_open: Mapped[int] = mapped_column(default=0)
    cost_fen: Mapped[int] = mapped_column(BigInteger, default=0)


class CounterMark(Base):
    """How far counters have followed what happens to tickets. One row a follower."""

    __tablename__ = "counter_marks"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    last_event_id: Mapped[int] = mapped_column(BigInteger, default=0)
    at: Mapped[datetime]


class TicketRegion(Base):
    """The region (GB/T 2260, two digits) that a complaint is counted in, as a person said."""

    __tablename__ = "ticket_regions"
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    region: Mapped[str] = mapped_column(String(8))
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(64))


class Alarm(Base):
    """A count that was too high to be chance. ``state``: new, dismissed, acted."""

    __tablename__ = "alarms"
    __table_args__ = (UniqueConstraint("axis", "key", "day"), Index("ix_alarms_state", "state", "day"))
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    axis: Mapped[str] = mapped_column(String(12), comment="all, business, reason, category, channel, cause, topic")
    key: Mapped[str] = mapped_column(String(40))
    day: Mapped[date] = mapped_column(Date)
    observed: Mapped[int]
    expected: Mapped[float] = mapped_column(Float)
    chance: Mapped[float] = mapped_column(Float)
    raised_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="new")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(default="")


class Topic(Base):
    """A word that is in more complaints than before, in the days that end with ``day``."""

    __tablename__ = "topics"
    __table_args__ = (UniqueConstraint("day", "language", "word"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    language: Mapped[str] = mapped_column(String(8))
    word: Mapped[str] = mapped_column(String(40))
    now: Mapped[int] = mapped_column(comment="complaints of the window that have it")
    before: Mapped[int] = mapped_column(comment="complaints of the weeks before that have it")
    score: Mapped[float] = mapped_column(Float)
    ticket_ids: Mapped[list[Any]] = mapped_column(default=list, comment="some of them, the newest first")


class Rectification(Base):
    """A plan to remove a cause: what, who, until when; and whether it helped."""

    __tablename__ = "rectifications"
    __table_args__ = (
        Index("ix_rectifications_state_due", "state", "due_on"),
        Index("ix_rectifications_owner", "owner_id", "state"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    cause: Mapped[str] = mapped_column(default="", comment="what was found to lie behind the complaints")
    plan: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(String(12), default="", comment="alarm, emergency, review, ticket, topic, own")
    source_id: Mapped[int | None] = mapped_column(BigInteger)
    axis: Mapped[str | None] = mapped_column(String(12), comment="what the effect is measured by")
    key: Mapped[str | None] = mapped_column(String(40))
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12), default="planned")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    done_on: Mapped[date | None] = mapped_column(Date)
    result: Mapped[str] = mapped_column(default="")
    check_due_on: Mapped[date | None] = mapped_column(Date)
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[str | None] = mapped_column(String(64))
    before: Mapped[int | None]
    after: Mapped[int | None]
    finding: Mapped[str] = mapped_column(default="")
    reminded_on: Mapped[date | None] = mapped_column(Date)
    follows_id: Mapped[int | None] = mapped_column(
        ForeignKey("rectifications.id"), comment="the plan that did not help"
    )
    version: Mapped[int] = mapped_column(default=1)
    owner: Mapped[User] = relationship(lazy="joined")
    department: Mapped[Department | None] = relationship(lazy="joined")


class ProcessReview(Base):
    """A sitting of several departments over the process. Append-only."""

    __tablename__ = "process_reviews"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    held_on: Mapped[date] = mapped_column(Date, index=True)
    period_from: Mapped[date] = mapped_column(Date)
    period_to: Mapped[date] = mapped_column(Date)
    departments: Mapped[list[Any]] = mapped_column(default=list, comment="ids")
    people: Mapped[str] = mapped_column(default="", comment="who was there")
    findings: Mapped[str]
    decisions: Mapped[str]
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="what was looked at, as it was then")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))


class CaseStudy(Base):
    """A case that others learn from; nobody in it can be recognised. ``state``: draft, reviewed, published, retired."""

    __tablename__ = "case_studies"
    __table_args__ = (Index("ix_case_studies_state", "state", "published_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    situation: Mapped[str]
    handling: Mapped[str]
    lessons: Mapped[str]
    category: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(String(40))
    level: Mapped[int | None]
    language: Mapped[str] = mapped_column(String(8), default="zh")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), comment="told to those only who may see it")
    words: Mapped[str] = mapped_column(default="", comment="what it is found by")
    state: Mapped[str] = mapped_column(String(10), default="draft")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None] = mapped_column(String(64))
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None] = mapped_column(String(64))
    used: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)


class AnalysisReport(Base):
    """A month's or a year's figures, frozen as they were. Append-only: made anew, it is another edition."""

    __tablename__ = "analysis_reports"
    __table_args__ = (UniqueConstraint("span", "period", "edition"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    span: Mapped[str] = mapped_column(String(8), comment="month or year")
    period: Mapped[str] = mapped_column(String(8), comment="2026-10 or 2026")
    edition: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
