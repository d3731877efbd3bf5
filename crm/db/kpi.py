"""Tables of the key figures: sums kept up to date, what changed since, weights, frozen months, objections."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, BigId
from crm.domain.kpi_facts import Fact

KPI_SUMS = Table(
    "kpi_sums",
    Base.metadata,
    Column("id", BigId, primary_key=True),
    Column("source", String(10), nullable=False, comment="a crm.domain.kpi_facts.Source"),
    Column("axis", String(6), nullable=False, comment="day (the house), queue (by queue and hour) or agent"),
    Column("day", Date, nullable=False, comment="the centre's"),
    Column("hour", Integer, nullable=False, comment="-1: of the day only"),
    Column("queue", String(40), nullable=False, comment="empty: of none"),
    Column("user_id", BigInteger, nullable=False, comment="0: nobody's"),
    Column("team_id", BigInteger, nullable=False, comment="the section that he was in on that day; 0: none"),
    *(Column(fact.value, BigInteger, comment="null: nothing") for fact in Fact),
    Index("ix_kpi_sums_axis_day", "axis", "day"),
    Index("ix_kpi_sums_user_day", "user_id", "day"),
    Index("ix_kpi_sums_source_day", "source", "day"),
    comment="sums of facts; made from what they count, never changed by hand",
)


class KpiChange(Base):
    """Something that figures are made of has changed: its days are counted anew. Triggers add rows, the job takes them.

    ``subject``: a call or a ticket; ``at``: an instant whose day is to be counted, too.
    """

    __tablename__ = "kpi_changes"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str | None] = mapped_column(String(100))
    at: Mapped[datetime | None]


class KpiStay(Base):
    """A person's time in a section, by days: figures of a team stay those of who was in it."""

    __tablename__ = "kpi_stays"
    __table_args__ = (Index("ix_kpi_stays_user", "user_id", "first"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date | None] = mapped_column(Date, comment="null: he still is")


class KpiWeights(Base):
    """A version of how the personal composite is made (``crm.domain.kpi_composite``). Append-only."""

    __tablename__ = "kpi_weights"
    version: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    first_month: Mapped[str] = mapped_column(String(7), comment="YYYY-MM: the first month that it counts for")
    reason: Mapped[str] = mapped_column(String(200))
    document: Mapped[dict[str, Any]]


class KpiFreeze(Base):
    """A month whose figures were fixed. Append-only. ``seal``: SHA-256 over all its rows."""

    __tablename__ = "kpi_freezes"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    month: Mapped[str] = mapped_column(String(7), unique=True, comment="YYYY-MM")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    weights_version: Mapped[int] = mapped_column(comment="0: the house's first weights")
    note: Mapped[str] = mapped_column(String(500), default="")
    rows: Mapped[int]
    seal: Mapped[str] = mapped_column(String(64))


class KpiFrozenRow(Base):
    """The facts of a frozen month. Append-only.

    ``axis``: house, queue, team or agent with the facts of a day; composite with a person's month.
    """

    __tablename__ = "kpi_frozen_rows"
    __table_args__ = (UniqueConstraint("freeze_id", "axis", "key", "day"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    freeze_id: Mapped[int] = mapped_column(ForeignKey("kpi_freezes.id"))
    axis: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(40), comment="queue, or id of the section or the person; house: empty")
    day: Mapped[date] = mapped_column(Date, comment="of a composite: the month's first")
    document: Mapped[dict[str, Any]]


class KpiObjection(Base):
    """An agent says that a figure of his frozen month is not right. Append-only."""

    __tablename__ = "kpi_objections"
    __table_args__ = (Index("ix_kpi_objections_user", "user_id", "made_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    freeze_id: Mapped[int] = mapped_column(ForeignKey("kpi_freezes.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    figure: Mapped[str] = mapped_column(String(40), comment="a name of crm.domain.kpi.FORMULAS, or composite")
    text: Mapped[str]
    call_id: Mapped[str | None] = mapped_column(String(100), comment="the call that it is about, if one is named")
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]


class KpiRuling(Base):
    """What was decided about an objection, once. Append-only."""

    __tablename__ = "kpi_rulings"
    objection_id: Mapped[int] = mapped_column(ForeignKey("kpi_objections.id"), primary_key=True, autoincrement=False)
    upheld: Mapped[bool]
    answer: Mapped[str]
    ruled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ruled_by: Mapped[str] = mapped_column(String(64))
    ruled_at: Mapped[datetime]


class KpiCorrection(Base):
    """A frozen figure set right after an objection: the frozen row stays, this stands beside it. Append-only."""

    __tablename__ = "kpi_corrections"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    freeze_id: Mapped[int] = mapped_column(ForeignKey("kpi_freezes.id"), index=True)
    objection_id: Mapped[int] = mapped_column(ForeignKey("kpi_objections.id"), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    before: Mapped[dict[str, Any]] = mapped_column(comment="facts of the month, and his composite")
    after: Mapped[dict[str, Any]]
