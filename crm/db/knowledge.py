"""Tables of the knowledge base: versions of articles, what happened to them, who used them and whether they helped."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, BigId


class KnowledgeVersion(Base):
    """A text of an article. ``state``: draft, submitted, returned, approved, published, superseded, withdrawn."""

    __tablename__ = "knowledge_versions"
    __table_args__ = (
        UniqueConstraint("article_id", "version"),
        Index("ix_knowledge_versions_state", "state", "submitted_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("knowledge_articles.id"))
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default="draft")
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str]
    kind: Mapped[str] = mapped_column(String(12), default="article")
    business: Mapped[str | None] = mapped_column(String(40))
    category: Mapped[str | None] = mapped_column(String(40), comment="of the service catalogue")
    change: Mapped[str] = mapped_column(String(500), default="", comment="what is new in it, and why")
    review_on: Mapped[date] = mapped_column(Date, comment="somebody looks by then whether it still holds")
    expires_on: Mapped[date | None] = mapped_column(Date, comment="last day on which it holds; null: no end is known")
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
    submitted_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None] = mapped_column(String(64))
    review_note: Mapped[str] = mapped_column(String(500), default="")
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None] = mapped_column(String(64))
    edition: Mapped[int] = mapped_column(default=1, comment="grows with every change of a draft")


class KnowledgeEvent(Base):
    """What happened to an article. Append-only."""

    __tablename__ = "knowledge_events"
    __table_args__ = (Index("ix_knowledge_events_article", "article_id", "id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("knowledge_articles.id"))
    version: Mapped[int]
    event: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(500), default="")


class KnowledgeUse(Base):
    """Somebody opened an article; ``call_id``: while he spoke, or did his work after that call."""

    __tablename__ = "knowledge_uses"
    __table_args__ = (
        Index("ix_knowledge_uses_article_at", "article_id", "at"),
        Index("ix_knowledge_uses_call", "call_id"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("knowledge_articles.id"))
    version: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    at: Mapped[datetime]
    call_id: Mapped[str | None] = mapped_column(String(100))


class KnowledgeVote(Base):
    """Whether a text helped somebody. One of each person and version; he may change his mind."""

    __tablename__ = "knowledge_votes"
    __table_args__ = (UniqueConstraint("article_id", "version", "user_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("knowledge_articles.id"))
    version: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    helped: Mapped[bool]
    note: Mapped[str] = mapped_column(String(500), default="", comment="what was missing")
    at: Mapped[datetime]
    call_id: Mapped[str | None] = mapped_column(String(100))
    settled_at: Mapped[datetime | None] = mapped_column(comment="when somebody had seen to it")
    settled_by: Mapped[str | None] = mapped_column(String(64))


class KnowledgeGap(Base):
    """What was asked on a day and not found. ``query`` is cut to what tells of nobody."""

    __tablename__ = "knowledge_gaps"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    query: Mapped[str] = mapped_column(String(200), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class KnowledgeSynonym(Base):
    """A word that people say for another: what has the one is found by the other."""

    __tablename__ = "knowledge_synonyms"
    __table_args__ = (UniqueConstraint("language", "word", "means"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    language: Mapped[str] = mapped_column(String(8))
    word: Mapped[str] = mapped_column(String(40))
    means: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))


class KnowledgeCase(Base):
    """A case of the library that shows an article at work, in whichever language it is read."""

    __tablename__ = "knowledge_cases"
    slug: Mapped[str] = mapped_column(String(80), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_studies.id"), primary_key=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))
