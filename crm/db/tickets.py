"""Tables of tickets and their events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.calls import Call, Recording
from crm.db.departments import Department
from crm.db.people import Customer, User
from crm.db.sealed import NUMBER, BlindText, SealedText

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
        Index("ix_tickets_kind_received", "kind", "received_at", "id"),
        Index("ix_tickets_assignee_received", "assignee_id", "received_at", "id"),
        Index("ix_tickets_created_by_received", "created_by_id", "received_at", "id"),
        Index("ix_tickets_first_agent_received", "first_agent_id", "received_at", "id"),
        Index("ix_tickets_status_legal_due", "status", "legal_due_at", "id"),
        Index("ix_tickets_internal_due", "internal_due_at", "id"),
        Index("ix_tickets_status_internal_due", "status", "internal_due_at", "id"),
        Index("ix_tickets_department_received", "department_id", "received_at", "id"),
        *(
            Index(f"ix_tickets_{name}_{order}", column, f"{order}_at", "id")
            for name, column in (
                ("assignee", "assignee_id"),
                ("created_by", "created_by_id"),
                ("first_agent", "first_agent_id"),
                ("kind", "kind"),
            )
            for order in ("legal_due", "internal_due")
        ),
        *(
            Index(
                name, column, postgresql_where=text(f"{column} IS NOT NULL"), sqlite_where=text(f"{column} IS NOT NULL")
            )
            for name, column in (
                ("ix_tickets_accused", "complained_about_id"),
                ("ix_tickets_first_agent", "first_agent_id"),
            )
        ),
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
    caller_number: Mapped[str | None] = mapped_column(
        SealedText("tickets.caller_number", was=32), comment="digits as they came"
    )
    caller_key: Mapped[str | None] = mapped_column(
        BlindText(NUMBER), comment="the same number in its one spelling, to find it by"
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
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    first_agent_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), comment="who took it from the customer")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    complained_about_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), comment="one of our people")
    complained_about: Mapped[str] = mapped_column(
        String(200), default="", server_default="", comment="the party complained about, in the customer's words"
    )
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("tickets.id"), index=True, comment="the complaint that a review is of"
    )
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    handling_step: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="how far up the handling order it is: 0 first agent to 4 general manager"
    )
    amount_fen: Mapped[int | None] = mapped_column(BigInteger, comment="the amount the matter is about")
    demand: Mapped[str] = mapped_column(default="", server_default="", comment="what the customer asks for")
    occurred_at: Mapped[datetime | None]
    business_code: Mapped[str | None] = mapped_column(String(40), comment="key of axis B")
    reason_code: Mapped[str | None] = mapped_column(String(40), comment="key of axis C")
    channel_code: Mapped[str | None] = mapped_column(String(40), comment="key of axis A")
    read_back_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None] = mapped_column(comment="when number, time and contact were told")
    complexity: Mapped[str] = mapped_column(
        String(8), default="simple", server_default="simple", comment="simple, complex or special"
    )
    source_body: Mapped[str | None] = mapped_column(String(40), comment="the body that forwarded it")
    emergency: Mapped[bool] = mapped_column(default=False, server_default=false())
    legal_hold: Mapped[bool] = mapped_column(default=False, server_default=false())
    closed_at: Mapped[datetime | None]
    notified_at: Mapped[datetime | None] = mapped_column(comment="when the legal clock stopped")
    version: Mapped[int] = mapped_column(default=1)
    customer: Mapped[Customer | None] = relationship(lazy="joined")
    assignee: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[assignee_id])
    first_agent: Mapped[User | None] = relationship(lazy="select", foreign_keys=[first_agent_id])
    accused: Mapped[User | None] = relationship(lazy="select", foreign_keys=[complained_about_id])
    department: Mapped[Department | None] = relationship(lazy="select")
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
