"""Tables of what is kept and what is deleted: archives, holds, deletions with their report, exports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId


class Archive(Base):
    """The bundle of a closed ticket. ``hash`` seals it together with the archive before it (``prev_hash``).

    Rows are never changed but for ``state``: stored, missing, damaged, purged.
    """

    __tablename__ = "archives"
    __table_args__ = (Index("ix_archives_retain", "state", "retain_until"), UniqueConstraint("ticket_id", "round"))
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False, comment="1, 2, 3 … without gaps")
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    round: Mapped[int] = mapped_column(default=0)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"))
    sha256: Mapped[str] = mapped_column(String(64), comment="of the bundle")
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    files: Mapped[int]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    retain_until: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8), default="stored")


class LegalHold(Base):
    """Something that must not be deleted, however old: set and lifted with a reason."""

    __tablename__ = "legal_holds"
    __table_args__ = (Index("ix_legal_holds_ticket_lifted", "ticket_id", "lifted_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    reason: Mapped[str] = mapped_column(String(500))
    reference: Mapped[str] = mapped_column(String(120), default="", comment="of the court or the authority")
    set_by: Mapped[str] = mapped_column(String(64))
    set_at: Mapped[datetime]
    lifted_by: Mapped[str | None] = mapped_column(String(64))
    lifted_at: Mapped[datetime | None]
    lift_reason: Mapped[str] = mapped_column(String(500), default="")


class Deletion(Base):
    """A list of what is to be deleted, and afterwards the report of it.

    ``kind``: expiry or early. ``state``: proposed, agreed, done, refused. Somebody else than the proposer agrees to
    an early one.
    """

    __tablename__ = "deletions"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), default="proposed", index=True)
    reason: Mapped[str] = mapped_column(String(500), default="")
    proposed_by: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime]
    agreed_by: Mapped[str | None] = mapped_column(String(64))
    agreed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))
    version: Mapped[int] = mapped_column(default=1)
    items: Mapped[list[DeletionItem]] = relationship(lazy="selectin", order_by="DeletionItem.id")


class DeletionItem(Base):
    """A thing on such a list. ``outcome``: deleted, held (a hold came in between), kept, or null: not yet."""

    __tablename__ = "deletion_items"
    __table_args__ = (Index("ix_deletion_items_subject", "subject"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    deletion_id: Mapped[int] = mapped_column(ForeignKey("deletions.id"), index=True)
    subject: Mapped[str] = mapped_column(String(80), comment="ticket:42 or recording:…")
    label: Mapped[str] = mapped_column(String(80), comment="what people call it by")
    rule: Mapped[str] = mapped_column(String(40), comment="the rule by which its time is over")
    expired_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(10))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RegulatorExport(Base):
    """A file made for an authority: what was asked for, by whom, what went out."""

    __tablename__ = "regulator_exports"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    body: Mapped[str] = mapped_column(String(200), comment="for whom")
    reference: Mapped[str] = mapped_column(String(120), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    criteria: Mapped[dict[str, Any]]
    tickets: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default="queued", comment="queued, done, failed")
    error: Mapped[str] = mapped_column(default="")
    document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
