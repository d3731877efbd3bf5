"""What a caller said, in words: the newest transcripts of a ticket's recordings."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import TranscriptRow
from crm.db.tickets import Ticket, TicketRecording


def words_of_ticket(session: Session, ticket: Ticket) -> str:
    """The transcript of the first recording that has one; empty where nothing was understood yet."""
    found = session.scalars(
        select(TranscriptRow.text)
        .join(TicketRecording, TicketRecording.recording_id == TranscriptRow.recording_id)
        .where(
            TicketRecording.ticket_id == ticket.id, TranscriptRow.state == "done", TranscriptRow.superseded_by.is_(None)
        )
        .order_by(TicketRecording.position, TranscriptRow.id)
        .limit(1)
    ).first()
    return found or ""
