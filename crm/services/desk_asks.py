"""What waits for one person's hand: signatures under proposals and forms, and return visits that are his."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.aftercare import AcceptanceForm, Visit
from crm.db.handling import ApprovalRequest
from crm.db.tickets import Ticket
from crm.domain.access import Action, Actor
from crm.domain.approvals import SIGNERS, RequestState
from crm.services import approvals, forms, scope

MOST = 60
"""Open ones that are looked at: whether one is somebody's turn is asked of each."""


@dataclass(frozen=True)
class Signature:
    """A signature that is asked of him. ``what``: the subject of the request, or ``form``."""

    ticket_id: int
    ticket_number: str
    what: str
    since: datetime
    amount_fen: int
    panel: str


@dataclass(frozen=True)
class OwnVisit:
    """A return visit that he makes."""

    id: int
    ticket_number: str | None
    kind: str
    due_at: datetime


def signatures(session: Session, actor: Actor, *, now: datetime) -> tuple[Signature, ...]:
    """Requests and forms where it is his turn, the oldest first."""
    if actor.user_id is None:
        return ()
    found = [*_requests(session, actor, now), *_forms(session, actor, now)]
    return tuple(sorted(found, key=lambda one: one.since))


def _requests(session: Session, actor: Actor, now: datetime) -> list[Signature]:
    if SIGNERS.isdisjoint(actor.roles):
        return []
    rows = session.execute(
        select(ApprovalRequest, Ticket)
        .join(Ticket, Ticket.id == ApprovalRequest.ticket_id)
        .where(ApprovalRequest.state == RequestState.OPEN, scope.tickets_for(actor, Action.TICKET_READ))
        .order_by(ApprovalRequest.id)
        .limit(MOST)
    ).unique()
    return [
        Signature(ticket.id, ticket.number, request.subject, request.requested_at, request.amount_fen, "approvals")
        for request, ticket in rows
        if approvals.why_not(session, ticket, request, actor, now) is None
    ]


def _forms(session: Session, actor: Actor, now: datetime) -> list[Signature]:
    rows = session.execute(
        select(AcceptanceForm, Ticket)
        .join(Ticket, Ticket.id == AcceptanceForm.ticket_id)
        .where(AcceptanceForm.state == "signing", scope.tickets_for(actor, Action.TICKET_READ))
        .order_by(AcceptanceForm.id)
        .limit(MOST)
    ).unique()
    return [
        Signature(ticket.id, ticket.number, "form", form.filled_at, 0, "form")
        for form, ticket in rows
        if forms.why_not(session, actor, ticket, form, now) is None
    ]


def visits(session: Session, actor: Actor) -> tuple[OwnVisit, ...]:
    """Return visits that he makes, the next due first."""
    if actor.user_id is None:
        return ()
    rows = session.execute(
        select(Visit, Ticket.number)
        .outerjoin(Ticket, Ticket.id == Visit.ticket_id)
        .where(Visit.visitor_id == actor.user_id, Visit.state == "planned")
        .order_by(Visit.due_at, Visit.id)
        .limit(MOST)
    )
    return tuple(OwnVisit(row.id, number, row.kind, row.due_at) for row, number in rows)
