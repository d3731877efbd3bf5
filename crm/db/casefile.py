"""Tables of a case file: evidence and its custody, findings, solution, execution, questions, contacts; notices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.attachments import Attachment
from crm.db.base import Base, BigId
from crm.db.departments import Department
from crm.db.people import User


class Evidence(Base):
    """Something that shows what happened. Append-only: what becomes of it stands in its custody log.

    ``sha256`` is of what it refers to (a recording, a transcript, a file), or of what was typed, as it was then.
    """

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("ticket_id", "position"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    position: Mapped[int] = mapped_column(comment="E1, E2, … of its ticket")
    kind: Mapped[str] = mapped_column(String(24))
    title: Mapped[str] = mapped_column(String(200))
    shows: Mapped[str] = mapped_column(default="", comment="what it shows")
    text: Mapped[str] = mapped_column(default="", comment="what was typed, as it was read off or said")
    facts: Mapped[dict[str, Any]] = mapped_column(
        default=dict, comment="of a transaction: amount_fen, at, reference, …"
    )
    source: Mapped[str] = mapped_column(String(200), comment="where it came from")
    recording_id: Mapped[str | None] = mapped_column(ForeignKey("recordings.id"), index=True)
    transcript_id: Mapped[int | None] = mapped_column(ForeignKey("transcripts.id"))
    attachment_id: Mapped[str | None] = mapped_column(ForeignKey("attachments.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    obtained_at: Mapped[datetime]
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(64))
    attachment: Mapped[Attachment | None] = relationship(lazy="joined")
    custody: Mapped[list[EvidenceCustody]] = relationship(lazy="selectin", order_by="EvidenceCustody.id")


class EvidenceCustody(Base):
    """What was done with a piece of evidence, by whom, and who has it since. Append-only."""

    __tablename__ = "evidence_custody"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(
        String(16), comment="collected, handed_over, verified, differs, withdrawn, restored"
    )
    holder: Mapped[str] = mapped_column(String(100), comment="who has it after this")
    note: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str | None] = mapped_column(String(64), comment="what a check found")


class Investigation(Base):
    """What an investigation has found so far. The whole of it is the version's document."""

    __tablename__ = "investigations"
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    version: Mapped[int]
    verdict: Mapped[str | None] = mapped_column(String(20), comment="substantiated, partly, unsubstantiated, unclear")
    root_cause: Mapped[str | None] = mapped_column(String(40), comment="a leaf of the house's tree of causes")
    updated_at: Mapped[datetime] = mapped_column(index=True)
    updated_by: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]]


class InvestigationVersion(Base):
    """The findings as they once were. Append-only."""

    __tablename__ = "investigation_versions"
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))


class Solution(Base):
    """What is to be done for the customer, and what it costs. The whole of it is the version's document."""

    __tablename__ = "solutions"
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    version: Mapped[int]
    cost_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]]


class SolutionVersion(Base):
    """A solution as it once was. Append-only."""

    __tablename__ = "solution_versions"
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))


class ExecutionStep(Base):
    """One step of carrying a solution out. Steps that nobody has done yet change with the solution's versions."""

    __tablename__ = "execution_steps"
    __table_args__ = (
        UniqueConstraint("ticket_id", "solution_version", "position"),
        Index("ix_execution_steps_user_state", "user_id", "state", "due_at"),
        Index("ix_execution_steps_department_state", "department_id", "state", "due_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    solution_version: Mapped[int]
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(24), comment="the kind of its remedy")
    text: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="planned", comment="planned, done")
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(String(64))
    reference: Mapped[str] = mapped_column(String(100), default="", comment="of the posting, say")
    outcome: Mapped[str] = mapped_column(default="")
    problem: Mapped[str] = mapped_column(default="", comment="why it could not be done at the last try")
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    version: Mapped[int] = mapped_column(default=1)
    user: Mapped[User | None] = relationship(lazy="joined")
    department: Mapped[Department | None] = relationship(lazy="joined")


class AssistanceRequest(Base):
    """A question to another department. It is told what it needs for the answer, and nothing else of the case."""

    __tablename__ = "assistance_requests"
    __table_args__ = (Index("ix_assistance_requests_department_state", "department_id", "state", "due_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    question: Mapped[str]
    disclosed: Mapped[str] = mapped_column(default="", comment="what the department may know of the case")
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="open", comment="open, answered, withdrawn")
    answer: Mapped[str] = mapped_column(default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"), comment="the answer, as evidence")
    version: Mapped[int] = mapped_column(default=1)
    department: Mapped[Department] = relationship(lazy="joined")
    asked_by: Mapped[User] = relationship(lazy="joined", foreign_keys=[asked_by_id])
    answered_by: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[answered_by_id])


class CaseContact(Base):
    """A word with the customer about his case: progress told, facts asked for, a plan negotiated. Append-only."""

    __tablename__ = "case_contacts"
    __table_args__ = (Index("ix_case_contacts_ticket", "ticket_id", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16), comment="progress, clarification, mediation")
    channel: Mapped[str] = mapped_column(String(12))
    spoke_with: Mapped[str] = mapped_column(String(100), default="")
    told: Mapped[str] = mapped_column(default="", comment="what we said")
    heard: Mapped[str] = mapped_column(default="", comment="what he said")
    proposal: Mapped[str] = mapped_column(default="", comment="of a mediation: the plan that was on the table")
    outcome: Mapped[str] = mapped_column(
        String(16), default="", comment="reached, not_reached, agreed, refused, considers"
    )
    next_report_at: Mapped[datetime | None] = mapped_column(comment="when he was promised to hear again")


class Notice(Base):
    """Something that somebody of the house is told: shown by the bell until he has seen it."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_user_read", "user_id", "read_at", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(24))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    at: Mapped[datetime]
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    read_at: Mapped[datetime | None]
