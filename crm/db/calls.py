"""Tables of calls, their journals and their recordings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.db.base import Base, BigId
from crm.db.sealed import NUMBER, BlindText, SealedJson, SealedText


class Call(Base):
    """One customer contact end to end. Durations in seconds, as Asterisk measured them."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_caller_key_started", "caller_key", "started_at"),
        Index("ix_calls_customer_started", "customer_id", "started_at"),
    )
    call_id: Mapped[str] = mapped_column(String(100), primary_key=True, comment="Asterisk's linkedid")
    caller_number: Mapped[str | None] = mapped_column(
        SealedText("calls.caller_number", was=32), comment="digits as they came; null: withheld"
    )
    caller_key: Mapped[str | None] = mapped_column(
        BlindText(NUMBER), index=True, comment="the same number in its one spelling, to find it by"
    )
    dialled_number: Mapped[str | None] = mapped_column(SealedText("calls.dialled_number", was=32))
    direction: Mapped[str] = mapped_column(
        String(8),
        default="inbound",
        server_default="inbound",
        comment="inbound, or outbound: an agent called, and who was dialled is the customer",
    )
    language: Mapped[str] = mapped_column(String(8))
    started_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(
        String(20), comment="answered, abandoned, timed_out, busy, failed; null while it runs"
    )
    menu_path: Mapped[list[str]] = mapped_column(default=list)
    queue: Mapped[str | None] = mapped_column(String(40))
    agent: Mapped[str | None] = mapped_column(String(64))
    wait_time: Mapped[float | None] = mapped_column(Float)
    talk_time: Mapped[float | None] = mapped_column(Float)
    hold_time: Mapped[float | None] = mapped_column(Float)
    acw_time: Mapped[float | None] = mapped_column(Float)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    identified_at: Mapped[datetime | None] = mapped_column(
        comment="when the agent made sure that it is this customer; null: only the number says so"
    )
    identified_by: Mapped[str | None] = mapped_column(String(64))
    ivr_done: Mapped[bool] = mapped_column(
        default=False, comment="the IVR finished by itself; else the fallback took over"
    )
    flags: Mapped[list[str]] = mapped_column(
        default=list, comment="any of corrupt_journal, journal_gap, cut (the exchange died), no_dialplan_log"
    )
    events: Mapped[list[CallEventRow]] = relationship(back_populates="call", order_by="CallEventRow.seq")
    recordings: Mapped[list[Recording]] = relationship(back_populates="call", order_by="Recording.id")


class CallEventRow(Base):
    """A line of the call's journal, as it was read. ``source``: ivr, dialplan, or corrupt for a line that is none.

    ``seq`` is the line's number in its file, from 0.
    """

    __tablename__ = "call_events"
    __table_args__ = (UniqueConstraint("call_id", "source", "seq"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id"), index=True)
    source: Mapped[str] = mapped_column(String(10))
    seq: Mapped[int]
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(40))
    fields: Mapped[dict[str, Any]] = mapped_column(SealedJson("call_events.fields"))
    call: Mapped[Call] = relationship(back_populates="events")


class Recording(Base):
    """An audio file in the store. ``kind``: message (the caller's complaint) or call (the whole call).

    ``state``: stored, missing (row without file), damaged (its hash is wrong), purged.
    ``flags``: any of salvaged, truncated, gap, unfinished, discarded, unreadable.
    """

    __tablename__ = "recordings"
    __table_args__ = (UniqueConstraint("call_id", "source_name"),)
    id: Mapped[str] = mapped_column(
        String(36), primary_key=True, comment="a UUID that cannot be guessed, always the same for one audio of one call"
    )
    call_id: Mapped[str] = mapped_column(ForeignKey("calls.call_id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    source_name: Mapped[str] = mapped_column(String(80), comment="message-1, call-1, …: what it was in the spool")
    state: Mapped[str] = mapped_column(String(12), default="stored")
    started_at: Mapped[datetime]
    duration: Mapped[float] = mapped_column(Float, comment="seconds of audio")
    rate: Mapped[int] = mapped_column(comment="samples a second")
    channels: Mapped[int] = mapped_column(comment="2: caller left, line right")
    sha256: Mapped[str] = mapped_column(String(64), comment="of the WAV file before encryption")
    size: Mapped[int] = mapped_column(comment="bytes of the WAV file")
    flags: Mapped[list[str]] = mapped_column(default=list)
    store_key: Mapped[str] = mapped_column(String(120), comment="its name in the store")
    estimated_loss: Mapped[float | None] = mapped_column(Float, comment="seconds, for salvaged and truncated ones")
    peaks: Mapped[list[Any]] = mapped_column(
        default=list, comment="per channel: 800 maxima from 0 to 1, for the waveform"
    )
    call: Mapped[Call] = relationship(back_populates="recordings")
    transcripts: Mapped[list[TranscriptRow]] = relationship(back_populates="recording", order_by="TranscriptRow.id")


class TranscriptRow(Base):
    """A transcript, or the wait for one. A newer one supersedes; the old text stays.

    ``state``: queued, running, waiting_for_model, done, failed.
    """

    __tablename__ = "transcripts"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="queued", index=True)
    language: Mapped[str] = mapped_column(String(8))
    engine: Mapped[str | None] = mapped_column(String(20))
    model: Mapped[str | None] = mapped_column(String(100))
    model_version: Mapped[str | None] = mapped_column(String(64))
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    text: Mapped[str] = mapped_column(default="")
    raw: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made_at: Mapped[datetime | None]
    superseded_by: Mapped[int | None] = mapped_column(ForeignKey("transcripts.id"))
    error: Mapped[str | None]
    recording: Mapped[Recording] = relationship(back_populates="transcripts")
    segments: Mapped[list[SegmentRow]] = relationship(back_populates="transcript", order_by="SegmentRow.start")


class SegmentRow(Base):
    """An utterance. ``words``: list of {text, start, end, confidence}."""

    __tablename__ = "transcript_segments"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    transcript_id: Mapped[int] = mapped_column(ForeignKey("transcripts.id"), index=True)
    side: Mapped[str] = mapped_column(String(8))
    start: Mapped[float] = mapped_column(Float)
    end: Mapped[float] = mapped_column(Float)
    text: Mapped[str]
    confidence: Mapped[float] = mapped_column(Float)
    words: Mapped[list[Any]] = mapped_column(default=list)
    transcript: Mapped[TranscriptRow] = relationship(back_populates="segments")
