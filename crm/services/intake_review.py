"""What came in and waits for a person of the house: suggestions to confirm, customers nobody has spoken with yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.intake import SuggestionRow, TicketIntake
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.classification import Axis
from crm.domain.tickets import COMPLAINT_KINDS, Kind, Status
from crm.services import case_access, first_contact, scope
from crm.services.classify import OPEN

SHOWN = 50
_LISTED = timedelta(days=90)
"""What is older is long past its terms, and stands on the lists of those."""
_EARLY = (Status.REGISTERED, Status.ACKNOWLEDGED, Status.REOPENED)


@dataclass(frozen=True)
class Waiting:
    """A ticket that waits for a person, with what is suggested of it."""

    ticket_id: int
    number: str
    kind: str
    channel: str
    priority: str
    received_at: datetime
    due_at: datetime | None
    category: str | None
    suggested_kind: str | None
    signs: tuple[str, ...]
    text: str


def unconfirmed(session: Session, actor: Actor, *, now: datetime) -> tuple[Waiting, ...]:
    """Tickets whose suggestion nobody has confirmed or changed yet, the oldest first."""
    rows = session.execute(
        select(Ticket, SuggestionRow)
        .join(SuggestionRow, SuggestionRow.ticket_id == Ticket.id)
        .where(
            SuggestionRow.state == OPEN,
            SuggestionRow.made_at > now - _LISTED,
            Ticket.status.in_(_EARLY),
            scope.tickets_for(actor),
        )
        .order_by(SuggestionRow.made_at, SuggestionRow.id)
        .limit(SHOWN)
    ).all()
    return tuple(
        _waiting(
            ticket,
            ticket.internal_due_at,
            row.guesses.get(Axis.CATEGORY, {}).get("label"),
            row.guesses.get(Axis.KIND, {}).get("label"),
            tuple(row.signs),
        )
        for ticket, row in rows
    )


def uncontacted(session: Session, actor: Actor, *, now: datetime) -> tuple[Waiting, ...]:
    """Complaints, loss reports and callbacks whose customer nobody has spoken with yet, the most urgent first."""
    kinds = sorted(COMPLAINT_KINDS | {Kind.INCIDENT, Kind.LOSS_REPORT, Kind.CALLBACK})
    rows = session.execute(
        select(Ticket, TicketIntake.first_contact_due_at)
        .join(TicketIntake, TicketIntake.ticket_id == Ticket.id)
        .where(
            TicketIntake.first_contact_at.is_(None),
            TicketIntake.first_contact_due_at > now - _LISTED,
            Ticket.kind.in_(kinds),
            Ticket.status.in_(_EARLY),
            scope.tickets_for(actor),
        )
        .order_by(TicketIntake.first_contact_due_at, Ticket.id)
        .limit(SHOWN)
    ).all()
    return tuple(_waiting(ticket, due_at, ticket.category, None, ()) for ticket, due_at in rows)


def _waiting(
    ticket: Ticket, due_at: datetime | None, category: str | None, kind: str | None, signs: tuple[str, ...]
) -> Waiting:
    return Waiting(
        ticket.id, ticket.number, ticket.kind, ticket.channel, ticket.priority, ticket.received_at, due_at, category,
        kind, signs, ticket.text[:160],
    )  # fmt: skip


def contacted(session: Session, actor: Actor, ticket_id: int, reason: str, *, now: datetime) -> None:
    """Somebody spoke with the customer for the first time. Raises NotFoundError, ForbiddenError, ConflictError."""
    ticket = case_access.for_writing(session, actor, ticket_id, action=Action.TICKET_MOVE)
    if first_contact.note(session, ticket, actor, reason, now=now):
        ticket.version += 1
