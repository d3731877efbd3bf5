"""A recording deleted for good: its audio, its words and its waveform; the row stays and says so.

The file goes after the commit: a crash in between leaves a file without use, which the nightly check removes. The
other way round would leave a row that promises what is no more.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from crm.db.calls import Recording, SegmentRow, TranscriptRow
from crm.db.quality import Evaluation, EvaluationMark
from crm.db.tickets import Ticket, TicketRecording
from crm.domain.tickets import COMPLAINT_KINDS
from crm.services import audit, rules

PURGED = "purged"


def why_kept(session: Session, recording_id: str, now: datetime) -> str | None:
    """Why this recording must not be deleted yet, whoever agrees; None when nothing holds it.

    A legal hold holds everything. A complaint's recording is held for the years that the law names, counted from the
    end of the matter; a complaint that is open is held by itself.
    """
    tickets = session.scalars(
        select(Ticket)
        .join(TicketRecording, TicketRecording.ticket_id == Ticket.id)
        .where(TicketRecording.recording_id == recording_id)
    ).all()
    years = rules.current(session).complaint_file_years
    for ticket in tickets:
        if ticket.legal_hold:
            return "a legal hold is on it"
        if ticket.kind not in COMPLAINT_KINDS:
            continue
        if ticket.closed_at is None:
            return "it belongs to a complaint that is not closed"
        if now < _years_after(ticket.closed_at, years):
            return "the law keeps a complaint's recording longer"
    return None


def _years_after(at: datetime, years: int) -> datetime:
    try:
        return at.replace(year=at.year + years)
    except ValueError:  # the 29th of February
        return at.replace(year=at.year + years, month=3, day=1)


def purge(session: Session, recording: Recording, *, by: str, reason: str, now: datetime) -> str:
    """Delete all but the row; gives the key of the file, which the caller removes after his commit."""
    transcripts = select(TranscriptRow.id).where(TranscriptRow.recording_id == recording.id)
    session.execute(delete(SegmentRow).where(SegmentRow.transcript_id.in_(transcripts)))
    session.execute(
        update(TranscriptRow).where(TranscriptRow.recording_id == recording.id).values(text="", raw={}, error=None)
    )
    scored = select(Evaluation.id).where(Evaluation.recording_id == recording.id)
    session.execute(
        update(EvaluationMark)
        .where(EvaluationMark.evaluation_id.in_(scored))
        .values(words="")
        .execution_options(synchronize_session=False)
    )
    recording.state, recording.peaks = PURGED, []
    audit.append(
        session, at=now, actor=by, action="recording.deleted", subject=f"recording:{recording.id}",
        detail={"call_id": recording.call_id, "sha256": recording.sha256, "reason": reason},
    )  # fmt: skip
    return recording.store_key
