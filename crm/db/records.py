"""Tables that keep the house in order: jobs, ingested spool folders, audit chain, idempotency keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, BigId
from crm.db.sealed import SealedJson


class Job(Base):
    """A background job: the row is the book, Celery the engine. ``state``: due, running, done, dead."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_state_run_at", "state", "run_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    queue: Mapped[str] = mapped_column(String(20), default="default", comment="default or asr")
    payload: Mapped[dict[str, Any]]
    unique_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="due")
    priority: Mapped[int] = mapped_column(default=5, comment="0 first, 9 last")
    attempts: Mapped[int] = mapped_column(default=0, comment="counted before each attempt")
    max_attempts: Mapped[int] = mapped_column(default=5)
    run_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(36))
    sent_at: Mapped[datetime | None] = mapped_column(comment="when Celery was last told of it")
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class SpoolFolder(Base):
    """What the ingest knows of a call's spool folder. ``digest``: SHA-256 over the names and contents taken in."""

    __tablename__ = "spool_folders"
    call_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), comment="open (call runs), done, quarantined", index=True)
    digest: Mapped[str] = mapped_column(String(64), default="")
    signature: Mapped[str] = mapped_column(
        String(64), default="", comment="SHA-256 over names, sizes and times: a cheap look for changes"
    )
    attempts: Mapped[int] = mapped_column(default=0, comment="counted before each attempt, 0 after a good one")
    next_try_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]
    ingested_at: Mapped[datetime | None]
    error: Mapped[str | None]


class AuditEntry(Base):
    """A link of the audit chain: ``hash`` = SHA-256 over ``prev_hash`` and the canonical JSON of the rest."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_actor", "actor", "id"), Index("ix_audit_log_action", "action", "id"))
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False, comment="1, 2, 3 … without gaps")
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120), index=True, comment="kind:id, as ticket:42")
    detail: Mapped[dict[str, Any]]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class IdempotencyKey(Base):
    """The answer that was given to a POST, so that its repetition gets the same."""

    __tablename__ = "idempotency_keys"
    key: Mapped[str] = mapped_column(String(200), primary_key=True, comment="actor, path and the client's key")
    request_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(SealedJson("idempotency_keys.body"))
    created_at: Mapped[datetime]
