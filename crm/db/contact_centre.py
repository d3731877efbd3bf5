"""Tables of agents at work: routing plans, states, legs of calls, wrap-ups, tasks, outbound calls."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.people import User
from crm.db.sealed import NUMBER, BlindText, SealedText


class RoutingVersion(Base):
    """A version of the routing plan (``ivr.routing_plan``), whole. The highest one is in force."""

    __tablename__ = "routing_versions"
    version: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(default="")
    document: Mapped[dict[str, Any]]


class AgentState(Base):
    """A stretch of an agent's time. ``until`` is null for the present one; there is one such row an agent."""

    __tablename__ = "agent_states"
    __table_args__ = (
        Index("ix_agent_states_user_since", "user_id", "since"),
        Index("ix_agent_states_until", "until", "user_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str] = mapped_column(String(12), comment="available, ringing, on_call, wrap_up, paused, offline")
    reason: Mapped[str] = mapped_column(String(40), default="")
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    call_id: Mapped[str | None] = mapped_column(String(100))
    user: Mapped[User] = relationship(lazy="joined")


class QueueVisit(Base):
    """One wait of a call in a queue. ``wait_time`` in seconds, by Asterisk's clock."""

    __tablename__ = "queue_visits"
    __table_args__ = (UniqueConstraint("call_id", "seq"), Index("ix_queue_visits_queue_entered", "queue", "entered_at"))
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id"), index=True)
    seq: Mapped[int]
    queue: Mapped[str] = mapped_column(String(40))
    priority: Mapped[int] = mapped_column(default=0)
    entered_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    wait_time: Mapped[float | None] = mapped_column(Float)
    outcome: Mapped[str | None] = mapped_column(
        String(20), comment="answered, abandoned, overflow, callback, message, returned; null while he waits"
    )


class CallLeg(Base):
    """The part of one phone in a call, the caller's own excepted. Durations in seconds, by Asterisk's clock."""

    __tablename__ = "call_legs"
    __table_args__ = (
        UniqueConstraint("call_id", "leg"),
        Index("ix_call_legs_agent_rang", "agent", "rang_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id"), index=True)
    leg: Mapped[str] = mapped_column(String(100), comment="Asterisk's uniqueid of the channel")
    agent: Mapped[str] = mapped_column(String(64), comment="user name")
    queue: Mapped[str | None] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(12), comment="a LegKind of ivr.exchange")
    rang_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ring_time: Mapped[float | None] = mapped_column(Float)
    talk_time: Mapped[float | None] = mapped_column(Float, comment="without hold")
    hold_time: Mapped[float | None] = mapped_column(Float)
    outcome: Mapped[str | None] = mapped_column(String(12), comment="answered, missed, refused, abandoned")
    ended_by: Mapped[str | None] = mapped_column(String(12), comment="caller, agent, transfer, lost")


class Disposition(Base):
    """A reason why somebody called, in a tree. ``code`` never changes its meaning."""

    __tablename__ = "dispositions"
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    parent: Mapped[str | None] = mapped_column(ForeignKey("dispositions.code"))
    title_zh: Mapped[str] = mapped_column(String(80))
    title_en: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class WrapUp(Base):
    """The work after a call. ``state``: open, done, lapsed (its time was over: it became a task)."""

    __tablename__ = "wrap_ups"
    __table_args__ = (UniqueConstraint("call_id", "user_id", "started_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    call_id: Mapped[str] = mapped_column(String(100), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    queue: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(8), default="open")
    started_at: Mapped[datetime]
    limit_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    disposition: Mapped[str | None] = mapped_column(ForeignKey("dispositions.code"))
    note: Mapped[str] = mapped_column(default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    acw_time: Mapped[float | None] = mapped_column(Float, comment="seconds")


class Task(Base):
    """Something that a person has to do. ``kind``: wrap_up, callback, follow_up. ``state``: open, done, cancelled."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_user_state_due", "user_id", "state", "due_at"),
        Index("ix_tasks_state_due", "state", "due_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), comment="null: whoever takes it")
    queue: Mapped[str | None] = mapped_column(String(40))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    call_id: Mapped[str | None] = mapped_column(String(100), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    number: Mapped[str | None] = mapped_column(SealedText("tasks.number", was=32), comment="to call")
    due_at: Mapped[datetime]
    place_at: Mapped[datetime | None] = mapped_column(
        comment="of a callback: when the caller first queued; it keeps his place"
    )
    state: Mapped[str] = mapped_column(String(10), default="open")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    done_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class OutboundCall(Base):
    """A call that an agent asked for, or was refused. ``cost`` in fen."""

    __tablename__ = "outbound_calls"
    __table_args__ = (Index("ix_outbound_calls_key_asked", "number_key", "asked_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    call_id: Mapped[str | None] = mapped_column(String(100), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    number: Mapped[str] = mapped_column(SealedText("outbound_calls.number", was=32))
    number_key: Mapped[str] = mapped_column(BlindText(NUMBER), comment="the number in its one spelling")
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), comment="refused, dialled, answered, failed")
    refused: Mapped[str | None] = mapped_column(String(40), comment="the rule that refused it")
    agreed: Mapped[bool] = mapped_column(default=False, comment="the customer agreed to be called in quiet hours")
    cost: Mapped[int] = mapped_column(default=0, comment="fen")


class KnowledgeArticle(Base):
    """A piece of knowledge that agents look up while they speak: the text in force, and how often it was opened.

    ``state``: draft (never published), published, retired. Its texts one by one are ``KnowledgeVersion``.
    """

    __tablename__ = "knowledge_articles"
    __table_args__ = (UniqueConstraint("slug", "language"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str]
    words: Mapped[str] = mapped_column(default="", comment="what it is found by: title and body, cut into words")
    business: Mapped[str | None] = mapped_column(String(40))
    updated_at: Mapped[datetime]
    used: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default="draft", server_default="published")
    version: Mapped[int] = mapped_column(default=0, server_default="1", comment="in force; 0: none yet")
    kind: Mapped[str] = mapped_column(String(12), default="article", server_default="article")
    category: Mapped[str | None] = mapped_column(String(40), comment="of the service catalogue")
    review_on: Mapped[date | None] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date, comment="last day on which it holds")
    helped: Mapped[int] = mapped_column(default=0, server_default="0")
    not_helped: Mapped[int] = mapped_column(default=0, server_default="0")
    reminded_on: Mapped[date | None] = mapped_column(Date, comment="when its keepers were last told that it is due")
