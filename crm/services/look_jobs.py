"""Asking for a first look at a ticket (``crm.services.first_look``), in the transaction that made or changed it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.tickets import Ticket, TicketRecording
from crm.services.jobs import enqueue

LOOK = "look_at_ticket"
"""The job that says what a ticket is about, which others it is like, and whether many have the same cause."""


def ask_for_look(session: Session, ticket_id: int, now: datetime, *, again: str = "") -> None:
    """Have a ticket looked at; ``again`` tells a new reason from those before."""
    enqueue(session, LOOK, {"ticket_id": ticket_id}, now=now, unique_key=f"{LOOK}:{ticket_id}:{again}", priority=4)


def ask_after_transcript(session: Session, recording_id: str, transcript_id: int, now: datetime) -> None:
    """A transcript is there: tickets without a written word are looked at by what was said."""
    tickets = session.scalars(
        select(Ticket.id)
        .join(TicketRecording, TicketRecording.ticket_id == Ticket.id)
        .where(TicketRecording.recording_id == recording_id, Ticket.text == "")
    )
    for ticket_id in tickets.all():
        ask_for_look(session, ticket_id, now, again=f"transcript-{transcript_id}")
