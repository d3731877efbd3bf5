"""Who was on the other side of a call, and which ticket a call belongs to, also when the call's row comes later.

The row of a call is written by the ingest. Whoever links a ticket before it is there keeps the link in his own row
(a wrap-up, a call out); the ingest asks here for what is to be caught up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.calls import Call, Recording
from crm.db.contact_centre import OutboundCall, WrapUp
from crm.db.people import Customer
from crm.db.tickets import Ticket, TicketRecording, ticket_calls
from crm.services.ticket_changes import record_event

_CALL_POSITION = 100
"""Recordings of a whole call come after all messages."""


@dataclass(frozen=True)
class Party:
    """The other side of a call."""

    number: str | None = None
    key: str | None = None
    customer_id: int | None = None
    language: str = "zh"
    outbound: OutboundCall | None = None


def party_of(session: Session, call_id: str) -> Party:
    """Whom a call was with: who called us, or who was called."""
    asked = session.scalars(
        select(OutboundCall).where(OutboundCall.call_id == call_id).order_by(OutboundCall.id).limit(1)
    ).first()
    call = session.get(Call, call_id)
    if asked is not None:
        customer = session.get(Customer, asked.customer_id) if asked.customer_id else None
        language = (customer.language if customer else None) or (call.language if call else "zh")
        return Party(asked.number, asked.number_key, asked.customer_id, language, asked)
    if call is None:
        return Party()
    return Party(call.caller_number, call.caller_key, call.customer_id, call.language)


def link(session: Session, ticket: Ticket, call_id: str, *, actor: str, now: datetime, note: str = "") -> None:
    """Put a call and its recordings to a ticket, and say so in its history with the agent's note."""
    _attach(session, ticket.id, call_id)
    session.expire(ticket, ["calls", "recordings"])
    record_event(session, ticket, "call_linked", actor=actor, at=now, reason=note, fields={"call_id": call_id})


def catch_up(session: Session, call_id: str) -> None:
    """Links that were made before the call and its recordings were there. The ingest asks; again does no harm."""
    wanted = set(session.scalars(select(WrapUp.ticket_id).where(WrapUp.call_id == call_id)))
    wanted |= set(session.scalars(select(OutboundCall.ticket_id).where(OutboundCall.call_id == call_id)))
    wanted |= set(session.scalars(select(ticket_calls.c.ticket_id).where(ticket_calls.c.call_id == call_id)))
    for ticket_id in sorted(one for one in wanted if one is not None):
        _attach(session, ticket_id, call_id)


def _attach(session: Session, ticket_id: int, call_id: str) -> None:
    if session.get(Call, call_id) is None:
        return
    where = (ticket_calls.c.ticket_id == ticket_id, ticket_calls.c.call_id == call_id)
    if session.execute(select(ticket_calls.c.call_id).where(*where)).first() is None:
        session.execute(ticket_calls.insert().values(ticket_id=ticket_id, call_id=call_id))
    there = set(session.scalars(select(TicketRecording.recording_id).where(TicketRecording.ticket_id == ticket_id)))
    kept = select(Recording.id).where(Recording.call_id == call_id, Recording.kind == "call")
    for recording_id in session.scalars(kept.order_by(Recording.started_at, Recording.source_name)):
        if recording_id not in there:
            session.add(TicketRecording(ticket_id=ticket_id, recording_id=recording_id, position=_CALL_POSITION))
    session.flush()
