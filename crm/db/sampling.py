"""Tables of sampling: the plan, each week's seed and draw, the calls that are to be scored, what a machine found."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.calls import Call
from crm.db.people import User
from crm.db.sealed import SealedText


class WorkStart(Base):
    """Somebody's first day at the hotline, where it is not the day on which he was made known to the system."""

    __tablename__ = "work_starts"
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    started_on: Mapped[date] = mapped_column(Date)
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(64))


class SamplingPlan(Base):
    """A version of the plan (``crm.domain.sampling_plan``), whole. Append-only; the highest is in force."""

    __tablename__ = "sampling_plans"
    version: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(200))
    document: Mapped[dict[str, Any]]


class SamplingWeek(Base):
    """A week's lot. Its seed is made before the week's calls are; the audit chain has its SHA-256 from then on."""

    __tablename__ = "sampling_weeks"
    week: Mapped[str] = mapped_column(String(8), primary_key=True, comment="2026-W47")
    commitment: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the seed")
    seed: Mapped[str] = mapped_column(SealedText("sampling_weeks.seed"), comment="told once the week is drawn")
    made_at: Mapped[datetime]
    drawn_at: Mapped[datetime | None]
    plan_version: Mapped[int | None] = mapped_column(comment="by which it was drawn; 0: the default")
    digest: Mapped[str | None] = mapped_column(String(64), comment="SHA-256 over all frames, in the order of agents")


class SamplingFrame(Base):
    """What one agent's draw was made from, and what came of it. Append-only."""

    __tablename__ = "sampling_frames"
    __table_args__ = (UniqueConstraint("week", "agent_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    week: Mapped[str] = mapped_column(ForeignKey("sampling_weeks.week"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    agent: Mapped[str] = mapped_column(String(64), comment="his name at the draw: it is part of the lot")
    newcomer: Mapped[bool]
    least: Mapped[int]
    most: Mapped[int]
    call_ids: Mapped[list[Any]] = mapped_column(comment="all calls that could be drawn")
    drawn: Mapped[list[Any]] = mapped_column(comment="in the order of the draw")
    digest: Mapped[str] = mapped_column(String(64), comment="SHA-256 over the calls, one a line, in their order")


class Sample(Base):
    """A call of an agent that is to be scored.

    ``state``: open, claimed, scored, excused (it cannot be scored; a drawn one was replaced by the next of the draw).
    """

    __tablename__ = "samples"
    __table_args__ = (
        UniqueConstraint("call_id", "agent_id"),
        Index("ix_samples_state_due", "state", "due_at"),
        Index("ix_samples_week_agent", "week", "agent_id"),
        Index("ix_samples_claimed", "claimed_by_id", "state"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id"), index=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    week: Mapped[str] = mapped_column(String(8), comment="that the call is of")
    reasons: Mapped[list[str]] = mapped_column(comment="random, complaint, fatal, … the gravest first")
    urgency: Mapped[int] = mapped_column(comment="place of its gravest reason in the order of work")
    position: Mapped[int | None] = mapped_column(comment="its place in the agent's draw, from 1; null: not drawn")
    must: Mapped[bool] = mapped_column(default=False, server_default=false(), comment="within the least of its quota")
    state: Mapped[str] = mapped_column(String(8), default="open", server_default="open")
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    claimed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    evaluation_id: Mapped[int | None] = mapped_column(BigId, comment="what it was scored by")
    scored_at: Mapped[datetime | None]
    excuse: Mapped[str] = mapped_column(String(20), default="", server_default="")
    note: Mapped[str] = mapped_column(String(500), default="", server_default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    agent: Mapped[User] = relationship(lazy="joined", foreign_keys=[agent_id])
    claimed_by: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[claimed_by_id])
    call: Mapped[Call] = relationship(lazy="select")


class SampleEvent(Base):
    """What happened to a sample. Append-only."""

    __tablename__ = "sample_events"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sample_id: Mapped[int] = mapped_column(ForeignKey("samples.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(
        String(12), comment="made, reason, claimed, released, lapsed, scored, excused, reopened"
    )
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class CallRisk(Base):
    """A call of an agent that a risk rule names, whether it was taken into the sample or not. Append-only."""

    __tablename__ = "call_risks"
    __table_args__ = (
        UniqueConstraint("call_id", "agent_id", "rule"),
        Index("ix_call_risks_week_rule", "week", "rule"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    week: Mapped[str] = mapped_column(String(8))
    rule: Mapped[str] = mapped_column(String(12))
    found_at: Mapped[datetime]
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    percent: Mapped[int] = mapped_column(comment="of such calls that were to be scored")
    chosen: Mapped[bool]


class QualityLook(Base):
    """That a machine looked at an agent's part of a call, by which transcript, and what it measured."""

    __tablename__ = "quality_looks"
    __table_args__ = (UniqueConstraint("call_id", "agent_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"), index=True)
    transcript_id: Mapped[int | None] = mapped_column(BigId)
    language: Mapped[str] = mapped_column(String(8))
    looked_at: Mapped[datetime]
    detectors: Mapped[int] = mapped_column(comment="version of the rules that looked")
    starts_ms: Mapped[int] = mapped_column(comment="of the agent's part in the recording")
    ends_ms: Mapped[int]
    agent_ms: Mapped[int] = mapped_column(comment="that he spoke")
    caller_ms: Mapped[int]
    pace: Mapped[int | None] = mapped_column(comment="characters (Chinese) or words a minute")
    interruptions: Mapped[int]
    longest_silence_ms: Mapped[int]


class QualityCandidate(Base):
    """What a machine suggests about an item or a red line. ``state``: open, confirmed, refused, superseded.

    No words of the call stand here: spans (milliseconds of the recording) and the phrase that was looked for.
    """

    __tablename__ = "quality_candidates"
    __table_args__ = (
        Index("ix_quality_candidates_call_agent", "call_id", "agent_id"),
        Index("ix_quality_candidates_state_finding", "state", "finding", "made_at"),
        Index("ix_quality_candidates_code_state", "code", "state"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    recording_id: Mapped[str | None] = mapped_column(ForeignKey("recordings.id"))
    transcript_id: Mapped[int | None] = mapped_column(BigId)
    code: Mapped[str] = mapped_column(String(12), comment="item or fatal finding of the card")
    finding: Mapped[str] = mapped_column(String(8), comment="met, missed or fatal")
    why: Mapped[str] = mapped_column(String(20))
    spans: Mapped[list[Any]] = mapped_column(default=list, comment="{from_ms, to_ms, phrase}")
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)
    certainty: Mapped[int] = mapped_column(comment="percent, of the recogniser about these words")
    made_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="open", server_default="open")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(500), default="", server_default="")
    decided_by: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[decided_by_id])
