"""The first word with a customer: who spoke it, and when. He stays answerable for the matter being taken further."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from crm.db.intake import TicketIntake
from crm.db.tickets import Ticket
from crm.domain.access import Actor
from crm.services.ticket_changes import record_event


def note(session: Session, ticket: Ticket, actor: Actor, reason: str = "", *, now: datetime) -> bool:
    """Somebody has spoken with the customer. Gives whether it was the first time; later ones change nothing."""
    intake = session.get(TicketIntake, ticket.id)
    if intake is None or intake.first_contact_at is not None:
        return False
    intake.first_contact_at, intake.first_contact_by_id = now, actor.user_id
    if ticket.first_agent_id is None:
        ticket.first_agent_id = actor.user_id
    record_event(session, ticket, "contacted", actor=actor.name, at=now, reason=reason.strip()[:2000])
    return True
