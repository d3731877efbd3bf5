"""Deleting what a list says: files from the store, words and names from rows; what happened stays as a fact.

A ticket keeps its number, its class, its terms and its sealed events; what was said, who it was and how he is reached
go. Append-only tables keep their rows: their seals would break. Every function works in the caller's writing
transaction, one thing at a time, so that a break in between leaves each thing whole or gone.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.db.aftercare import AcceptanceForm, Questionnaire, Reply, Visit
from crm.db.archives import Archive, Deletion, DeletionItem
from crm.db.calls import Recording, SegmentRow, TranscriptRow
from crm.db.intake import TicketIntake
from crm.db.messages import Document, Message
from crm.db.surveys import Survey
from crm.db.tickets import Ticket, TicketRecording
from crm.domain.access import SYSTEM
from crm.services import attachments, audit, documents, holds
from crm.services.retention import DELETED, HELD, KEPT, PURGED
from crm.services.ticket_changes import record_event
from recordings.store import Store


def carry_out(session: Session, store: Store, deletion: Deletion, item: DeletionItem, *, now: datetime) -> str:
    """Delete one thing of a list, unless something holds it by now; gives what became of it. Raises StoreError."""
    kind, _, key = item.subject.partition(":")
    if kind == "recording":
        row = session.get(Recording, key)
        outcome = _recording(session, store, row, now) if row is not None else KEPT
    else:
        ticket = session.get(Ticket, int(key))
        outcome = _ticket(session, store, ticket, deletion, item, now) if ticket is not None else KEPT
    item.outcome = outcome
    session.flush()
    return outcome


def _recording(session: Session, store: Store, row: Recording, now: datetime) -> str:
    held = session.scalars(
        select(Ticket.id)
        .join(TicketRecording, TicketRecording.ticket_id == Ticket.id)
        .where(TicketRecording.recording_id == row.id)
        .limit(1)
    ).first()
    if held is not None:
        return KEPT  # it belongs to a ticket by now, and goes with that
    purge_recording(session, store, row, now=now)
    return DELETED


def purge_recording(session: Session, store: Store, row: Recording, *, now: datetime) -> None:
    """Delete the audio of a recording and the words of it; that there was one stays."""
    if row.state == PURGED:
        return
    store.delete(row.store_key)
    row.state, row.peaks = PURGED, []
    ids = select(TranscriptRow.id).where(TranscriptRow.recording_id == row.id)
    session.execute(
        update(SegmentRow).where(SegmentRow.transcript_id.in_(ids)).values(text="", words=[]),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        update(TranscriptRow).where(TranscriptRow.recording_id == row.id).values(text="", raw={}),
        execution_options={"synchronize_session": False},
    )
    audit.append(session, at=now, actor=SYSTEM.name, action="recording.purged", subject=f"recording:{row.id}",
                 detail={"call_id": row.call_id, "sha256": row.sha256})  # fmt: skip


def _ticket(
    session: Session, store: Store, ticket: Ticket, deletion: Deletion, item: DeletionItem, now: datetime
) -> str:
    if ticket.legal_hold or holds.is_held(session, ticket.id):
        return HELD
    counts = {
        "recordings": _recordings_of(session, store, ticket, now),
        "attachments": _attachments_of(session, store, ticket, now),
        "documents": _documents_of(session, store, ticket, now),
        "messages": _words_of(session, ticket),
    }
    item.detail = counts
    session.execute(
        update(Archive).where(Archive.ticket_id == ticket.id).values(state=PURGED),
        execution_options={"synchronize_session": False},
    )
    _scrub(session, ticket)
    record_event(session, ticket, "purged", actor=SYSTEM.name, at=now,
                 fields={"deletion_id": deletion.id, "rule": item.rule, **counts})  # fmt: skip
    return DELETED


def _recordings_of(session: Session, store: Store, ticket: Ticket, now: datetime) -> int:
    """Recordings of this ticket that no other ticket has."""
    rows = session.scalars(
        select(Recording)
        .join(TicketRecording, TicketRecording.recording_id == Recording.id)
        .where(TicketRecording.ticket_id == ticket.id, Recording.state != PURGED)
    ).all()
    gone = 0
    for row in rows:
        others = session.scalar(
            select(TicketRecording.ticket_id).where(
                TicketRecording.recording_id == row.id, TicketRecording.ticket_id != ticket.id
            ).limit(1)
        )  # fmt: skip
        if others is None:
            purge_recording(session, store, row, now=now)
            gone += 1
    return gone


def _attachments_of(session: Session, store: Store, ticket: Ticket, now: datetime) -> int:
    rows = [row for row in attachments.contents(session, ticket.id) if row.state != PURGED]
    for row in rows:
        attachments.purge(session, store, row.id, by=SYSTEM.name, now=now)
    return len(rows)


def _documents_of(session: Session, store: Store, ticket: Ticket, now: datetime) -> int:
    rows = session.scalars(select(Document).where(Document.ticket_id == ticket.id, Document.state != PURGED)).all()
    for row in rows:
        documents.purge(session, store, row, by=SYSTEM.name, now=now)
    return len(rows)


def _words_of(session: Session, ticket: Ticket) -> int:
    """Empty what was written to the customer and what he answered; gives how many messages there were."""
    found = session.scalars(select(Message).where(Message.ticket_id == ticket.id)).all()
    for message in found:
        message.address, message.subject, message.body = "", "", ""
    quiet = {"synchronize_session": False}
    session.execute(
        update(Reply)
        .where(Reply.ticket_id == ticket.id)
        .values(facts="", basis="", solution="", execution="", link_digest=None),
        execution_options=quiet,
    )
    session.execute(update(Visit).where(Visit.ticket_id == ticket.id).values(answers={}, opinion=""),
                    execution_options=quiet)  # fmt: skip
    session.execute(
        update(Questionnaire).where(Questionnaire.ticket_id == ticket.id).values(answers={}, opinion=""),
        execution_options=quiet,
    )
    session.execute(update(Survey).where(Survey.ticket_id == ticket.id).values(opinion=""), execution_options=quiet)
    for form in session.scalars(select(AcceptanceForm).where(AcceptanceForm.ticket_id == ticket.id)):
        form.fields = {}
    return len(found)


def _scrub(session: Session, ticket: Ticket) -> None:
    """Take from the ticket who it was and what was said."""
    ticket.text, ticket.demand, ticket.complained_about = "", "", ""
    ticket.caller_number, ticket.caller_key, ticket.customer_id = None, None, None
    ticket.flags = [*[flag for flag in ticket.flags if flag != PURGED], PURGED]
    ticket.version += 1
    intake = session.get(TicketIntake, ticket.id)
    if intake is not None:
        intake.reporter_name = intake.user_name = intake.email = intake.postal_address = ""
        intake.representative = intake.handle = intake.external_url = ""
        intake.email_key = intake.handle_key = None
    session.flush()
