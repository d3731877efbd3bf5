"""Requests for signatures decided, and what happens then: each subject has somebody who waits for its signatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db.handling import ApprovalRequest, Penalty
from crm.db.tickets import Ticket
from crm.domain.access import Actor
from crm.domain.approvals import Decision, RequestState, Subject
from crm.domain.errors import NotFoundError
from crm.domain.tickets import Kind, Status
from crm.services import approvals, case_facts, handling, merits, ticket_moves
from crm.services.centre import Centre
from crm.services.ticket_changes import record_event
from crm.services.tickets import load_ticket

Settled = Callable[[Session, Ticket, ApprovalRequest, Actor, datetime], None]


def decide(
    session: Session,
    actor: Actor,
    request_id: int,
    decision: Decision,
    *,
    opinion: str = "",
    seen: str | None = None,
    now: datetime,
    centre: Centre | None = None,
) -> ApprovalRequest:
    """Sign, or send back; the last signature, or a refusal, has its effect in the same transaction.

    Raises NotFoundError, ForbiddenError, ConflictError, IllegalMoveError, InvalidInputError.
    """
    request = session.get(ApprovalRequest, request_id)
    if request is None:
        raise NotFoundError("there is no such request")
    ticket = load_ticket(session, actor, request.ticket_id)
    if request.subject == Subject.SOLUTION and request.state == RequestState.OPEN:
        _decide_solution(session, actor, ticket, decision, opinion, seen or request.fingerprint, now)
        session.refresh(request)
        return request
    request = approvals.sign(session, actor, request_id, decision, opinion=opinion, seen=seen, now=now)
    effect = _SETTLED.get(Subject(request.subject))
    if effect is not None and request.state in {RequestState.APPROVED, RequestState.RETURNED}:
        effect(session, ticket, request, actor, now)
        if request.subject == Subject.PENALTY and request.state == RequestState.APPROVED:
            _into_the_ledger(session, request, actor, centre, now)
    ticket.version += 1
    session.flush()
    return request


def _decide_solution(
    session: Session, actor: Actor, ticket: Ticket, decision: Decision, opinion: str, seen: str, now: datetime
) -> None:
    """A solution's signatures are moves of its ticket."""
    move = "return"
    if decision is Decision.APPROVE:
        move = "approve_only" if case_facts.to_execute(session, ticket.id) == 0 else "approve"
    ticket_moves.move_ticket(session, actor, ticket.id, move, now=now, reason=opinion, fields={"fingerprint": seen})


def _regraded(session: Session, ticket: Ticket, request: ApprovalRequest, actor: Actor, now: datetime) -> None:
    """The lighter grade counts when it is signed, as long as the complaint still has the grade it was asked for."""
    if request.state != RequestState.APPROVED:
        return
    still = ticket.kind == Kind.COMPLAINT and ticket.level == request.content["from"]
    if not still or ticket.status in handling.ANSWERED | {Status.CLOSED, Status.ARCHIVED}:
        return
    signed = [*request.content["authors"], actor.name]
    level = int(request.content["to"])
    handling.apply_grade(session, ticket, level, actor=actor.name, reason=request.reason, signed_by=signed, now=now)


def _punished(session: Session, ticket: Ticket, request: ApprovalRequest, actor: Actor, now: datetime) -> None:
    event = "penalty_imposed" if request.state == RequestState.APPROVED else "penalty_refused"
    fields = {name: request.content[name] for name in ("person", "kind", "amount_fen")}
    record_event(session, ticket, event, actor=actor.name, at=now, reason=request.reason, fields=fields)


def _into_the_ledger(
    session: Session, request: ApprovalRequest, actor: Actor, centre: Centre | None, now: datetime
) -> None:
    penalty = session.scalars(select(Penalty).where(Penalty.request_id == request.id)).one()
    merits.enter_penalty(session, penalty, actor, centre=centre, now=now)


_SETTLED: Mapping[Subject, Settled] = {
    Subject.REGRADE: _regraded,
    Subject.PENALTY: _punished,
}
