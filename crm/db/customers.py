"""Tables of what is known of customers: profile, channels, consent, needs, plans, feedback, activities, merges."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.sealed import BlindText, SealedJson, SealedText

WORD = "word"
"""Kind of the index of words that customers are found by."""


class CustomerProfile(Base):
    """What a customer told of himself. All of it is sealed."""

    __tablename__ = "customer_profiles"
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    user_name: Mapped[str] = mapped_column(SealedText("customer_profiles.user_name"), default="")
    id_kind: Mapped[str] = mapped_column(String(12), default="", comment="id_card, passport, other")
    id_number: Mapped[str] = mapped_column(SealedText("customer_profiles.id_number"), default="")
    born_on: Mapped[str] = mapped_column(SealedText("customer_profiles.born_on"), default="", comment="1960-05-01")
    address: Mapped[str] = mapped_column(SealedText("customer_profiles.address"), default="")
    occupation: Mapped[str] = mapped_column(SealedText("customer_profiles.occupation"), default="")
    income: Mapped[str] = mapped_column(SealedText("customer_profiles.income"), default="", comment="a band, or empty")
    remarks: Mapped[str] = mapped_column(SealedText("customer_profiles.remarks"), default="")


class CustomerContact(Base):
    """A way to reach a customer that is no telephone: email, wechat, weibo, qq, app, community, post."""

    __tablename__ = "customer_contacts"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(SealedText("customer_contacts.address"))
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(64))


class CustomerWord(Base):
    """A word that a customer is found by, as its digest (``crm.domain.blind_index``)."""

    __tablename__ = "customer_words"
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    word: Mapped[str] = mapped_column(BlindText(WORD), primary_key=True, index=True)


class CustomerChange(Base):
    """A change of a customer's own data: who, when, and for each field what stood there before and after."""

    __tablename__ = "customer_changes"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))
    names: Mapped[list[str]] = mapped_column(comment="of the fields")
    fields: Mapped[dict[str, Any]] = mapped_column(
        SealedJson("customer_changes.fields"), comment="name → [before, after]"
    )


class CustomerConsent(Base):
    """What a customer agreed to or refused. Append-only: the newest row of a purpose counts."""

    __tablename__ = "customer_consents"
    __table_args__ = (Index("ix_customer_consents_customer_purpose", "customer_id", "purpose", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    purpose: Mapped[str] = mapped_column(String(24))
    given: Mapped[bool]
    at: Mapped[datetime]
    until: Mapped[datetime | None] = mapped_column(comment="null: until it is taken back")
    by: Mapped[str] = mapped_column(String(64), comment="user name of who wrote it down")
    channel: Mapped[str] = mapped_column(String(12), comment="how he said so")
    evidence: Mapped[str] = mapped_column(String(120), default="", comment="a recording, a ticket, a paper")


class CustomerMerge(Base):
    """Two rows that were one person. ``moved``: what went over, so that it can go back."""

    __tablename__ = "customer_merges"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(400))
    moved: Mapped[dict[str, Any]] = mapped_column(comment="table.column → keys of the rows")
    before: Mapped[dict[str, Any]] = mapped_column(
        SealedJson("customer_merges.before"), comment="the kept customer as he was"
    )
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(64))
    undo_reason: Mapped[str | None] = mapped_column(String(400))


class CustomerNeed(Base):
    """What a customer needs of the bank's products. A version; the newest counts."""

    __tablename__ = "customer_needs"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))
    products: Mapped[list[str]] = mapped_column(default=list, comment="kinds of products that he asks for")
    preference: Mapped[str] = mapped_column(String(16), default="", comment="what he wants of an investment")
    liquidity: Mapped[str] = mapped_column(String(12), default="", comment="how soon he may need the money")
    horizon: Mapped[str] = mapped_column(String(12), default="", comment="how long he can do without it")
    note: Mapped[str] = mapped_column(SealedText("customer_needs.note"), default="")


