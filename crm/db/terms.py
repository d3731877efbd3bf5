"""Tables of terms: the clocks of tickets, the numbers and calendars they were worked out with, counters for boards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.tickets import Ticket


class RuleVersion(Base):
    """A version of the house's numbers (``crm.domain.rules``), whole. Append-only; the highest is in force."""

    __tablename__ = "rule_versions"
    version: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(200))
    document: Mapped[dict[str, Any]]


class CalendarNotice(Base):
    """The public calendar of a year as somebody entered it. Append-only; a year's highest version counts."""

    __tablename__ = "calendar_notices"
    __table_args__ = (UniqueConstraint("year", "version"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    year: Mapped[int]
    version: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(200), comment="where it was published")
    lines: Mapped[str] = mapped_column(comment="day,kind,name")


class TicketClock(Base):
    """What a ticket's terms are counted with."""

    __tablename__ = "ticket_clocks"
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    zone: Mapped[str] = mapped_column(String(64), comment="whose days are counted")
    ticket: Mapped[Ticket] = relationship()


class TicketTerm(Base):
    """One term of a ticket, worked out from its events (``crm.domain.terms``)."""

    __tablename__ = "ticket_terms"
    __table_args__ = (
        UniqueConstraint("ticket_id", "kind", "cycle", "step"),
        Index("ix_ticket_terms_state_kind_due", "state", "kind", "due_at", "ticket_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    kind: Mapped[str] = mapped_column(String(16))
    cycle: Mapped[int]
    step: Mapped[int]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    certain: Mapped[bool] = mapped_column(comment="false: the calendar of a year that decides is not published yet")
    state: Mapped[str] = mapped_column(String(8), comment="open, met, late or dropped")
    ended_at: Mapped[datetime | None]
    paused_since: Mapped[datetime | None]
    stage: Mapped[str] = mapped_column(
        String(8), default="running", comment="of an open one: running, first, second, last, overdue"
    )
    marks: Mapped[list[str]] = mapped_column(default=list, comment="of which moments somebody was told")
    next_mark_at: Mapped[datetime | None] = mapped_column(index=True, comment="when to look at it again")


class TicketCount(Base):
    """How many tickets there are of a sort: the sum of ``n`` over its rows. Triggers of ``tickets`` add rows."""

    __tablename__ = "ticket_counts"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    department_id: Mapped[int | None] = mapped_column(BigId)
    assignee_id: Mapped[int | None] = mapped_column(BigId)
    n: Mapped[int]


class TermCount(Base):
    """How many terms there are of a sort: the sum of ``n`` over its rows. Triggers of ``ticket_terms`` add rows."""

    __tablename__ = "term_counts"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(8))
    stage: Mapped[str] = mapped_column(String(8))
    n: Mapped[int]
