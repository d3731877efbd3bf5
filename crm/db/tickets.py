"""Tables of tickets and their events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.calls import Call, Recording
from crm.db.people import Customer, User

ticket_calls = Table(
    "ticket_calls",
    Base.metadata,
    Column("ticket_id", BigId, ForeignKey("tickets.id"), primary_key=True),
    Column("call_id", String(100), ForeignKey("calls.call_id"), primary_key=True, index=True),
)


class TicketRecording(Base):
    """A recording of a ticket, in its place: the caller's message first, then the whole call."""

    __tablename__ = "ticket_recordings"
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(Integer)
    recording: Mapped[Recording] = relationship(lazy="joined")


class Ticket(Base):
    """A matter to be dealt with. ``version`` grows with every change (compare-and-set)."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_status_received", "status", "received_at", "id"),
        Index("ix_tickets_received", "received_at", "id"),
        Index("ix_tickets_legal_due", "legal_due_at", "id"),
        Index("ix_tickets_caller_key", "caller_key", "received_at"),
        Index("ix_tickets_customer_received", "customer_id", "received_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(13), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    level: Mapped[int | None]
    category: Mapped[str | None] = mapped_column(String(40))
    severity: Mapped[str | None] = mapped_column(String(4))
    priority: Mapped[str] = mapped_column(String(4), comment="P1 (highest) to P4")
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    caller_number: Mapped[str | None] = mapped_column(String(32), comment="digits as they came")
    caller_key: Mapped[str | None] = mapped_column(
        String(32), comment="the same number in its one spelling, to find it by"
    )
    origin: Mapped[str | None] = mapped_column(
        String(200), unique=True, comment="what it was made from (a call and its ticket), so that it is made once"
    )
    channel: Mapped[str] = mapped_column(String(12))
    language: Mapped[str] = mapped_column(String(8), default="zh")
    text: Mapped[str] = mapped_column(
        default="", comment="what was written; a spoken complaint's words are its transcript"
    )
    flags: Mapped[list[str]] = mapped_column(default=list, comment="unfinished, …")
    received_at: Mapped[datetime]
    legal_due_at: Mapped[datetime | None]
    internal_due_at: Mapped[datetime | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    customer: Mapped[Customer | None] = relationship(lazy="joined")
    assignee: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[assignee_id])
    calls: Mapped[list[Call]] = relationship(secondary=ticket_calls, lazy="selectin")
    recordings: Mapped[list[TicketRecording]] = relationship(lazy="selectin", order_by=TicketRecording.position)
    events: Mapped[list[TicketEvent]] = relationship(back_populates="ticket", order_by="TicketEvent.id")


class TicketEvent(Base):
    """A change of a ticket, or something that happened to it. Append-only; also an entry of the audit chain."""

    __tablename__ = "ticket_events"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64), comment="user name, or system")
    event: Mapped[str] = mapped_column(String(40))
    from_status: Mapped[str | None] = mapped_column(String(20))
    to_status: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(default="")
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ticket: Mapped[Ticket] = relationship(back_populates="events")


class NumberCounter(Base):
    """Last sequence given out by a node of the CRM on a day (the centre's zone)."""

    __tablename__ = "number_counters"
    __table_args__ = (UniqueConstraint("day", "node"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    day: Mapped[str] = mapped_column(String(6))
    node: Mapped[int]
    sequence: Mapped[int]
