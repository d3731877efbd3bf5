"""Tables of rewards and penalties: the scheme, what was proposed and signed, objections, and how the scheme works."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.people import User


class MeritScheme(Base):
    """A version of the scheme: which rewards and penalties there are, within which limits. Append-only."""

    __tablename__ = "merit_schemes"
    version: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(500), default="")
    document: Mapped[dict[str, Any]]


class Merit(Base):
    """A reward or a penalty of somebody. ``state``: open, approved, returned, withdrawn, lifted.

    ``fingerprint`` is the hash of ``content``: what everybody signs, as it was shown to him.
    """

    __tablename__ = "merits"
    __table_args__ = (
        Index("ix_merits_person_proposed", "person_id", "proposed_at"),
        Index("ix_merits_state_proposed", "state", "proposed_at"),
        Index("ix_merits_in_force", "in_force_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(
        String(20), comment="outstanding, bonus, promotion; oral_warning, written_warning, bonus_deduction"
    )
    amount_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    position: Mapped[str] = mapped_column(String(24), default="", comment="of a promotion: what he becomes")
    month: Mapped[str] = mapped_column(String(7), comment="the month it is counted in, as 2026-11")
    reason: Mapped[str] = mapped_column(default="")
    evidence: Mapped[list[Any]] = mapped_column(default=list, comment="kind and reference of each piece")
    scheme_version: Mapped[int] = mapped_column(BigInteger, default=0, comment="the scheme it was proposed under")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    penalty_id: Mapped[int | None] = mapped_column(
        ForeignKey("penalties.id"), unique=True, comment="a complaint's penalty: it was signed there"
    )
    content: Mapped[dict[str, Any]] = mapped_column(comment="what is signed")
    fingerprint: Mapped[str] = mapped_column(String(64))
    posts: Mapped[list[str]] = mapped_column(comment="who signs, in order")
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    proposed_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="open")
    in_force_at: Mapped[datetime | None]
    lapses_on: Mapped[date | None] = mapped_column(Date, comment="a warning weighs until then; null: no end")
    seen_at: Mapped[datetime | None] = mapped_column(comment="when the person read it")
    ended_at: Mapped[datetime | None] = mapped_column(comment="returned, withdrawn or lifted")
    person: Mapped[User] = relationship(lazy="joined", foreign_keys=[person_id])
    proposed_by: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[proposed_by_id])
    decisions: Mapped[list[MeritDecision]] = relationship(lazy="selectin", order_by="MeritDecision.position")
    objection: Mapped[MeritObjection | None] = relationship(lazy="selectin", back_populates="merit")


class MeritDecision(Base):
    """A signature under a reward or a penalty, or a refusal of one. Append-only."""

    __tablename__ = "merit_decisions"
    __table_args__ = (UniqueConstraint("merit_id", "position"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    merit_id: Mapped[int] = mapped_column(ForeignKey("merits.id"))
    position: Mapped[int]
    post: Mapped[str] = mapped_column(String(12))
    decision: Mapped[str] = mapped_column(String(8), comment="approve or return")
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    in_place_of_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    opinion: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(String(64))
    decided_by: Mapped[User] = relationship(lazy="joined", foreign_keys=[decided_by_id])
    in_place_of: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[in_place_of_id])


class MeritObjection(Base):
    """What the person says against a penalty, and how it was ruled. ``ruling``: empty (open), upheld, lifted."""

    __tablename__ = "merit_objections"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    merit_id: Mapped[int] = mapped_column(ForeignKey("merits.id"), unique=True)
    text: Mapped[str]
    at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(comment="until when it is to be ruled: a house target")
    reminded_at: Mapped[datetime | None] = mapped_column(comment="when those who rule were told that it is late")
    ruling: Mapped[str] = mapped_column(String(8), default="")
    opinion: Mapped[str] = mapped_column(default="")
    ruled_at: Mapped[datetime | None]
    ruled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    merit: Mapped[Merit] = relationship(back_populates="objection")
    ruled_by: Mapped[User | None] = relationship(lazy="joined")


class SchemeReview(Base):
    """The effect of the scheme as it was found, and what was decided. Append-only, sealed with its hash."""

    __tablename__ = "scheme_reviews"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    first: Mapped[date] = mapped_column(Date)
    last: Mapped[date] = mapped_column(Date)
    figures: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    scheme_version: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(10), comment="keep or adjust")
    finding: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
