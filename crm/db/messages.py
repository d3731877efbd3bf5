"""Tables of messages to customers and staff: what was said, to whom, by which way, and what proves it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, BigId
from crm.db.sealed import SealedText


class Letterhead(Base):
    """A version of what stands on every letter: the bank's names and addresses, and where a customer can turn."""

    __tablename__ = "letterheads"
    version: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(500), default="")
    document: Mapped[dict[str, Any]]


class Message(Base):
    """A message, worded when it was queued: a template that changes later changes no message.

    ``state``: queued, sent, delivered, failed, cancelled.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_ticket_created", "ticket_id", "created_at"),
        Index("ix_messages_state_channel", "state", "channel", "created_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    channel: Mapped[str] = mapped_column(String(8), comment="email, sms, phone, letter")
    template: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(
        SealedText("messages.address"), comment="e-mail address, telephone number or postal address"
    )
    subject: Mapped[str] = mapped_column(SealedText("messages.subject"), default="")
    body: Mapped[str] = mapped_column(SealedText("messages.body"), comment="as the customer reads or hears it")
    document_ids: Mapped[list[str]] = mapped_column(default=list, comment="letters that go with it")
    state: Mapped[str] = mapped_column(String(10), default="queued")
    reference: Mapped[str] = mapped_column(
        String(36), unique=True, comment="a UUID: the mail's Message-ID, the provider's idempotency key"
    )
    unique_key: Mapped[str | None] = mapped_column(String(120), unique=True, comment="a message that is sent once")
    provider_id: Mapped[str | None] = mapped_column(String(120), index=True, comment="the provider's own number of it")
    attempts: Mapped[int] = mapped_column(default=0)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"), comment="of what a person carries out")
    created_at: Mapped[datetime]
    sent_by: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="", comment="why it failed, or what it waits for")
    proof: Mapped[dict[str, Any]] = mapped_column(default=dict)


class MessageAttempt(Base):
    """A try to give a message to somebody. Append-only. ``outcome``: accepted, later, refused, told, posted, lost."""

    __tablename__ = "message_attempts"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(12))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Document(Base):
    """A file that the house made: a letter, a form, an archive, a report.

    ``state``: stored, missing, damaged, purged.
    """

    __tablename__ = "documents"
    __table_args__ = (Index("ix_documents_ticket_kind", "ticket_id", "kind", "made_at"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    kind: Mapped[str] = mapped_column(String(24))
    file_name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), comment="of the file before encryption")
    state: Mapped[str] = mapped_column(String(12), default="stored", server_default="stored")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    store_key: Mapped[str] = mapped_column(String(120), unique=True)
