"""The table of surveys: who was asked after which call or visit, and what he said."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.aftercare import Visit
from crm.db.base import Base, BigId
from crm.db.people import User
from crm.db.sealed import SealedText


class Survey(Base):
    """A survey. In the call (``way`` menu) there is one a hand-over; a ``link`` works until ``until``, once."""

    __tablename__ = "surveys"
    __table_args__ = (
        Index("ix_surveys_offered_at", "offered_at", "id"),
        Index("ix_surveys_user_offered", "user_id", "offered_at"),
        CheckConstraint("score between 1 and 5", name="score"),
        CheckConstraint("recommends between 0 and 10", name="recommends"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    way: Mapped[str] = mapped_column(String(6))
    unique_key: Mapped[str] = mapped_column(String(160), unique=True, comment="what it was offered for, so only once")
    call_id: Mapped[str | None] = mapped_column(ForeignKey("calls.call_id"), index=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), comment="the visit that it asks about")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), comment="whose service it is about")
    queue: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8))
    offered_at: Mapped[datetime]
    until: Mapped[datetime | None]
    digest: Mapped[str | None] = mapped_column(String(64), unique=True, comment="SHA-256 of the secret in the link")
    answered_at: Mapped[datetime | None]
    score: Mapped[int | None] = mapped_column(comment="1 to 5")
    recommends: Mapped[int | None] = mapped_column(comment="0 to 10")
    opinion: Mapped[str] = mapped_column(SealedText("surveys.opinion"), default="")
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"), comment="planned for a low mark")
    user: Mapped[User | None] = relationship(lazy="joined")
    follow_up: Mapped[Visit | None] = relationship(lazy="select", foreign_keys=[follow_up_id])
