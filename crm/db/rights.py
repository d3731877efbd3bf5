"""Tables of people and rights: queues served, one-time links, posts, two-person requests, signed checkpoints.

``served_queues`` is read off the routing plan in force: rights ask it in a query, where a document cannot be asked.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.people import User


class ServedQueue(Base):
    """A queue that an agent serves, by the routing plan in force."""

    __tablename__ = "served_queues"
    agent: Mapped[str] = mapped_column(String(64), primary_key=True, comment="user name")
    queue: Mapped[str] = mapped_column(String(40), primary_key=True)


class OneTimeLink(Base):
    """A link by which a person chooses a password. Only the SHA-256 of its secret is kept; it works once."""

    __tablename__ = "one_time_links"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    made_by: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="joined")


class PostChange(Base):
    """A person's post and roles, as they became on a day. Append-only: his career in the house."""

    __tablename__ = "post_changes"
    __table_args__ = (Index("ix_post_changes_user_at", "user_id", "at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(12), comment="joined, promoted, moved, left or returned")
    post_before: Mapped[str] = mapped_column(String(24), default="")
    post: Mapped[str] = mapped_column(String(24), default="")
    roles_before: Mapped[list[str]] = mapped_column(default=list)
    roles: Mapped[list[str]] = mapped_column(default=list)
    reason: Mapped[str] = mapped_column(String(500))


class TwoPersonRequest(Base):
    """Something that one person asks for and another must agree to, before it is done once.

    ``state``: open, granted, refused, withdrawn, done; granted ones end at ``expires_at``.
    """

    __tablename__ = "two_person_requests"
    __table_args__ = (
        Index("ix_two_person_requests_state", "state", "id"),
        Index("ix_two_person_requests_subject", "subject", "kind"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), comment="delete_recording or export_recording")
    subject: Mapped[str] = mapped_column(String(120), comment="kind:id, as recording:…")
    reason: Mapped[str] = mapped_column(String(1000))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="open")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(1000), default="")
    expires_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    asked_by: Mapped[User] = relationship(lazy="joined", foreign_keys=[asked_by_id])
    decided_by: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[decided_by_id])


class AuditCheckpoint(Base):
    """The head of the audit chain at an instant, signed. Append-only; written to a file outside the database, too."""

    __tablename__ = "audit_checkpoints"
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False, comment="1, 2, 3 … without gaps")
    at: Mapped[datetime]
    entry_id: Mapped[int] = mapped_column(BigId, comment="the newest entry of the chain then")
    entry_hash: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the checkpoint before; zeros for the first")
    key_id: Mapped[str] = mapped_column(String(16), comment="which key signed: begin of the public key's SHA-256")
    signature: Mapped[str] = mapped_column(String(128), comment="Ed25519, in hexadecimal")
