"""The job ``transcribe_recording``, and what follows when a model arrives that was not there before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
import structlog
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from asr.engine import Pcm, RecogniserUnavailableError
from asr.transcript import Transcript
from crm.db.calls import Call, Recording, SegmentRow, TranscriptRow
from crm.db.records import Job
from crm.jobs.work import JobContext, ModelChoice, PermanentError, WaitError
from crm.services import quality_looks
from crm.services.intake import TRANSCRIBE
from crm.services.jobs import SPEECH_QUEUE, enqueue
from crm.services.look_jobs import ask_after_transcript
from recordings import wav
from recordings.store import StoreDamagedError, StoreMissingError

log = structlog.get_logger(__name__)

RETRANSCRIBE = "retranscribe_language"
NO_MODEL_PAUSE = 300.0
NO_ROOM_PAUSE = 60.0
_BATCH = 200
_GOING = ("queued", "running", "waiting_for_model")
"""States that an attempt may change; one that lost its lease must not wake the dead."""
_RETRANSCRIBE_PRIORITY = 8


def transcribe_recording(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Recognise a recording and keep what was heard; an older text stays, superseded."""
    recording_id, transcript_id = str(payload["recording_id"]), int(payload["transcript_id"])
    with context.database.read() as session:
        recording = session.get(Recording, recording_id)
        row = session.get(TranscriptRow, transcript_id)
        if recording is None or row is None:
            raise PermanentError("there is no such recording")
        if row.state == "done":
            return
        call_language = session.get_one(Call, recording.call_id).language
    if not context.has_room():
        raise WaitError("the disk is nearly full: recordings come first", NO_ROOM_PAUSE)
    channels, rate = _channels(context, recording)
    _set_state(context, transcript_id, "running")
    try:
        transcript = context.recognise(channels, rate, call_language)
    except RecogniserUnavailableError as error:
        _set_state(context, transcript_id, "waiting_for_model")
        raise WaitError(str(error), NO_MODEL_PAUSE) from error
    with context.database.write() as session:
        _keep(session, recording_id, transcript_id, transcript, context.now())


