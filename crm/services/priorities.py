"""Tickets' priorities raised by their amount, their customer and what they name. The caller's transaction commits."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from crm.db.people import Customer
from crm.db.tickets import Ticket
from crm.domain.priority import Ground, Weights, raised
from crm.domain.tickets import COMPLAINT_KINDS, Kind, Status
from crm.services import rules

_KINDS = COMPLAINT_KINDS | {Kind.INCIDENT}
_READ = ("kind", "priority", "amount_fen", "text", "demand", "customer_id", "source_body")
_STATUSES = frozenset({Status.REGISTERED, Status.ACKNOWLEDGED, Status.TRIAGED, Status.REOPENED})
_EVENTS = frozenset({"classified", "call_linked", "forwarded", "new_facts"})


@dataclass(frozen=True)
class Raised:
    """A priority that is higher now. ``why``: the grounds that made it so."""

    before: str
    after: str
    why: tuple[Ground, ...]


def follows(event: str, to_status: str | None) -> bool:
    """Whether the priority may be another after this event."""
    return to_status in _STATUSES or event in _EVENTS


def settle(session: Session, ticket: Ticket) -> Raised | None:
    """Raise the ticket's priority to what counts for it; None when it has it already."""
    session.refresh(ticket, _READ)
    if ticket.kind not in _KINDS:
        return None
    customer = session.get(Customer, ticket.customer_id) if ticket.customer_id is not None else None
    weights = Weights(
        amount_fen=ticket.amount_fen,
        vulnerable=customer is not None and bool(customer.elderly or customer.vulnerable),
        forwarded=bool(ticket.source_body),
        text=f"{ticket.text}\n{ticket.demand}",
    )
    after, why = raised(ticket.priority, weights, rules.current(session))
    if after == ticket.priority:
        return None
    before, ticket.priority = ticket.priority, after
    session.flush()
    return Raised(before, after, why)
