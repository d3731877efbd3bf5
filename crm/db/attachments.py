"""The table of attachments: files that came with a matter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from crm.db.base import Base


class Attachment(Base):
    """A file in the store, sealed as recordings are. ``state``: stored, missing, damaged, purged.

    ``source``: web, email, api or staff. ``flags``: active (it holds scripts or macros).
    """

    __tablename__ = "attachments"
    __table_args__ = (UniqueConstraint("ticket_id", "sha256"),)
    id: Mapped[str] = mapped_column(String(36), primary_key=True, comment="a UUID that cannot be guessed")
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(120), comment="cleaned, with an ending of its real kind")
    media_type: Mapped[str] = mapped_column(String(100), comment="by its bytes, not by what was said of it")
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), comment="of the content before encryption")
    state: Mapped[str] = mapped_column(String(12), default="stored", server_default="stored")
    flags: Mapped[list[str]] = mapped_column(default=list)
    source: Mapped[str] = mapped_column(String(10))
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(64), comment="user name, customer, or system")
    store_key: Mapped[str] = mapped_column(String(120), unique=True, comment="its name in the store")
