"""Who keeps out of a ticket, read from its rows: whom it complains about, whom it punishes, who had a hand before."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.handling import ApprovalDecision, ApprovalRequest, ApprovalStep, Penalty
from crm.db.people import User
from crm.db.tickets import Ticket, TicketEvent
from crm.domain import recusal
from crm.domain.access import SYSTEM
from crm.domain.recusal import Involved
from crm.domain.tickets import Kind

_TAKING_IN = ("created", "acknowledge", "registered_by_phone")
"""Events that give nobody a hand in the matter."""


def involved(session: Session, ticket: Ticket) -> Involved:
    """The people of this ticket."""
    accused = {ticket.accused.username} if ticket.accused else set()
    punished = select(User.username).join(Penalty, Penalty.person_id == User.id).where(Penalty.ticket_id == ticket.id)
    before: frozenset[str] = frozenset()
    if ticket.kind == Kind.REVIEW and ticket.parent_id is not None:
        before = frozenset(hands_in(session, ticket.parent_id))
    return Involved(Kind(ticket.kind), frozenset(accused | set(session.scalars(punished))), before)


def recused(session: Session, ticket: Ticket) -> Mapping[str, str]:
    """User name → why he keeps out of this ticket."""
    return recusal.recused(involved(session, ticket))


def hands_in(session: Session, ticket_id: int) -> set[str]:
    """Who handled or decided this ticket, by user name."""
    acted = select(TicketEvent.actor).where(TicketEvent.ticket_id == ticket_id, TicketEvent.event.not_in(_TAKING_IN))
    owner = select(User.username).join(Ticket, Ticket.assignee_id == User.id).where(Ticket.id == ticket_id)
    signed = (
        select(User.username)
        .join(ApprovalDecision, ApprovalDecision.decided_by_id == User.id)
        .join(ApprovalStep, ApprovalStep.id == ApprovalDecision.step_id)
        .join(ApprovalRequest, ApprovalRequest.id == ApprovalStep.request_id)
        .where(ApprovalRequest.ticket_id == ticket_id)
    )
    names = {*session.scalars(acted), *session.scalars(owner), *session.scalars(signed)}
    return names - {SYSTEM.name}
