"""Tables of the reply and what follows it: replies, tries to reach the customer, forms, visits, questionnaires."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.people import User
from crm.db.sealed import SealedJson


class Reply(Base):
    """The answer to a complaint. A draft changes; what was sent stays, and a new round begins a new one.

    ``state``: draft, sent (a message carries it), told (it reached the customer), void (it did not, or was withdrawn).
    """

    __tablename__ = "replies"
    __table_args__ = (UniqueConstraint("ticket_id", "position"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    position: Mapped[int] = mapped_column(comment="1, 2, … of its ticket")
    round: Mapped[int] = mapped_column(default=0, comment="how often the ticket had been reopened by then")
    state: Mapped[str] = mapped_column(String(8), default="draft")
    language: Mapped[str] = mapped_column(String(8))
    facts: Mapped[str] = mapped_column(default="")
    basis: Mapped[str] = mapped_column(default="")
    solution: Mapped[str] = mapped_column(default="")
    execution: Mapped[str] = mapped_column(default="")
    remedies: Mapped[list[str]] = mapped_column(default=list)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    written_at: Mapped[datetime]
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None] = mapped_column(comment="when it reached the customer")
    document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))
    link_digest: Mapped[str | None] = mapped_column(
        String(64), unique=True, comment="SHA-256 of the secret in the customer's link to it"
    )
    link_until: Mapped[datetime | None]
    seen_at: Mapped[datetime | None] = mapped_column(comment="when the customer first opened the link")
    version: Mapped[int] = mapped_column(default=1)


class ReplyMessage(Base):
    """A message that carries a reply. ``why``: why not by the channel that the customer prefers."""

    __tablename__ = "reply_messages"
    reply_id: Mapped[int] = mapped_column(ForeignKey("replies.id"), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), primary_key=True, index=True)
    preferred: Mapped[str | None] = mapped_column(String(8), comment="the customer's own channel at that time")
    why: Mapped[str] = mapped_column(String(500), default="")


class ContactTry(Base):
    """A try to hear from a customer whether he is content; of a visit without a ticket, too. Append-only."""

    __tablename__ = "contact_tries"
    __table_args__ = (Index("ix_contact_tries_ticket_purpose", "ticket_id", "purpose", "round"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    purpose: Mapped[str] = mapped_column(String(12), comment="confirmation or visit")
    round: Mapped[int] = mapped_column(default=0)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reached: Mapped[bool]
    call_id: Mapped[str | None] = mapped_column(String(100))
    note: Mapped[str] = mapped_column(default="")


class AcceptanceForm(Base):
    """客户投诉受理单: its fields as they were when it was filled in, and the signatures under it.

    ``state``: signing, complete, filed, void (the ticket was reopened before the last signature).
    """

    __tablename__ = "acceptance_forms"
    __table_args__ = (UniqueConstraint("ticket_id", "position"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    position: Mapped[int]
    round: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(8), default="signing")
    language: Mapped[str] = mapped_column(String(8), default="zh")
    fields: Mapped[dict[str, Any]] = mapped_column(
        SealedJson("acceptance_forms.fields"), comment="FO-01 to FO-10, and FO-15 when it was written"
    )
    sha256: Mapped[str] = mapped_column(String(64), comment="of the fields that the first signature stands under")
    filled_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    filled_at: Mapped[datetime]
    filed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    filed_at: Mapped[datetime | None]
    document_id: Mapped[str | None] = mapped_column(ForeignKey("documents.id"))
    version: Mapped[int] = mapped_column(default=1)
    signatures: Mapped[list[FormSignature]] = relationship(lazy="selectin", order_by="FormSignature.id")


class FormSignature(Base):
    """A signature of an acceptance form. Append-only; ``seal`` covers all that stood on the form when it was given."""

    __tablename__ = "form_signatures"
    __table_args__ = (UniqueConstraint("form_id", "place"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("acceptance_forms.id"))
    place: Mapped[str] = mapped_column(String(6), comment="FO-11 … FO-16")
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    in_place_of_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    post: Mapped[str] = mapped_column(String(12), comment="the role in which it was given")
    opinion: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    seal: Mapped[str] = mapped_column(String(64))
    signed_by: Mapped[User] = relationship(lazy="joined", foreign_keys=[signed_by_id])
    in_place_of: Mapped[User | None] = relationship(lazy="joined", foreign_keys=[in_place_of_id])


class Visit(Base):
    """A return visit. ``kind``: complaint (is it truly settled?), periodic (of a grade's plan), service (products).

    ``state``: planned, done, cancelled. ``outcome``: satisfied, not_satisfied, no_answer, refused.
    """

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_state_due", "state", "due_at", "id"),
        Index("ix_visits_visitor_state", "visitor_id", "state", "due_at"),
        UniqueConstraint("unique_key"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    round: Mapped[int] = mapped_column(default=0)
    unique_key: Mapped[str] = mapped_column(String(120), comment="what it was planned for, so that it is planned once")
    due_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    visitor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str] = mapped_column(String(10), default="planned")
    outcome: Mapped[str | None] = mapped_column(String(14))
    satisfaction: Mapped[int | None]
    settled: Mapped[bool | None] = mapped_column(comment="whether the matter is truly settled, as the customer says")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    opinion: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    done_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    visitor: Mapped[User | None] = relationship(lazy="joined")


class Questionnaire(Base):
    """A questionnaire to a customer: a link with a secret, answered once. ``score`` 1 to 5."""

    __tablename__ = "questionnaires"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    round: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64), unique=True, comment="SHA-256 of the secret in the link")
    sent_at: Mapped[datetime]
    until: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    score: Mapped[int | None]
    settled: Mapped[bool | None]
    disputes: Mapped[bool] = mapped_column(default=False, server_default=false())
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    opinion: Mapped[str] = mapped_column(default="")
