"""Two tickets of the same facts made one: the other lives on with the calls and recordings of both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crm.db.tickets import Ticket, TicketRecording, ticket_calls
from crm.domain.access import Actor
from crm.domain.tickets import COMPLAINT_KINDS, ENDED, Merging
from crm.services import scope
from crm.services.ticket_changes import record_event
from ivr import ticketnumbers

_AFTER = 1_000
"""Recordings that came with the other ticket stand after its own."""


def target(session: Session, actor: Actor, number: object) -> Ticket | None:
    """The ticket of this number, if the actor may see it."""
    keyed = ticketnumbers.keyed(str(number)) if number else ""
    if not keyed:
        return None
    return session.scalars(select(Ticket).where(Ticket.number == keyed, scope.tickets_for(actor))).first()


def why_not(ticket: Ticket, other: Ticket | None) -> Merging | None:
    """Why this ticket cannot be merged into the other."""
    if other is None:
        return Merging.UNKNOWN
    if other.id == ticket.id:
        return Merging.ITSELF
    if other.status in ENDED:
        return Merging.ENDED
    if (ticket.kind in COMPLAINT_KINDS) and other.kind != ticket.kind:
        return Merging.KIND
    known = {ticket.customer_id, other.customer_id}
    if None not in known and len(known) == 2:
        return Merging.CUSTOMER
    return None


def merge(session: Session, ticket: Ticket, other: Ticket, *, actor: str, now: datetime) -> None:
    """Let the other have the calls and recordings too, and say there what was merged into it."""
    ticket.merged_into_id = other.id
    there = {call.call_id for call in other.calls}
    for call in ticket.calls:
        if call.call_id not in there:
            session.execute(insert(ticket_calls).values(ticket_id=other.id, call_id=call.call_id))
    heard = {one.recording_id for one in other.recordings}
    for one in ticket.recordings:
        if one.recording_id not in heard:
            session.add(
                TicketRecording(ticket_id=other.id, recording_id=one.recording_id, position=_AFTER + one.position)
            )
    other.version += 1
    session.flush()
    session.expire(other, ["calls", "recordings"])
    fields = {"number": ticket.number, "text": ticket.text[:500]}
    record_event(session, other, "merged_in", actor=actor, at=now, fields=fields)
