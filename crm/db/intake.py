"""Tables of the intake: what was told when a matter came in, what its words suggest, how matters belong together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.people import User
from crm.db.sealed import BlindText, SealedText

CONTACT = "contact"
"""Kind of the index of e-mail addresses and names on other platforms."""


class TicketIntake(Base):
    """Who brought a matter, how he is reached, what he was told. One row a ticket; calls' tickets get theirs later."""

    __tablename__ = "ticket_intakes"
    __table_args__ = (Index("ix_ticket_intakes_contact", "first_contact_at", "first_contact_due_at"),)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    form: Mapped[str] = mapped_column(String(8), default="written", comment="oral or written")
    reporter_name: Mapped[str] = mapped_column(SealedText("ticket_intakes.reporter_name"), default="")
    user_name: Mapped[str] = mapped_column(SealedText("ticket_intakes.user_name"), default="", comment="of the site")
    email: Mapped[str] = mapped_column(SealedText("ticket_intakes.email"), default="")
    email_key: Mapped[str | None] = mapped_column(BlindText(CONTACT), index=True)
    postal_address: Mapped[str] = mapped_column(SealedText("ticket_intakes.postal_address"), default="")
    preferred: Mapped[str] = mapped_column(String(8), default="phone", comment="phone, sms, email or letter")
    on_behalf: Mapped[str] = mapped_column(
        String(12), default="self", comment="self, agent, heir, guardian or organisation"
    )
    representative: Mapped[str] = mapped_column(
        SealedText("ticket_intakes.representative"), default="", comment="who speaks for the complainant, his contact"
    )
    people: Mapped[int] = mapped_column(default=1, comment="how many complain together")
    received_by_unit: Mapped[str | None] = mapped_column(
        String(40), comment="code of another department that the customer turned to first"
    )
    place: Mapped[str] = mapped_column(String(100), default="", comment="branch, site or app where it was taken in")
    platform: Mapped[str] = mapped_column(String(40), default="", comment="weibo, wechat, a community's name, …")
    handle: Mapped[str] = mapped_column(SealedText("ticket_intakes.handle"), default="", comment="his name there")
    handle_key: Mapped[str | None] = mapped_column(BlindText(CONTACT), index=True)
    external_url: Mapped[str] = mapped_column(String(500), default="")
    progress_code: Mapped[str] = mapped_column(String(12), comment="with the number it opens the progress page")
    expected_at: Mapped[datetime | None] = mapped_column(comment="by when an answer was promised")
    receipt: Mapped[str] = mapped_column(String(10), default="none", comment="none, shown, told or queued")
    receipt_channel: Mapped[str] = mapped_column(String(8), default="")
    receipt_at: Mapped[datetime | None]
    read_back_by: Mapped[str] = mapped_column(
        String(64), default="", comment="user name; customer: he wrote it himself"
    )
    first_contact_due_at: Mapped[datetime | None]
    first_contact_at: Mapped[datetime | None]
    first_contact_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    left_out: Mapped[list[Any]] = mapped_column(default=list, comment="files that were not taken: name and why")
    first_contact_by: Mapped[User | None] = relationship(lazy="joined")


class Contribution(Base):
    """What a customer sent after his matter was taken in: an answer to our mail, a word on the progress page.

    ``kind``: text or withdrawal (he asks to end it). Append-only.
    """

    __tablename__ = "contributions"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(10), default="text")
    author: Mapped[str] = mapped_column(String(64), comment="customer, or the user name of who typed it in")
    text: Mapped[str]
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mails.id"))


class SuggestionRow(Base):
    """What the words of a ticket suggest, and what a person made of it. ``state``: open, decided or superseded."""

    __tablename__ = "suggestions"
    __table_args__ = (
        Index("ix_suggestions_ticket_state", "ticket_id", "state"),
        Index("ix_suggestions_open", "state", "made_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    made_at: Mapped[datetime]
    version: Mapped[str] = mapped_column(String(20), comment="of the lexicon")
    source: Mapped[str] = mapped_column(String(12), comment="text or transcript")
    guesses: Mapped[dict[str, Any]] = mapped_column(comment="axis → label, share, words with their places")
    signs: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="sign → words")
    state: Mapped[str] = mapped_column(String(12), default="open")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    decision: Mapped[dict[str, Any]] = mapped_column(default=dict, comment="axis → label that the person chose")


class TicketLink(Base):
    """Two tickets that seem to belong together. ``state``: suggested, merged, linked or apart."""

    __tablename__ = "ticket_links"
    __table_args__ = (UniqueConstraint("ticket_id", "other_id"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), comment="the newer one")
    other_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12), comment="duplicate or repeat")
    score: Mapped[float] = mapped_column(Float)
    whys: Mapped[list[str]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(12), default="suggested")
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(64), default="")


class ComplaintGroup(Base):
    """Complaints of several people that seem to have one cause.

    ``state``: forming, noticed (as many people as make a major complaint), confirmed, dismissed.
    """

    __tablename__ = "complaint_groups"
    __table_args__ = (Index("ix_complaint_groups_state", "state", "last_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    cause: Mapped[str] = mapped_column(String(200), comment="the words that its members share")
    business_code: Mapped[str | None] = mapped_column(String(40))
    reason_code: Mapped[str | None] = mapped_column(String(40))
    category: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(12), default="forming")
    people: Mapped[int] = mapped_column(default=0, comment="different people, those who came together counted each")
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    noticed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    note: Mapped[str] = mapped_column(default="")
    members: Mapped[list[GroupMember]] = relationship(lazy="selectin", back_populates="group")


class GroupMember(Base):
    """A ticket of a group."""

    __tablename__ = "group_members"
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), primary_key=True, autoincrement=False)
    group_id: Mapped[int] = mapped_column(ForeignKey("complaint_groups.id"), index=True)
    person: Mapped[str] = mapped_column(String(64), comment="a key of who complains: the same person counts once")
    people: Mapped[int] = mapped_column(default=1)
    likeness: Mapped[float] = mapped_column(Float)
    added_at: Mapped[datetime]
    group: Mapped[ComplaintGroup] = relationship(back_populates="members")


class Mail(Base):
    """An e-mail that came in, whole in the store. ``state``: ticket, reply, ignored, held (a person decides), filed."""

    __tablename__ = "mails"
    __table_args__ = (Index("ix_mails_state_received", "state", "received_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True, comment="SHA-256 of its Message-ID, or of all of it")
    mailbox: Mapped[str] = mapped_column(String(200))
    uid: Mapped[int | None]
    sender: Mapped[str] = mapped_column(SealedText("mails.sender"), default="")
    subject: Mapped[str] = mapped_column(SealedText("mails.subject"), default="")
    received_at: Mapped[datetime]
    taken_in_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(8))
    why: Mapped[str] = mapped_column(String(200), default="")
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"), index=True)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    store_key: Mapped[str] = mapped_column(String(120), unique=True)
    decided_by: Mapped[str] = mapped_column(String(64), default="")


class MailFolder(Base):
    """How far a mailbox was read: mails above ``last_uid`` are new, as long as ``uid_validity`` is the same.

    Both are unsigned 32-bit numbers (RFC 9051, 2.3.1.1).
    """

    __tablename__ = "mail_folders"
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    uid_validity: Mapped[int] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    polled_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(300), default="")
