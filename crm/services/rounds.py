"""How often a ticket was taken up again: its answer, its form and its visits belong to one such round."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db.tickets import TicketEvent
from crm.domain.tickets import Status


def round_of(session: Session, ticket_id: int) -> int:
    """0 while it was never reopened."""
    counted = (
        select(func.count())
        .select_from(TicketEvent)
        .where(TicketEvent.ticket_id == ticket_id, TicketEvent.to_status == Status.REOPENED)
    )
    return session.scalar(counted) or 0
