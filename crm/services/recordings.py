"""Recordings read: facts, audio, transcript. Rights are asked for each; listening and reading are written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session, selectinload

from crm.db.calls import Recording, TranscriptRow
from crm.db.records import AuditEntry
from crm.domain.access import Action, Actor
from crm.domain.errors import NotFoundError
from crm.services import audit, scope
from recordings.store import Store, StoredObject

LISTENED = "recording.listened"
TRANSCRIPT_READ = "transcript.read"
SAME_LISTENING = timedelta(hours=2)
SAME_READING = timedelta(minutes=10)
_DONE_FIRST = case((TranscriptRow.state == "done", 0), else_=1)
"""While a better text is being made, the one that is there counts."""


@dataclass(frozen=True)
class RecordingView:
    """A recording as the contract shows it, and some more for the pages."""

    id: str
    call_id: str
    kind: str
    state: str
    started_at: datetime
    duration: float
    rate: int
    channels: int
    sha256: str
    size: int
    flags: tuple[str, ...]
    estimated_loss: float | None
    peaks: Sequence[Sequence[float]]
    transcript_state: str | None
    audible: bool = True
    """whether who asks may listen to it; whoever reads its transcript knows of it, too"""


@dataclass(frozen=True)
class SegmentView:
    """An utterance. ``side``: caller or agent; ``words``: {text, start, end, confidence}."""

    side: str
    start: float
    end: float
    text: str
    confidence: float
    words: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class TranscriptView:
    """The transcript that counts now, or the wait for one."""

    id: int
    recording_id: str
    state: str
    language: str
    engine: str | None
    model: str | None
    model_version: str | None
    text: str
    made_at: datetime | None
    error: str | None
    segments: tuple[SegmentView, ...]


def get_recording(session: Session, actor: Actor, recording_id: str) -> RecordingView:
    """Facts of a recording. Raises NotFoundError for what the actor may neither hear nor read, as for what is not."""
    heard, read = (scope.recordings_for(actor, one) for one in (Action.RECORDING_LISTEN, Action.TRANSCRIPT_READ))
    found = session.execute(
        select(Recording, heard.label("audible")).where(Recording.id == recording_id, or_(heard, read))
    ).first()
    if found is None:
        raise NotFoundError("there is no such recording")
    return _view(session, found[0], audible=bool(found.audible))


def recordings_of_call(session: Session, actor: Actor, call_id: str) -> tuple[RecordingView, ...]:
    """The recordings of a call that the actor may hear, messages first."""
    rows = session.scalars(
        select(Recording)
        .where(Recording.call_id == call_id, scope.recordings_for(actor))
        .order_by(Recording.kind.desc(), Recording.started_at, Recording.source_name)
    ).all()
    return tuple(_view(session, row) for row in rows)


def open_audio(
    session: Session, store: Store, actor: Actor, recording_id: str, *, first: bool, now: datetime
) -> StoredObject:
    """The WAV file, to read ranges from. Needs a writing session when ``first``: that listening begins is audited.

    A player asks for many ranges; the first is the one that holds byte 0, or any when he was not listening already
    (``heard_lately``): nobody hears the rest unwritten. Raises NotFoundError, StoreError.
    """
    recording = _load(session, actor, recording_id, Action.RECORDING_LISTEN)
    opened = store.open(recording.store_key)
    if first:
        audit.append(
            session,
            at=now,
            actor=actor.name,
            action=LISTENED,
            subject=f"recording:{recording_id}",
            detail={"call_id": recording.call_id},
        )
    return opened


def heard_lately(session: Session, actor: Actor, recording_id: str, now: datetime) -> bool:
    """Whether it is written down that he listens to it today: a later range of the file belongs to that listening."""
    entry = select(AuditEntry.id).where(
        AuditEntry.subject == f"recording:{recording_id}",
        AuditEntry.actor == actor.name,
        AuditEntry.action == LISTENED,
        AuditEntry.at > now - SAME_LISTENING,
    )
    return session.scalars(entry.limit(1)).first() is not None


def get_transcript(session: Session, actor: Actor, recording_id: str) -> TranscriptView:
    """The newest transcript that nothing superseded. Raises NotFoundError."""
    recording = _load(session, actor, recording_id, Action.TRANSCRIPT_READ)
    row = session.scalars(
        select(TranscriptRow)
        .where(TranscriptRow.recording_id == recording.id, TranscriptRow.superseded_by.is_(None))
        .order_by(_DONE_FIRST, TranscriptRow.id.desc())
        .options(selectinload(TranscriptRow.segments))
        .limit(1)
    ).first()
    if row is None:
        raise NotFoundError("this recording has no transcript")
    segments = tuple(SegmentView(s.side, s.start, s.end, s.text, s.confidence, s.words) for s in row.segments)
    return TranscriptView(
        id=row.id,
        recording_id=recording.id,
        state=row.state,
        language=row.language,
        engine=row.engine,
        model=row.model,
        model_version=row.model_version,
        text=row.text,
        made_at=row.made_at,
        error=row.error,
        segments=segments,
    )


def note_readings(session: Session, actor: Actor, recording_ids: Iterable[str], *, now: datetime) -> int:
    """Write down that somebody read these transcripts; what he read minutes ago is the same reading. Gives how many."""
    noted = 0
    for recording_id in recording_ids:
        subject = f"recording:{recording_id}"
        again = select(AuditEntry.id).where(
            AuditEntry.subject == subject,
            AuditEntry.actor == actor.name,
            AuditEntry.action == TRANSCRIPT_READ,
            AuditEntry.at > now - SAME_READING,
        )
        if session.scalars(again.limit(1)).first() is None:
            audit.append(session, at=now, actor=actor.name, action=TRANSCRIPT_READ, subject=subject, detail={})
            noted += 1
    return noted


def _load(session: Session, actor: Actor, recording_id: str, action: Action) -> Recording:
    found = session.scalars(
        select(Recording).where(Recording.id == recording_id, scope.recordings_for(actor, action))
    ).first()
    if found is None:
        raise NotFoundError("there is no such recording")
    return found


def _view(session: Session, recording: Recording, *, audible: bool = True) -> RecordingView:
    state = session.scalars(
        select(TranscriptRow.state)
        .where(TranscriptRow.recording_id == recording.id, TranscriptRow.superseded_by.is_(None))
        .order_by(_DONE_FIRST, TranscriptRow.id.desc())
        .limit(1)
    ).first()
    return RecordingView(
        id=recording.id,
        call_id=recording.call_id,
        kind=recording.kind,
        state=recording.state,
        started_at=recording.started_at,
        duration=recording.duration,
        rate=recording.rate,
        channels=recording.channels,
        sha256=recording.sha256,
        size=recording.size,
        flags=tuple(recording.flags),
        estimated_loss=recording.estimated_loss,
        peaks=recording.peaks,
        transcript_state=state,
        audible=audible,
    )