class RiskAssessment(Base):
    """Answers to the questionnaire, and the risk that a customer bears by them. The newest counts while it is valid."""

    __tablename__ = "risk_assessments"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))
    answers: Mapped[dict[str, Any]] = mapped_column(SealedJson("risk_assessments.answers"))
    points: Mapped[int]
    level: Mapped[str] = mapped_column(String(2), comment="C1 (careful) to C5")
    valid_until: Mapped[datetime]


class Advice(Base):
    """A talk about money: consultation, planning, allocation. ``suitable``: the product fits the customer's level."""

    __tablename__ = "customer_advice"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    product: Mapped[str] = mapped_column(String(16), default="")
    product_risk: Mapped[str] = mapped_column(String(2), default="", comment="R1 to R5, or empty: none was named")
    suitable: Mapped[bool | None] = mapped_column(comment="null: no product was named")
    text: Mapped[str] = mapped_column(SealedText("customer_advice.text"))
    accepted: Mapped[bool | None] = mapped_column(comment="null: he thinks about it")


class CarePlan(Base):
    """A personal plan: the mix of products and the services that one customer gets. A version; the newest counts."""

    __tablename__ = "care_plans"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    mix: Mapped[list[Any]] = mapped_column(comment="[{product, share, risk}], shares of 100")
    services: Mapped[list[str]] = mapped_column(default=list)
    manager: Mapped[str] = mapped_column(String(64), default="", comment="user name of who looks after him")
    visit_days: Mapped[int | None] = mapped_column(comment="days between two visits; null: as his grade has it")
    review_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(SealedText("care_plans.note"), default="")
    state: Mapped[str] = mapped_column(String(8), default="draft", comment="draft, agreed, ended, replaced")
    agreed_at: Mapped[datetime | None]
    agreed_by: Mapped[str | None] = mapped_column(String(64), comment="who wrote the customer's yes down")
    ended_at: Mapped[datetime | None]


class Feedback(Base):
    """What a customer said of the house: of its way of working (process) or of a product."""

    __tablename__ = "customer_feedback"
    __table_args__ = (Index("ix_customer_feedback_about_at", "about", "at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(8), comment="process, product")
    subject: Mapped[str] = mapped_column(String(24))
    score: Mapped[int | None] = mapped_column(comment="1 (bad) to 5")
    text: Mapped[str] = mapped_column(SealedText("customer_feedback.text"), default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    state: Mapped[str] = mapped_column(String(8), default="new", comment="new, passed, answered")
    answer: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[str | None] = mapped_column(String(64))
    answered_at: Mapped[datetime | None]


class Activity(Base):
    """A lecture, a salon, an online course, a lesson for consumers. ``state``: planned, held, cancelled."""

    __tablename__ = "activities"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(120))
    topic: Mapped[str] = mapped_column(String(24))
    online: Mapped[bool] = mapped_column(default=False, server_default=false())
    place: Mapped[str] = mapped_column(String(200), default="")
    starts_at: Mapped[datetime] = mapped_column(index=True)
    seats: Mapped[int | None]
    text: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(10), default="planned")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    guests: Mapped[list[ActivityGuest]] = relationship(back_populates="activity", order_by="ActivityGuest.id")


class ActivityGuest(Base):
    """A customer and an activity. ``state``: invited, registered, declined, attended, absent."""

    __tablename__ = "activity_guests"
    __table_args__ = (UniqueConstraint("activity_id", "customer_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    activity_id: Mapped[int] = mapped_column(ForeignKey("activities.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    state: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(comment="of the last change")
    by: Mapped[str] = mapped_column(String(64))
    score: Mapped[int | None] = mapped_column(comment="what he thought of it, 1 to 5")
    remark: Mapped[str] = mapped_column(SealedText("activity_guests.remark"), default="")
    interest: Mapped[str] = mapped_column(String(16), default="", comment="a product that he asked about there")
    activity: Mapped[Activity] = relationship(back_populates="guests")
