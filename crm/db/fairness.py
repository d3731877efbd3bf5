"""Tables of fairness and coaching: appeals and their terms, calibrations, coaching with every step of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.people import User
from crm.db.quality import Evaluation, ScorecardVersion


class AppealTerm(Base):
    """Until when an evaluation can be appealed now; of one that was ruled on, until when it can go the last step."""

    __tablename__ = "appeal_terms"
    __table_args__ = (Index("ix_appeal_terms_until", "until_at"),)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluations.id"), primary_key=True, autoincrement=False)
    step: Mapped[int] = mapped_column(default=1, comment="that an appeal would be: 1 another scorer, 2 the head")
    until_at: Mapped[datetime]
    certain: Mapped[bool] = mapped_column(
        default=True, server_default=true(), comment="false: the calendar of that year was not known"
    )
    seen_at: Mapped[datetime | None] = mapped_column(comment="when the agent first opened it")
    heard_at: Mapped[datetime | None] = mapped_column(comment="when he first listened to it from there")
    reminded_at: Mapped[datetime | None]


class Appeal(Base):
    """One step of an appeal. ``points``: what it is against; ``decisions``: what became of each."""

    __tablename__ = "appeals"
    __table_args__ = (
        UniqueConstraint("evaluation_id", "step"),
        Index("ix_appeals_state_due", "state", "due_at"),
        Index("ix_appeals_ruler", "ruler_id", "state"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluations.id"), comment="what the agent was given first")
    against_id: Mapped[int] = mapped_column(ForeignKey("evaluations.id"), comment="what counted when he appealed")
    step: Mapped[int]
    agent_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    text: Mapped[str] = mapped_column(Text, default="")
    points: Mapped[list[Any]]
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    certain: Mapped[bool] = mapped_column(default=True, server_default=true())
    ruler_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_at: Mapped[datetime | None]
    ruled_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(10))
    decisions: Mapped[list[Any]] = mapped_column(default=list)
    reason: Mapped[str] = mapped_column(Text, default="")
    automatic: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="the end of the term decided it"
    )
    ruling_id: Mapped[int | None] = mapped_column(ForeignKey("evaluations.id"), comment="what counts since")
    warned_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    evaluation: Mapped[Evaluation] = relationship(foreign_keys=[evaluation_id])
    against: Mapped[Evaluation] = relationship(foreign_keys=[against_id])
    agent: Mapped[User] = relationship(lazy="joined", foreign_keys=[agent_id])
    ruler: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[ruler_id])


class Calibration(Base):
    """Scorers score the same calls blind. ``state``: open, revealed, cancelled."""

    __tablename__ = "calibrations"
    __table_args__ = (Index("ix_calibrations_state_due", "state", "due_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    version_id: Mapped[int] = mapped_column(ForeignKey("scorecard_versions.id"))
    state: Mapped[str] = mapped_column(String(10), default="open")
    due_at: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    revealed_at: Mapped[datetime | None]
    revealed_by: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="", comment="why it was revealed early, or cancelled")
    reminded_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    card: Mapped[ScorecardVersion] = relationship(lazy="joined")
    calls: Mapped[list[CalibrationCall]] = relationship(lazy="selectin", order_by="CalibrationCall.position")
    scorers: Mapped[list[CalibrationScorer]] = relationship(lazy="selectin", order_by="CalibrationScorer.user_id")


class CalibrationCall(Base):
    """A call of a calibration."""

    __tablename__ = "calibration_calls"
    __table_args__ = (UniqueConstraint("session_id", "call_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("calibrations.id"))
    position: Mapped[int]
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id"), index=True)
    recording_id: Mapped[str | None] = mapped_column(ForeignKey("recordings.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class CalibrationScorer(Base):
    """Who scores in a calibration."""

    __tablename__ = "calibration_scorers"
    session_id: Mapped[int] = mapped_column(ForeignKey("calibrations.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False, index=True)
    user: Mapped[User] = relationship(lazy="joined")


class CalibrationReading(Base):
    """How an item is read from now on, as the scorers agreed when they saw their differences. Append-only."""

    __tablename__ = "calibration_readings"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("calibrations.id"), index=True)
    code: Mapped[str] = mapped_column(String(12), index=True, comment="of the card: an item or a red line")
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))


class Coaching(Base):
    """What somebody is to learn, from a deduction: ``way``, ``retest`` and ``state`` are crm.domain.coaching's.

    Courses and exams of it are training assignments with the source ``coaching`` or ``retest`` and its id.
    """

    __tablename__ = "coachings"
    __table_args__ = (
        Index("ix_coachings_agent_state", "agent_id", "state"),
        Index("ix_coachings_coach_state", "coach_id", "state"),
        Index("ix_coachings_state_due", "state", "due_on"),
        UniqueConstraint("evaluation_id", "code"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    coach_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), comment="null: whoever may and takes it")
    evaluation_id: Mapped[int | None] = mapped_column(ForeignKey("evaluations.id"), comment="that it comes from")
    code: Mapped[str] = mapped_column(String(12), comment="of the card: the item, or the red line")
    goal: Mapped[str] = mapped_column(Text, default="", comment="what he should do otherwise")
    way: Mapped[str] = mapped_column(String(8), default="talk")
    retest: Mapped[str] = mapped_column(String(8), default="call")
    retest_id: Mapped[int | None] = mapped_column(ForeignKey("evaluations.id"), comment="the call that was scored")
    state: Mapped[str] = mapped_column(String(10), default="planned")
    due_on: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    held_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(Text, default="", comment="what was done and agreed")
    says: Mapped[str] = mapped_column(Text, default="", comment="what the agent says of it")
    said_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    finding: Mapped[str] = mapped_column(Text, default="")
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("coachings.id"), comment="the one that did not help")
    reminded_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(default=1)
    agent: Mapped[User] = relationship(lazy="joined", foreign_keys=[agent_id])
    coach: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[coach_id])
    evaluation: Mapped[Evaluation | None] = relationship(foreign_keys=[evaluation_id])


class CoachingEvent(Base):
    """A step of a coaching. Append-only."""

    __tablename__ = "coaching_events"
    __table_args__ = (Index("ix_coaching_events_coaching", "coaching_id", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    coaching_id: Mapped[int] = mapped_column(ForeignKey("coachings.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(12))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
