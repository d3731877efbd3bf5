"""Tables of how a complaint goes up the handling order: acts, approvals, deputies, penalties."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.departments import Department
from crm.db.people import User


class Deputy(Base):
    """Who signs for whom, from when until when. ``ended_at``: he came back earlier."""

    __tablename__ = "deputies"
    __table_args__ = (Index("ix_deputies_deputy_until", "deputy_id", "until_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    principal_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500))
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(64))
    principal: Mapped[User] = relationship(lazy="joined", foreign_keys=[principal_id])
    deputy: Mapped[User] = relationship(lazy="joined", foreign_keys=[deputy_id])


class ApprovalRequest(Base):
    """Something that others must sign. ``fingerprint`` is the hash of what they sign: another text, another request."""

    __tablename__ = "approval_requests"
    __table_args__ = (Index("ix_approval_requests_ticket", "ticket_id", "subject", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    subject: Mapped[str] = mapped_column(String(24), comment="solution, extend_30, extend_60, penalty, regrade, …")
    fingerprint: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]] = mapped_column(comment="what is signed, as it was shown")
    level: Mapped[int | None]
    amount_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    reason: Mapped[str] = mapped_column(default="")
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(
        String(12), default="open", index=True, comment="open, approved, returned or superseded"
    )
    ended_at: Mapped[datetime | None]
    requested_by: Mapped[User | None] = relationship(lazy="joined")
    steps: Mapped[list[ApprovalStep]] = relationship(
        lazy="selectin", order_by="ApprovalStep.position", back_populates="request"
    )


class ApprovalStep(Base):
    """A signature that a request needs, in its place. Append-only."""

    __tablename__ = "approval_steps"
    __table_args__ = (UniqueConstraint("request_id", "position"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("approval_requests.id"))
    position: Mapped[int]
    post: Mapped[str] = mapped_column(String(12), comment="section, maintenance, deputy_gm, gm or department")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    request: Mapped[ApprovalRequest] = relationship(back_populates="steps")
    department: Mapped[Department | None] = relationship(lazy="joined")
    decision: Mapped[ApprovalDecision | None] = relationship(lazy="selectin", back_populates="step")


class ApprovalDecision(Base):
    """A signature, or a refusal of one. Append-only; ``signature`` seals who decided what, when, over which text."""

    __tablename__ = "approval_decisions"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("approval_steps.id"), unique=True)
    decision: Mapped[str] = mapped_column(String(8), comment="approve or return")
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    in_place_of_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), comment="the absent one he stands for")
    opinion: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(String(64))
    step: Mapped[ApprovalStep] = relationship(back_populates="decision")
    decided_by: Mapped[User] = relationship(lazy="joined", foreign_keys=[decided_by_id])
    in_place_of: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[in_place_of_id])


class HandlingAct(Base):
    """Something done for a complaint along the handling order: explained, apologised, passed up, … Append-only."""

    __tablename__ = "handling_acts"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    act: Mapped[str] = mapped_column(String(24))
    step: Mapped[int] = mapped_column(comment="where in the handling order it was then: 0 to 4")
    round: Mapped[int] = mapped_column(default=0, comment="how often the ticket had been reopened by then")
    actor: Mapped[str] = mapped_column(String(64), comment="user name, or system")
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
    about_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    department: Mapped[Department | None] = relationship(lazy="joined")
    about: Mapped[User | None] = relationship(lazy="joined")


class Penalty(Base):
    """A warning or penalty proposed for somebody because of a complaint; in force when its request is approved."""

    __tablename__ = "penalties"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20), comment="oral_warning, written_warning, bonus_deduction")
    amount_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    reason: Mapped[str] = mapped_column(default="")
    request_id: Mapped[int] = mapped_column(ForeignKey("approval_requests.id"), unique=True)
    person: Mapped[User] = relationship(lazy="joined")
    request: Mapped[ApprovalRequest] = relationship(lazy="joined")
