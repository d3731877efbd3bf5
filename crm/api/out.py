"""What the services give, as the JSON of the contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from crm.domain import live
from crm.services.calls import CallSummary
from crm.services.paging import Page
from crm.services.recordings import RecordingView, TranscriptView
from crm.services.ticket_moves import MoveOption
from crm.services.tickets import TicketDetail, TicketSummary

T = TypeVar("T")
_CALL = ("call_id", "caller_number", "dialled_number", "direction", "language", "outcome", "queue", "agent")
_CALL_TIMES = ("wait_time", "talk_time", "hold_time", "acw_time")
_RECORDING = (
    "id", "call_id", "kind", "state", "duration", "rate", "channels", "sha256", "size", "estimated_loss",
    "transcript_state",
)  # fmt: skip


def instant(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if moment is None else live.instant(moment)


def page(found: Page[T], one: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
    """A list with its cursor."""
    return {"items": [one(item) for item in found.items], "next": found.next}


def call(found: CallSummary) -> dict[str, Any]:
    """A call."""
    return {
        **{name: getattr(found, name) for name in (*_CALL, *_CALL_TIMES)},
        "started_at": instant(found.started_at),
        "answered_at": instant(found.answered_at),
        "ended_at": instant(found.ended_at),
        "menu_path": list(found.menu_path),
        "ticket_ids": list(found.ticket_ids),
        "recording_ids": list(found.recording_ids),
        "flags": list(found.flags),
    }


def ticket_summary(found: TicketSummary) -> dict[str, Any]:
    """A ticket in a list."""
    return {
        **found._asdict(),
        "received_at": instant(found.received_at),
        "legal_due_at": instant(found.legal_due_at),
        "internal_due_at": instant(found.internal_due_at),
    }


def ticket(found: TicketDetail) -> dict[str, Any]:
    """One ticket, with its events."""
    events = [
        {
            "id": event.id,
            "at": instant(event.at),
            "actor": event.actor,
            "event": event.event,
            "from_status": event.from_status,
            "to_status": event.to_status,
            "reason": event.reason,
            "fields": dict(event.fields),
        }
        for event in found.events
    ]
    return {**ticket_summary(found.summary), "text": found.text, "events": events}


def move(option: MoveOption) -> dict[str, Any]:
    """A move, and whether it can be made."""
    return {"move": option.move, "allowed": option.allowed, "why": option.why, "needs": list(option.needs)}


def recording(found: RecordingView) -> dict[str, Any]:
    """A recording."""
    return {
        **{name: getattr(found, name) for name in _RECORDING},
        "started_at": instant(found.started_at),
        "flags": list(found.flags),
    }


def transcript(found: TranscriptView) -> dict[str, Any]:
    """A transcript, or the wait for one."""
    segments = [
        {
            "side": segment.side,
            "start": segment.start,
            "end": segment.end,
            "text": segment.text,
            "confidence": segment.confidence,
            "words": [dict(piece) for piece in segment.words],
        }
        for segment in found.segments
    ]
    return {
        "recording_id": found.recording_id,
        "language": found.language,
        "engine": found.engine,
        "model": found.model,
        "model_version": found.model_version,
        "state": found.state,
        "text": found.text,
        "segments": segments,
    }
