"""Tables of the house's notice board: announcements, meetings, and who has read and confirmed what."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base, BigId


class Announcement(Base):
    """Something that people of the house should know, or a meeting they come to. ``state``: posted, withdrawn."""

    __tablename__ = "announcements"
    __table_args__ = (Index("ix_announcements_state", "state", "posted_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), comment="notice, meeting")
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(comment="of a meeting: what it is about")
    roles: Mapped[list[Any]] = mapped_column(comment="for whom; empty: everybody")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), comment="and only its people")
    confirm_by: Mapped[date | None] = mapped_column(Date, comment="each confirms by then that he has read it")
    slug: Mapped[str | None] = mapped_column(String(80), comment="the article that it makes known")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    place: Mapped[str] = mapped_column(String(100), default="")
    minutes: Mapped[str] = mapped_column(default="", comment="what was said and decided")
    minutes_at: Mapped[datetime | None]
    minutes_by: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default="posted")
    posted_at: Mapped[datetime]
    posted_by: Mapped[str] = mapped_column(String(64))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)


class AnnouncementReader(Base):
    """Somebody whom an announcement is for: when he was told, saw it, confirmed it; whether he came."""

    __tablename__ = "announcement_readers"
    __table_args__ = (Index("ix_announcement_readers_user", "user_id", "confirmed_at"),)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcements.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    told_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    reminded_on: Mapped[date | None] = mapped_column(Date)
    came: Mapped[bool | None]
