"""Tables of quality: scorecards, their versions, evaluations with their marks, and every change of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.people import User


class Scorecard(Base):
    """A card by its name; what it asks stands in its versions. ``queues``: the calls it is for, none: all others."""

    __tablename__ = "scorecards"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    subject: Mapped[str] = mapped_column(String(8), default="call", comment="call or drill")
    queues: Mapped[list[str]] = mapped_column(default=list)
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))


class ScorecardVersion(Base):
    """What a card asks. A draft changes; what was published stays as it is, for ever.

    ``state``: draft, published. Of the published ones the newest is in force.
    """

    __tablename__ = "scorecard_versions"
    __table_args__ = (UniqueConstraint("scorecard_id", "number"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    scorecard_id: Mapped[int] = mapped_column(ForeignKey("scorecards.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    content: Mapped[dict[str, Any]] = mapped_column(comment="crm.domain.card_form reads it")
    sha256: Mapped[str] = mapped_column(String(64), default="", comment="of the content, once it is published")
    reason: Mapped[str] = mapped_column(String(500), default="")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None] = mapped_column(String(64))
    lock: Mapped[int] = mapped_column(default=1, comment="grows with every change of the draft")
    scorecard: Mapped[Scorecard] = relationship(lazy="joined")


class Evaluation(Base):
    """One filled card: of one agent in one call, or of a drill. Scores in tenths of a point, 0 to 1000.

    ``purpose`` and ``state``: crm.domain.evaluations. ``official``: it is what counts for the agent now; of one call
    and agent there is at most one.
    """

    __tablename__ = "evaluations"
    __table_args__ = (
        Index("ix_evaluations_agent_submitted", "agent_id", "submitted_at"),
        Index("ix_evaluations_scorer_state", "scorer_id", "state"),
        Index("ix_evaluations_state_submitted", "state", "submitted_at", "id"),
        Index("ix_evaluations_official_submitted", "official", "submitted_at"),
        Index(
            "uq_evaluations_official", "call_id", "agent_id", unique=True,
            sqlite_where=text("official"), postgresql_where=text("official"),
        ),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    call_id: Mapped[str | None] = mapped_column(ForeignKey("calls.call_id"), index=True)
    recording_id: Mapped[str | None] = mapped_column(ForeignKey("recordings.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    scorer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("scorecard_versions.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(14), default="claimed")
    unique_key: Mapped[str] = mapped_column(
        String(160), unique=True, comment="what it was made for, so that it is made once; changes when it is released"
    )
    about_id: Mapped[int | None] = mapped_column(
        ForeignKey("evaluations.id"), index=True, comment="the one that a blind second or a ruling is about"
    )
    sample_id: Mapped[int | None] = mapped_column(BigId, index=True, comment="the drawn sample, where there is one")
    session_id: Mapped[int | None] = mapped_column(BigId, index=True, comment="the calibration session")
    raw_score: Mapped[int | None] = mapped_column(comment="tenths, without fatal findings")
    score: Mapped[int | None] = mapped_column(comment="tenths; what counts")
    grade: Mapped[str | None] = mapped_column(String(20))
    fatal: Mapped[bool] = mapped_column(default=False, server_default=false())
    coach: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="the lowest grade, or a finding that asks for coaching"
    )
    official: Mapped[bool] = mapped_column(default=False, server_default=false())
    good: Mapped[str] = mapped_column(Text, default="", comment="what was done well, for the agent")
    advice: Mapped[str] = mapped_column(Text, default="", comment="what to do better, for the agent")
    made_at: Mapped[datetime]
    saved_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None] = mapped_column(comment="when it became final")
    seconds: Mapped[int | None] = mapped_column(comment="that the scoring screen was worked on")
    keys: Mapped[int | None] = mapped_column(comment="keys and clicks that it took on the scoring screen")
    version: Mapped[int] = mapped_column(default=1, comment="grows with every change")
    agent: Mapped[User] = relationship(lazy="joined", foreign_keys=[agent_id])
    scorer: Mapped[User] = relationship(lazy="joined", foreign_keys=[scorer_id])
    card: Mapped[ScorecardVersion] = relationship(lazy="joined")
    marks: Mapped[list[EvaluationMark]] = relationship(
        lazy="selectin", order_by="EvaluationMark.position", cascade="all, delete-orphan"
    )


class EvaluationMark(Base):
    """A deduction, an item that does not apply, or a fatal finding, with where it is heard.

    They change while the evaluation is open, and never after. ``from_ms`` and ``to_ms``: of its recording.
    """

    __tablename__ = "evaluation_marks"
    __table_args__ = (Index("ix_evaluation_marks_code", "code", "evaluation_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluations.id"), index=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(6), comment="item or fatal")
    code: Mapped[str] = mapped_column(String(12), comment="of the card")
    taken: Mapped[int] = mapped_column(default=0, comment="points")
    not_applicable: Mapped[bool] = mapped_column(default=False, server_default=false())
    from_ms: Mapped[int | None]
    to_ms: Mapped[int | None]
    words: Mapped[str] = mapped_column(Text, default="", comment="what was said there, of the transcript")
    note: Mapped[str] = mapped_column(Text, default="")
    candidate_id: Mapped[int | None] = mapped_column(BigId, index=True, comment="what a machine had suggested")


class EvaluationEvent(Base):
    """A change of an evaluation. Append-only."""

    __tablename__ = "evaluation_events"
    __table_args__ = (Index("ix_evaluation_events_evaluation", "evaluation_id", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    evaluation_id: Mapped[int] = mapped_column(ForeignKey("evaluations.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(20))
    from_state: Mapped[str | None] = mapped_column(String(14))
    to_state: Mapped[str | None] = mapped_column(String(14))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