def _channels(context: JobContext, recording: Recording) -> tuple[list[Pcm], int]:
    try:
        opened = context.store.open(recording.store_key)
        content = b"".join(opened.read(0, opened.size))
    except StoreMissingError as error:
        raise PermanentError("the recording's file is missing") from error
    except StoreDamagedError as error:
        raise PermanentError("the recording's file is damaged") from error
    if hashlib.sha256(content).hexdigest() != recording.sha256:
        raise PermanentError("the recording's file is not the one that was taken in")
    facts = wav.parse(content)
    samples = np.frombuffer(content, dtype="<i2", count=facts.size // 2, offset=facts.start).astype(np.int16)
    together = samples.reshape(-1, facts.channels)
    return [np.ascontiguousarray(together[:, index]) for index in range(facts.channels)], facts.rate


def _set_state(context: JobContext, transcript_id: int, state: str) -> None:
    with context.database.write() as session:
        session.execute(
            update(TranscriptRow)
            .where(TranscriptRow.id == transcript_id, TranscriptRow.state.in_(_GOING))
            .values(state=state)
            .execution_options(synchronize_session=False)
        )


def _keep(session: Session, recording_id: str, transcript_id: int, heard: Transcript, now: datetime) -> None:
    row = session.get_one(TranscriptRow, transcript_id)
    if row.state == "done":
        return
    row.state, row.language, row.engine = "done", heard.language, heard.engine
    row.model, row.model_version, row.settings = heard.model, heard.model_version, dict(heard.settings)
    row.text, row.raw, row.made_at, row.error = _plain(heard.text), _plain_raw(heard.raw), now, None
    row.segments = [
        SegmentRow(
            side=segment.side,
            start=segment.start,
            end=segment.end,
            text=_plain(segment.text),
            confidence=segment.confidence,
            words=[asdict(word) for word in segment.words],
        )
        for segment in heard.segments
    ]
    session.flush()
    session.execute(
        update(TranscriptRow)
        .where(
            TranscriptRow.recording_id == recording_id,
            TranscriptRow.id != transcript_id,
            TranscriptRow.superseded_by.is_(None),
            TranscriptRow.state == "done",
        )
        .values(superseded_by=transcript_id)
        .execution_options(synchronize_session=False)
    )
    ask_after_transcript(session, recording_id, transcript_id, now)
    quality_looks.ask(session, recording_id, transcript_id, now)


def _plain(text: str) -> str:
    return text.replace("\0", " ")


def _plain_raw(raw: Mapping[str, str]) -> dict[str, Any]:
    return {side: _plain(answer) for side, answer in raw.items()}


def transcript_failed(session: Session, payload: Mapping[str, Any], error: str, _now: datetime) -> None:
    """A dead job's transcript says so, for a person to see and to ask for again."""
    row = session.get(TranscriptRow, int(payload["transcript_id"]))
    if row is not None and row.state != "done":
        row.state, row.error = "failed", error


def look_for_models(context: JobContext) -> int:
    """Where a model is there now: wake what waits for one, and ask for better texts; gives the number of jobs."""
    moved = 0
    with context.database.read() as session:
        languages = session.scalars(select(Call.language).distinct()).all()
    for language in languages:
        choice = context.choice(language)
        if choice is not None:
            with context.database.write() as session:
                moved += _wake(session, language, context.now())
                moved += _ask_for_better(session, language, choice, context.now())
    return moved


def _wake(session: Session, language: str, now: datetime) -> int:
    waiting = session.scalars(
        select(TranscriptRow.id)
        .join(Recording, Recording.id == TranscriptRow.recording_id)
        .join(Call, Call.call_id == Recording.call_id)
        .where(TranscriptRow.state == "waiting_for_model", Call.language == language)
        .limit(_BATCH)
    ).all()
    jobs = session.scalars(select(Job).where(Job.kind == TRANSCRIBE, Job.state == "due", Job.run_at > now)).all()
    woken = [job for job in jobs if job.payload.get("transcript_id") in set(waiting)]
    for job in woken:
        job.run_at, job.sent_at = now, None
    return len(woken)


def _ask_for_better(session: Session, language: str, choice: ModelChoice, now: datetime) -> int:
    other = (
        select(TranscriptRow.id)
        .join(Recording, Recording.id == TranscriptRow.recording_id)
        .join(Call, Call.call_id == Recording.call_id)
        .where(Call.language == language, *_other_model(choice))
        .limit(1)
    )
    if session.scalars(other).first() is None:
        return 0
    key = f"{RETRANSCRIBE}:{language}:{choice.model}:{choice.version[:16]}"
    job = enqueue(session, RETRANSCRIBE, {"language": language}, now=now, unique_key=key)
    return 1 if job is not None else 0


def _other_model(choice: ModelChoice) -> tuple[Any, ...]:
    """Texts that another model made, and that no newer one replaced."""
    newer = aliased(TranscriptRow)
    asked = exists(select(1).where(newer.recording_id == TranscriptRow.recording_id, newer.id > TranscriptRow.id))
    return (
        TranscriptRow.state == "done",
        TranscriptRow.superseded_by.is_(None),
        TranscriptRow.model_version != choice.version,
        ~asked,
    )


def retranscribe_language(context: JobContext, payload: Mapping[str, Any]) -> None:
    """Ask again for every text of a language that a lower-ranked model made."""
    language = str(payload["language"])
    choice = context.choice(language)
    if choice is None:
        return
    better_than = {pair: place for place, pair in enumerate(choice.ranked)}
    after = 0
    while True:
        with context.database.write() as session:
            rows = session.scalars(
                select(TranscriptRow)
                .join(Recording, Recording.id == TranscriptRow.recording_id)
                .join(Call, Call.call_id == Recording.call_id)
                .where(Call.language == language, Recording.state == "stored", TranscriptRow.id > after)
                .where(*_other_model(choice))
                .order_by(TranscriptRow.id)
                .limit(_BATCH)
            ).all()
            for row in rows:
                if better_than.get((str(row.engine), str(row.model)), 1) > 0 or row.model == choice.model:
                    _ask_again(session, row, choice, context.now())
            after = rows[-1].id if rows else after
        if len(rows) < _BATCH:
            return


def _ask_again(session: Session, old: TranscriptRow, choice: ModelChoice, now: datetime) -> None:
    row = TranscriptRow(recording_id=old.recording_id, state="queued", language=old.language)
    session.add(row)
    session.flush()
    enqueue(
        session,
        TRANSCRIBE,
        {"recording_id": old.recording_id, "transcript_id": row.id},
        now=now,
        unique_key=f"transcribe:{old.recording_id}:{row.id}:{choice.version[:16]}",
        queue=SPEECH_QUEUE,
        priority=_RETRANSCRIBE_PRIORITY,
    )
