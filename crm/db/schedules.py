"""Tables of scheduled reports: what is made when for whom, each time that it was made, and what came of each mail."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.messages import Message
from crm.db.people import User


class ReportSchedule(Base):
    """A report that is made by itself. ``next_at`` is its next time; null while it rests."""

    __tablename__ = "report_schedules"
    __table_args__ = (Index("ix_report_schedules_next", "next_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    board: Mapped[str] = mapped_column(String(12), comment="which figures: calls, people, complaints")
    choice: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="what narrows it: queue, section")
    formats: Mapped[list[str]] = mapped_column(comment="any of xlsx, pdf, csv")
    span: Mapped[str] = mapped_column(String(8), comment="day, week or month: how often, and what it covers")
    on_day: Mapped[int] = mapped_column(comment="weekday from 1 (Monday), or day of the month; 0 for a daily one")
    at_time: Mapped[str] = mapped_column(String(5), comment="HH:MM, the centre's time")
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    next_at: Mapped[datetime | None]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    made_by: Mapped[User] = relationship(lazy="joined")
    recipients: Mapped[list[ReportRecipient]] = relationship(
        lazy="selectin", order_by="ReportRecipient.user_id", cascade="all, delete-orphan"
    )


class ReportRecipient(Base):
    """Somebody of the house who gets a report."""

    __tablename__ = "report_recipients"
    schedule_id: Mapped[int] = mapped_column(ForeignKey("report_schedules.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    user: Mapped[User] = relationship(lazy="joined")


class ReportRun(Base):
    """A report made for one of its times. ``documents``: what it covers and its language → ids of its files."""

    __tablename__ = "report_runs"
    __table_args__ = (UniqueConstraint("schedule_id", "due_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("report_schedules.id"))
    due_at: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64), comment="system, or who asked for it at once")
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    documents: Mapped[dict[str, Any]]
    error: Mapped[str] = mapped_column(String(300), default="", comment="why nothing could be made")
    deliveries: Mapped[list[ReportDelivery]] = relationship(lazy="selectin", order_by="ReportDelivery.user_id")


class ReportDelivery(Base):
    """What came of a report for somebody. ``outcome``: mailed, no_address, no_right, inactive, failed."""

    __tablename__ = "report_deliveries"
    run_id: Mapped[int] = mapped_column(ForeignKey("report_runs.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    outcome: Mapped[str] = mapped_column(String(12))
    part: Mapped[str] = mapped_column(String(60), comment="which of the run's documents: language and section")
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    user: Mapped[User] = relationship(lazy="joined")
    message: Mapped[Message | None] = relationship(lazy="joined")
