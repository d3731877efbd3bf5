"""Tables of emergencies: signals, the team and its call-out, measures, bulletins; the duty roster; escalations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.people import User
from crm.db.tickets import Ticket


class EmergencySignal(Base):
    """Something that speaks for an emergency. A person declares one, or says why it is none."""

    __tablename__ = "emergency_signals"
    __table_args__ = (Index("ix_emergency_signals_state", "state", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    unique_key: Mapped[str] = mapped_column(String(200), unique=True, comment="of what it tells, so that it does once")
    trigger: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(200))
    why: Mapped[str] = mapped_column(default="")
    words: Mapped[list[str]] = mapped_column(default=list, comment="the words that decided")
    ticket_ids: Mapped[list[Any]] = mapped_column(default=list)
    raised_at: Mapped[datetime]
    raised_by: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default="new", comment="new, declared, dismissed")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(default="")
    emergency_id: Mapped[int | None] = mapped_column(ForeignKey("emergencies.id"))


class Emergency(Base):
    """An emergency that was declared. ``state``: open, reported, closed, stood_down."""

    __tablename__ = "emergencies"
    __table_args__ = (Index("ix_emergencies_state_declared", "state", "declared_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    trigger: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(200))
    situation: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(12), default="open")
    declared_at: Mapped[datetime]
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    team_complete_at: Mapped[datetime | None]
    team_late_told_at: Mapped[datetime | None] = mapped_column(comment="when it was said that the team is not whole")
    interim_at: Mapped[datetime | None]
    last_bulletin_at: Mapped[datetime | None]
    reminded_for: Mapped[datetime | None] = mapped_column(comment="the bulletin's time that was reminded of")
    leak_reported_at: Mapped[datetime | None]
    leak_report: Mapped[str] = mapped_column(default="")
    report: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="the closing report, part by part")
    report_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    report_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    declared_by: Mapped[User] = relationship(lazy="joined", foreign_keys=[declared_by_id])
    report_by: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[report_by_id])
    ended_by: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[ended_by_id])
    seats: Mapped[list[EmergencySeat]] = relationship(lazy="selectin", order_by="EmergencySeat.id")
    called: Mapped[list[EmergencyCall]] = relationship(lazy="selectin", order_by="EmergencyCall.id")


class EmergencyTicket(Base):
    """A matter that belongs to an emergency."""

    __tablename__ = "emergency_tickets"
    emergency_id: Mapped[int] = mapped_column(ForeignKey("emergencies.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, index=True)
    joined_at: Mapped[datetime]
    joined_by: Mapped[str] = mapped_column(String(64))
    ticket: Mapped[Ticket] = relationship(lazy="joined")


class EmergencySeat(Base):
    """A seat of the team, with the people of the roster as it stood when the emergency was declared."""

    __tablename__ = "emergency_seats"
    __table_args__ = (UniqueConstraint("emergency_id", "duty"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    emergency_id: Mapped[int] = mapped_column(ForeignKey("emergencies.id"))
    duty: Mapped[str] = mapped_column(String(16))
    roster: Mapped[list[Any]] = mapped_column(default=list, comment="ids of users, in the order they are called in")
    filled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    filled_at: Mapped[datetime | None]
    short_told_at: Mapped[datetime | None] = mapped_column(comment="when it was said that nobody is left to call")
    filled_by: Mapped[User | None] = relationship(lazy="joined")


class EmergencyCall(Base):
    """Somebody who was called out, and what he said."""

    __tablename__ = "emergency_calls"
    __table_args__ = (UniqueConstraint("emergency_id", "user_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    emergency_id: Mapped[int] = mapped_column(ForeignKey("emergencies.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    times: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(String(8), comment="coming, cannot; null: not answered yet")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str] = mapped_column(String(12), default="", comment="page, link, or told to a colleague")
    note: Mapped[str] = mapped_column(default="")
    token_sha256: Mapped[str | None] = mapped_column(String(64), unique=True, comment="of the link in his message")
    user: Mapped[User] = relationship(lazy="joined")


class EmergencyMeasure(Base):
    """A temporary solution: in force until it is ended or handed over."""

    __tablename__ = "emergency_measures"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    emergency_id: Mapped[int] = mapped_column(ForeignKey("emergencies.id"), index=True)
    text: Mapped[str]
    tell_agents: Mapped[str] = mapped_column(default="", comment="what agents say to callers until it is over")
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(64))
    ends_at: Mapped[datetime | None] = mapped_column(comment="until when it is meant to hold")
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(default="", comment="how it ended, or to whom it was handed over")
    owner: Mapped[User] = relationship(lazy="joined")


class EmergencyBulletin(Base):
    """A bulletin to departments and customers. Append-only."""

    __tablename__ = "emergency_bulletins"
    __table_args__ = (UniqueConstraint("emergency_id", "position"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    emergency_id: Mapped[int] = mapped_column(ForeignKey("emergencies.id"))
    position: Mapped[int]
    due_at: Mapped[datetime]
    issued_at: Mapped[datetime]
    issued_by: Mapped[str] = mapped_column(String(64))
    internal_text: Mapped[str]
    customer_zh: Mapped[str] = mapped_column(default="")
    customer_en: Mapped[str] = mapped_column(default="")
    final: Mapped[bool] = mapped_column(default=False, server_default=false())
    told_people: Mapped[int] = mapped_column(default=0, comment="colleagues who were told")
    message_ids: Mapped[list[Any]] = mapped_column(default=list, comment="messages to customers")
    not_told: Mapped[list[Any]] = mapped_column(default=list, comment="tickets whose customer could not be written to")


class EmergencyEvent(Base):
    """What happened in an emergency. Append-only; also an entry of the audit chain."""

    __tablename__ = "emergency_events"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    emergency_id: Mapped[int] = mapped_column(ForeignKey("emergencies.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(24))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class DutyRosterEntry(Base):
    """Who is called for a duty, as the how-manieth, from when until when (null: always)."""

    __tablename__ = "duty_roster"
    __table_args__ = (Index("ix_duty_roster_duty", "duty", "rank"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    duty: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    rank: Mapped[int] = mapped_column(comment="1 is called first")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    number: Mapped[str | None] = mapped_column(String(32), comment="where he is reached while on duty")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None] = mapped_column(String(64))
    user: Mapped[User] = relationship(lazy="joined")


class Escalation(Base):
    """A complaint looked into and deliberated anew at a higher level. ``state``: raised, investigating, decided."""

    __tablename__ = "escalations"
    __table_args__ = (Index("ix_escalations_state", "state", "raised_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    ground: Mapped[str] = mapped_column(String(12), comment="refused, principle, reputation")
    why: Mapped[str]
    raised_at: Mapped[datetime]
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    from_step: Mapped[int]
    to_step: Mapped[int]
    state: Mapped[str] = mapped_column(String(14), default="raised")
    handled_before: Mapped[list[Any]] = mapped_column(default=list, comment="ids of users with a hand in it before")
    investigator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    findings: Mapped[str] = mapped_column(default="")
    found_at: Mapped[datetime | None]
    participants: Mapped[list[Any]] = mapped_column(default=list, comment="ids of users who deliberated")
    decision: Mapped[str | None] = mapped_column(String(10), comment="upheld, changed, special")
    reasons: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=1)
    raised_by: Mapped[User] = relationship(lazy="joined", foreign_keys=[raised_by_id])
    investigator: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[investigator_id])
    decided_by: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[decided_by_id])
