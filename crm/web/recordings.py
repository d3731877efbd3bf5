"""Recordings on the pages of tickets and calls: what this person may hear and read of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from crm.domain.access import Action
from crm.domain.conversation import Conversation, measure
from crm.domain.errors import NotFoundError
from crm.gate.deps import deps
from crm.gate.guard import actor, may
from crm.services import recordings as service
from crm.services.recordings import RecordingView, TranscriptView
from crm.web.two_person import recording_rights

recordings = Blueprint("recordings", __name__, url_prefix="/recordings")


def _recording(session: Session, recording_id: str) -> RecordingView | None:
    try:
        return service.get_recording(session, actor(), recording_id)
    except NotFoundError:
        return None


def _transcript(session: Session, recording_id: str) -> TranscriptView | None:
    try:
        return service.get_transcript(session, actor(), recording_id)
    except NotFoundError:
        return None


def heard_and_read(session: Session, recording_ids: Iterable[str]) -> dict[str, Any]:
    """What ``parts/recording.html`` needs for these recordings, those left out that he may not know of."""
    found = [one for name in recording_ids if (one := _recording(session, name)) is not None]
    reads = may(Action.TRANSCRIPT_READ)
    transcripts = {one.id: _transcript(session, one.id) if reads else None for one in found}
    _write_down(transcripts.values())
    went = {one.id: how_it_went(transcripts[one.id]) for one in found}
    shown = {"recordings": found, "transcripts": transcripts, "conversations": went, "may_transcript": reads}
    return {**shown, **recording_rights()}


def how_it_went(transcript: TranscriptView | None) -> Conversation | None:
    """Findings about a conversation with an agent; None for a message, or while the words are not there."""
    if transcript is None or not any(one.side == "agent" for one in transcript.segments):
        return None
    return measure(transcript.segments, transcript.language)


def _write_down(shown: Iterable[TranscriptView | None]) -> None:
    """That these words are read now; a wait for words tells nothing."""
    read = [one.recording_id for one in shown if one is not None and one.text]
    if read:
        with deps().database.write() as session:
            service.note_readings(session, actor(), read, now=deps().now())


@recordings.get("/<recording_id>/transcript")
def transcript(recording_id: str) -> str:
    """The transcript alone: the page asks again while it is on its way."""
    with deps().database.read() as session:
        recording = service.get_recording(session, actor(), recording_id)
        found = _transcript(session, recording_id)
    _write_down([found])
    return render_template(
        "parts/transcript.html", recording=recording, transcript=found, conversation=how_it_went(found)
    )
